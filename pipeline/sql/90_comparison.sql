-- What    What each unit is compared with.
-- Grain   instrument, level, unit, against; `here` and `there` are the two cells
CREATE TABLE reference AS
WITH asked AS (
  SELECT i.instrument, i.points, r.period, r.level, r.unit
  FROM roster r, instrument i WHERE r.period = getvariable('period') AND r.level <> 'part'
),
home AS (SELECT DISTINCT branch, region FROM branch_month WHERE period = getvariable('period')),
earlier AS (
  SELECT against, strftime(CAST(getvariable('period') || '-01' AS DATE) - to_months(months), '%Y-%m') AS period
  FROM (VALUES ('last_month', 1), ('last_year', 12)) AS v(against, months)
),
other AS (
  SELECT a.*, e.against, e.period AS other_period, a.level AS other_level, a.unit AS other_unit
  FROM asked a, earlier e
  UNION ALL
  SELECT a.*, 'region', a.period, 'region', h.region
  FROM asked a JOIN home h ON h.branch = a.unit WHERE a.level = 'branch'
  UNION ALL
  SELECT a.*, 'network', a.period, 'network', 'network' FROM asked a WHERE a.level <> 'network'
  UNION ALL
  SELECT a.*, 'target', NULL, NULL, NULL FROM asked a
)
SELECT o.*, here.cell AS here, there.cell AS there
FROM other o
LEFT JOIN cell here ON (here.instrument, here.window_id, here.period, here.level, here.unit)
                     = (o.instrument, 'month', o.period, o.level, o.unit)
LEFT JOIN cell there ON (there.instrument, there.window_id, there.period, there.level, there.unit)
                      = (o.instrument, 'month', o.other_period, o.other_level, o.other_unit);

-- What    Covariance of a unit's figure with that of a unit it is part of.
-- Grain   instrument, level, unit, against, measure
-- Formula cov = sum over strata h of r_h * ( sum z_i y_i - sum z_i * sum y_i / n_h ), z and y the
--         linearised values here and there. sum z_i y_i = sum over a and b of
--         alpha_a(here) alpha_b(there) * ( c_ab + (F_b(here) - F_b(there)) * e_a ).
CREATE TABLE covariance AS
WITH held AS (SELECT * FROM reference WHERE against IN ('region', 'network')),
pair AS (
  SELECT cell, part, branch, a, b, c_ab, e_a FROM stratum_product WHERE statistic = 'mean'
  UNION ALL
  SELECT cell, part, branch, b, a, c_ab, e_b FROM stratum_product WHERE statistic = 'mean' AND a <> b
),
line AS (
  SELECT cell, measure, branch, CAST(sum(CAST(z AS DECIMAL(38,24))) AS DOUBLE) AS z
  FROM stratum_line WHERE statistic = 'mean' GROUP BY ALL
),
product AS (
  SELECT r.here, r.there, ca.measure, p.branch,
         CAST(sum(CAST(ca.alpha * cb.alpha
                       * (p.c_ab + ((f.center - cb.center) + (f.delta - cb.delta)) * p.e_a)
                       AS DECIMAL(38,24))) AS DOUBLE) AS zy
  FROM held r
  JOIN pair p ON p.cell = r.here
  JOIN component ca ON (ca.cell, ca.part, ca.variable, ca.statistic) = (r.here, p.part, p.a, 'mean')
  JOIN component cb ON (cb.cell, cb.part, cb.variable, cb.statistic, cb.measure)
                     = (r.there, p.part, p.b, 'mean', ca.measure)
  JOIN cell_value f ON (f.cell, f.part, f.variable, f.statistic) = (r.here, p.part, p.b, 'mean')
  WHERE ca.kind = 'factor'
  GROUP BY ALL
)
SELECT r.instrument, r.level, r.unit, r.against, q.measure,
       CAST(sum(CAST(h.r * (q.zy - CASE WHEN h.n > 1 THEN z.z * y.z / h.n ELSE 0 END)
                     AS DECIMAL(38,24))) AS DOUBLE) AS cov
FROM held r
JOIN product q ON q.here = r.here AND q.there = r.there
JOIN line z ON (z.cell, z.measure, z.branch) = (r.here, q.measure, q.branch)
JOIN line y ON (y.cell, y.measure, y.branch) = (r.there, q.measure, q.branch)
JOIN stratum h ON (h.instrument, h.window_id, h.period, h.branch) = (r.instrument, 'month', r.period, q.branch)
GROUP BY ALL;

