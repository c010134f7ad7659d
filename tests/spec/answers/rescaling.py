from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="An answer becomes points from 0 to 100",
    says="""
    The lowest answer of a question is worth 0 points, its highest 100, and the steps between are equal.
    On a scale of 1 to 10 there are nine steps, not ten, so an 8 is worth 7/9 of 100: 77.78 points and not 80.
    """,
    formula="""
    y = 100 · (x − min) / (max − min)        x: the answer; min, max: the ends of the question's scale
    """,
    source="The usual linear transformation to 0–100; Fornell et al. (1996), Journal of Marketing 60(4), 7–18.",
    sql=("20_respondent", "40_leaf", "55_estimate"),
    examples=(
        Example(
            given="One question on the scale 1 to 10, one respondent in each branch. S4 was visited by nobody who answered.",
            responses="""
            respondent | branch | q1
            A          | S1     | 8
            B          | S2     | 1
            C          | S3     | 10
            nobody     | S4     | -
            """,
            expected=(
                scores("""
                unit    | measure | n | estimate
                S1      | q1      | 1 | 100·7/9
                S1      | index   | 1 | 100·7/9
                S2      | q1      | 1 | 0
                S3      | q1      | 1 | 100
                S4      | q1      | 0 | -
                S4      | index   | 0 | -
                """),
            ),
            so="S4 has no answers, so it has no figure: not 0, nothing. Its row is there all the same.",
        ),
        Example(
            given="The same answer on other scales.",
            instrument="""
            factor  | items | scale
            desk    | q1    | 0-10
            repair  | q2    | 1-5
            deliver | q3    | 0-1000
            """,
            responses="""
            respondent | branch | q1 | q2 | q3
            A          | S1     | 4  | 4  | 4
            nobody     | S2     | -  | -  | -
            """,
            expected=(
                scores("""
                unit | measure | n | estimate
                S1   | q1      | 1 | 100·4/10
                S1   | q2      | 1 | 100·3/4
                S1   | q3      | 1 | 100·4/1000
                S2   | q2      | 0 | -
                """),
            ),
        ),
    ),
)
