-- What    Where a branch stands in the network, in its region and among its peers: its rank there, and the ranks it
--         may have.
-- Grain   instrument, within (network, region, peers), branch: every branch with a rank this month; peers where declared
-- Formula rank = 1 + branches of the group with a higher published index; rank_low = 1 + those clearly above,
--         rank_high = all - those clearly below. Two branches differ clearly if they do in the network (step 94): all
--         of these statements hold at once, and so do the ranges, in whichever group.
CREATE TABLE standing AS
WITH placed AS (
  SELECT s.instrument, s.unit AS branch, s.estimate, s.variance, s.df, s.published, s.rank, s.ranked, r.r / sqrt(2) AS threshold
  FROM side_by_side s LEFT JOIN range_point r USING (ranked)
  WHERE s.level = 'branch' AND s.measure = 'index' AND s.window_id = 'month' AND s.rank IS NOT NULL
),
member AS (
  SELECT 'region' AS within, region AS "group", branch FROM place WHERE period = getvariable('period')
  UNION ALL SELECT 'peers', peers, branch FROM peer_group WHERE period = getvariable('period') AND peers <> ''
),
grouped AS (SELECT * FROM placed JOIN member USING (branch)),
pair AS (
  SELECT a.instrument, a.within, a.branch, a.estimate > b.estimate AS above, squared(a.estimate - b.estimate) AS dd,
         a.variance + b.variance AS v, a.threshold, squared(v) / nullif(squared(a.variance) / a.df + squared(b.variance) / b.df, 0) AS df
  FROM grouped a JOIN grouped b ON b.instrument = a.instrument AND b.within = a.within AND b."group" = a."group" AND b.branch <> a.branch
  WHERE dd > squared(a.threshold) * v AND a.df >= 1 AND b.df >= 1
),
clear AS (
  SELECT instrument, within, branch, count(*) FILTER (above) AS below_it, count(*) FILTER (NOT above) AS above_it
  FROM (SELECT *, sqrt((df - 0.5e0) * ln(1 + dd / (nullif(v, 0) * df))) AS w FROM pair)
  WHERE v = 0 OR w + (w * w * w + 3 * w) / (48 * squared(df - 0.5e0)) > threshold GROUP BY ALL
)
SELECT p.instrument, 'network' AS within, 'network' AS "group", p.branch, p.rank, s.rank_low, s.rank_high, p.ranked
FROM placed p
JOIN rank_set s ON (s.instrument, s.window_id, s.level, s.measure, s.unit) = (p.instrument, 'month', 'branch', 'index', p.branch)
UNION ALL
SELECT instrument, within, "group", branch, rank() OVER (class ORDER BY published DESC), 1 + coalesce(above_it, 0),
       count(*) OVER class - coalesce(below_it, 0), count(*) OVER class
FROM grouped LEFT JOIN clear USING (instrument, within, branch)
WINDOW class AS (PARTITION BY instrument, within, "group");
