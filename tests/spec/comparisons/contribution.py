from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="What each factor contributes to a gap",
    says="""
    A gap of an index is the sum of what its factors contribute: each its share of the index times its own gap. They
    sum to the gap exactly, before rounding. There are none where one of the two indices is partial, as then the two are made of other factors, nor
    for `rule = "respondent"`.
    """,
    formula="""
    contribution of k = ω_k / Σ ω · (F_k − R_k),   Σ_k contribution = I − I_R
    """,
    source="Arithmetic.",
    sql=("90_comparison",),
    examples=(
        Example(
            instrument="""
            factor  | weight | items | scale
            service | 3      | q1    | 0-10
            price   | 1      | q2    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 8  | 2
            B          | S2     | 5  | 6
            C          | S2     | 5  | 5
            D          | S3     | 6  | -
            nobody     | S4     | -  | -
            """,
            working="""
            service = 80 − (80 + 50 + 50 + 60)/4
            price   = 20 − (20 + 60 + 50)/3
            """,
            expected=(
                comparisons("""
                unit | measure | against | difference             | contribution
                S1   | index   | network | (3·service + price)/4  | -
                S1   | service | network | service                | 3/4·service
                S1   | price   | network | price                  | 1/4·price
                S3   | service | network | 60 − 60                | -
                S3   | price   | network | -                      | -
                S4   | service | network | -                      | -
                """),
            ),
            so="S3 has no price: its index is partial, and its gap cannot be taken apart.",
        ),
    ),
)
