"""What a re-sent file replaces, in SQL over the tables of a Store: candidate (rows without a fault),
held (rows with one, as far as they may be replaced) and files."""

from collections.abc import Sequence

_RESENT = """resent AS (
      SELECT place, row, respondent, origin
      FROM (SELECT place, row, respondent FROM candidate UNION ALL BY NAME FROM held) JOIN files USING (place)
      WHERE resend)"""

SUPERSEDED = f"""
    WITH {_RESENT},
    last AS (SELECT origin, respondent, max((place, row)) AS at FROM resent GROUP BY origin, respondent)
    SELECT resent.place, mine.name AS source, resent.row, resent.respondent,
           files.name AS by, last.at[2] AS by_row
    FROM resent JOIN last USING (origin, respondent) JOIN files ON files.place = last.at[1]
    JOIN files mine ON mine.place = resent.place
    WHERE resent.place < last.at[1] ORDER BY ALL"""


def changes(content: Sequence[str]) -> str:
    """What each re-sent file holds beside the files before it. content: the columns compared."""
    differs = ", ".join(f'CASE WHEN a."{one}" IS DISTINCT FROM b."{one}" THEN \'{one}\' END' for one in content)
    return f"""
    WITH {_RESENT},
    pair AS (  -- a file is re-sent where one before it holds some of its respondents
      SELECT DISTINCT l.place AS later, e.place AS earlier
      FROM resent l JOIN resent e USING (origin, respondent) WHERE e.place < l.place),
    before AS (SELECT later, max(earlier) AS earlier FROM pair GROUP BY later),
    held_by AS (  -- the last word on a respondent before a file
      SELECT later, respondent, max((resent.place, row)) AS at
      FROM resent JOIN pair ON pair.earlier = resent.place GROUP BY later, respondent),
    now AS (SELECT place, respondent, max(row) AS row FROM resent GROUP BY place, respondent),
    told AS (
      SELECT now.place AS later, now.respondent, h.at[1] AS place_before, h.at[2] AS row_before, now.row
      FROM now JOIN before ON before.later = now.place
      LEFT JOIN held_by h ON h.later = now.place AND h.respondent = now.respondent),
    compared AS (
      SELECT told.later, told.respondent,
        CASE WHEN told.place_before IS NULL THEN 'came'
             WHEN a.row IS NULL OR b.row IS NULL THEN 'changed'
             WHEN concat_ws(',', {differs}) = '' THEN 'same' ELSE 'changed' END AS change,
        CASE WHEN told.place_before IS NULL THEN '' WHEN a.row IS NULL OR b.row IS NULL THEN '?'
             ELSE concat_ws('; ', {differs}) END AS fields
      FROM told
      LEFT JOIN candidate a ON a.place = told.later AND a.row = told.row
      LEFT JOIN candidate b ON b.place = told.place_before AND b.row = told.row_before),
    went AS (
      SELECT DISTINCT before.later, old.respondent, 'went' AS change, '' AS fields
      FROM before JOIN now old ON old.place = before.earlier
      ANTI JOIN now new ON new.place = before.later AND new.respondent = old.respondent)
    SELECT f.name AS file, e.name AS earlier, respondent, change, fields
    FROM (FROM compared UNION ALL FROM went) AS one
    JOIN before ON before.later = one.later
    JOIN files f ON f.place = one.later JOIN files e ON e.place = before.earlier
    ORDER BY ALL"""
