-- What    Which figures are withheld, so that none of a small base can be worked out from the others.
-- Grain   withheld: instrument, measure, window_id, period, level, unit
-- Rule    A unit with 0 < n < withheld_below in a month owns a box: one, two or four atoms of the month with
--         signs +1 and -1 that in the unit do not sum to 0. Whatever unit they do not sum to 0 in (within each
--         part) sees the box. Of the boxes at hand the one is taken whose units, small ones aside, have the fewest
--         responses; ties by id. Of a unit that sees it a window is withheld if the month is the last of it or
--         the last before it; if an atom is not in the same places again in the next month, if the month is in it.
--         But a window stays whose two ends are such months of one owner, seen alike and `joined`.
-- Proof   Add the box to the unknown sums of its month and take it off those of the next, if it is there again.
--         Units that do not see it, and windows with both months or neither, stay as they are; so do windows
--         between joined months, whose boxes are added together. So all that is published stays, and all that is
--         withheld changes: it does not follow from what is published. No small window has joined ends, as either
--         all quarters between them have bases of their own or none is joined and the year has one. The last month
--         with responses of a small window ends it or is not there again, so the window is withheld.
--         All is decided by months up to the window's end: no later run publishes what this one withholds.
-- Source  Cox (1980), JASA 75, 377-385: suppressed cycles leave every published total as it is.
CREATE TABLE held AS
SELECT a.instrument, a.variable, a.month_no, s.level, s.unit, s.as_is, sum(a.n) AS n, sum(a.n) < getvariable('withheld_below') AS small
FROM atom a JOIN seat s USING (instrument, month_no, branch, rest) GROUP BY ALL;

-- Where an atom counts; shared: with atoms of other branches, kin: all such places.
CREATE TABLE spot AS
WITH crowd AS (SELECT instrument, month_no, level, unit, count(DISTINCT branch) > 1 AS shared FROM seat GROUP BY ALL)
SELECT instrument, month_no, branch, rest, list(level || '=' || unit ORDER BY level, unit) AS places,
       list(level || '=' || unit ORDER BY level, unit) FILTER (shared) AS kin
FROM seat JOIN crowd USING (instrument, month_no, level, unit) WHERE NOT as_is GROUP BY ALL;

-- Atoms that differ in units of their branch alone are twins; first those whose own units cost least.
CREATE TABLE twin AS
WITH beside AS (
  SELECT a.instrument, a.variable, a.month_no, a.branch, a.rest, a.part, bool_or(small) AS beside,
         bool_or(small AND list_contains(kin, level || '=' || unit)) AS crowded,
         coalesce(sum(h.n) FILTER (NOT small AND NOT h.as_is AND NOT list_contains(kin, level || '=' || unit)), 0) AS cost
  FROM atom a JOIN seat s USING (instrument, month_no, branch, rest) JOIN spot USING (instrument, month_no, branch, rest)
  JOIN held h USING (instrument, variable, month_no, level, unit) GROUP BY ALL
)
SELECT b.*, kin, places, count(*) OVER alike = 1 OR crowded AS alone, row_number() OVER (alike ORDER BY cost, branch) AS place
FROM beside b JOIN spot USING (instrument, month_no, branch, rest)
WINDOW alike AS (PARTITION BY instrument, variable, month_no, rest, kin);

-- Boxes: an atom; less its twin (or, if alone, an atom elsewhere); less another of its branch; or both, and the fourth corner.
CREATE TABLE box AS
WITH across AS (
  SELECT a.instrument, a.variable, a.month_no, a.branch, a.rest, b.branch AS other, a.kin IS NOT DISTINCT FROM b.kin AS akin
  FROM twin a JOIN twin b USING (instrument, variable, month_no, rest)
  WHERE a.beside AND a.branch <> b.branch AND (a.kin IS NOT DISTINCT FROM b.kin AND b.place <= 3 OR a.alone AND b.place = 1)
  UNION ALL SELECT instrument, variable, month_no, branch, rest, NULL, true FROM twin WHERE beside
)
SELECT row_number() OVER (ORDER BY instrument, variable, month_no, branch, rest, other, turn) AS box, * EXCLUDE (akin)
FROM (SELECT *, NULL AS turn FROM across
      UNION ALL
      SELECT x.*, b.rest FROM across x JOIN twin b USING (instrument, variable, month_no, branch)
      LEFT JOIN twin c ON (c.instrument, c.variable, c.month_no, c.branch, c.rest) = (x.instrument, x.variable, x.month_no, x.other, b.rest)
      WHERE akin AND x.rest <> b.rest AND (x.other IS NULL OR c.branch IS NOT NULL));

