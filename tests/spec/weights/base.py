from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="A base weight of the response",
    says="""
    A response may stand for more than one customer. With `base = "column"` the mapping names the column that says
    for how many. Every mean and share is then a weighted one; the base *n* stays the number of respondents.
    """,
    formula="""
    F = Σ w y / Σ w        w: the response's base weight
    """,
    source="Kish, Survey Sampling (1965), 11.7.",
    sql=("00_macros", "30_totals", "40_leaf"),
    code=("weighting",),
    examples=(
        Example(
            settings="""
            [weighting]
            base = "column"
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            price   | q2    | 0-10
            """,
            responses="""
            respondent | branch | weight | q1 | q2
            A          | S1     | 3      | 10 | -
            B          | S1     | 1      | 2  | -
            C          | S1     | 5      | -  | 7
            nobody     | S2     | -      | -  | -
            """,
            expected=(
                scores("""
                unit | measure | n | estimate
                S1   | service | 2 | (3·100 + 1·20)/4
                S1   | price   | 1 | 70
                S2   | service | 0 | -
                """),
            ),
            so="C's weight counts only where C has answered.",
        ),
    ),
)
