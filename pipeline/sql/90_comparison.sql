-- What    A figure beside another: last month, last year, the window before, its region, the network, its
--         peers without itself, its target, a bonus line.
-- Grain   instrument, level, unit, measure (index or factor), window_id, against; windows that end with the run;
--         factors of the month only
-- Formula difference = figure - reference, V = its variance:
--         last_month, last_year, peers: other respondents, V = V1 + V2;
--         region, network, previous: respondents in common, V = V1 (1 - 2 rho) + V2, rho = cov / own variance
--           of the unit (the share of the others' respondents that are common where that is 0);
--           a V below 10^-12 of V1 + V2 is rounding and counts as 0;
--         target, bonus: a constant, V = V1.
--         df = (V1 + V2)^2 / (V1^2 / df1 + V2^2 / df2), df1 where both V are 0. better, worse: the 95 % interval leaves out 0.
--         contribution = share of the factor in the index * difference: over the factors of a whole
--         (not partial) index they sum to the difference of the index.
-- Source  Welch (1947), Biometrika 34, 28-35, for the degrees of freedom.
CREATE TABLE compared AS
WITH asked AS (
  SELECT instrument, measure, NULL AS omega, NULL AS omega_all FROM measure WHERE kind = 'index'
  UNION ALL SELECT * FROM factor_share
),
aimed AS (
  SELECT r.instrument, r.level, r.unit, r.window_id, r.against, t.measure,
         long_division(CAST(t.target * 1000 AS HUGEINT) * 100, 1000::HUGEINT * r.points) AS target
  FROM reference r
  JOIN target t ON t.instrument = r.instrument AND t.against = r.against AND (t.branch = '*' OR r.level = 'branch' AND t.branch = r.unit)
  JOIN month m ON m.period = getvariable('period') AND m.last_day BETWEEN t.valid_from AND t.valid_to
  QUALIFY row_number() OVER (PARTITION BY r.instrument, r.level, r.unit, r.window_id, r.against, t.measure ORDER BY t.branch = '*') = 1
),
allowed AS (
  SELECT f.instrument, f.window_id, f.period, f.level, f.unit, f.measure, f.n, f.parts, f.estimate, f.variance, f.own_variance, f.inflation,
         f.df, coalesce(s.flag = 'partial', f.present < CASE i.rule WHEN 'mean_of_dimensions' THEN 0 ELSE m.whole END) AS partial
  FROM figure f
  JOIN instrument i USING (instrument)
  JOIN measure m USING (instrument, measure, statistic)
  LEFT JOIN score s ON (s.period, s.instrument, s.level, s.unit, s.measure, s.statistic, s."window")
                     = (f.period, f.instrument, f.level, f.unit, f.measure, f.statistic, f.window_id)
  WHERE f.statistic = 'mean' AND (s.estimate IS NOT NULL OR f.level = 'peers' AND f.n >= getvariable('withheld_below')
    -- what is left of a withheld peer group, or of a group without a withheld branch, would give it away
    AND (f.instrument, f.measure, f.window_id, f.unit) NOT IN (
      SELECT (w.instrument, w.measure, w.window_id, p.branch) FROM withheld w JOIN peer_group p ON p.peers = w.unit
      WHERE w.level = 'peers' AND w.period = getvariable('period'))
    AND (f.instrument, f.measure, f.window_id, f.unit) NOT IN (
      SELECT (instrument, measure, "window", unit) FROM score WHERE level = 'branch' AND flag = 'withheld' AND period = getvariable('period')))
),
paired AS (
  SELECT r.instrument, r.points, r.level, r.unit, m.measure, m.omega, m.omega_all, r.window_id, r.against,
         a.estimate, coalesce(b.estimate, g.target) AS reference,
         a.variance AS v1, CASE WHEN g.target IS NULL THEN b.variance ELSE 0 END AS v2, a.df AS df1, b.df AS df2,
         CASE WHEN r.against NOT IN ('region', 'network', 'previous') THEN a.inflation * coalesce(k.cov, 0) / nullif(a.own_variance, 0)
              WHEN a.own_variance > 0 THEN a.inflation * ((coalesce(c.cov, 0) + coalesce(x.cov, 0)) / (a.parts * b.parts) + coalesce(k.cov, 0)) / a.own_variance
              ELSE c.common / b.n END AS rho,
         a.partial OR b.partial AS partial
  FROM reference r
  JOIN asked m ON m.instrument = r.instrument AND (r.window_id = 'month' OR m.measure = 'index')
  LEFT JOIN aimed g ON (g.instrument, g.level, g.unit, g.window_id, g.against, g.measure)
                     = (r.instrument, r.level, r.unit, r.window_id, r.against, m.measure)
  LEFT JOIN allowed a ON (a.instrument, a.window_id, a.period, a.level, a.unit, a.measure)
                       = (r.instrument, r.window_id, getvariable('period'), r.level, r.unit, m.measure)
  LEFT JOIN allowed b ON (b.instrument, b.window_id, b.period, b.level, b.unit, b.measure)
                       = (r.instrument, r.window_id, r.there_period, r.there_level, r.there_unit, m.measure)
  LEFT JOIN covariance c ON (c.instrument, c.level, c.unit, c.window_id, c.against, c.measure)
                          = (r.instrument, r.level, r.unit, r.window_id, r.against, m.measure)
  LEFT JOIN cross_covariance x ON (x.instrument, x.level, x.unit, x.window_id, x.against, x.measure)
                                = (r.instrument, r.level, r.unit, r.window_id, r.against, m.measure)
  LEFT JOIN calibration_covariance k ON (k.instrument, k.level, k.unit, k.window_id, k.against, k.measure)
                                      = (r.instrument, r.level, r.unit, r.window_id, r.against, m.measure)
  WHERE r.there_period IS NOT NULL OR g.target IS NOT NULL
),
differed AS (
  SELECT *, estimate - reference AS difference,
         CASE WHEN v1 * (1 - 2 * coalesce(rho, 0)) + v2 > 1e-12 * (v1 + v2) THEN sqrt(v1 * (1 - 2 * coalesce(rho, 0)) + v2)
              WHEN v1 + v2 >= 0 THEN 0 END AS se,
         CASE WHEN v1 + v2 = 0 THEN df1
              WHEN v1 + v2 > 0 THEN pow(v1 + v2, 2) / (CASE WHEN v1 > 0 THEN pow(v1, 2) / df1 ELSE 0 END
                                                       + CASE WHEN v2 > 0 THEN pow(v2, 2) / df2 ELSE 0 END) END AS df,
         sign(estimate - reference) * (omega * abs(estimate - reference) // omega_all) AS added,
         bool_or(partial) FILTER (measure = 'index') OVER (PARTITION BY instrument, level, unit, window_id, against) AS index_partial
  FROM paired
)
SELECT d.* EXCLUDE (difference, window_id), d.window_id AS "window", m.kind, as_double(d.difference) AS difference, d.difference AS exact,
       as_double(d.difference) - t_975(d.df) * d.se AS low, as_double(d.difference) + t_975(d.df) * d.se AS high,
       CASE WHEN NOT index_partial AND i.rule <> 'respondent' AND against <> 'target' THEN added END AS contribution
FROM differed d
JOIN instrument i USING (instrument)
JOIN measure m ON m.instrument = d.instrument AND m.measure = d.measure AND m.statistic = 'mean';
