-- What    Where a branch stands in the network, in its region and among its peers: its rank there, and the ranks it
--         may have.
-- Grain   instrument, within (network, region, peers), branch: every branch with a rank this month; peers where declared
-- Formula rank = 1 + branches of the group with a higher published index; rank_low = 1 + those clearly above,
--         rank_high = all - those clearly below. Two branches differ clearly if they do in the network (step 94): all
--         of these statements hold at once, and so do the ranges, in whichever group.
CREATE TEMP TABLE grouped AS
WITH member AS (
  SELECT 'region' AS within, region AS "group", branch FROM place WHERE period = getvariable('period')
  UNION ALL SELECT 'peers', peers, branch FROM peer_group WHERE period = getvariable('period') AND peers <> ''
)
SELECT p.* EXCLUDE (class), m.*, dense_rank() OVER (ORDER BY instrument, within, "group") AS class
FROM placed p JOIN member m ON m.branch = p.unit
WHERE p.level = 'branch' AND p.measure = 'index' AND p.window_id = 'month';

CREATE TABLE standing AS
SELECT p.instrument, 'network' AS within, 'network' AS "group", p.unit AS branch, p.rank, s.rank_low, s.rank_high, p.ranked
FROM placed p JOIN rank_set s USING (figure)
WHERE p.level = 'branch' AND p.measure = 'index' AND p.window_id = 'month'
UNION ALL
SELECT instrument, within, "group", branch, rank() OVER (class ORDER BY published DESC), 1 + coalesce(above, 0),
       count(*) OVER class - coalesce(below, 0), count(*) OVER class
FROM grouped g
LEFT JOIN told_apart('grouped') USING (class, place)
WINDOW class AS (PARTITION BY class);
