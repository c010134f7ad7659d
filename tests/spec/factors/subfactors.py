from tests.spec.form import Example, Rule, scores

FACTORS = """
factor  | weight | sub-factor | share | items | scale
service | 3      | reception  | 2     | q1    | 0-10
service | 3      | repair     | 1     | q2    | 0-10
price   | 1      |            |       | q3    | 0-10
"""

RULE = Rule(
    title="Factors made of sub-factors",
    says="""
    A factor may be made of sub-factors, which are made of questions. Then it is the weighted mean of those that
    are there, as the index is of its factors: of the unit's means of the sub-factors. With `rule = "respondent"` the
    index takes it within each respondent; the factor's own figure is of the unit's means all the same. A factor that lacks one is partial, and so is the index.
    """,
    formula="""
    F = Σ s f / Σ s        f: mean of a sub-factor; s: its share of the factor
    """,
    source="As for the index, {published_weights} to {branch_factors}.",
    sql=("40_leaf", "55_estimate"),
    examples=(
        Example(
            instrument=FACTORS,
            responses="""
            respondent | branch | q1 | q2 | q3
            A          | S1     | 8  | 5  | 3
            B          | S2     | 8  | -  | 3
            nobody     | S3     | -  | -  | -
            """,
            working="""
            service = (2·80 + 1·50)/3
            """,
            expected=(
                scores("""
                unit | measure   | n | estimate             | flag
                S1   | reception | 1 | 80                   | ok
                S1   | service   | 1 | service              | ok
                S1   | index     | 1 | (3·service + 1·30)/4 | ok
                S2   | repair    | 0 | -                    | none
                S2   | service   | 1 | 80                   | partial
                S2   | index     | 1 | (3·80 + 1·30)/4      | partial
                S3   | service   | 0 | -                    | none
                """),
            ),
        ),
        Example(
            given="By respondents, in one branch: A's own index is (3·70 + 30)/4 = 60, B's is 20, the reception alone.",
            rule="respondent",
            instrument=FACTORS,
            responses="""
            respondent | branch | q1 | q2 | q3
            A          | S1     | 8  | 5  | 3
            B          | S1     | 2  | -  | -
            nobody     | S2     | -  | -  | -
            """,
            expected=(
                scores("""
                unit | measure   | n | estimate
                S1   | index     | 2 | (60 + 20)/2
                S1   | service   | 2 | (2·50 + 1·50)/3
                S2   | index     | 0 | -
                """),
            ),
        ),
    ),
)
