-- What    A figure beside another: last month, last year, its region, the network, its target.
-- Grain   comparison: instrument, level, unit, measure, against; the month of the run
-- Formula difference = figure - reference, V = its variance:
--         last_month, last_year: other respondents, V = V1 + V2;
--         region, network: the unit is part of it, V = V1 (1 - 2 rho) + V2 with
--           rho = cov / own variance of the unit (its share of respondents where that is 0),
--           cov = sum_h r_h ( sum z_i y_i - sum z_i sum y_i / n_h ), z and y the linearised values of
--           the unit and of the reference;
--         target: a constant, V = V1.
--         df = (V1 + V2)^2 / (V1^2 / df1 + V2^2 / df2).  better / worse: the 95 % interval leaves out 0.
--         contribution = share of the factor in the index * difference: over the factors they sum
--         to the difference of the index.
-- Source  Welch (1947), Biometrika 34, 28-35, for the degrees of freedom.
CREATE TABLE reference AS
WITH now AS (
  SELECT r.period, i.instrument, r.level, r.unit
  FROM roster r, instrument i WHERE r.period = getvariable('period') AND r.level <> 'part'
),
back AS (SELECT * FROM (VALUES ('last_month', 1), ('last_year', 12)) AS v(against, months)),
home AS (SELECT DISTINCT branch, region FROM branch_month WHERE period = getvariable('period'))
SELECT n.*, b.against, strftime(CAST(n.period || '-01' AS DATE) - to_months(b.months), '%Y-%m') AS other_period,
       n.level AS other_level, n.unit AS other_unit
FROM now n, back b
UNION ALL
SELECT n.*, 'region', n.period, 'region', h.region FROM now n JOIN home h ON h.branch = n.unit WHERE n.level = 'branch'
UNION ALL
SELECT n.*, 'network', n.period, 'network', 'network' FROM now n WHERE n.level <> 'network';

CREATE TABLE covariance AS
WITH pair AS (
  SELECT s.*, s.a AS mine, s.b AS theirs, s.e_a AS e FROM stratum_product s
  WHERE s.window_id = 'month' AND s.period = getvariable('period') AND s.statistic = 'mean'
  UNION ALL
  SELECT s.*, s.b, s.a, s.e_b FROM stratum_product s
  WHERE s.window_id = 'month' AND s.period = getvariable('period') AND s.statistic = 'mean' AND s.a <> s.b
),
product AS (
  SELECT r.instrument, r.level, r.unit, cu.measure, r.against, p.branch,
         CAST(sum(CAST(cu.alpha * ct.alpha * (p.c_ab + ((mine.center - ct.center) + (mine.delta - ct.delta)) * p.e)
              AS DECIMAL(38,24))) AS DOUBLE) AS zy
  FROM reference r
  JOIN pair p ON p.instrument = r.instrument AND p.level = r.level AND p.unit = r.unit
  JOIN component cu ON (cu.instrument, cu.window_id, cu.period, cu.level, cu.unit, cu.part, cu.variable, cu.statistic)
                     = (p.instrument, p.window_id, p.period, p.level, p.unit, p.part, p.mine, p.statistic)
  JOIN unit_value mine ON (mine.instrument, mine.window_id, mine.period, mine.level, mine.unit, mine.part, mine.variable, mine.statistic)
                     = (p.instrument, p.window_id, p.period, p.level, p.unit, p.part, p.theirs, p.statistic)
  JOIN component ct ON (ct.instrument, ct.window_id, ct.period, ct.level, ct.unit, ct.part, ct.variable, ct.statistic, ct.measure)
                     = (p.instrument, p.window_id, p.period, r.other_level, r.other_unit, p.part, p.theirs, p.statistic, cu.measure)
  WHERE r.against IN ('region', 'network') AND cu.kind = 'factor'
  GROUP BY ALL
)
SELECT q.instrument, q.level, q.unit, q.measure, q.against,
       CAST(sum(CAST(s.r * (q.zy - CASE WHEN s.n > 1 THEN u.z * t.z / s.n ELSE 0 END) AS DECIMAL(38,24))) AS DOUBLE) AS cov
FROM product q
JOIN reference r USING (instrument, level, unit, against)
JOIN stratum s ON s.instrument = q.instrument AND s.window_id = 'month' AND s.period = r.period AND s.branch = q.branch
JOIN stratum_line u ON (u.instrument, u.window_id, u.period, u.level, u.unit, u.measure, u.statistic, u.branch)
                     = (q.instrument, 'month', r.period, q.level, q.unit, q.measure, 'mean', q.branch)
JOIN stratum_line t ON (t.instrument, t.window_id, t.period, t.level, t.unit, t.measure, t.statistic, t.branch)
                     = (q.instrument, 'month', r.period, r.other_level, r.other_unit, q.measure, 'mean', q.branch)
