-- What    The same between a figure and the one it is compared with, in the months both hold.
-- Formula correction = B_here' M B_there - B_here' s_there - s_here' B_there
INSERT INTO calibration_covariance
SELECT r.instrument, r.level, r.unit, r.window_id, r.against, h.measure, CAST(sum(CAST(h.b * t.mb - h.b * t.s - h.s * t.b AS DECIMAL(38,22))) AS DOUBLE)
FROM reference r
JOIN residual h ON h.instrument = r.instrument AND h.window_id = r.window_id AND h.period = getvariable('period')
               AND h.level = r.level AND h.unit = r.unit AND h.statistic = 'mean'
JOIN residual t ON t.instrument = r.instrument AND t.window_id = r.window_id AND t.period = r.there_period AND t.level = r.there_level
               AND t.unit = r.there_unit AND t.measure = h.measure AND t.statistic = 'mean' AND t.member = h.member AND t.margin = h.margin
GROUP BY ALL;
