-- What    The change of an index that is made of factor means: how much the branches did, how much it is that other
--         branches weigh more.
-- Grain   instrument, level (network, region), unit, against (last_month, last_year); both months with the same factors,
--         in neither of them is the index withheld
-- Input   factor_mean: instrument, period, branch, region, variable, w, wx (sums of weights, of weight times value),
--         unit (of the value: 100 points), omega (the factor's weight in the index); all whole numbers
-- Formula For factor k of weight share o_k, branch b, one month: share s = w_b / sum w, mean F_b = 100 wx / (unit w),
--         mean of all F_k = sum s F_b, R_k the middle of its two. Index = sum over k of o_k F_k.
--         performance = sum over k of o_k sum over branches heard in both months of (s' + s) / 2 * (F_b' - F_b)
--         entered     =   ... over branches heard only now of s' (F_b' - R_k)
--         left        =   ... over branches heard only then of -s (F_b - R_k)
--         mix         = entered + left + ... over the others of (s' - s) ((F_b' + F_b) / 2 - R_k)
--         total       = index now - index then = performance + mix: exact, as in the comparison; mix is the rest of it.
--         Branches of which something is withheld in one of the months count as one branch.
-- Source  Bennet (1920), Journal of the Royal Statistical Society 83, 455-462; Foster, Haltiwanger, Krizan (2001), in
--         New Developments in Productivity Analysis, 303-372, for those that enter and leave.
CREATE TABLE change_split AS
WITH earlier AS (
  SELECT against, strftime(CAST(getvariable('period') || '-01' AS DATE) - to_months(months), '%Y-%m') AS period
  FROM (VALUES ('last_month', 1), ('last_year', 12)) AS v(against, months)
),
hidden AS (SELECT DISTINCT instrument, unit AS branch FROM score WHERE level = 'branch' AND flag = 'withheld' AND "window" = 'month'
           AND (period = getvariable('period') OR period IN (SELECT period FROM earlier))),
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
  SELECT p.instrument, p.level, p.place, e.against, p.variable, p.unit, p.omega::HUGEINT AS omega, p.branch,
         sum(w) FILTER (p.period > e.period) AS w1, sum(wx) FILTER (p.period > e.period) AS x1,
         sum(w) FILTER (p.period = e.period) AS w0, sum(wx) FILTER (p.period = e.period) AS x0
  FROM placed p JOIN earlier e ON p.period IN (e.period, getvariable('period'))
  WHERE p.w > 0 GROUP BY ALL
),
factor_sum AS (
  SELECT instrument, level, place, against, variable, unit, omega,
         sum(w1) AS w1, sum(x1) AS x1, sum(w0) AS w0, sum(x0) AS x0,
         sum(omega) OVER (PARTITION BY instrument, level, place, against) AS omega_all
  FROM branch_sum GROUP BY instrument, level, place, against, variable, unit, omega
),
index_change AS (
  SELECT instrument, level, place, against, stored_exactly(now - earlier) AS total
  FROM (
    SELECT instrument, level, place, against, sum(long_division(100 * omega * x1, omega_all * unit * w1)) AS now,
           sum(long_division(100 * omega * x0, omega_all * unit * w0)) AS earlier
    FROM factor_sum GROUP BY ALL HAVING count(w1) = count(*) AND count(w0) = count(*)
  )
),
measured AS (
  SELECT b.instrument, b.level, b.place, b.against, b.omega / f.omega_all AS o, b.w1 / f.w1 AS s1, b.w0 / f.w0 AS s0,
         100 * b.x1 / (b.unit * b.w1) AS f1, 100 * b.x0 / (b.unit * b.w0) AS f0,
         50 * (f.x1 / (f.unit * f.w1) + f.x0 / (f.unit * f.w0)) AS r
  FROM branch_sum b JOIN factor_sum f USING (instrument, level, place, against, variable)
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
