"""Who was heard before, in SQL over the tables of a Store: candidate (rows without a fault) and files."""


def again(earlier: str, months: int) -> str:
    """place, source, row, contact, by, by_row: rows whose contact was heard within so many months
    before. earlier: a Parquet file of the contacts of the months before."""
    return f"""
    WITH heard AS (
      SELECT contact, serviced_on, answered_at, name AS source, row, place, name AS shown
      FROM candidate JOIN files USING (place) WHERE contact IS NOT NULL
      UNION ALL BY NAME
      SELECT contact, serviced_on, answered_at, source, row, NULL AS place, period || '/' || source AS shown
      FROM read_parquet('{earlier}')),
    again AS (
      SELECT late.place, late.source, late.row, late.contact,
             max((early.serviced_on, early.answered_at, early.shown, early.row)) AS last
      FROM heard late JOIN heard early ON early.contact = late.contact
       AND early.serviced_on > late.serviced_on - INTERVAL {months} MONTH
       AND (early.serviced_on, early.answered_at, coalesce(early.place, 0), early.source, early.row)
         < (late.serviced_on, late.answered_at, coalesce(late.place, 0), late.source, late.row)
      WHERE late.place IS NOT NULL GROUP BY ALL)
    SELECT place, source, row, contact, last[3] AS by, last[4] AS by_row FROM again ORDER BY ALL"""
