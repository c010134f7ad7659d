from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="A missing answer is left out, and never counts as 0",
    says="""
    An answer can be missing in four ways: the question was not asked, it was left blank, it did not apply to
    this customer, or the customer refused. Each is kept as what it is. None of them enters a mean, and none is
    counted in the base *n*.
    """,
    formula="""
    mean of a question = Σ y / n        over the n respondents with an answer
    """,
    source="AAPOR, Standard Definitions (2023), on item nonresponse; Little and Rubin, Statistical Analysis with Missing Data (2019), 1.3.",
    sql=("20_respondent", "30_totals", "40_leaf"),
    examples=(
        Example(
            given="Two factors of one question each. Everybody rated the price, so everybody is an accepted respondent.",
            instrument="""
            factor  | items | scale
            service | q1    | 1-10
            price   | q2    | 1-10
            """,
            responses="""
            respondent | branch | q1        | q2
            A          | S1     | 10        | 5
            B          | S1     | 4         | 5
            C          | S1     | -         | 5
            D          | S1     | not asked | 5
            E          | S1     | n/a       | 5
            F          | S1     | refused   | 5
            G          | S2     | n/a       | 5
            """,
            expected=(
                scores("""
                unit | measure | n | estimate        | flag
                S1   | q1      | 2 | (100 + 300/9)/2 | ok
                S1   | service | 2 | (100 + 300/9)/2 | ok
                S2   | q1      | 0 | -               | none
                S2   | service | 0 | -               | none
                """),
            ),
            so="""
            Counted as 0, the four missing answers would have made 22.2 of 66.7. S2 was visited by one customer to whom the question did not
            apply: its row is there, with n = 0 and without a figure.
            """,
        ),
    ),
)
