-- What    Bases: how many respondents, and what they are worth.
-- Grain   instrument, window_id, period, level, unit, measure, statistic
-- Formula n = respondents with a value. kish = sum over parts of w2_p / (P w_p)^2, the variance of
--         the measure when one respondent's is 1;  n_eff = 1 / kish (Kish, with one part
--         (sum w)^2 / sum w^2).  present = variables the measure is made of.
CREATE TABLE base AS
WITH part_base AS (
  SELECT instrument, window_id, period, level, unit, measure, statistic, part, parts, n, w, w2, 1 AS present
  FROM component WHERE measure <> 'index'
  UNION ALL
  SELECT c.instrument, c.window_id, c.period, c.level, c.unit, 'index', 'mean', c.part, c.parts, b.n, b.w, b.w2, c.present
  FROM (SELECT instrument, window_id, period, level, unit, part, parts, count(*) AS present
        FROM component WHERE measure = 'index' GROUP BY ALL) c
  JOIN (SELECT w.instrument, w.window_id, w.period, p.level, p.unit,
               CASE WHEN i.rule = 'mean_of_dimensions' THEN t.division ELSE '' END AS part,
               sum(t.n) AS n, sum(t.w) AS w, sum(t.w2) AS w2
        FROM response_total t
        JOIN instrument i USING (instrument)
        JOIN wanted w ON w.instrument = t.instrument AND w.member = t.period AND w.kind = 'index'
        JOIN placement p ON p.instrument = t.instrument AND p.period = t.period AND p.branch = t.branch AND p.division = t.division
        GROUP BY ALL) b USING (instrument, window_id, period, level, unit, part)
)
SELECT instrument, window_id, period, level, unit, measure, statistic,
       sum(n) AS n, sum(present) AS present,
       sum(CAST(CAST(w2 AS DOUBLE) / (CAST(parts * w AS DOUBLE) * (parts * w)) AS DECIMAL(38,24))) AS kish
FROM part_base GROUP BY ALL;

-- What    Every figure before anything is withheld.
-- Formula estimate = sum of share * 100 * wx / (scale * w).
--         Below `ranked_from` responses the standard error uses the pooled variance of one
--         respondent over the branches of the network, sum((n-1) v / kish) / sum(n-1), so that five
--         equal answers do not give an interval of width 0.
CREATE TABLE figure AS
WITH estimate AS (
  SELECT instrument, window_id, period, level, unit, measure, statistic,
         sum(CAST(share * (100 * wx / (scale * w)) AS DECIMAL(38,24))) AS estimate
  FROM component GROUP BY ALL
),
joined AS (
  SELECT * FROM estimate
  JOIN base USING (instrument, window_id, period, level, unit, measure, statistic)
  JOIN variance USING (instrument, window_id, period, level, unit, measure, statistic)
),
pooled AS (
  SELECT instrument, window_id, period, measure, statistic,
         sum(CAST((n - 1) * variance / CAST(kish AS DOUBLE) AS DECIMAL(38,20))) / nullif(sum(n - 1), 0) AS one,
         sum(n - 1) AS df
  FROM joined WHERE level = 'branch' GROUP BY ALL
)
SELECT j.* EXCLUDE (variance, df), CAST(1 / CAST(kish AS DOUBLE) AS DOUBLE) AS n_eff, CAST(variance AS DOUBLE) AS own_variance,
       CASE WHEN j.n < getvariable('ranked_from') THEN p.one * CAST(kish AS DOUBLE) ELSE CAST(variance AS DOUBLE) END AS variance,
       CASE WHEN j.n < getvariable('ranked_from') THEN p.df ELSE j.df END AS df
FROM joined j
JOIN pooled p USING (instrument, window_id, period, measure, statistic);
