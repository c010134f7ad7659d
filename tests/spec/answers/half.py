from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="A factor score needs half of the questions asked",
    says="""
    A respondent has a score in a factor, the mean of the questions answered, if at least half of the questions
    that were asked were answered. A question that was not asked does not count against the respondent; one
    that did not apply, was refused or left blank does. The answers of a respondent without a factor score
    still count in the figures of the single questions.
    """,
    formula="""
    factor score = Σ y / m   if 100 · m ≥ 50 · q and m > 0, else none

    q: questions of the factor that were asked; m: of these answered; 50: `minimum_answered_percent`
    """,
    source="The half rule of scale scoring: Fayers and Machin, Quality of Life (2016), 9.3; Fairclough, Design and Analysis of Quality of Life Studies (2010).",
    sql=("00_macros", "20_respondent"),
    examples=(
        Example(
            given="Four questions make the factor `service`. Each respondent is in a branch of its own.",
            responses="""
            respondent | branch | q1  | q2        | q3        | q4
            A          | S1     | 10  | 1         | -         | refused
            B          | S2     | 10  | -         | -         | -
            C          | S3     | 10  | -         | not asked | not asked
            D          | S4     | 10  | n/a       | n/a       | n/a
            E          | S5     | 10  | not asked | not asked | not asked
            nobody     | S6     | -   | -         | -         | -
            """,
            expected=(
                scores("""
                unit | measure | n | estimate
                S1   | service | 1 | (100 + 0)/2
                S2   | service | 0 | -
                S2   | q1      | 1 | 100
                S3   | service | 1 | 100
                S4   | service | 0 | -
                S5   | service | 1 | 100
                S6   | service | 0 | -
                S6   | q1      | 0 | -
                """),
            ),
            so="""
            A answered 2 of 4, C 1 of the 2 asked, E the only one asked: enough. B and D answered 1 of 4 asked: too few.
            """,
        ),
    ),
)
