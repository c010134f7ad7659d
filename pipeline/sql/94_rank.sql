-- What    The figures that are looked at side by side: index and factors of this month, what may be shown and is whole.
--         family: the number of one instrument's window, level and measure; ranked: how many of it have a rank.
CREATE TEMP TABLE side_by_side AS
SELECT figure, f.instrument, f.window_id, f.period, f.level, f.measure, f.unit, as_double(f.estimate) AS estimate, f.variance,
       f.df::DOUBLE AS df, f.kish, f.own_variance, f.own_df::DOUBLE AS own_df, s.estimate AS published, s.rank,
       s.ranked, dense_rank() OVER (ORDER BY f.instrument, f.window_id, f.level, f.measure) AS family
FROM figure f JOIN score s USING (figure)
WHERE f.period = getvariable('period') AND f.kind IN ('index', 'factor') AND s.flag IN ('ok', 'caution')
  AND f.level NOT IN ('part', 'network', 'branch_as_is', 'region_as_is');

-- What    The 95 % point r of the range of so many independent normal numbers.
-- Formula ranked * integral of phi(z) (Phi(z) - Phi(z - r))^(ranked - 1) dz = 0.95: by the trapezoidal rule in steps of
--         1/16 from -9 to 9.5, and r by eight of Newton's steps. Error below 1e-10 from 2 to 5,000.
-- Source  David and Nagaraja, Order Statistics (2003), 2.3.
CREATE TEMP TABLE range_point AS
WITH RECURSIVE newton AS (
  SELECT DISTINCT ranked, 2 * sqrt(2 * ln(ranked)) AS r, 0 AS step FROM side_by_side WHERE ranked > 1
  UNION ALL
  SELECT ranked, r + (0.95e0 - exact_sum(density * pow(within, ranked - 1)))
                     / exact_sum(density * pow(within, ranked - 2) * (ranked - 1) * normal_density(z - r)), step + 1
  FROM (SELECT n.*, z, ranked * normal_density(z) / 16 AS density, normal_cdf(z) - normal_cdf(z - r) AS within
        FROM newton n, (SELECT i / 16e0 AS z FROM range(-144, 153) AS grid(i)) WHERE step < 8)
  GROUP BY ranked, r, step
)
SELECT ranked, r FROM newton WHERE step = 8;

