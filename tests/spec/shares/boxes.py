from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Top box and bottom box",
    says="""
    The top box is the share of answers at the upper end of a question's scale, the bottom box that at the lower end; where each
    begins is part of the questionnaire. On a scale of 1 to 10 it is usually 9 and 10, and 1 to 4. The shares
    are of those who answered.
    """,
    formula="""
    top box = 100 · Σ w [x ≥ top] / Σ w        bottom box = 100 · Σ w [x ≤ bottom] / Σ w

    w: weight, 1 unless responses are weighted; [ ]: 1 if so, else 0
    """,
    source="Morgan and Rego (2006), Marketing Science 25, 426–439, on top-box scores of satisfaction.",
    sql=("30_totals", "40_leaf"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale | top | bottom
            service | q1    | 1-10  | 9   | 4
            price   | q2    | 1-10  | 9   | 4
            """,
            responses="""
            respondent | branch | q1  | q2
            A          | S1     | 10  | 5
            B          | S1     | 9   | 5
            C          | S1     | 8   | 5
            D          | S1     | 4   | 5
            E          | S1     | 1   | 5
            F          | S1     | n/a | 5
            nobody     | S2     | -   | -
            """,
            expected=(
                scores("""
                unit | measure | statistic  | n | estimate
                S1   | q1      | top_box    | 5 | 100·2/5
                S1   | q1      | bottom_box | 5 | 100·2/5
                S1   | q2      | top_box    | 6 | 0
                S2   | q1      | top_box    | 0 | -
                """),
            ),
            so="F has no answer to q1 and is in no share of it, not even below the line.",
        ),
    ),
)
