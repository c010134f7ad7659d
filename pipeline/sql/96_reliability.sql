-- What    The units that are looked at together: index and factors of this month, what may be shown and is whole.
CREATE VIEW profiled AS
SELECT f.instrument, f.window_id, f.period, f.level, f.measure, f.unit, as_double(f.estimate) AS estimate,
       s.estimate AS published, f.kish, f.own_variance, CAST(f.own_df AS DOUBLE) AS own_df
FROM figure f
JOIN score s ON (s.period, s.instrument, s.level, s.unit, s.measure, s.statistic, s."window")
              = (f.period, f.instrument, f.level, f.unit, f.measure, f.statistic, f.window_id)
WHERE f.period = getvariable('period') AND f.kind IN ('index', 'factor') AND s.flag IN ('ok', 'caution')
  AND f.level NOT IN ('part', 'network', 'branch_as_is', 'region_as_is');

-- What    How much of the differences between units is real.
-- Grain   instrument, window_id, level, measure
-- Formula one = sum(df_j V_j / kish_j) / sum(df_j), the variance of one respondent pooled over the k units. From here on
--         the variance of unit j is one * kish_j: its own depends on the same answers as its mean.
--         m_j = 1 / kish_j, centre = sum(m_j F_j) / sum(m_j), MSB = sum(m_j (F_j - centre)^2) / (k - 1);
--         tau2, the variance between units: max(0, MSB - one) (k - 1) / (sum(m_j) - sum(m_j^2) / sum(m_j));
--         reliability = max(0, 1 - one / MSB), which is 1 - 1 / F of the one-way analysis of variance;
--         phi = mean of z_j^2, z_j = (F_j - centre) / sqrt(one * kish_j) drawn in to its 10 % and 90 % points.
--         No row where there is one unit; phi is NULL where `one` is 0.
-- Source  DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188: with these variances their tau2 is that of
--         the analysis of variance; Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, for phi.
CREATE TABLE reliability AS
WITH pooled AS (
  SELECT instrument, window_id, period, level, measure, count(*) AS units,
         exact_sum(estimate / kish) / exact_sum(1 / kish) AS centre,
         exact_sum(own_df * own_variance / kish) / exact_sum(own_df) AS one,
         (exact_sum(1 / kish) - exact_sum(1 / squared(kish)) / exact_sum(1 / kish)) / (count(*) - 1) AS size
  FROM profiled GROUP BY ALL HAVING count(*) > 1 AND sum(own_df) > 0
),
standardised AS (
  SELECT *, squared(estimate - centre) / kish AS square, (estimate - centre) / sqrt(nullif(one * kish, 0)) AS z
  FROM profiled JOIN pooled USING (instrument, window_id, period, level, measure)
),
spread AS (
  SELECT instrument, window_id, period, level, measure, exact_sum(square) AS squares,
         exact_sum(squared(greatest(low, least(high, z)))) AS drawn_in
  FROM standardised JOIN (
    SELECT instrument, window_id, period, level, measure, quantile_cont(z, 0.1) AS low, quantile_cont(z, 0.9) AS high
    FROM standardised GROUP BY ALL) USING (instrument, window_id, period, level, measure)
  GROUP BY ALL
)
SELECT * EXCLUDE (size, squares, drawn_in),
       greatest(0, squares / (units - 1) - one) / size AS tau2,
       CASE WHEN squares > 0 THEN greatest(0, 1 - one * (units - 1) / squares) ELSE 0 END AS reliability,
       drawn_in / units AS phi
FROM pooled JOIN spread USING (instrument, window_id, period, level, measure);

-- What    A unit's figure with the differences that are not real taken off it, and the limits chance alone would keep
--         it in: beside the figure, never instead of it.
-- Grain   instrument, window_id, level, measure, unit
-- Formula V = one * kish; reliability = tau2 / (tau2 + V); mean = the units' mean weighted by 1 / (tau2 + V);
--         eb = mean + reliability * (F - mean), its interval eb -+ t(0.975, k - 1) * sqrt(reliability * V +
--         (1 - reliability)^2 * variance of the mean), tau2 taken as known;
--         funnel: centre -+ 1.96 (95 %) or 3.09 (99.8 %) * sqrt(max(1, phi) * V). All clipped to 0..100.
-- Source  Morris (1983), Journal of the American Statistical Association 78, 47-55; Spiegelhalter, as above.
CREATE TABLE shrunk AS
WITH weighed AS (
  SELECT p.*, r.units, r.centre, r.tau2 + r.one AS most, r.one * p.kish AS v, sqrt(greatest(1, r.phi) * r.one * p.kish) AS wide,
         CASE WHEN r.tau2 > 0 THEN r.tau2 / (r.tau2 + r.one * p.kish) ELSE 0 END AS share,
         CASE WHEN r.tau2 + r.one > 0 THEN (r.tau2 + r.one) / (r.tau2 + r.one * p.kish) ELSE 1 END AS weight
  FROM profiled p JOIN reliability r USING (instrument, window_id, period, level, measure)
),
shrunken AS (
  SELECT w.*, mean + share * (estimate - mean) AS eb,
         t_975(units - 1) * sqrt(share * v + squared(1 - share) * most / weights) AS margin
  FROM weighed w JOIN (
    SELECT instrument, window_id, level, measure, exact_sum(weight) AS weights,
           exact_sum(weight * estimate) / exact_sum(weight) AS mean
    FROM weighed GROUP BY ALL) USING (instrument, window_id, level, measure)
),
limited AS (
  SELECT instrument, window_id, period, level, measure, unit, published, stored(share) AS reliability, stored(eb) AS eb,
         stored(greatest(0, eb - margin)) AS eb_low, stored(least(100, eb + margin)) AS eb_high,
         stored(greatest(0, centre - 1.959963984540054e0 * wide)) AS funnel_low95,
         stored(least(100, centre + 1.959963984540054e0 * wide)) AS funnel_high95,
         stored(greatest(0, centre - 3.090232306167814e0 * wide)) AS funnel_low998,
         stored(least(100, centre + 3.090232306167814e0 * wide)) AS funnel_high998
  FROM shrunken
)
SELECT * EXCLUDE (published),
       CASE WHEN published > funnel_high998 THEN 'above_998' WHEN published > funnel_high95 THEN 'above_95'
            WHEN published < funnel_low998 THEN 'below_998' WHEN published < funnel_low95 THEN 'below_95'
            ELSE 'no' END AS outside
FROM limited;
