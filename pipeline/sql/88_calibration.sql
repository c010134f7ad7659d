-- What    The same between a figure and the one it is compared with, in the months both hold.
-- Formula correction = B_here' M B_there - B_here' s_there - s_here' B_there
INSERT INTO calibration_covariance
SELECT p.instrument, p.level, p.unit, p.window_id, p.against, p.measure, CAST(sum(CAST(h.b * t.mb - h.b * t.s - h.s * t.b AS DECIMAL(38,22))) AS DOUBLE)
FROM beside p JOIN residual h ON h.figure = p.here JOIN residual t ON (t.figure, t.sample, t.margin) = (p.there, h.sample, h.margin)
GROUP BY ALL;
