-- What    The design: each branch is a stratum; its responses in the window are its sample.
-- Grain   instrument, window_id, period, branch. r = n / (n - 1); a stratum of one response has
--         r = 1 and is centred on the unit's mean ("adjust").
CREATE TABLE stratum AS
SELECT w.instrument, w.window_id, w.period, t.branch, sum(t.responses) AS n,
       CASE WHEN sum(t.responses) > 1 THEN sum(t.responses) / (sum(t.responses) - 1) ELSE 1 END AS r
FROM response_total t
JOIN wanted w ON w.instrument = t.instrument AND w.member = t.period
GROUP BY ALL;

-- What    Sums per stratum.
-- Grain   cell, part, branch, variable, statistic
CREATE TABLE stratum_value AS
SELECT m.cell, m.part, t.branch, t.variable, t.statistic, sum(t.w) AS w, sum(t.wx) AS wx
FROM value_total t
JOIN variable v ON v.instrument = t.instrument AND v.variable = t.variable
JOIN member m ON (m.instrument, m.period, m.branch, m.division) = (t.instrument, t.period, t.branch, t.division)
WHERE t.w > 0 AND (v.kind = 'factor' OR m.with_items)
GROUP BY ALL;

-- What    Products per stratum, about the means F of the cell.
-- Grain   cell, part, branch, a, b, statistic; a = b or a before b
-- Formula With t_a = sum(w (x_a - F_a)) over the responses that have a, and the sums below over those
--         that have both a and b:
--         c_ab = sum(w^2 (x_a - F_a)(x_b - F_b)), e_a = sum(w^2 (x_a - F_a)), e_b likewise;
--         g_ab = c_ab - t_a t_b / n, n = responses of the stratum; c_ab where n = 1.
--         Worked out about `center`, so that every difference of large numbers is one of whole
--         numbers: g_ab is exactly 0 where all answers of a stratum are equal.
CREATE TABLE stratum_product AS
WITH product AS (
  SELECT instrument, period, branch, division, variable AS a, variable AS b, statistic,
         w2, w2x AS w2a, w2x AS w2b, w2xx AS w2ab
  FROM value_total WHERE w > 0
  UNION ALL
  SELECT instrument, period, branch, division, a, b, 'mean', w2, w2a, w2b, w2ab
  FROM product_total
),
summed AS (
  SELECT m.cell, m.part, t.branch, t.a, t.b, t.statistic,
         coalesce(sum(t.w2), 0) AS w2, coalesce(sum(t.w2a), 0) AS w2a, coalesce(sum(t.w2b), 0) AS w2b,
         coalesce(sum(t.w2ab), 0) AS w2ab  -- 0: nobody answered both, yet t_a t_b counts
  FROM product t
  JOIN variable v ON v.instrument = t.instrument AND v.variable = t.a
  JOIN member m ON (m.instrument, m.period, m.branch, m.division) = (t.instrument, t.period, t.branch, t.division)
  WHERE v.kind = 'factor' OR m.with_items
  GROUP BY ALL
),
centred AS (
  SELECT s.cell, s.part, s.branch, s.a, s.b, s.statistic, h.n, fa.delta AS da, fb.delta AS db,
         s.w2, sa.w AS wa, sb.w AS wb,
         sa.wx - fa.center * sa.w AS ta, sb.wx - fb.center * sb.w AS tb,
         w2a - fa.center * s.w2 AS ea, w2b - fb.center * s.w2 AS eb,
         w2ab - fa.center * w2b - fb.center * w2a + fa.center * fb.center * s.w2 AS eab
  FROM summed s
  JOIN cell_value fa ON (fa.cell, fa.part, fa.variable, fa.statistic) = (s.cell, s.part, s.a, s.statistic)
  JOIN cell_value fb ON (fb.cell, fb.part, fb.variable, fb.statistic) = (s.cell, s.part, s.b, s.statistic)
  JOIN stratum_value sa ON (sa.cell, sa.part, sa.branch, sa.variable, sa.statistic)
                         = (s.cell, s.part, s.branch, s.a, s.statistic)
  JOIN stratum_value sb ON (sb.cell, sb.part, sb.branch, sb.variable, sb.statistic)
                         = (s.cell, s.part, s.branch, s.b, s.statistic)
  JOIN cell c ON c.cell = s.cell
  JOIN stratum h ON (h.instrument, h.window_id, h.period, h.branch) = (c.instrument, c.window_id, c.period, s.branch)
)
SELECT cell, part, branch, a, b, statistic,
       eab - db * ea - da * eb + da * db * w2 AS c_ab, ea - da * w2 AS e_a, eb - db * w2 AS e_b,
       CASE WHEN n = 1 THEN eab - db * ea - da * eb + da * db * w2
            ELSE ((n * eab - ta * tb) - db * (n * ea - ta * wb) - da * (n * eb - tb * wa)
                  + da * db * (n * w2 - wa * wb)) / n END AS g_ab