GROUP BY ALL;

CREATE TABLE comparison AS
WITH measure AS (
  SELECT instrument, variable AS measure FROM variable WHERE kind = 'factor'
  UNION ALL SELECT instrument, 'index' FROM instrument
),
wished AS (
  SELECT r.*, m.measure, i.points, CAST(NULL AS DECIMAL(9,3)) AS target
  FROM reference r JOIN measure m USING (instrument) JOIN instrument i USING (instrument)
  UNION ALL
  SELECT o.period, t.instrument, o.level, o.unit, 'target', NULL, NULL, NULL, t.measure, i.points, t.target
  FROM roster o JOIN target t ON t.branch IN ('*', o.unit) JOIN instrument i USING (instrument)
  JOIN month m ON m.period = o.period AND m.last_day BETWEEN t.valid_from AND t.valid_to
  WHERE o.period = getvariable('period') AND (o.level = 'branch' OR o.level <> 'part' AND t.branch = '*')
  QUALIFY row_number() OVER (PARTITION BY t.instrument, o.level, o.unit, t.measure ORDER BY t.branch = '*') = 1
),
allowed AS (
  SELECT s.period, s.instrument, s.level, s.unit, s.measure, s.flag, f.n, f.estimate, f.variance, f.own_variance, f.df
  FROM score s
  JOIN figure f ON (f.instrument, f.window_id, f.period, f.level, f.unit, f.measure, f.statistic)
                 = (s.instrument, 'month', s.period, s.level, s.unit, s.measure, 'mean')
  WHERE s."window" = 'month' AND s.statistic = 'mean' AND s.estimate IS NOT NULL
),
paired AS (
  SELECT w.*, a.estimate, coalesce(b.estimate, w.target * 100 / w.points) AS reference, a.variance AS v1, coalesce(b.variance, 0) AS v2,
         a.df AS df1, b.df AS df2,
         CASE WHEN w.against NOT IN ('region', 'network') THEN 0
              WHEN a.own_variance > 0 THEN c.cov / a.own_variance ELSE a.n / b.n END AS rho,
         a.flag NOT IN ('partial') AND coalesce(b.flag, 'ok') NOT IN ('partial') AS whole
  FROM wished w
  LEFT JOIN allowed a ON (a.period, a.instrument, a.level, a.unit, a.measure) = (w.period, w.instrument, w.level, w.unit, w.measure)
  LEFT JOIN allowed b ON (b.period, b.instrument, b.level, b.unit, b.measure)
                       = (w.other_period, w.instrument, w.other_level, w.other_unit, w.measure)
  LEFT JOIN covariance c ON (c.instrument, c.level, c.unit, c.measure, c.against) = (w.instrument, w.level, w.unit, w.measure, w.against)
),
differed AS (
  SELECT *, estimate - reference AS difference, sqrt(greatest(0, v1 * (1 - 2 * rho) + v2)) AS se,
         CASE WHEN v1 + v2 > 0 THEN pow(v1 + v2, 2) / (pow(v1, 2) / df1 + CASE WHEN v2 > 0 THEN pow(v2, 2) / df2 ELSE 0 END) ELSE df1 END AS df
  FROM paired
),
bounded AS (
  SELECT *, difference - t_975(df) * se AS low, difference + t_975(df) * se AS high FROM differed
),
share AS (
  SELECT instrument, variable AS measure, CAST(omega AS DOUBLE) / sum(omega) OVER (PARTITION BY instrument) AS share
  FROM variable WHERE kind = 'factor'
)
SELECT b.period, b.instrument, b.level, b.unit, b.measure, b.against,
       stored(reference) AS reference, stored(difference) AS difference, stored(se) AS se, CAST(floor(df) AS BIGINT) AS df,
       stored(low) AS low, stored(high) AS high,
       CASE WHEN low > 0 THEN 'better' WHEN high < 0 THEN 'worse' WHEN low IS NOT NULL THEN 'no_clear_difference' ELSE 'none' END AS verdict,
       CASE WHEN b.against IN ('region', 'network') AND x.whole THEN stored(s.share * difference) END AS contribution,
       printed(coalesce(reference, b.target * 100 / b.points), b.points) AS printed_reference,
       printed(difference, b.points) AS printed_difference,
       printed(low, b.points) AS printed_low, printed(high, b.points) AS printed_high,
       CASE WHEN b.against IN ('region', 'network') AND x.whole THEN printed(s.share * difference, b.points) END AS printed_contribution
FROM bounded b
LEFT JOIN share s ON s.instrument = b.instrument AND s.measure = b.measure
LEFT JOIN (SELECT instrument, level, unit, against, whole FROM paired WHERE measure = 'index') x
       ON (x.instrument, x.level, x.unit, x.against) = (b.instrument, b.level, b.unit, b.against);
