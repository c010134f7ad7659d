from tests.spec.form import Example, Rule, scores, weights

RULE = Rule(
    title="A weight for star tiers",
    says="""
    A programme may let the answers of some customer tiers count more. `[weighting.tier]` has a factor for each;
    a tier without one, or a response without a tier, counts 1. It multiplies the base weight.
    """,
    formula="""
    w = base weight · factor of the tier
    """,
    source="A declared rule of the programme, not of statistics: the sum of weights is no number of customers.",
    sql=("40_leaf",),
    code=("weights", "solution"),
    examples=(
        Example(
            settings="""
            [weighting.tier]
            "5" = 1.5
            """,
            responses="""
            respondent | branch | tier | q1
            A          | S1     | 5    | 10
            B          | S1     | 3    | 1
            C          | S1     |      | 1
            nobody     | S2     |      | -
            """,
            expected=(
                weights("""
                tier | factor
                5    | 1.5
                3    | 1
                """),
                scores("""
                unit | n | estimate               | n_eff
                S1   | 3 | 1.5·100/(1.5 + 1 + 1)  | 3.5²/(1.5² + 1 + 1)
                S2   | 0 | -                      | -
                """),
            ),
        ),
    ),
)
