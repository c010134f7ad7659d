-- What    The design: each branch is a stratum; its responses in the window are its sample.
-- Grain   instrument, window_id, period, branch. r = n / (n - 1); a stratum of one response has
--         r = 1 and is centred on the unit's mean ("adjust").
CREATE TABLE stratum AS
SELECT w.instrument, w.window_id, w.period, t.branch, sum(t.responses) AS n,
       CASE WHEN sum(t.responses) > 1 THEN sum(t.responses) / (sum(t.responses) - 1) ELSE 1 END AS r
FROM response_total t
JOIN wanted w ON w.instrument = t.instrument AND w.member = t.period
GROUP BY ALL;

-- What    Products per stratum, about the means F of the cell.
-- Grain   cell, part, branch, a, b, statistic; a = b or a before b
-- Formula c_ab = sum(w^2 (x_a - F_a)(x_b - F_b)), over the responses that have both a and b;
--         e_a = sum(w^2 (x_a - F_a)) and e_b likewise, over the same.
CREATE TABLE stratum_product AS
WITH product AS (
  SELECT instrument, period, branch, division, variable AS a, variable AS b, statistic,
         w2, w2x AS w2a, w2x AS w2b, w2xx AS w2ab
  FROM value_total WHERE w > 0
  UNION ALL
  SELECT instrument, period, branch, division, a, b, 'mean', w2, w2a, w2b, w2ab
  FROM product_total WHERE w2 > 0
),
summed AS (
  SELECT m.cell, m.part, t.branch, t.a, t.b, t.statistic,
         sum(t.w2) AS w2, sum(t.w2a) AS w2a, sum(t.w2b) AS w2b, sum(t.w2ab) AS w2ab
  FROM product t
  JOIN variable v ON v.instrument = t.instrument AND v.variable = t.a
  JOIN member m ON (m.instrument, m.period, m.branch, m.division) = (t.instrument, t.period, t.branch, t.division)
  WHERE v.kind = 'factor' OR m.with_items
  GROUP BY ALL
),
centred AS (
  SELECT s.cell, s.part, s.branch, s.a, s.b, s.statistic, s.w2, fa.delta AS da, fb.delta AS db,
         w2a - fa.center * s.w2 AS ea, w2b - fb.center * s.w2 AS eb,
         w2ab - fa.center * w2b - fb.center * w2a + fa.center * fb.center * s.w2 AS eab
  FROM summed s
  JOIN cell_value fa ON (fa.cell, fa.part, fa.variable, fa.statistic) = (s.cell, s.part, s.a, s.statistic)
  JOIN cell_value fb ON (fb.cell, fb.part, fb.variable, fb.statistic) = (s.cell, s.part, s.b, s.statistic)
)
SELECT cell, part, branch, a, b, statistic,
       eab - db * ea - da * eb + da * db * w2 AS c_ab, ea - da * w2 AS e_a, eb - db * w2 AS e_b
FROM centred;

-- What    Sums of the linearised values per stratum.
-- Formula z_i = sum_k alpha_k w_i d_ik (x_ik - F_k), d_ik = 1 if i has k (0 outside the unit).
--         Terms are cut to 24 decimals before they are summed, so that their order is no matter.
CREATE TABLE stratum_line AS
SELECT c.cell, c.measure, c.statistic, t.branch,
       CAST(sum(CAST(c.alpha * ((t.wx - c.center * t.w) - c.delta * t.w) AS DECIMAL(38,24))) AS DOUBLE) AS z
FROM component c
JOIN member m USING (cell, part)
JOIN value_total t USING (instrument, period, branch, division, variable, statistic)
WHERE t.w > 0
GROUP BY ALL;

-- What    Variance of each measure by Taylor linearisation.
-- Grain   cell, measure, statistic
-- Formula variance = sum over strata h of  r_h * ( sum z_i^2 - (sum z_i)^2 / n_h ),
--         sum z_i^2 = sum over a and b of alpha_a alpha_b c_ab;  df = sum of (n_h - 1).
-- Source  Saerndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), 5.5 and 5.7.
CREATE TABLE variance AS
WITH square AS (
  SELECT s.cell, ca.measure, s.statistic, s.branch,
         CAST(sum(CAST(CASE WHEN s.a = s.b THEN 1 ELSE 2 END * ca.alpha * cb.alpha * s.c_ab
                       AS DECIMAL(38,24))) AS DOUBLE) AS zz
  FROM stratum_product s
  JOIN component ca ON (ca.cell, ca.part, ca.variable, ca.statistic) = (s.cell, s.part, s.a, s.statistic)
  JOIN component cb ON (cb.cell, cb.part, cb.variable, cb.statistic, cb.measure)
                     = (s.cell, s.part, s.b, s.statistic, ca.measure)
  GROUP BY ALL
)
SELECT q.cell, q.measure, q.statistic,
       sum(CAST(greatest(0, h.r * (q.zz - CASE WHEN h.n > 1 THEN l.z * l.z / h.n ELSE 0 END))
                AS DECIMAL(38,24))) AS variance,
       sum(h.n - 1) AS df
FROM square q
JOIN stratum_line l USING (cell, measure, statistic, branch)
JOIN cell c USING (cell)
JOIN stratum h USING (instrument, window_id, period, branch)
GROUP BY ALL;
