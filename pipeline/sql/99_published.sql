-- What    The scores with what was found by looking at units side by side: the ranks each may have, how far it can
--         be told from others, what of its difference is likely to last.
-- Grain   as score
CREATE TEMP VIEW published AS
SELECT s.* EXCLUDE (figure), r.rank_low, r.rank_high, r.tier_group, b.reliability, b.eb, b.eb_low, b.eb_high, b.funnel_low95, b.funnel_high95,
       b.funnel_low998, b.funnel_high998, b.outside, printed(b.eb, s.printed_of) AS printed_eb,
       printed(b.eb_low, s.printed_of) AS printed_eb_low, printed(b.eb_high, s.printed_of) AS printed_eb_high,
       printed(b.funnel_low95, s.printed_of) AS printed_funnel_low95,
       printed(b.funnel_high95, s.printed_of) AS printed_funnel_high95,
       printed(b.funnel_low998, s.printed_of) AS printed_funnel_low998,
       printed(b.funnel_high998, s.printed_of) AS printed_funnel_high998
FROM score s
LEFT JOIN rank_set r USING (figure)
LEFT JOIN shrunk b USING (figure);

-- What    The reliability of each measure, rounded once: two decimals of 1 as printed.
-- Grain   as reliability
CREATE TEMP VIEW published_reliability AS
SELECT r.*, CAST(round(r.reliability, 2) AS DECIMAL(3,2)) AS printed_reliability, printed(r.centre, i.points) AS printed_centre
FROM reliability r JOIN instrument i USING (instrument);

-- What    The change of an index and its parts, rounded once.
-- Grain   as change_split
CREATE TEMP VIEW published_change AS
SELECT c.*, printed(c.performance, i.points) AS printed_performance, printed(c.mix, i.points) AS printed_mix,
       printed(c.entered, i.points) AS printed_entered, printed(c."left", i.points) AS printed_left,
       printed(c.total, i.points) AS printed_total
FROM change_split c JOIN instrument i USING (instrument);
