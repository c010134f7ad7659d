from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Questions of several scales, and questions asked the other way round",
    says="""
    Questions of one factor may have different scales; each is rescaled by its own before they are averaged.
    Where a questionnaire counts a question from the other end (1 is best), the mapping names it under `reversed`,
    and the answer is turned round on the way in. The definition of the questionnaire always has the best
    answer on top.
    """,
    formula="""
    x = min + max − answer        for a question in `reversed`
    """,
    source="Reverse-keyed items: DeVellis and Thorpe, Scale Development (2021), chapter 5.",
    sql=("20_respondent",),
    code=("answers",),
    examples=(
        Example(
            given="A factor of a question on 1 to 10 and one on 1 to 5.",
            instrument="""
            factor  | items | scale
            service | q1    | 1-10
            service | q2    | 1-5
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 10 | 2
            nobody     | S2     | -  | -
            """,
            expected=(
                scores("""
                unit | measure | n | estimate
                S1   | service | 1 | (100 + 100·1/4)/2
                S2   | service | 0 | -
                """),
            ),
        ),
        Example(
            given='As exported, before it is read. `q2` ("How long did you wait?", 1: not at all, 10: very long) is in `reversed`.',
            reversed=("q2",),
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 8  | 3
            B          | S2     | 1  | -
            """,
            expected=(
                scores("""
                unit | measure | n | estimate
                S1   | q1      | 1 | 100·7/9
                S1   | q2      | 1 | 100·((1 + 10 − 3) − 1)/9
                S1   | service | 1 | 100·7/9
                S2   | q2      | 0 | -
                """),
            ),
            so="A blank stays a blank when it is turned round.",
        ),
    ),
)
