-- What    The scores with what was found by looking at units side by side: the ranks each may have, how far it can
--         be told from others, what of its difference is likely to last.
-- Grain   as score
CREATE VIEW published AS
SELECT s.*, r.rank_low, r.rank_high, r.tier_group, b.reliability, b.eb, b.eb_low, b.eb_high, b.funnel_low95, b.funnel_high95,
       b.funnel_low998, b.funnel_high998, b.outside
FROM score s
LEFT JOIN rank_set r ON (r.period, r.instrument, r.level, r.unit, r.measure, r.window_id, 'mean')
                      = (s.period, s.instrument, s.level, s.unit, s.measure, s."window", s.statistic)
LEFT JOIN shrunk b ON (b.period, b.instrument, b.level, b.unit, b.measure, b.window_id, 'mean')
                    = (s.period, s.instrument, s.level, s.unit, s.measure, s."window", s.statistic);
