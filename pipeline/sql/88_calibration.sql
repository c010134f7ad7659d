-- What    The same between a figure and the one it is compared with, in the months both hold.
-- Formula correction = v_here' K v_there
CREATE TEMP TABLE facing AS
SELECT p.*, h.sample, h.v, t.v AS v_there, a.support, b.support AS support_there
FROM beside p
JOIN linear h ON h.figure = p.here JOIN linear t ON t.figure = p.there AND t.sample = h.sample
JOIN support a ON a.margins = h.margins JOIN support b ON b.margins = t.margins;
CREATE TEMP TABLE meeting AS SELECT DISTINCT sample, support AS here, support_there AS there FROM facing;

INSERT INTO calibration_covariance
SELECT instrument, level, unit, window_id, against, measure, whole_sum(product(v, k, v_there), 1e22)
FROM facing f JOIN bilinear('meeting') b ON (b.sample, b.here, b.there) = (f.sample, f.support, f.support_there)
GROUP BY ALL;