-- Who sees a box, and how. again: its atoms are in the same places in the next month.
CREATE TABLE sight AS
WITH corner AS (
  SELECT c.*, t.part, n.branch IS NOT NULL AS again
  FROM (SELECT box, instrument, variable, month_no, unnest([branch, other, branch, other]) AS branch,
               unnest([rest, rest, turn, turn]) AS rest, unnest([1, -1, -1, 1]) AS sign FROM box) c
  JOIN twin t USING (instrument, variable, month_no, branch, rest)
  LEFT JOIN twin n ON (n.instrument, n.variable, n.month_no, n.branch, n.rest, n.places)
                    = (c.instrument, c.variable, c.month_no + 1, c.branch, c.rest, t.places)
),
net AS (
  SELECT box, level, unit, part, sum(sign) AS net
  FROM corner JOIN seat USING (instrument, month_no, branch, rest) GROUP BY ALL HAVING sum(sign) <> 0
)
SELECT b.instrument, b.variable, b.month_no, n.box, level, unit, string_agg(part || ':' || net, ' ' ORDER BY part) AS view, a.again
FROM net n JOIN box b USING (box) JOIN (SELECT box, bool_and(again) AS again FROM corner GROUP BY box) a USING (box)
GROUP BY ALL;

-- The box of each small unit: the owner of the box. mark: who sees it.
CREATE TABLE owned AS
WITH cost AS (
  SELECT box, coalesce(sum(n) FILTER (NOT small AND NOT as_is), 0) AS cost, count(*) AS units
  FROM sight JOIN held USING (instrument, variable, month_no, level, unit) GROUP BY box
)
SELECT h.instrument, h.variable, h.level, h.unit, h.month_no, s.box, s.again
FROM held h JOIN sight s USING (instrument, variable, month_no, level, unit) JOIN cost USING (box)
WHERE small
QUALIFY row_number() OVER (PARTITION BY h.instrument, h.variable, h.level, h.unit, h.month_no ORDER BY cost, units, box) = 1;

-- Ends of months, 3, 6, 9 or 12 apart, that move together: all quarters between them do, each with its own base
-- of withheld_below; those of a year also if none does and the year has that base.
CREATE TABLE joined AS
WITH pair AS (
  SELECT b.instrument, b.variable, b.level, b.unit, a.month_no AS start, b.month_no,
         sum(h.n) >= getvariable('withheld_below') AS enough
  FROM owned a JOIN owned b USING (instrument, variable, level, unit)
  JOIN held h ON (h.instrument, h.variable, h.level, h.unit) = (b.instrument, b.variable, b.level, b.unit)
             AND h.month_no > a.month_no AND h.month_no <= b.month_no
  WHERE a.again AND b.month_no - a.month_no IN (3, 6, 9, 12) GROUP BY ALL
)
SELECT p.instrument, p.variable, p.level, p.unit, p.start, p.month_no
FROM pair p LEFT JOIN pair q ON (q.instrument, q.variable, q.level, q.unit) = (p.instrument, p.variable, p.level, p.unit)
  AND q.month_no - q.start = 3 AND q.enough AND q.start >= p.start AND q.month_no <= p.month_no AND (p.month_no - q.month_no) % 3 = 0
WHERE p.enough GROUP BY ALL
HAVING count(q.month_no) = (p.month_no - p.start) // 3 OR p.month_no - p.start = 12 AND count(q.month_no) = 0;

CREATE TABLE withheld AS
WITH mark AS (
  SELECT o.instrument, o.variable, o.level AS owner, o.unit AS owned, o.month_no, o.again, s.level, s.unit, s.view
  FROM owned o JOIN sight s USING (box)
),
hit AS (
  SELECT m.instrument, m.variable, m.level, m.unit, w.window_id, w.period
  FROM mark m JOIN span w ON w.instrument = m.instrument AND m.month_no >= w.start AND m.month_no <= w.month_no
                         AND (m.month_no = w.month_no OR m.again = (m.month_no = w.start))
  LEFT JOIN joined j ON (j.instrument, j.variable, j.level, j.unit, j.start, j.month_no)
                      = (m.instrument, m.variable, m.owner, m.owned, w.start, w.month_no)
  GROUP BY m.instrument, m.variable, m.owner, m.owned, m.level, m.unit, w.window_id, w.period
  HAVING NOT (count(*) = 2 AND min(m.view) = max(m.view) AND bool_and(j.start IS NOT NULL)
              AND min(m.month_no) = min(w.start) AND max(m.month_no) = min(w.month_no))
)
SELECT DISTINCT instrument, measure, window_id, period, level, unit FROM hit JOIN made_of USING (instrument, variable);