-- What    Which ranks a unit may have, and which units cannot be told apart.
-- Grain   placed, rank_set: instrument, window_id, level, measure, unit: everything that has a rank. told_apart: of a unit,
--         by its place in a class, how many differ clearly, and the first below; without a known variance none does
-- Formula rank_low = 1 + units clearly above, rank_high = all - units clearly below: at least 95 times in 100 the true
--         ranks of all units at once are within. Two units differ clearly if the normal deviate of T = |F_j - F_k| /
--         sqrt(V_j + V_k) (Welch's df, Hill's first terms; infinite where both V are 0) is above r / sqrt(2).
--         tier_group: the first unit and all that follow down to the first that is clearly below it, which leads the
--         next group. Within a group nothing is clearly below its leader.
-- Why     All ordered pairs must hold at once; Mogstad et al. bootstrap the largest T. The range is that T where
--         variances are equal, conservative elsewhere (Hayter), and free of random numbers: all get the same digits.
--         One-sided or single pairs give sets that are too narrow; so does a normal T below about 100 responses.
-- Source  Mogstad, Romano, Shaikh, Wilhelm (2023), Review of Economic Studies 91, 476-518; Hayter (1984), Annals of
--         Statistics 12, 61-75; Games and Howell (1976), Journal of Educational Statistics 1, 113-125.
-- Only pairs between close and far are looked at. Clear needs |F_j - F_k| > threshold sqrt(V), V at least V_j + the least: close.
-- With V at most V_j + the largest and df at least the smallest d, a difference beyond far = sqrt(V threshold^2 d /
-- (d - threshold^2 - 1/2)) is clear, as ln(1 + x) > x / (1 + x); those are counted. reach: the far of any unit.
CREATE MACRO told_apart(units) AS TABLE
WITH known AS (
  SELECT *, squared(variance) / df AS vv, 0.999999e0 * threshold * sqrt(variance + min(variance) OVER class) AS close,
         coalesce(1e-9 + 1.000001e0 * threshold * sqrt((variance + max(variance) OVER class) * min(df) OVER class
                  / nullif(greatest(0, min(df) OVER class - squared(threshold) - 0.5e0), 0)), 1e9) AS far
  FROM query_table(units) WHERE df >= 1 AND variance IS NOT NULL WINDOW class AS (PARTITION BY class)
),
beyond AS MATERIALIZED (
  SELECT *, count(*) OVER higher AS above, count(*) OVER lower AS below, min(place) OVER lower AS next,
         range(min(place) OVER middle, 1 + max(place) OVER middle) AS others
  FROM (SELECT *, 1.000001e0 * max(far) OVER (PARTITION BY class) AS reach FROM known)
  WINDOW higher AS (PARTITION BY class ORDER BY estimate RANGE BETWEEN far FOLLOWING AND UNBOUNDED FOLLOWING),
         lower AS (PARTITION BY class ORDER BY estimate RANGE BETWEEN UNBOUNDED PRECEDING AND far PRECEDING),
         middle AS (PARTITION BY class ORDER BY estimate RANGE BETWEEN reach PRECEDING AND close PRECEDING)
),
pair AS (
  SELECT a.class, a.place AS upper, b.place AS lower, squared(a.estimate - b.estimate) AS dd,
         a.variance + b.variance AS v, a.threshold, squared(v) / nullif(a.vv + b.vv, 0) AS df,
         b.estimate > a.estimate - a.far AS of_upper, a.estimate < b.estimate + b.far AS of_lower
  FROM (SELECT *, unnest(others) AS other FROM beyond) a JOIN known b ON b.class = a.class AND b.place = a.other
  WHERE dd > squared(a.threshold) * v AND (of_upper OR of_lower)
),
clear AS MATERIALIZED (
  FROM (SELECT *, sqrt((df - 0.5e0) * ln(1 + dd / (nullif(v, 0) * df))) AS w FROM pair)
  WHERE v = 0 OR w + (w * w * w + 3 * w) / (48 * squared(df - 0.5e0)) > threshold
)
SELECT class, place, b.above + coalesce(h.above, 0) AS above, b.below + coalesce(l.below, 0) AS below, least(b.next, l.next) AS next
FROM beyond b
LEFT JOIN (SELECT class, lower AS place, count(*) AS above FROM clear WHERE of_lower GROUP BY ALL) h USING (class, place)
LEFT JOIN (SELECT class, upper AS place, count(*) AS below, min(lower) AS next FROM clear WHERE of_upper GROUP BY ALL) l USING (class, place);

CREATE TEMP TABLE placed AS
SELECT s.*, family AS class, r / sqrt(2) AS threshold, row_number() OVER (PARTITION BY family ORDER BY estimate DESC, unit) AS place
FROM side_by_side s LEFT JOIN range_point USING (ranked) WHERE rank IS NOT NULL;

CREATE TABLE rank_set AS
WITH RECURSIVE clear AS MATERIALIZED (FROM told_apart('placed')),
leader AS (
  SELECT class, place FROM placed WHERE place = 1
  UNION ALL
  SELECT l.class, next FROM leader l JOIN clear USING (class, place) WHERE below > 0
)
SELECT p.figure, p.instrument, p.window_id, p.period, p.level, p.measure, p.unit,
       1 + coalesce(above, 0) AS rank_low, p.ranked - coalesce(below, 0) AS rank_high,
       count(l.place) OVER (PARTITION BY p.class ORDER BY p.place) AS tier_group
FROM placed p
LEFT JOIN clear USING (class, place)
LEFT JOIN leader l USING (class, place);
