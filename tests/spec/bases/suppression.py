from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="What would give a withheld figure away is withheld with it",
    says="""
    If a region and all but one of its branches are known, so is that one. For every unit below `withheld_below` some
    other units are therefore withheld too, so that nothing that is published (totals, other levels, other windows, comparisons, earlier
    months, revisions) gives its sum. Of all ways to do so, the one is taken that hides the fewest responses. An
    item is withheld with its factor and with every other item of it, for the factor is their mean; a count in all with each that it adds up. A revision
    withholds whatever the one before it did.
    """,
    formula="""
    add an unknown number to the sum of the small unit and take it off that of another in the same region,
    division, … : every published total stays as it is, so none of the two follows from what is published
    """,
    source="Cox (1980), Journal of the American Statistical Association 75, 377–385.",
    sql=("76_revised", "77_published", "78_suppression", "79_revised"),
    examples=(
        Example(
            settings="""
            [thresholds]
            withheld_below = 3
            ranked_from = 3
            """,
            branches="""
            branch | region
            S1     | NORTH
            S2     | NORTH
            S3     | NORTH
            S4     | SOUTH
            S5     | SOUTH
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | times | q1
            A          | S1     | 1     | 2
            B          | S2     | 4     | 7
            C          | S3     | 5     | 8
            D          | S4     | 3     | 6
            nobody     | S5     | -     | -
            """,
            expected=(
                scores("""
                level   | unit    | n  | estimate                      | flag
                branch  | S1      | 1  | -                             | withheld
                branch  | S2      | 4  | -                             | withheld
                branch  | S3      | 5  | 80                            | ok
                branch  | S4      | 3  | 60                            | ok
                branch  | S5      | 0  | -                             | none
                region  | NORTH   | 10 | (20 + 4·70 + 5·80)/10         | ok
                region  | SOUTH   | 3  | 60                            | ok
                network | network | 13 | (20 + 4·70 + 5·80 + 3·60)/13  | ok
                """),
            ),
            so="""
            With S2 and S3 known, S1 would be 10·70 − 4·70 − 5·80 = 20. S2 is the smaller of the two, so it is
            withheld. S4 could not help: it is in another region, and the two regions would have moved.
            """,
        ),
    ),
)
