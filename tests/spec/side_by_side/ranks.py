from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Ranks, and ties",
    says="""
    Units of a level whose flag is `ok` are ranked by their estimate as it is stored, nine decimals. Units with the same
    figure share the smaller rank, and the next rank is left out.
    """,
    formula="""
    rank = 1 + number of units with a higher figure
    """,
    source='Standard competition ranking, "1 2 2 4".',
    sql=("80_score",),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 8
            B          | S2     | 7
            C          | S3     | 9
            D          | S4     | 8
            nobody     | S5     | -
            """,
            expected=(
                scores("""
                unit | n | estimate | rank | ranked
                S3   | 1 | 90       | 1    | 4
                S1   | 1 | 80       | 2    | 4
                S4   | 1 | 80       | 2    | 4
                S2   | 1 | 70       | 4    | 4
                S5   | 0 | -        | -    | -
                """),
            ),
        ),
    ),
)
