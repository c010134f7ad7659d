-- What    Figures of which sums per stratum or category are needed, by number, which is faster than by name; and what
--         they are made of.
-- Grain   numbered: a figure; share: figure, part, variable
CREATE TEMP TABLE numbered AS
SELECT row_number() OVER () AS figure, instrument, window_id, period, level, unit, measure, statistic, count(DISTINCT part) AS parts, count(*) AS terms
FROM share_of
WHERE measure = 'index' OR level NOT LIKE '%as_is' AND (instrument, window_id, period) IN (SELECT (instrument, window_id, period) FROM wanted WHERE with_factors)
GROUP BY ALL;

CREATE TEMP TABLE share AS
SELECT n.figure, n.parts, n.terms, s.* FROM share_of s JOIN numbered n USING (instrument, window_id, period, level, unit, measure, statistic);
