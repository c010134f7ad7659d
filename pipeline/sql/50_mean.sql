-- What    Sums per cell, part and variable, and the mean.
-- Grain   cell, part, variable, statistic
-- Formula mean = wx / w in the variable's unit; scale of them are 100 points. center = the nearest
--         whole number and delta = mean - center: products about `center` are exact whole numbers,
--         so a unit whose answers are all equal has a variance of exactly 0.
CREATE TABLE cell_value AS
WITH summed AS (
  SELECT m.cell, m.part, v.kind, t.variable, t.statistic, CAST(v.omega * 10000 AS HUGEINT) AS omega,
         CASE t.statistic WHEN 'mean' THEN v.unit ELSE 1 END AS scale,
         sum(t.n)::HUGEINT AS n, sum(t.w) AS w, sum(t.w2) AS w2, sum(t.wx) AS wx
  FROM value_total t
  JOIN variable v USING (instrument, variable)
  JOIN member m USING (instrument, period, branch, division)
  WHERE v.kind = 'factor' OR m.with_items
  GROUP BY ALL HAVING sum(t.w) > 0
)
SELECT *, CAST(round(wx / w) AS HUGEINT) AS center,
       (wx - CAST(round(wx / w) AS HUGEINT) * w) / w AS delta
FROM summed;

-- What    A measure (index, factor or item) as a weighted sum of means of variables.
-- Grain   cell, measure, statistic, part, variable
-- Formula measure = sum over parts p and variables k of share_pk * 100 * mean_pk / scale_k,
--         share_pk = omega_k / (P * Omega_p); Omega_p = sum of the weights of the factors present,
--         so that published weights need not sum to 100; P = number of parts with responses
--         (divisions for mean_of_dimensions, else 1). omega in ten-thousandths.
--         term = 100 * share * wx / (scale * w), in units of 10^-24; alpha = 100 * share / (scale * w).
CREATE TABLE component AS
WITH used AS (
  SELECT v.*, v.variable AS measure FROM cell_value v JOIN cell c USING (cell)
  WHERE v.kind = 'item' OR c.with_factors
  UNION ALL
  SELECT *, 'index' FROM cell_value WHERE kind = 'factor'
),
weighed AS (
  SELECT *, sum(omega) OVER (PARTITION BY cell, measure, statistic, part) AS omega_part,
         count(DISTINCT part) OVER (PARTITION BY cell, measure, statistic) AS parts
  FROM used
)
SELECT *, long_division(100 * omega * wx, parts * omega_part * scale * w) AS term,
       100 * CAST(omega AS DOUBLE) / (CAST(parts * omega_part * scale AS DOUBLE) * w) AS alpha
FROM weighed;
