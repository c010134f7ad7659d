-- What    Windows: which months make one, and what is wanted of it.
-- Grain   instrument, window_id, period the window ends in, member month
-- Rules   A window is there only if each of its months has responses. The index is wanted of every
--         window; factors of this month, last month and the same month last year; items of this month.
CREATE TABLE wanted AS
WITH span AS (SELECT * FROM (VALUES ('month', 1), ('rolling_3', 3), ('rolling_12', 12)) AS v(window_id, months)),
place AS (SELECT period, row_number() OVER (ORDER BY period DESC) - 1 AS back FROM month),
alive AS (SELECT DISTINCT instrument, period FROM response_total WHERE responses > 0),
member AS (
  SELECT a.instrument, s.window_id, s.months, e.period, e.back, m.period AS member
  FROM span s, place e
  JOIN place m ON m.back >= e.back
  JOIN alive a ON a.period = m.period
  WHERE m.back < e.back + s.months
)
SELECT instrument, window_id, period, member,
       window_id = 'month' AND back IN (0, 1, 12) AS with_factors,
       window_id = 'month' AND back = 0 AS with_items
FROM member
QUALIFY count(*) OVER (PARTITION BY instrument, window_id, period) = months;

-- What    Units: where a branch's responses count. In the branch, in the region it was in that
--         month, in the division they are about, in the network. A part is a branch's figure for one
--         division.
CREATE TABLE placement AS
WITH answered AS (SELECT DISTINCT instrument, period, branch, division FROM response_total),
region AS (SELECT DISTINCT period, branch, region FROM branch_month)
SELECT *, 'branch' AS level, branch AS unit FROM answered
UNION ALL
SELECT answered.*, 'part', branch || '/' || division
FROM answered JOIN instrument USING (instrument) WHERE rule = 'mean_of_dimensions'
UNION ALL SELECT answered.*, 'region', region FROM answered JOIN region USING (period, branch)
UNION ALL SELECT *, 'division', division FROM answered WHERE division <> ''
UNION ALL SELECT *, 'network', 'network' FROM answered;

-- Every unit a month must account for, whether it has responses or not.
CREATE TABLE roster AS
SELECT DISTINCT period, 'branch' AS level, branch AS unit FROM branch_month
UNION SELECT period, 'part', branch || '/' || division FROM branch_month
UNION SELECT period, 'region', region FROM branch_month
UNION SELECT period, 'division', division FROM branch_month
UNION SELECT period, 'network', 'network' FROM month;

-- Which divisions a unit must be heard of about, to be whole.
CREATE TABLE served AS
SELECT DISTINCT period, 'branch' AS level, branch AS unit, division FROM branch_month
UNION SELECT period, 'part', branch || '/' || division, division FROM branch_month
UNION SELECT period, 'region', region, division FROM branch_month
UNION SELECT period, 'division', division, division FROM branch_month
UNION SELECT period, 'network', 'network', division FROM branch_month;

-- What    Cells: a unit in a window. `cell` is its number.
CREATE TABLE cell AS
SELECT row_number() OVER (ORDER BY instrument, window_id, period, level, unit) AS cell, *
FROM (SELECT DISTINCT w.instrument, w.window_id, w.period, p.level, p.unit, w.with_factors, w.with_items
      FROM wanted w JOIN placement p ON p.instrument = w.instrument AND p.period = w.member);

-- What    The sums that make a cell.
-- Grain   cell, member month, branch, division. part: the division if the index is a mean over
--         divisions, else ''.
CREATE TABLE member AS
SELECT c.cell, c.with_items, c.instrument, w.member AS period, p.branch, p.division,
       CASE WHEN i.rule = 'mean_of_dimensions' THEN p.division ELSE '' END AS part
FROM cell c
JOIN instrument i USING (instrument)
JOIN wanted w USING (instrument, window_id, period)
JOIN placement p ON p.instrument = c.instrument AND p.period = w.member
                AND p.level = c.level AND p.unit = c.unit;
