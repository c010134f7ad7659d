-- What    The 95 % point r of the range of so many independent normal numbers.
-- Grain   units: every number of units that are ranked together
-- Formula units * integral of phi(z) (Phi(z) - Phi(z - r))^(units - 1) dz = 0.95; the integral by the trapezoidal rule in
--         steps of 1/16 from -9 to 9.5, r by eight of Newton's steps. Error below 1e-10 from 2 to 5,000 units.
-- Source  Tukey (1953), The Problem of Multiple Comparisons; David and Nagaraja, Order Statistics (2003), 2.3.
CREATE TABLE range_point AS
WITH RECURSIVE newton AS (
  SELECT DISTINCT ranked AS units, 2 * sqrt(2 * ln(ranked)) AS r, 0 AS step
  FROM score WHERE ranked > 1
  UNION ALL
  SELECT units, r + (0.95e0 - exact_sum(density * pow(within, units - 1)))
                    / exact_sum(density * pow(within, units - 2) * (units - 1) * exp(squared(z - r) / -2) / sqrt(2 * pi())),
         step + 1
  FROM (SELECT n.*, z, units * exp(z * z / -2) / sqrt(2 * pi()) / 16 AS density, below - normal_cdf(z - r) AS within
        FROM newton n, (SELECT i / 16e0 AS z, normal_cdf(i / 16e0) AS below FROM range(-144, 153) AS grid(i))
        WHERE step < 8)
  GROUP BY units, r, step
)
SELECT units, r FROM newton WHERE step = 8;

-- What    Which ranks a unit may have, and which units cannot be told apart.
-- Grain   instrument, window_id, level, measure, unit: what has a rank this month, index and factors
-- Formula rank_low = 1 + units clearly above, rank_high = all - units clearly below: 95 times in 100 the true ranks of
--         all units are within them at once. Units j, k of m differ clearly if, with T = |F_j - F_k| / sqrt(V_j + V_k),
--         the normal deviate of T (Welch's df, Hill's first terms) is above r / sqrt(2), r the 95 % point of the range
--         of m independent normal numbers.
--         tier_group: the leader's group is it and all that follow down to the first that is clearly below it; that
--         one leads the next. Within a group nothing is clearly below the leader.
-- Why     All ordered pairs have to hold at once (Mogstad et al. bootstrap the largest T of them). The range is that
--         largest T where variances are equal and conservative where not (Hayter), needs no random numbers and gives
--         every auditor the same digits. Pairs taken one-sided or one by one give sets that are too narrow. Without
--         Welch's df sets from 30 responses a unit fail 13 to 18 times in 100. Units are independent samples.
-- Source  Mogstad, Romano, Shaikh, Wilhelm (2023), Review of Economic Studies 91, 476-518; Hayter (1984), Annals of
--         Statistics 12, 61-75; Games and Howell (1976), Journal of Educational Statistics 1, 113-125.
CREATE TABLE rank_set AS
WITH RECURSIVE ranked AS (
  SELECT f.instrument, f.window_id, f.period, f.level, f.measure, f.unit, as_double(f.estimate) AS estimate,
         f.variance, CAST(f.df AS DOUBLE) AS df, s.ranked AS units,
         dense_rank() OVER (ORDER BY f.instrument, f.window_id, f.level, f.measure) AS family,
         row_number() OVER (PARTITION BY f.instrument, f.window_id, f.level, f.measure
                            ORDER BY f.estimate DESC, f.unit) AS place
  FROM figure f
  JOIN score s ON (s.period, s.instrument, s.level, s.unit, s.measure, s.statistic, s."window")
                = (f.period, f.instrument, f.level, f.unit, f.measure, f.statistic, f.window_id)
  WHERE f.period = getvariable('period') AND f.kind IN ('index', 'factor') AND s.rank IS NOT NULL
),
compared AS (
  SELECT a.family, a.place AS upper, b.place AS lower, n.r / sqrt(2) AS limit_z, a.variance + b.variance AS v,
         squared(a.estimate - b.estimate) AS dd, a.variance * a.variance / a.df + b.variance * b.variance / b.df AS vv
  FROM ranked a JOIN ranked b ON b.family = a.family AND b.place > a.place
  JOIN range_point n ON n.units = a.units
),
clear AS MATERIALIZED (
  SELECT family, upper, lower FROM (
    SELECT *, v * v / nullif(vv, 0) - 0.5e0 AS a,
           sqrt((v * v / nullif(vv, 0) - 0.5e0) * ln(1 + dd * vv / nullif(v * v * v, 0))) AS w
    FROM compared WHERE dd > limit_z * limit_z * v)
  WHERE v = 0 OR w + (w * w * w + 3 * w) / (48 * a * a) > limit_z
),
leader AS (
  SELECT DISTINCT family, 1::BIGINT AS place FROM ranked
  UNION ALL
  SELECT l.family, n.next FROM leader l
  JOIN (SELECT family, upper, min(lower) AS next FROM clear GROUP BY ALL) n ON n.family = l.family AND n.upper = l.place
)
SELECT r.instrument, r.window_id, r.period, r.level, r.measure, r.unit,
       1 + coalesce(a.above, 0) AS rank_low, r.units - coalesce(b.below, 0) AS rank_high,
       count(l.place) OVER (PARTITION BY r.family ORDER BY r.place) AS tier_group
FROM ranked r
LEFT JOIN (SELECT family, lower AS place, count(*) AS above FROM clear GROUP BY ALL) a USING (family, place)
LEFT JOIN (SELECT family, upper AS place, count(*) AS below FROM clear GROUP BY ALL) b USING (family, place)
LEFT JOIN leader l USING (family, place);
