-- What    Which figures are withheld, so that none of a small base can be worked out from the others.
-- Grain   withheld: instrument, measure, window_id, period, level, unit
-- Rule    A unit with 0 < n < withheld_below in a month owns a box: one, two or four atoms of the month with
--         signs +1 and -1 that in the unit do not sum to 0. Whatever unit they do not sum to 0 in (within each
--         part) sees the box. Of the boxes at hand the one is taken whose units, small ones aside, have the fewest
--         responses; ties by id. A revision goes on with the boxes of the one before: what was small stays small, what that
--         one withheld costs nothing, and among such boxes the one that cost least then is taken. Of a unit that sees it a window is withheld if the month is the last of it or
--         the last before it; if an atom is not in the same places again in the next month, if the month is in it.
--         But a window stays on which two such months of one owner bear, seen alike and `joined`, the first of them the
--         last before it: what the one takes off in it the other adds.
-- Proof   Add the box to the unknown sums of its month and take it off those of the next, if it is there again.
--         Units that do not see it, and windows with both months or neither, stay as they are; so do windows
--         between joined months, whose boxes are added together. So all that is published stays, and all that is
--         withheld changes: it does not follow from what is published. No small window has joined ends, as either
--         all quarters between them have bases of their own or none is joined and the year has one. The last month
--         with responses of a small window ends it or is not there again, so the window is withheld.
--         All is decided by months up to the window's end and the one before it, and for units as they were by these alone:
--         all runs take the same boxes, and no later run publishes what this one withholds for them. Units as they are
--         see these boxes too, and own more of them, by the hierarchy of their run.
-- Source  Cox (1980), JASA 75, 377-385: suppressed cycles leave every published total as it is.
-- Units and cells by number, which is faster than by name. cell: the atoms of a month, branch and rest; home: of its month
-- and branch; lane: of its month and rest; kin: those of its lane that differ in units of their branch alone; next: the
-- cell of the next month that is in the same places.
CREATE TEMP TABLE viewer AS
SELECT row_number() OVER (ORDER BY instrument, level, unit) AS viewer, * FROM (SELECT DISTINCT instrument, level, unit, as_is FROM seat);

CREATE TEMP TABLE cell AS
WITH crowd AS (SELECT instrument, month_no, level, unit, count(DISTINCT branch) > 1 AS shared FROM seat GROUP BY ALL),
spot AS (
  SELECT row_number() OVER (ORDER BY instrument, month_no, branch, rest) AS cell, instrument, month_no, branch, rest,
         list(viewer ORDER BY viewer) AS places, list(viewer ORDER BY viewer) FILTER (shared) AS crowds
  FROM seat JOIN crowd USING (instrument, month_no, level, unit) JOIN viewer USING (instrument, level, unit, as_is)
  WHERE NOT as_is GROUP BY instrument, month_no, branch, rest
)
SELECT s.*, n.cell AS next, dense_rank() OVER (ORDER BY s.instrument, s.month_no, s.branch) AS home,
       dense_rank() OVER (ORDER BY s.instrument, s.month_no, s.rest) AS lane,
       dense_rank() OVER (ORDER BY s.instrument, s.month_no, s.rest, s.crowds) AS kin
FROM spot s LEFT JOIN spot n ON (n.instrument, n.month_no, n.branch, n.rest, n.places)
                              = (s.instrument, s.month_no + 1, s.branch, s.rest, s.places);

-- The units that count a cell; shared: with those of other branches.
CREATE TEMP TABLE stand AS
SELECT cell, month_no, part, viewer, as_is, coalesce(list_contains(crowds, viewer), false) AS shared
FROM seat JOIN cell USING (instrument, month_no, branch, rest) JOIN viewer USING (instrument, level, unit, as_is);

-- Variables by number. item: published only of windows that end with the run.
CREATE TEMP TABLE variable AS
SELECT row_number() OVER (ORDER BY instrument, variable) AS variable_no, instrument, variable, bool_and(item) AS item
FROM made_of WHERE instrument IS NOT NULL GROUP BY instrument, variable;

CREATE TEMP TABLE load AS
SELECT variable_no, cell, CAST(n AS BIGINT) AS n
FROM atom JOIN cell USING (instrument, month_no, branch, rest) JOIN variable USING (instrument, variable);

