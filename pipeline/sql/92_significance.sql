-- What    How sure a difference is.
-- Grain   instrument, level, unit, measure, "window", against
-- Input   compared: the grain, kind, difference (points), se, df, all DOUBLE
-- Formula p = P(|T| > |difference| / se), T Student's with the degrees of freedom of the comparison (Welch's); where
--         se is 0: 0, or 1 if the difference is 0. q = the smallest share of false findings at which this one is still
--         among the findings: of the family's m values of p in rising order, q_(i) = min over j >= i of m p_(j) / j.
--         A family is what is published and read together: an instrument's units of a level, one kind of measure, one
--         window, one reference.
--         chance = P(true difference > 0) = P(T < difference / se), of use against a line (a target, a bonus).
-- Source  Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
CREATE TABLE significance AS
WITH tested AS (
  SELECT *, CASE WHEN se > 0 THEN t_tail(difference / se, df) WHEN se = 0 THEN (difference = 0)::DOUBLE END AS p,
         CASE WHEN se > 0 THEN t_cdf(difference / se, df) WHEN se = 0 THEN (1 + sign(difference)) / 2 END AS chance
  FROM compared
),
stepped AS (
  SELECT *, p * count(p) OVER (PARTITION BY instrument, level, kind, "window", against)
            / row_number() OVER (PARTITION BY instrument, level, kind, "window", against ORDER BY p, unit, measure) AS step
  FROM tested
)
SELECT instrument, level, unit, measure, "window", against, stored(p) AS p,
       stored(min(step) OVER (PARTITION BY instrument, level, kind, "window", against
                              ORDER BY p DESC, unit DESC, measure DESC ROWS UNBOUNDED PRECEDING)) AS q,
       stored(chance) AS chance
FROM stepped;
