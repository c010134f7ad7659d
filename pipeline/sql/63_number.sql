-- What    Figures by number, which is faster than by name; and what they are made of, where sums per stratum or of
--         categories are needed for them.
-- Grain   numbered: a figure; share: figure, part, variable
CREATE TABLE numbered AS
SELECT row_number() OVER () AS figure, instrument, window_id, period, level, unit, measure, statistic, count(*) AS parts
FROM part_figure GROUP BY ALL;

CREATE TABLE share AS
SELECT n.figure, n.parts, s.* FROM share_of s JOIN numbered n USING (instrument, window_id, period, level, unit, measure, statistic);