-- What    A figure beside another: last month, last year, its region, the network, its target.
-- Grain   instrument, level, unit, measure (index or factor), against; the month of the run
-- Formula difference = figure - reference, V = its variance:
--         last_month, last_year: other respondents, V = V1 + V2;
--         region, network: the unit is part of it, V = V1 (1 - 2 rho) + V2, rho = cov / own
--           variance of the unit (its share of respondents where that is 0); a V below 10^-12 of
--           V1 + V2 is rounding and counts as 0;
--         target: a constant, V = V1.
--         df = (V1 + V2)^2 / (V1^2 / df1 + V2^2 / df2), df1 where both V are 0. better, worse: the 95 % interval leaves out 0.
--         contribution = share of the factor in the index * difference: over the factors of a whole
--         (not partial) index they sum to the difference of the index.
-- Source  Welch (1947), Biometrika 34, 28-35, for the degrees of freedom.
CREATE TABLE comparison AS
WITH measure AS (
  SELECT instrument, variable AS measure, omega, omega_all FROM factor_share
  UNION ALL SELECT instrument, 'index', NULL, NULL FROM instrument
),
aimed AS (
  SELECT r.instrument, r.level, r.unit, t.measure,
         long_division(CAST(t.target * 1000 AS HUGEINT) * 100, 1000::HUGEINT * r.points) AS target
  FROM reference r
  JOIN target t ON t.instrument = r.instrument AND (t.branch = '*' OR r.level = 'branch' AND t.branch = r.unit)
  JOIN month m ON m.period = r.period AND m.last_day BETWEEN t.valid_from AND t.valid_to
  WHERE r.against = 'target'
  QUALIFY row_number() OVER (PARTITION BY r.instrument, r.level, r.unit, t.measure ORDER BY t.branch = '*') = 1
),
allowed AS (
  SELECT f.cell, f.measure, f.n, f.estimate, f.variance, f.own_variance, f.df, s.flag = 'partial' AS partial
  FROM figure f
  JOIN score s ON (s.period, s.instrument, s.level, s.unit, s.measure, s.statistic, s."window")
                = (f.period, f.instrument, f.level, f.unit, f.measure, f.statistic, f.window_id)
  WHERE f.statistic = 'mean' AND f.window_id = 'month' AND s.estimate IS NOT NULL
),
paired AS (
  SELECT r.period, r.instrument, r.points, r.level, r.unit, m.measure, m.omega, m.omega_all, r.against,
         a.estimate, coalesce(b.estimate, g.target) AS reference,
         a.variance AS v1, CASE r.against WHEN 'target' THEN 0 ELSE b.variance END AS v2, a.df AS df1, b.df AS df2,
         CASE WHEN r.against NOT IN ('region', 'network') THEN 0
              WHEN a.own_variance > 0 THEN c.cov / a.own_variance ELSE a.n / b.n END AS rho,
         a.partial OR b.partial AS partial
  FROM reference r
  JOIN measure m USING (instrument)
  LEFT JOIN aimed g ON r.against = 'target'
                   AND (g.instrument, g.level, g.unit, g.measure) = (r.instrument, r.level, r.unit, m.measure)
  LEFT JOIN allowed a ON a.cell = r.here AND a.measure = m.measure
  LEFT JOIN allowed b ON b.cell = r.there AND b.measure = m.measure
  LEFT JOIN covariance c ON (c.instrument, c.level, c.unit, c.against, c.measure)
                          = (r.instrument, r.level, r.unit, r.against, m.measure)
  WHERE r.against <> 'target' OR g.target IS NOT NULL
),
differed AS (
  SELECT *, estimate - reference AS difference,
         CASE WHEN v1 * (1 - 2 * rho) + v2 > 1e-12 * (v1 + v2) THEN sqrt(v1 * (1 - 2 * rho) + v2)
              WHEN v1 + v2 >= 0 THEN 0 END AS se,
         CASE WHEN v1 + v2 = 0 THEN df1
              WHEN v1 + v2 > 0 THEN pow(v1 + v2, 2) / (CASE WHEN v1 > 0 THEN pow(v1, 2) / df1 ELSE 0 END
                                                       + CASE WHEN v2 > 0 THEN pow(v2, 2) / df2 ELSE 0 END) END AS df,
         sign(estimate - reference) * (omega * abs(estimate - reference) // omega_all) AS added,
         bool_or(partial) FILTER (measure = 'index') OVER (PARTITION BY instrument, level, unit, against) AS index_partial
  FROM paired
),
bounded AS (
  SELECT *, as_double(difference) - t_975(df) * se AS low, as_double(difference) + t_975(df) * se AS high,
         CASE WHEN against IN ('region', 'network') AND NOT index_partial THEN added END AS contribution
  FROM differed
)
SELECT period, instrument, level, unit, measure, against,
       stored_exactly(reference) AS reference, stored_exactly(difference) AS difference, stored(se) AS se,
       CAST(whole(df) AS BIGINT) AS df, stored(low) AS low, stored(high) AS high,
       CASE WHEN stored(low) > 0 THEN 'better' WHEN stored(high) < 0 THEN 'worse'
            WHEN low IS NOT NULL THEN 'no_clear_difference' ELSE 'none' END AS verdict,
       stored_exactly(contribution) AS contribution, printed(stored_exactly(reference), points) AS printed_reference,
       printed(stored_exactly(difference), points) AS printed_difference,
       printed(low, points) AS printed_low, printed(high, points) AS printed_high,
       printed(stored_exactly(contribution), points) AS printed_contribution
FROM bounded;
