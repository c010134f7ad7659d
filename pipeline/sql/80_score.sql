-- What    The score table: what may be published, and nothing else.
-- Grain   period, instrument, level, unit, measure, statistic, window_id; every unit of the roster
--         has its rows, with responses or without
-- Rules   flag: none (no responses) > withheld (n below withheld_below: no estimate) > partial (a
--         factor, or a division the unit serves, is wholly missing) > caution (n below
--         ranked_from) > ok. Only ok is ranked. Ties share the smaller rank.
-- Formula interval = estimate -+ t(0.975, df) * se, clipped to 0..100; shares: Wilson on n_eff.
--         Rounded once: nine decimals as stored, `printed` to one decimal on the published scale.
CREATE TABLE score AS
WITH measure AS (
  SELECT instrument, 'index' AS measure, 'index' AS kind, 'mean' AS statistic, count(*) AS variables
  FROM variable WHERE kind = 'factor' GROUP BY instrument
  UNION ALL SELECT instrument, variable, kind, 'mean', 1 FROM variable
  UNION ALL SELECT instrument, variable, kind, unnest(['top_box', 'bottom_box']), 1 FROM variable WHERE kind = 'item'
),
served AS (
  SELECT period, level, unit, count(DISTINCT division) AS divisions FROM (
    SELECT period, 'branch' AS level, branch AS unit, division FROM branch_month
    UNION ALL SELECT period, 'region', region, division FROM branch_month
    UNION ALL SELECT period, 'network', 'network', division FROM branch_month)
  GROUP BY ALL
),
listed AS (
  SELECT DISTINCT w.period, w.instrument, i.position, i.rule, i.points, r.level, r.unit, m.measure, m.kind, m.statistic, w.window_id,
         m.variables * CASE WHEN i.rule = 'mean_of_dimensions' THEN coalesce(s.divisions, 1) ELSE 1 END AS expected
  FROM wanted w
  JOIN instrument i USING (instrument)
  JOIN measure m ON m.instrument = w.instrument AND m.kind = w.kind
  JOIN roster r ON r.period = w.period AND (r.level <> 'part' OR i.rule = 'mean_of_dimensions')
  LEFT JOIN served s ON s.period = r.period AND s.level = r.level AND s.unit = r.unit
),
flagged AS (
  SELECT l.*, coalesce(f.n, 0) AS n, f.n_eff, f.estimate, f.variance, f.df,
         CASE WHEN coalesce(f.n, 0) = 0 THEN 'none'
              WHEN f.n < getvariable('withheld_below') THEN 'withheld'
              WHEN f.present < l.expected THEN 'partial'
              WHEN f.n < getvariable('ranked_from') THEN 'caution'
              ELSE 'ok' END AS flag
  FROM listed l
  LEFT JOIN figure f USING (instrument, window_id, period, level, unit, measure, statistic)
),
shown AS (
  SELECT * REPLACE (stored(estimate) AS estimate), sqrt(variance) AS se,
         CASE statistic WHEN 'mean' THEN greatest(0, estimate - t_975(df) * sqrt(variance))
              ELSE 100 * greatest(0, wilson_middle(estimate / 100, n_eff) - wilson_half(estimate / 100, n_eff)) END AS low,
         CASE statistic WHEN 'mean' THEN least(100, estimate + t_975(df) * sqrt(variance))
              ELSE 100 * least(1, wilson_middle(estimate / 100, n_eff) + wilson_half(estimate / 100, n_eff)) END AS high,
         CASE statistic WHEN 'mean' THEN points ELSE 100 END AS printed_of
  FROM flagged WHERE flag NOT IN ('none', 'withheld')
),
ranked AS (
  SELECT *, CASE WHEN flag = 'ok' AND level IN ('branch', 'region', 'division') AND statistic = 'mean'
                 THEN rank() OVER (PARTITION BY instrument, window_id, period, level, measure, statistic, flag = 'ok'
                                   ORDER BY estimate DESC) END AS rank,
         count(*) FILTER (flag = 'ok') OVER (PARTITION BY instrument, window_id, period, level, measure, statistic) AS ranked
  FROM shown
),
rate AS (
  SELECT r.period, i.instrument, i.position, r.level, r.unit, sum(v.invited) AS invited, sum(t.responses) AS responses
  FROM roster r
  JOIN (SELECT DISTINCT period, branch, region FROM branch_month) b
    ON b.period = r.period AND r.unit = CASE r.level WHEN 'branch' THEN b.branch WHEN 'region' THEN b.region WHEN 'network' THEN 'network' END
  JOIN invitation v ON v.period = b.period AND v.branch = b.branch
  JOIN instrument i ON i.instrument = v.instrument
  LEFT JOIN (SELECT instrument, period, branch, sum(responses) AS responses FROM response_total GROUP BY ALL) t
    ON t.instrument = v.instrument AND t.period = v.period AND t.branch = v.branch
  GROUP BY ALL
)
SELECT f.period, f.instrument, f.level, f.unit, f.measure, f.statistic, f.window_id AS "window",
       CAST(f.n AS BIGINT) AS n, stored(r.n_eff) AS n_eff, r.estimate, stored(r.se) AS se, CAST(r.df AS BIGINT) AS df,
       stored(r.low) AS low, stored(r.high) AS high, r.rank, r.ranked, f.flag,
       printed(r.estimate, r.printed_of) AS printed, printed(r.low, r.printed_of) AS printed_low,
       printed(r.high, r.printed_of) AS printed_high, coalesce(r.printed_of, CASE f.statistic WHEN 'mean' THEN f.points ELSE 100 END) AS printed_of
FROM flagged f
LEFT JOIN ranked r USING (period, instrument, level, unit, measure, statistic, window_id)
UNION ALL
SELECT period, instrument, level, unit, 'response_rate', 'share', 'month', CAST(invited AS BIGINT), NULL,
       stored(100 * coalesce(responses, 0) / invited), NULL, NULL, NULL, NULL, NULL, NULL,
       CASE WHEN invited > 0 THEN 'ok' ELSE 'none' END, printed(100 * coalesce(responses, 0) / invited, 100), NULL, NULL, 100
FROM rate
UNION ALL
SELECT getvariable('period'), instrument, 'instrument', instrument, variable, 'weight', 'month', NULL, NULL,
       stored(100 * CAST(omega AS DOUBLE) / sum(omega) OVER (PARTITION BY instrument)), NULL, NULL, NULL, NULL, NULL, NULL, 'ok',
       printed(100 * CAST(omega AS DOUBLE) / sum(omega) OVER (PARTITION BY instrument), 100), NULL, NULL, 100
FROM variable WHERE kind = 'factor';
