-- What    Response rates: accepted responses of the customers asked, where that is known.
-- Grain   period, instrument, level (branch, region, network), unit
CREATE TABLE response_rate AS
WITH place AS (
  SELECT DISTINCT period, branch, 'branch' AS level, branch AS unit FROM branch_month
  UNION SELECT period, branch, 'region', region FROM branch_month
  UNION SELECT period, branch, 'network', 'network' FROM branch_month
),
answered AS (SELECT instrument, period, branch, sum(responses) AS responses FROM response_total GROUP BY ALL)
SELECT p.period, v.instrument, p.level, p.unit, sum(v.invited) AS invited,
       coalesce(sum(a.responses), 0) AS responses
FROM place p
JOIN invitation v USING (period, branch)
LEFT JOIN answered a USING (instrument, period, branch)
GROUP BY ALL;

-- What    The score table: what may be published, and nothing else.
-- Grain   period, instrument, level, unit, measure, statistic, window; every unit of the roster has
--         its rows, with responses or without
-- Rules   flag: none (no responses), else withheld (n below withheld_below, or what would give such a figure
--         away; no estimate), else
--         partial (a factor, or a division the unit serves, is wholly missing), else caution (n
--         below ranked_from), else ok. Only ok is ranked. Ties share the smaller rank.
-- Formula interval = estimate -+ t(0.975, df) * se, clipped to 0..100 (all of it where no variance is
--         known); shares: Wilson on n_eff.
--         Rounded once: nine decimals as stored; `printed`, one decimal on the published scale.
CREATE TABLE score AS
WITH measure AS (
  SELECT instrument, 'index' AS measure, 'index' AS kind, 'mean' AS statistic, count(*) AS variables
  FROM variable WHERE kind = 'factor' GROUP BY instrument
  UNION ALL SELECT instrument, variable, kind, 'mean', 1 FROM variable
  UNION ALL SELECT instrument, variable, kind, unnest(['top_box', 'bottom_box']), 1
            FROM variable WHERE kind = 'item'
),
wide AS (SELECT period, level, unit, count(*) AS divisions FROM served GROUP BY ALL),
ended AS (SELECT DISTINCT instrument, window_id, period, with_factors, with_items FROM wanted),
listed AS (
  SELECT e.period, e.instrument, e.window_id, r.level, r.unit, m.measure, m.statistic,
         CASE m.statistic WHEN 'mean' THEN i.points ELSE 100 END AS printed_of,
         m.variables * CASE i.rule WHEN 'mean_of_dimensions' THEN coalesce(s.divisions, 1) ELSE 1 END AS expected
  FROM ended e
  JOIN instrument i USING (instrument)
  JOIN measure m ON m.instrument = e.instrument
                AND (m.kind = 'index' OR m.kind = 'factor' AND e.with_factors OR m.kind = 'item' AND e.with_items)
  JOIN roster r ON r.period = e.period AND (r.level <> 'part' OR i.rule = 'mean_of_dimensions')
  LEFT JOIN wide s ON s.period = r.period AND s.level = r.level AND s.unit = r.unit
),
flagged AS (
  SELECT l.*, coalesce(f.n, 0) AS n, f.n_eff, f.estimate, f.variance, f.df,
         CASE WHEN coalesce(f.n, 0) = 0 THEN 'none'
              WHEN f.n < getvariable('withheld_below') OR h.unit IS NOT NULL THEN 'withheld'
              WHEN f.present < l.expected THEN 'partial'
              WHEN f.n < getvariable('ranked_from') THEN 'caution'
              ELSE 'ok' END AS flag
  FROM listed l
  LEFT JOIN figure f USING (instrument, window_id, period, level, unit, measure, statistic)
  LEFT JOIN withheld h USING (instrument, window_id, period, level, unit, measure)
),
shown AS (
  SELECT * REPLACE (stored_exactly(estimate) AS estimate), as_double(estimate) AS middle, sqrt(variance) AS se,
         coalesce(t_975(df) * sqrt(variance), 100) AS margin
  FROM flagged WHERE flag NOT IN ('none', 'withheld')
),
bounded AS (
  SELECT *,
         CASE statistic WHEN 'mean' THEN greatest(0, middle - margin)
              ELSE 100 * wilson_low(middle / 100, n_eff) END AS low,
         CASE statistic WHEN 'mean' THEN least(100, middle + margin)
              ELSE 100 * wilson_high(middle / 100, n_eff) END AS high
  FROM shown
),
ranked AS (
  SELECT *, count(*) FILTER (flag = 'ok') OVER family AS ranked,
         CASE WHEN flag = 'ok' AND level IN ('branch', 'region', 'division') AND statistic = 'mean'
              THEN rank() OVER (PARTITION BY instrument, window_id, period, level, measure, statistic, flag = 'ok'
                                ORDER BY estimate DESC) END AS rank
  FROM bounded
  WINDOW family AS (PARTITION BY instrument, window_id, period, level, measure, statistic)
)
SELECT f.period, f.instrument, f.level, f.unit, f.measure, f.statistic, f.window_id AS "window",
       CAST(f.n AS BIGINT) AS n, stored(r.n_eff) AS n_eff, r.estimate, stored(r.se) AS se,
       CAST(r.df AS BIGINT) AS df, stored(r.low) AS low, stored(r.high) AS high, r.rank, r.ranked, f.flag,
       printed(r.estimate, f.printed_of) AS printed, printed(r.low, f.printed_of) AS printed_low,
       printed(r.high, f.printed_of) AS printed_high, f.printed_of
FROM flagged f
LEFT JOIN ranked r USING (period, instrument, level, unit, measure, statistic, window_id)
UNION ALL
SELECT period, instrument, level, unit, 'response_rate', 'share', 'month', CAST(invited AS BIGINT), NULL,
       stored_exactly(long_division(100 * responses, nullif(invited, 0))), NULL, NULL, NULL, NULL, NULL, NULL,
       CASE WHEN invited > 0 THEN 'ok' ELSE 'none' END,
       printed(stored_exactly(long_division(100 * responses, nullif(invited, 0))), 100), NULL, NULL, 100
FROM response_rate
UNION ALL
SELECT getvariable('period'), instrument, 'instrument', instrument, variable, 'weight', 'month', NULL, NULL,
       stored_exactly(long_division(100 * omega, omega_all)), NULL, NULL, NULL, NULL, NULL, NULL, 'ok',
       printed(stored_exactly(long_division(100 * omega, omega_all)), 100), NULL, NULL, 100
FROM factor_share;
