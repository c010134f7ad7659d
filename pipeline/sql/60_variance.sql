-- What    The design: each branch is a stratum; its responses in the window are its sample.
-- Grain   stratum: instrument, window_id, period, branch. r = n / (n - 1); a stratum of one
--         response has r = 1 and is centred on the unit's mean ("adjust").
CREATE TABLE stratum AS
SELECT w.instrument, w.window_id, w.period, t.branch, sum(t.responses) AS n,
       CASE WHEN sum(t.responses) > 1 THEN sum(t.responses) / (sum(t.responses) - 1) ELSE 1 END AS r
FROM response_total t
JOIN wanted w ON w.instrument = t.instrument AND w.member = t.period AND w.kind = 'index'
GROUP BY ALL;

-- Sums of products per stratum, about the unit's means F.
-- Formula c_ab = sum(w^2 (x_a - F_a)(x_b - F_b)), over responses that have both a and b;
--         e_a = sum(w^2 (x_a - F_a)) and e_b likewise, over the same.  a = b or a before b.
CREATE TABLE stratum_product AS
WITH product AS (
  SELECT instrument, period, branch, division, variable AS a, variable AS b, statistic, w2, w2x AS w2a, w2x AS w2b, w2xx AS w2ab
  FROM value_total
  UNION ALL
  SELECT instrument, period, branch, division, a, b, 'mean', w2, w2a, w2b, w2ab FROM product_total
),
summed AS (
  SELECT w.instrument, w.window_id, w.period, p.level, p.unit, t.branch,
         CASE WHEN i.rule = 'mean_of_dimensions' THEN t.division ELSE '' END AS part,
         t.a, t.b, t.statistic,
         sum(t.w2) AS w2, sum(t.w2a) AS w2a, sum(t.w2b) AS w2b, sum(t.w2ab) AS w2ab
  FROM product t
  JOIN instrument i USING (instrument)
  JOIN variable v ON v.instrument = t.instrument AND v.variable = t.a
  JOIN wanted w ON w.instrument = t.instrument AND w.member = t.period
               AND w.kind = CASE v.kind WHEN 'factor' THEN 'index' ELSE 'item' END
  JOIN placement p ON p.instrument = t.instrument AND p.period = t.period AND p.branch = t.branch AND p.division = t.division
  GROUP BY ALL HAVING sum(t.w2) > 0
),
centred AS (
  SELECT s.*, ua.delta AS da, ub.delta AS db,
         w2a - ua.center * s.w2 AS ea, w2b - ub.center * s.w2 AS eb,
         w2ab - ua.center * w2b - ub.center * w2a + ua.center * ub.center * s.w2 AS eab
  FROM summed s
  JOIN unit_value ua ON (ua.instrument, ua.window_id, ua.period, ua.level, ua.unit, ua.part, ua.variable, ua.statistic)
                      = (s.instrument, s.window_id, s.period, s.level, s.unit, s.part, s.a, s.statistic)
  JOIN unit_value ub ON (ub.instrument, ub.window_id, ub.period, ub.level, ub.unit, ub.part, ub.variable, ub.statistic)
                      = (s.instrument, s.window_id, s.period, s.level, s.unit, s.part, s.b, s.statistic)
)
SELECT * EXCLUDE (w2a, w2b, w2ab, da, db, ea, eb, eab),
       eab - db * ea - da * eb + da * db * w2 AS c_ab, ea - da * w2 AS e_a, eb - db * w2 AS e_b
FROM centred;

-- Sums of the linearised values z_i (below) per stratum.
CREATE TABLE stratum_line AS
SELECT c.instrument, c.window_id, c.period, c.level, c.unit, c.measure, c.statistic, t.branch,
       CAST(sum(CAST(c.alpha * ((t.wx - c.center * t.w) - c.delta * t.w) AS DECIMAL(38,24))) AS DOUBLE) AS z
FROM component c
JOIN wanted w ON w.instrument = c.instrument AND w.window_id = c.window_id AND w.period = c.period
             AND w.kind = CASE c.kind WHEN 'factor' THEN 'index' ELSE 'item' END
JOIN value_total t ON t.instrument = c.instrument AND t.period = w.member AND t.variable = c.variable
                  AND t.statistic = c.statistic AND c.part IN ('', t.division) AND t.w > 0
JOIN placement p ON p.instrument = t.instrument AND p.period = t.period AND p.branch = t.branch AND p.division = t.division
                AND p.level = c.level AND p.unit = c.unit
GROUP BY ALL;

-- What    Variance of each measure by Taylor linearisation.
-- Grain   instrument, window_id, period, level, unit, measure, statistic
-- Formula z_i = sum_k alpha_k w_i d_ik (x_ik - F_k), d_ik = 1 if i has k (0 outside the unit);
--         variance = sum over strata h of  r_h * ( sum z_i^2 - (sum z_i)^2 / n_h ).
--         Terms are cut to 24 decimals before they are summed, so that their order is no matter.
-- Source  Saerndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), 5.5 and 5.7.
CREATE TABLE variance AS
WITH square AS (
  SELECT ca.instrument, ca.window_id, ca.period, ca.level, ca.unit, ca.measure, ca.statistic, s.branch,
         CAST(sum(CAST(CASE WHEN s.a = s.b THEN 1 ELSE 2 END * ca.alpha * cb.alpha * s.c_ab AS DECIMAL(38,24))) AS DOUBLE) AS zz
  FROM stratum_product s
  JOIN component ca ON (ca.instrument, ca.window_id, ca.period, ca.level, ca.unit, ca.part, ca.variable, ca.statistic)
                     = (s.instrument, s.window_id, s.period, s.level, s.unit, s.part, s.a, s.statistic)
  JOIN component cb ON (cb.instrument, cb.window_id, cb.period, cb.level, cb.unit, cb.part, cb.variable, cb.statistic, cb.measure)
                     = (s.instrument, s.window_id, s.period, s.level, s.unit, s.part, s.b, s.statistic, ca.measure)
  GROUP BY ALL
)
SELECT instrument, window_id, period, level, unit, measure, statistic,
       sum(CAST(greatest(0, s.r * (q.zz - CASE WHEN s.n > 1 THEN l.z * l.z / s.n ELSE 0 END)) AS DECIMAL(38,24))) AS variance,
       sum(s.n - 1) AS df
FROM square q
JOIN stratum_line l USING (instrument, window_id, period, level, unit, measure, statistic, branch)
JOIN stratum s USING (instrument, window_id, period, branch)
GROUP BY ALL;