FROM centred;

-- What    Sums of the linearised values per stratum and part.
-- Formula z_i = sum_k alpha_k w_i d_ik (x_ik - F_k), d_ik = 1 if i has k (0 outside the unit).
--         Terms are cut to 24 decimals before they are summed, so that their order is no matter.
CREATE TABLE stratum_line AS
SELECT c.cell, c.measure, c.statistic, s.branch, c.part,
       CAST(sum(CAST(c.alpha * ((s.wx - c.center * s.w) - c.delta * s.w) AS DECIMAL(38,24))) AS DOUBLE) AS z
FROM component c
JOIN stratum_value s USING (cell, part, variable, statistic)
GROUP BY ALL;

-- What    Variance of each measure by Taylor linearisation.
-- Grain   cell, measure, statistic
-- Formula variance = sum over strata h of  r_h * ( sum z_i^2 - (sum z_i)^2 / n_h ), where within a part
--         sum z_i^2 - (sum z_i)^2 / n_h = sum over a and b of alpha_a alpha_b g_ab, and the products
--         of the sums of different parts are left to take off;  df = sum of (n_h - 1).
-- Source  Saerndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), 5.5 and 5.7.
CREATE TABLE variance AS
WITH square AS (
  SELECT s.cell, ca.measure, s.statistic, s.branch,
         CAST(sum(CAST(CASE WHEN s.a = s.b THEN 1 ELSE 2 END * ca.alpha * cb.alpha * s.g_ab
                       AS DECIMAL(38,24))) AS DOUBLE) AS within
  FROM stratum_product s
  JOIN component ca ON (ca.cell, ca.part, ca.variable, ca.statistic) = (s.cell, s.part, s.a, s.statistic)
  JOIN component cb ON (cb.cell, cb.part, cb.variable, cb.statistic, cb.measure)
                     = (s.cell, s.part, s.b, s.statistic, ca.measure)
  GROUP BY ALL
),
line AS (
  SELECT cell, measure, statistic, branch, count(*) AS parts,
         CAST(sum(CAST(z AS DECIMAL(38,24))) AS DOUBLE) AS z,
         CAST(sum(CAST(z * z AS DECIMAL(38,24))) AS DOUBLE) AS zz
  FROM stratum_line GROUP BY ALL
)
SELECT q.cell, q.measure, q.statistic,
       sum(CAST(greatest(0, h.r * (q.within - CASE WHEN h.n > 1 AND l.parts > 1 THEN (l.z * l.z - l.zz) / h.n ELSE 0 END))
                AS DECIMAL(38,24))) AS variance,
       sum(h.n - 1) AS df
FROM square q
JOIN line l USING (cell, measure, statistic, branch)
JOIN cell c USING (cell)
JOIN stratum h USING (instrument, window_id, period, branch)
GROUP BY ALL;
