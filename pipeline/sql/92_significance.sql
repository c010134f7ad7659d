-- What    How sure a difference is.
-- Grain   instrument, level, unit, measure, "window", against: the rows of compared and all their columns
-- Input   compared: the grain, kind, difference (points), se, df, all DOUBLE
-- Formula p = P(|T| > |difference| / se), T Student's with the comparison's (Welch's) degrees of freedom, none
--         without any; where se is 0: 0, or 1 if the difference is 0 as stored. q: the family's m values of p in rising order,
--         q_(i) = min over j >= i of m p_(j) / j, the least share of false findings at which this is still a finding.
--         A family is what is read together: an instrument's units of one level, one kind of measure, one window,
--         one reference. chance = P(true difference > 0) = P(T < difference / se), for the lines: targets and bonuses.
-- Source  Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
CREATE TEMP TABLE significance AS
WITH family AS (SELECT row_number() OVER () AS family, * FROM (SELECT DISTINCT instrument, level, kind, "window", against FROM compared)),
tested AS MATERIALIZED (
  SELECT c.rowid AS number, family, CASE WHEN df < 1 THEN NULL  -- no variance is known
                                         WHEN se > 0 THEN t_tail(difference / se, df)
                                         WHEN se = 0 THEN (stored(difference) = 0)::DOUBLE END AS p
  FROM compared c JOIN family USING (instrument, level, kind, "window", against)
),
stepped AS (SELECT *, p * count(p) OVER (PARTITION BY family) / count(p) OVER (PARTITION BY family ORDER BY p) AS step FROM tested WHERE p IS NOT NULL),
least AS (SELECT number, p, min(step) OVER (PARTITION BY family ORDER BY p DESC) AS least FROM stepped)
SELECT c.*, stored(p) AS p, stored(least) AS q, stored(CASE WHEN difference > 0 THEN 1 - p / 2 ELSE p / 2 END) AS chance
FROM compared c LEFT JOIN least ON number = c.rowid;
