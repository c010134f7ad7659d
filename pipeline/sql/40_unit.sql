-- What    Which months make a window, and which branches make a unit.
-- wanted  one row per instrument, window, kind of measure, period it ends in, and member month.
--         A window is there only if every member month has responses. Factors are wanted for this
--         month, last month and last year; items for this month; the index for every month.
CREATE TABLE wanted AS
WITH alive AS (
  SELECT DISTINCT instrument, period FROM response_total WHERE responses > 0
),
span AS (
  SELECT * FROM (VALUES ('month', 1), ('rolling_3', 3), ('rolling_12', 12)) AS v(window_id, months)
),
kind AS (SELECT * FROM (VALUES ('index'), ('factor'), ('item')) AS v(kind)),
place AS (SELECT period, row_number() OVER (ORDER BY period) AS position FROM month),
member AS (
  SELECT i.instrument, s.window_id, s.months, e.period, m.period AS member
  FROM instrument i, span s, place e
  JOIN place m ON m.position <= e.position
  WHERE m.position > e.position - s.months
),
complete AS (
  SELECT m.instrument, m.window_id, m.period
  FROM member m JOIN alive a ON a.instrument = m.instrument AND a.period = m.member
  GROUP BY m.instrument, m.window_id, m.period, m.months HAVING count(*) = m.months
)
SELECT m.instrument, m.window_id, k.kind, m.period, m.member
FROM member m
JOIN complete c USING (instrument, window_id, period)
JOIN place p ON p.period = m.period, kind k
WHERE k.kind = 'index' OR (m.window_id = 'month' AND (
        p.position = (SELECT max(position) FROM place)
        OR k.kind = 'factor' AND p.position IN (SELECT max(position) - back FROM place, (VALUES (1), (12)) AS v(back) GROUP BY back)));

-- A branch's responses count in the branch, in the region it was in that month, in the division
-- they are about, and in the network. A part is a branch's figure for one division.
CREATE TABLE placement AS
WITH answered AS (SELECT DISTINCT instrument, period, branch, division FROM response_total),
region AS (SELECT DISTINCT period, branch, region FROM branch_month)
SELECT instrument, period, branch, division, 'branch' AS level, branch AS unit FROM answered
UNION ALL
SELECT instrument, period, branch, division, 'part', branch || '/' || division
FROM answered JOIN instrument USING (instrument) WHERE rule = 'mean_of_dimensions'
UNION ALL SELECT instrument, period, branch, division, 'region', region FROM answered JOIN region USING (period, branch)
UNION ALL SELECT instrument, period, branch, division, 'division', division FROM answered WHERE division <> ''
UNION ALL SELECT instrument, period, branch, division, 'network', 'network' FROM answered;

-- Every unit a month must account for, whether it has responses or not.
CREATE TABLE roster AS
SELECT DISTINCT period, 'branch' AS level, branch AS unit FROM branch_month
UNION SELECT period, 'part', branch || '/' || division FROM branch_month
UNION SELECT period, 'region', region FROM branch_month
UNION SELECT period, 'division', division FROM branch_month
UNION SELECT period, 'network', 'network' FROM month;
