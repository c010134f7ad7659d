-- What    The same between a figure and the one it is compared with, in the months both hold.
-- Formula correction = B_here' M B_there - B_here' s_there - s_here' B_there
INSERT INTO calibration_covariance
WITH pair AS (
  SELECT r.instrument, r.level, r.unit, r.window_id, r.against, h.measure, h.figure AS here, t.figure AS there
  FROM reference r
  JOIN calibrated h ON (h.instrument, h.window_id, h.period, h.level, h.unit) = (r.instrument, r.window_id, getvariable('period'), r.level, r.unit)
  JOIN calibrated t ON (t.instrument, t.window_id, t.period, t.level, t.unit) = (r.instrument, r.window_id, r.there_period, r.there_level, r.there_unit)
                   AND t.measure = h.measure AND t.statistic = h.statistic
  WHERE h.statistic = 'mean'
)
SELECT p.* EXCLUDE (here, there), CAST(sum(CAST(h.b * t.mb - h.b * t.s - h.s * t.b AS DECIMAL(38,22))) AS DOUBLE)
FROM pair p JOIN residual h ON h.figure = p.here JOIN residual t ON (t.figure, t.sample, t.margin) = (p.there, h.sample, h.margin)
GROUP BY ALL;
