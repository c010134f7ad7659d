from tests.spec.form import Example, Rule, scores, standing

RULE = Rule(
    title="Ranks, and ties",
    says="""
    Units of a level whose flag is `ok` are ranked by their estimate as it is stored, nine decimals. Units with the same
    figure share the smaller rank, and the next rank is left out. A branch is ranked in the network, and once more in its
    region and among its peers.
    """,
    formula="""
    rank = 1 + number of units with a higher figure
    """,
    source='Standard competition ranking, "1 2 2 4".',
    sql=("80_score", "97_standing"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            branches="""
            branch | region
            S1     | NORTH
            S2     | SOUTH
            S3     | NORTH
            S4     | SOUTH
            S5     | SOUTH
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
                standing("""
                within  | branch | rank | ranked
                network | S4     | 2    | 4
                region  | S4     | 1    | 2
                region  | S3     | 1    | 2
                region  | S1     | 2    | 2
                region  | S2     | 2    | 2
                """),
            ),
        ),
    ),
)
