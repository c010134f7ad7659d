-- What    The same between a figure and the one it is compared with, in the months both hold.
-- Formula correction = r_here' (G M G r_there - G s_there) - s_here' G r_there
CREATE TEMP TABLE facing AS
SELECT p.*, h.sample, h.r, h.s, t.r AS r_there, t.s AS s_there, a.support, b.support AS support_there
FROM beside p
JOIN linear h ON h.figure = p.here JOIN linear t ON t.figure = p.there AND t.sample = h.sample
JOIN support a ON a.margins = h.margins JOIN support b ON b.margins = t.margins;
CREATE TEMP TABLE meeting AS SELECT DISTINCT sample, support AS here, support_there AS there FROM facing;

INSERT INTO calibration_covariance
SELECT instrument, level, unit, window_id, against, measure,
       whole_sum(product(r, k, r_there || s_there) + product(s, k, [0e0 FOR x IN r_there] || r_there), 1e22)
FROM facing f JOIN fitted('meeting') k ON (k.sample, k.here, k.there) = (f.sample, f.support, f.support_there)
GROUP BY ALL;
