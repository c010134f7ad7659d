from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Response rate",
    says="""
    Accepted responses by customers asked, where the programme has a source with the role `invitations`. A branch without
    a number of customers asked has no rate; one that asked nobody has an empty one.
    """,
    formula="""
    rate = 100 · responses / invited
    """,
    source="AAPOR, Standard Definitions (2023): RR1 where everybody asked was eligible.",
    sql=("10_programme", "80_score"),
    examples=(
        Example(
            invited="""
            branch | asked
            S1     | 10
            S2     | 5
            S3     | 0
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 5
            B          | S1     | 7
            nobody     | S2     | -
            nobody     | S3     | -
            C          | S4     | 5
            """,
            expected=(
                scores("""
                level   | unit    | measure       | statistic | n           | estimate | flag
                branch  | S1      | response_rate | share     | 10          | 100·2/10 | ok
                branch  | S2      | response_rate | share     | 5           | 0        | ok
                branch  | S3      | response_rate | share     | 0           | -        | none
                branch  | S4      | response_rate | share     | no such row | -        | -
                network | network | response_rate | share     | 15          | 100·2/15 | ok
                """),
            ),
            so="C's branch was not told to have asked anybody, so C is not in the rate of the network either. Here `n` is the customers asked.",
        ),
    ),
)