-- small: also what was in a revision before; kept: what that one withheld, was: with that base.
CREATE TEMP TABLE held AS
WITH earlier AS (
  SELECT variable_no, viewer, month_number(period) AS month_no, bool_or(small) AS small, max(n) FILTER (measure = variable) AS was
  FROM before JOIN viewer USING (instrument, level, unit) JOIN variable USING (instrument)
  WHERE window_id = 'month' AND (measure = variable OR measure = 'index' AND (small OR as_is)) GROUP BY ALL
)
SELECT variable_no, month_no, viewer, as_is, CAST(sum(n) AS BIGINT) AS n,
       sum(n) < getvariable('withheld_below') OR coalesce(bool_or(e.small), false) AS small, bool_or(e.small) IS NOT NULL AS kept, max(was) AS was
FROM load JOIN stand USING (cell) LEFT JOIN earlier e USING (variable_no, month_no, viewer) GROUP BY ALL;

-- Atoms that differ in units of their branch alone are twins; first those whose own units cost least. Only where and when
-- something is small.
CREATE TEMP TABLE twin AS
WITH beside AS (
  SELECT variable_no, cell, bool_or(small) AS beside, bool_or(small AND NOT h.as_is) AS beside_was, bool_or(small AND shared) AS crowded,
         coalesce(sum(h.n) FILTER (NOT small AND NOT kept AND NOT h.as_is AND NOT shared), 0) AS cost,
         coalesce(sum(h.was) FILTER (NOT small AND NOT h.as_is AND NOT shared), 0) AS cost_before
  FROM load JOIN stand USING (cell) JOIN held h USING (variable_no, month_no, viewer)
  SEMI JOIN (SELECT variable_no, month_no FROM held WHERE small) USING (variable_no, month_no) GROUP BY ALL
)
SELECT b.variable_no, b.cell, home, lane, kin, beside, coalesce(beside_was, false) AS was, n.cell IS NOT NULL AS again,
       count(*) OVER alike = 1 OR crowded AS alone, row_number() OVER (alike ORDER BY cost, cost_before, b.cell) AS place
FROM beside b JOIN cell c USING (cell) LEFT JOIN load n ON n.variable_no = b.variable_no AND n.cell = c.next
WINDOW alike AS (PARTITION BY b.variable_no, kin);

-- Boxes: an atom; less its twin (or, if alone, an atom elsewhere); less another of its branch; or both, and the fourth corner.
-- again: its atoms are in the same places in the next month. was: it is there whatever the hierarchy as it is.
CREATE TEMP TABLE box AS
WITH across AS (
  SELECT a.variable_no, a.cell, a.home, a.lane, b.cell AS other, b.home AS other_home, a.kin = b.kin AS akin, a.again AND b.again AS again, a.was
  FROM twin a JOIN twin b USING (variable_no, lane)
  WHERE a.beside AND a.cell <> b.cell AND b.place <= 3 AND (a.kin = b.kin OR a.alone AND b.place = 1)
  UNION ALL SELECT variable_no, cell, home, lane, NULL, NULL, true, again, was FROM twin WHERE beside
)
SELECT variable_no, cell, other, NULL AS turn, NULL AS fourth, again, was FROM across
UNION ALL
SELECT x.variable_no, x.cell, x.other, b.cell, c.cell, x.again AND b.again AND coalesce(c.again, true), x.was
FROM across x JOIN twin b ON (b.variable_no, b.home) = (x.variable_no, x.home) AND b.lane <> x.lane
LEFT JOIN twin c ON (c.variable_no, c.home, c.lane) = (x.variable_no, x.other_home, b.lane)
WHERE akin AND (x.other IS NULL OR c.cell IS NOT NULL);

-- Boxes of several variables may have the same corners, and are seen by the same units.
CREATE TEMP TABLE shape AS
SELECT row_number() OVER (ORDER BY cell, other, turn) AS shape, * FROM (SELECT DISTINCT cell, other, turn, fourth FROM box);

