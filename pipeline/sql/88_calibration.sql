-- What    What making the weights meet the categories takes off the covariance of a figure
--         and the one it is compared with, in the months both hold.
-- Formula correction = r_here' (G M G r_there - G s_there) - s_here' G r_there
INSERT INTO calibration_covariance
WITH facing AS (
  SELECT pair, term, h.sample, h.z, h.keys AS ours, t.z AS z_there, t.keys AS theirs
  FROM beside p JOIN linear h ON h.figure = p.here JOIN linear t ON t.figure = p.there AND t.sample = h.sample
),
met AS (SELECT DISTINCT sample, ours AS here, theirs AS there FROM facing)
SELECT pair, term, whole_sum(list_dot_product(z, times(k, z_there)), 1e22)
FROM facing f JOIN fitted('met') k ON (k.sample, k.here, k.there) = (f.sample, f.ours, f.theirs)
GROUP BY ALL;
