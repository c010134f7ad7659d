-- What    What suppression must know of the publication: who answered, where it counts, in which
--         windows, and which measure is made of which variables. `month_no` counts months: 12 * year + month.
-- Note    A window that begins with the oldest month needs the month before it too: whether it was small.
-- Grain   atom: the smallest set of responses that no published figure divides; rest: all that tells
--         two atoms of a branch apart. part: atoms of different parts enter a mean with different factors.
CREATE MACRO month_number(period) AS 12 * CAST(period[1:4] AS INTEGER) + CAST(period[6:7] AS INTEGER);

CREATE TABLE atom AS
SELECT t.instrument, t.variable, month_number(t.period) AS month_no, t.branch, t.division AS rest,
       CASE i.rule WHEN 'mean_of_dimensions' THEN t.division ELSE '' END AS part, sum(t.n) AS n
FROM value_total t JOIN instrument i USING (instrument)
WHERE t.statistic = 'mean' AND t.n > 0
GROUP BY ALL;

-- A unit that counts an atom. as_is: by today's hierarchy, so that another month's run counts it elsewhere.
CREATE TABLE seat AS
SELECT instrument, month_number(period) AS month_no, branch, division AS rest, level, unit, false AS as_is FROM placement;

-- A window: the months after `start` up to `month_no`.
CREATE TABLE span AS
SELECT instrument, window_id, period, month_number(period) AS month_no, month_number(min(member)) - 1 AS start
FROM wanted GROUP BY ALL;

-- Which variables a measure adds up; whatever hides one of them must hide the measure.
CREATE TABLE made_of AS
SELECT instrument, variable AS measure, variable FROM variable
UNION ALL SELECT instrument, 'index', variable FROM variable WHERE kind = 'factor';
