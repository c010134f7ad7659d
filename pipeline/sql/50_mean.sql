-- What    Sums per unit, window, part and variable, and the mean.
-- Grain   instrument, window_id, period, level, unit, part, variable, statistic
-- Formula mean = wx / w in the variable's unit. center = the nearest whole number and
--         delta = mean - center: products about `center` are exact whole numbers, so a unit whose
--         answers are all equal has a variance of exactly 0. scale of them are 100 points.
CREATE TABLE unit_value AS
WITH summed AS (
  SELECT w.instrument, w.window_id, w.period, p.level, p.unit,
         CASE WHEN i.rule = 'mean_of_dimensions' THEN t.division ELSE '' END AS part,
         v.kind, t.variable, t.statistic, v.omega,
         CASE t.statistic WHEN 'mean' THEN v.unit ELSE 1 END AS scale,
         sum(t.n)::HUGEINT AS n, sum(t.w) AS w, sum(t.w2) AS w2, sum(t.wx) AS wx
  FROM value_total t
  JOIN instrument i USING (instrument)
  JOIN variable v USING (instrument, variable)
  JOIN wanted w ON w.instrument = t.instrument AND w.member = t.period
               AND w.kind = CASE v.kind WHEN 'factor' THEN 'index' ELSE 'item' END
  JOIN placement p ON p.instrument = t.instrument AND p.period = t.period AND p.branch = t.branch AND p.division = t.division
  GROUP BY ALL HAVING sum(t.w) > 0
)
SELECT *, CAST(round(wx / w) AS HUGEINT) AS center,
       (wx - CAST(round(wx / w) AS HUGEINT) * w) / w AS delta
FROM summed;

-- What    A measure (index, factor or item) as a weighted sum of means of variables.
-- Grain   instrument, window_id, period, level, unit, measure, statistic, part, variable
-- Formula measure = sum over parts p and variables k of share_pk * 100 * mean_pk / scale_k,
--         share_pk = omega_k / (P * Omega_p); Omega_p = sum of the weights of the factors present,
--         so that published weights need not sum to 100; P = number of parts with responses
--         (divisions for mean_of_dimensions, else 1). alpha = 100 * share / (scale * w).
CREATE TABLE component AS
WITH used AS (
  SELECT u.*, u.variable AS measure
  FROM unit_value u JOIN (SELECT DISTINCT instrument, window_id, period, kind FROM wanted) w
    USING (instrument, window_id, period, kind)
  UNION ALL
  SELECT u.*, 'index' FROM unit_value u WHERE u.kind = 'factor'
),
weighed AS (
  SELECT *, sum(omega) OVER (PARTITION BY instrument, window_id, period, level, unit, measure, statistic, part) AS omega_part,
         count(DISTINCT part) OVER (PARTITION BY instrument, window_id, period, level, unit, measure, statistic) AS parts
  FROM used
)
SELECT *, CAST(omega AS DOUBLE) / (parts * CAST(omega_part AS DOUBLE)) AS share,
       100 * CAST(omega AS DOUBLE) / (parts * CAST(omega_part AS DOUBLE)) / (scale * w) AS alpha
FROM weighed;
