-- What    How much of the differences between units is real.
-- Grain   instrument, window_id, level, measure; two units or more
-- Formula one = sum(df_j V_j / kish_j) / sum(df_j), the variance of one respondent pooled over the k units; V_j and df_j
--         are their own, of small bases too (not those pooled in step 65). From here
--         on the variance of unit j is one * kish_j: its own depends on the same answers as its mean.
--         m_j = 1 / kish_j, centre = sum(m_j F_j) / sum(m_j), MSB = sum(m_j (F_j - centre)^2) / (k - 1);
--         tau2, the variance between units: max(0, MSB - one) (k - 1) / (sum(m_j) - sum(m_j^2) / sum(m_j));
--         reliability = max(0, 1 - one / MSB), which is 1 - 1 / F of the one-way analysis of variance;
--         phi = mean of z_j^2, z_j = (F_j - centre) / sqrt(one * kish_j) drawn in to its 10 % and 90 % points.
-- Source  DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188: with these variances, the estimator of
--         the analysis of variance; Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, for phi.
CREATE TABLE reliability AS
WITH pooled AS (
  SELECT family, count(*) AS units, exact_sum(estimate / kish) / exact_sum(1 / kish) AS centre,
         exact_sum(own_df * own_variance / kish) / exact_sum(own_df) AS one,
         (exact_sum(1 / kish) - exact_sum(1 / squared(kish)) / exact_sum(1 / kish)) / (count(*) - 1) AS size
  FROM side_by_side GROUP BY ALL HAVING count(*) > 1 AND sum(own_df) > 0
),
deviation AS (
  SELECT *, squared(estimate - centre) / kish AS square, (estimate - centre) / sqrt(nullif(one * kish, 0)) AS z
  FROM side_by_side JOIN pooled USING (family)
),
bound AS (SELECT family, quantile_cont(z, 0.1) AS low, quantile_cont(z, 0.9) AS high FROM deviation GROUP BY ALL)
SELECT instrument, window_id, period, level, measure, units,
       stored(deviation.centre) AS centre, stored(deviation.one) AS one,
       stored(greatest(0, exact_sum(square) / (units - 1) - one) / size) AS tau2,
       stored(greatest(0, 1 - one * (units - 1) / nullif(exact_sum(square), 0))) AS reliability,
       stored(exact_sum(squared(greatest(low, least(high, z)))) / units) AS phi
FROM deviation JOIN bound USING (family)
GROUP BY instrument, window_id, period, level, measure, units, deviation.centre, deviation.one, size;

-- What    A unit's figure with the differences that are not real taken off it, and the limits chance alone would keep
--         it in: beside the figure, never instead of it.
-- Grain   instrument, window_id, level, measure, unit
-- Formula With one, tau2, centre and phi as stored: V = one * kish; reliability = tau2 / (tau2 + V); mean = the units' mean weighted by 1 / (tau2 + V);
--         eb = mean + reliability * (F - mean), its interval eb -+ t(0.975, k - 1) * sqrt(reliability * V +
--         (1 - reliability)^2 * variance of the mean), tau2 taken as known;
--         funnel: centre -+ 1.96 (95 %) or 3.09 (99.8 %) * sqrt(max(1, phi) * V). All clipped to 0..100.
-- Source  Morris (1983), Journal of the American Statistical Association 78, 47-55; Spiegelhalter, as above.
CREATE TABLE shrunk AS
WITH weighed AS (
  SELECT u.*, r.units, r.centre, r.tau2 + r.one AS most, r.one * u.kish AS v,
         sqrt(greatest(1, r.phi) * r.one * u.kish) AS wide,
         CASE WHEN r.tau2 > 0 THEN r.tau2 / (r.tau2 + r.one * u.kish) ELSE 0 END AS share,
         CASE WHEN r.tau2 + r.one > 0 THEN (r.tau2 + r.one) / (r.tau2 + r.one * u.kish) ELSE 1 END AS weight
  FROM side_by_side u JOIN reliability r USING (instrument, window_id, period, level, measure)
),
average AS (
  SELECT family, exact_sum(weight * estimate) / exact_sum(weight) AS mean, exact_sum(weight) AS weights
  FROM weighed GROUP BY ALL
),
shrunken AS (
  SELECT *, mean + share * (estimate - mean) AS eb,
         t_975(units - 1) * sqrt(share * v + squared(1 - share) * most / weights) AS margin
  FROM weighed JOIN average USING (family)
)
SELECT figure, instrument, window_id, period, level, measure, unit, stored(share) AS reliability, stored(eb) AS eb,
       stored(greatest(0, eb - margin)) AS eb_low, stored(least(100, eb + margin)) AS eb_high,
       stored(greatest(0, centre - 1.959963984540054e0 * wide)) AS funnel_low95,
       stored(least(100, centre + 1.959963984540054e0 * wide)) AS funnel_high95,
       stored(greatest(0, centre - 3.090232306167814e0 * wide)) AS funnel_low998,
       stored(least(100, centre + 3.090232306167814e0 * wide)) AS funnel_high998,
       CASE WHEN published > funnel_high998 THEN 'above_998' WHEN published > funnel_high95 THEN 'above_95'
            WHEN published < funnel_low998 THEN 'below_998' WHEN published < funnel_low95 THEN 'below_95'
            ELSE 'no' END AS outside
FROM shrunken;
