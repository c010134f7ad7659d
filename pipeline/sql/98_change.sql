-- What    The change of an index: how much the branches did, how much it is that other branches weigh more.
-- Grain   instrument, level (network, region), unit, against (last_month, last_year); both months with the same factors (and
--         sub-factors, and divisions where the index is a mean over these); in neither of them is the index withheld
-- Input   factor_mean: instrument, period, part (a division, else ''), branch, region, term (what the index is made of: a factor, a
--         sub-factor, or the respondents' own index), w and wx (sums of weights, of weight times value), unit and power (of the
--         value, see in_points), factor, within and omega (what it is part of, its weight in it, that one's in the index)
-- Formula For term k, branch b, one month: share s = w_b / sum w, mean F_b in points, mean of all F_k = sum s F_b, R_k the middle
--         of its two. Index = sum over k of o_k F_k, o_k = omega / sum of omega * within / sum of within / number of parts.
--         performance = sum over k of o_k sum over branches heard in both months of (s' + s) / 2 * (F_b' - F_b)
--         entered     =   ... over branches heard only now of s' (F_b' - R_k)
--         left        =   ... over branches heard only then of -s (F_b - R_k)
--         mix         = entered + left + ... over the others of (s' - s) ((F_b' + F_b) / 2 - R_k)
--         total       = index now - index then = performance + mix: exact, as in the comparison; mix is the rest of it.
--         Branches of which a figure is withheld this month, last month or a year ago count as one, all together.
-- Source  Bennet (1920), Journal of the Royal Statistical Society 83, 455-462; Foster, Haltiwanger, Krizan (2001), in
--         New Developments in Productivity Analysis, 303-372, for those that enter and leave.
CREATE TABLE change_split AS
WITH earlier AS (
  SELECT against, strftime(CAST(getvariable('period') || '-01' AS DATE) - to_months(months), '%Y-%m') AS period
  FROM (VALUES ('last_month', 1), ('last_year', 12)) AS v(against, months)
),
hidden AS (
  SELECT DISTINCT instrument, split_part(unit, '/', 1) AS branch FROM score WHERE level IN ('branch', 'part') AND flag = 'withheld' AND "window" = 'month'
  AND (period = getvariable('period') OR period IN (SELECT period FROM earlier))
),
veiled AS (
  SELECT s.instrument, s.level, s.unit, e.against FROM score s JOIN earlier e ON s.period IN (e.period, getvariable('period'))
  WHERE s.measure = 'index' AND s."window" = 'month' AND s.flag = 'withheld'
),
open AS (  -- branches with a withheld figure count as one, which tells no more than the totals do
  SELECT f.* REPLACE (CASE WHEN h.branch IS NULL THEN f.branch ELSE '' END AS branch)
  FROM factor_mean f LEFT JOIN hidden h ON h.instrument = f.instrument AND h.branch = f.branch
),
placed AS (
  SELECT *, 'network' AS level, 'network' AS place FROM open
  UNION ALL SELECT *, 'region', region FROM open
),
branch_sum AS (
  SELECT p.instrument, p.level, p.place, e.against, p.part, p.term, p.unit, p.power, p.factor, p.within, p.omega, p.branch,
         sum(w) FILTER (p.period > e.period) AS w1, sum(wx) FILTER (p.period > e.period) AS x1,
         sum(w) FILTER (p.period = e.period) AS w0, sum(wx) FILTER (p.period = e.period) AS x0
  FROM placed p JOIN earlier e ON p.period IN (e.period, getvariable('period'))
  WHERE p.w > 0 GROUP BY ALL
),
mean AS (
  SELECT instrument, level, place, against, part, term, factor, within, omega, sum(w1) AS w1, sum(w0) AS w0,
         in_points(sum(x1), sum(w1), unit, power) AS now, in_points(sum(x0), sum(w0), unit, power) AS earlier
  FROM branch_sum GROUP BY instrument, level, place, against, part, term, unit, power, factor, within, omega
  QUALIFY bool_and(sum(w1) IS NOT NULL AND sum(w0) IS NOT NULL) OVER (PARTITION BY instrument, level, place, against)
),
composed AS (
  SELECT instrument, level, place, against, part, factor, omega, sum(within) AS within_all, whole_part(sum(within * now), sum(within)) AS now,
         whole_part(sum(within * earlier), sum(within)) AS earlier
  FROM mean GROUP BY ALL
),
index_of AS (
  SELECT instrument, level, place, against, part, sum(omega) AS omega_all, whole_part(sum(omega * now), sum(omega)) AS now,
         whole_part(sum(omega * earlier), sum(omega)) AS earlier
  FROM composed GROUP BY ALL
),
index_change AS (
  SELECT instrument, level, place, against, count(*) AS parts, stored_exactly(sum(now) // count(*) - sum(earlier) // count(*)) AS total
  FROM index_of GROUP BY ALL
),
measured AS (
  SELECT instrument, level, place, against, m.omega / omega_all * (m.within / within_all) / parts AS o, b.w1 / m.w1 AS s1, b.w0 / m.w0 AS s0,
         as_double(in_points(b.x1, b.w1, unit, power)) AS f1, as_double(in_points(b.x0, b.w0, unit, power)) AS f0,
         (as_double(m.now) + as_double(m.earlier)) / 2 AS r
  FROM branch_sum b JOIN mean m USING (instrument, level, place, against, part, factor, term) JOIN composed USING (instrument, level, place, against, part, factor)
  JOIN index_of USING (instrument, level, place, against, part) JOIN index_change USING (instrument, level, place, against)
),
split AS (
  SELECT instrument, level, place, against,
         stored(exact_sum(CASE WHEN s1 > 0 AND s0 > 0 THEN o * (s1 + s0) / 2 * (f1 - f0) ELSE 0 END)) AS performance,
         stored(exact_sum(CASE WHEN s0 IS NULL THEN o * s1 * (f1 - r) ELSE 0 END)) AS entered,
         stored(exact_sum(CASE WHEN s1 IS NULL THEN -o * s0 * (f0 - r) ELSE 0 END)) AS "left"
  FROM measured GROUP BY ALL
)
SELECT instrument, level, place AS unit, against, performance, total - performance AS mix, entered, "left", total
FROM split JOIN index_change USING (instrument, level, place, against)
WHERE (instrument, level, place, against) NOT IN (FROM veiled);
