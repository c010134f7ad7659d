from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Where a branch counts: as was, and as is",
    says="""
    A branch that moves counts, from the month in which it moves, in the region it is in at that month's end. What was before
    stays where it was: a region's rolling figure holds the branch's responses of the months in which it
    belonged to the region. The level `region_as_is` has the other view, for trends: all months by the hierarchy
    of the month that is run.
    """,
    formula="""
    region of a response = region of its branch in the branch's last row in force in the response's month
    as is                = region of its branch in the month of the run
    """,
    source="Rules of the programme; Kimball and Ross, The Data Warehouse Toolkit (2013), on slowly changing dimensions.",
    sql=("10_programme",),
    code=("hierarchy", "places"),
    examples=(
        Example(
            branches="""
            branch | region | from       | to
            B1     | NORTH  | 2020-01-01 | 2025-10-14
            B1     | SOUTH  | 2025-10-15 |
            B2     | NORTH  | 2020-01-01 |
            B3     | SOUTH  | 2020-01-01 |
            B4     | WEST   | 2020-01-01 |
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | month   | branch | q1
            A          | 2025-08 | B1     | 2
            B          | 2025-08 | B2     | 8
            C          | 2025-09 | B1     | 4
            D          | 2025-09 | B3     | 6
            E          | 2025-10 | B1     | 9
            F          | 2025-10 | B2     | 5
            nobody     | 2025-10 | B4     | -
            """,
            expected=(
                scores("""
                month   | level        | unit  | window    | n | estimate
                2025-09 | region       | NORTH | month     | 1 | 40
                2025-09 | region_as_is | NORTH | month     | 0 | -
                2025-09 | region_as_is | SOUTH | month     | 2 | (40 + 60)/2
                2025-10 | region       | NORTH | month     | 1 | 50
                2025-10 | region       | SOUTH | month     | 1 | 90
                2025-10 | region       | NORTH | rolling_3 | 4 | (20 + 80 + 40 + 50)/4
                2025-10 | region       | SOUTH | rolling_3 | 2 | (60 + 90)/2
                2025-10 | region_as_is | NORTH | rolling_3 | 2 | (80 + 50)/2
                2025-10 | region_as_is | SOUTH | rolling_3 | 4 | (20 + 40 + 60 + 90)/4
                2025-10 | region       | WEST  | month     | 0 | -
                """),
            ),
        ),
    ),
)
