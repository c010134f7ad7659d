from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="The mean of a dealer's divisions",
    says="""
    Dealer satisfaction (`rule = "mean_of_dimensions"`) is worked out for each business division a dealer serves: the mean of its
    dimensions. The dealer's figure is the plain mean of its divisions, however many customers each of
    them has. A division that the dealer serves but that nobody told of makes the index partial. The level
    `part` has the figure of one division of a branch.
    """,
    formula="""
    I = Σ I_d / D        I_d: the index within division d, as in {branch_factors}; D: divisions that were heard of
    """,
    source="Dealer satisfaction (经销商服务总体满意度): the arithmetic mean of five dimensions in each division.",
    sql=("10_programme", "55_estimate", "65_figure", "80_score"),
    examples=(
        Example(
            rule="mean_of_dimensions",
            instrument="""
            factor   | weight | items | scale
            skill    | 1      | q1    | 0-10
            attitude | 1      | q2    | 0-10
            """,
            branches="""
            branch | divisions
            S1     | PC;CV
            S2     | PC;CV
            S3     | PC;CV
            """,
            responses="""
            respondent | branch | division | q1 | q2
            A          | S1     | PC       | 8  | 6
            B          | S1     | PC       | 10 | 8
            C          | S1     | CV       | 2  | 4
            D          | S2     | PC       | 9  | 9
            """,
            expected=(
                scores("""
                level  | unit  | measure  | n | estimate                    | flag
                part   | S1/PC | index    | 2 | ((80+100)/2 + (60+80)/2)/2  | ok
                part   | S1/CV | index    | 1 | (20 + 40)/2                 | ok
                branch | S1    | index    | 3 | (80 + 30)/2                 | ok
                branch | S1    | skill    | 3 | (90 + 20)/2                 | ok
                branch | S2    | index    | 1 | 90                          | partial
                part   | S2/CV | index    | 0 | -                           | none
                branch | S3    | index    | 0 | -                           | none
                """),
            ),
            so="Pooled, S1 would have (2·80 + 30)/3 = 63.3; averaged over its divisions it has 55.",
        ),
    ),
)
