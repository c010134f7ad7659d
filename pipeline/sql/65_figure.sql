-- What    Linearised values of a measure, summed per stratum and part, where units share strata.
-- Grain   figures of several parts, and those that step 87 compares
-- Formula l = sum over variables a of c_a (x_a - f_a w_a): a unit's own mean taken off in each of its strata.
CREATE TEMP TABLE line AS
SELECT s.figure, o.sample, t.stratum, s.part, bool_or(t.w > 0) AS heard,
       whole_sum(s.c * (t.x - s.f * t.w), 1e22) AS l
FROM share s
JOIN wanted o USING (instrument, window_id, period)
JOIN line_total t ON (t.instrument, t.level, t.unit, t.part, t.variable, t.period) = (s.instrument, s.level, s.unit, s.part, s.variable, o.member)
WHERE s.part <> ''
   OR o.back <= 1 AND (s.instrument, s.measure) IN (SELECT (instrument, measure) FROM measure WHERE kind IN ('index', 'factor'))
GROUP BY ALL;

-- What    Covariances between the parts of a figure, which share strata; and its degrees of freedom.
-- Formula cross = sum over strata h of k_h ( sum_p l_p^2 - (sum_p l_p)^2 ) / P^2, df = sum of (n_h - 1)
CREATE TEMP TABLE cross_part AS
WITH summed AS (
  SELECT figure, sample, stratum, bool_or(heard) AS heard, sum(CAST(l AS DECIMAL(38,22))) AS l, sum(CAST(l * l AS DECIMAL(38,22))) AS ll
  FROM line WHERE part <> '' GROUP BY ALL
)
SELECT figure, sum(df) FILTER (heard) AS df,
       whole_sum(coalesce(k, 0) * (CAST(ll AS DOUBLE) - CAST(l AS DOUBLE) * CAST(l AS DOUBLE)), 1e22) AS cross
FROM summed JOIN sampled USING (sample, stratum) GROUP BY ALL;

-- What    Figures: every measure of every unit and window, with its base and variance.
-- Grain   instrument, window_id, period, level, unit, measure, statistic
-- Formula A mean over P parts (step 63): variance = (sum of variances + cross) / P^2, kish = its sum / P^2: the variance of
--         the measure when one respondent's is 1.
--         n_eff = 1 / kish, with one part Kish's (sum w)^2 / sum w^2.
--         A variance below 10^-10 kish is rounding and counts as 0.
--         Below ranked_from responses a variance of one respondent, pooled over the branches, is used:
--         one = sum (n - 1) variance / kish / sum (n - 1), variance = one * kish, df = sum (n - 1).
-- Source  Kish, Survey Sampling (1965), 8.2 and 11.7
CREATE TABLE figure AS
WITH crossed AS (
  SELECT s.* EXCLUDE (kish, variance, df), m.kind, s.kish / (s.parts * s.parts) AS kish, coalesce(c.df, s.df) AS own_df,
         i.factor AS inflation, i.factor * ((s.variance + coalesce(c.cross, 0)) / (s.parts * s.parts) + coalesce(r.correction, 0)) AS variance
  FROM numbered s
  JOIN measure m USING (instrument, measure, statistic)
  JOIN inflation i USING (instrument, window_id, period)
  LEFT JOIN cross_part c USING (figure)
  LEFT JOIN calibration r USING (figure)
),
cleaned AS (
  SELECT * EXCLUDE (variance), CASE WHEN variance < 1e-10 * kish THEN 0 ELSE variance END AS own_variance FROM crossed
),
pooled AS (
  SELECT instrument, window_id, period, measure, statistic, sum(n - 1) AS df,
         whole_sum((n - 1) * own_variance / kish, 1e20) / nullif(sum(n - 1), 0) AS one
  FROM cleaned WHERE level = 'branch' GROUP BY ALL
)
SELECT c.*, 1 / kish AS n_eff, CASE WHEN n < getvariable('ranked_from') THEN p.one * kish ELSE own_variance END AS variance,
       CASE WHEN n < getvariable('ranked_from') THEN p.df ELSE own_df END AS df
FROM cleaned c LEFT JOIN pooled p USING (instrument, window_id, period, measure, statistic);
