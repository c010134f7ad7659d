from tests.spec.form import Example, Rule, scores

FACTORS = """
factor  | weight | items | scale
service | 1      | q1    | 0-10
price   | 1      | q2    | 0-10
"""
ANSWERS = """
respondent | branch | q1 | q2
A          | S1     | 10 | 0
B          | S1     | 4  | -
nobody     | S2     | -  | -
"""

RULE = Rule(
    title="Of factor means, or of respondents' indices",
    says="""
    With `rule = "branch_factors"`, the usual one, a unit's index is made of its factor means: each factor is averaged over
    those who have it, and the means are weighted. With `rule = "respondent"` each respondent has an index of
    their own, of the factors they have, and the unit's index is the mean of these. Both are the same where
    everybody has every factor.
    """,
    formula="""
    branch_factors    I = Σ ω F / Σ ω              F: mean of a factor over its respondents
    respondent        I = Σ w i / Σ w              i = Σ ω x / Σ ω over the factors x that the respondent has
                                                   w: the respondent's weight
    """,
    source="Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), 5.5 and 5.7, on functions of means.",
    sql=("40_leaf", "55_estimate"),
    examples=(
        Example(
            instrument=FACTORS,
            responses=ANSWERS,
            expected=(
                scores("""
                unit | measure | n | estimate
                S1   | service | 2 | (100 + 40)/2
                S1   | price   | 1 | 0
                S1   | index   | 2 | (70 + 0)/2
                S2   | index   | 0 | -
                """),
            ),
        ),
        Example(
            given="The same answers by the other rule. A's own index is (100 + 0)/2 = 50; B has only the service: 40.",
            rule="respondent",
            instrument=FACTORS,
            responses=ANSWERS,
            expected=(
                scores("""
                unit | measure | n | estimate
                S1   | index   | 2 | (50 + 40)/2
                S2   | index   | 0 | -
                """),
            ),
        ),
    ),
)