-- Who sees a box, and how.
CREATE TEMP TABLE sight AS
WITH net AS (
  SELECT shape, month_no, viewer, part, sum(sign) AS net
  FROM (SELECT shape, unnest([cell, other, turn, fourth]) AS cell, unnest([1, -1, -1, 1]) AS sign FROM shape) JOIN stand USING (cell)
  GROUP BY ALL HAVING sum(sign) <> 0
)
SELECT shape, month_no, viewer, string_agg(part || ':' || net, ' ' ORDER BY part) AS view FROM net GROUP BY ALL;

-- The box of each small unit, its owner. best: the cheapest, see the rule.
CREATE TEMP TABLE owned AS
WITH seen AS MATERIALIZED (
  SELECT b.variable_no, s.shape, b.again, b.was, s.month_no, s.viewer, h.n, h.small, h.kept, h.was, h.as_is
  FROM box b JOIN shape p ON (p.cell, p.other, p.turn) IS NOT DISTINCT FROM (b.cell, b.other, b.turn)
  JOIN sight s USING (shape) JOIN held h USING (variable_no, month_no, viewer)
),
cost AS (
  SELECT variable_no, shape, CAST(coalesce(sum(n) FILTER (NOT small AND NOT kept AND NOT as_is), 0) AS BIGINT) AS cost,
         coalesce(sum(was) FILTER (NOT small AND NOT as_is), 0) AS cost_before, count(*) FILTER (NOT as_is) AS units
  FROM seen GROUP BY ALL
),
best AS (
  SELECT variable_no, viewer, month_no, min({cost: cost, before: cost_before, units: units, shape: shape, again: again}) AS best
  FROM seen JOIN cost USING (variable_no, shape) WHERE small AND (was OR as_is) GROUP BY ALL
)
SELECT variable_no, viewer, month_no, best.shape, best.again FROM best;

-- Ends of months, 3, 6, 9 or 12 apart, that move together: all quarters between them do, each with its own base
-- of withheld_below; those of a year also if none does and the year has that base.
CREATE TEMP TABLE joined AS
WITH pair AS (
  SELECT variable_no, viewer, a.month_no AS start, b.month_no, sum(h.n) >= getvariable('withheld_below') AS enough
  FROM owned a JOIN owned b USING (variable_no, viewer) JOIN held h USING (variable_no, viewer)
  WHERE a.again AND b.month_no - a.month_no IN (3, 6, 9, 12) AND h.month_no > a.month_no AND h.month_no <= b.month_no GROUP BY ALL
)
SELECT p.variable_no, p.viewer, p.start, p.month_no
FROM pair p LEFT JOIN pair q ON (q.variable_no, q.viewer) = (p.variable_no, p.viewer) AND q.month_no - q.start = 3 AND q.enough
  AND q.start >= p.start AND q.month_no <= p.month_no AND (p.month_no - q.month_no) % 3 = 0
WHERE p.enough GROUP BY ALL
HAVING count(q.month_no) = (p.month_no - p.start) // 3 OR p.month_no - p.start = 12 AND count(q.month_no) = 0;

CREATE TEMP TABLE withheld AS
WITH mark AS (  -- the windows a box bears on
  SELECT m.variable_no, m.viewer AS owner, m.month_no, m.shape, w.window_id, w.period, w.start
  FROM owned m JOIN variable v USING (variable_no)
  JOIN span w ON w.instrument = v.instrument AND m.month_no >= w.start AND m.month_no <= w.month_no
             AND (m.month_no = w.month_no OR m.again = (m.month_no = w.start)) AND (w.last OR NOT v.item)
),
pressed AS (
  SELECT variable_no, owner, s.viewer, window_id, period, count(*) = 2 AND min(view) = max(view) AND min(m.month_no) = min(start) AS even,
         min(m.month_no) AS first, max(m.month_no) AS "last"
  FROM mark m JOIN sight s USING (shape) GROUP BY ALL
),
hit AS (
  SELECT p.* FROM pressed p LEFT JOIN joined j ON (j.variable_no, j.viewer, j.start, j.month_no) = (p.variable_no, p.owner, p.first, p.last)
  WHERE NOT (even AND j.start IS NOT NULL)
),
hidden AS (SELECT DISTINCT variable_no, viewer, window_id, period FROM hit)
SELECT DISTINCT instrument, measure, window_id, period, level, unit
FROM hidden JOIN variable USING (variable_no) JOIN made_of USING (instrument, variable) JOIN viewer USING (instrument, viewer);
