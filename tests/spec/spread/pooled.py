from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Small bases: the variance is pooled over the branches",
    says="""
    Three respondents may agree by accident; their own spread would promise a precision that is not there.
    Below `ranked_from` responses (usually 30) the variance of one respondent is therefore taken from all branches together,
    and with it the degrees of freedom.
    """,
    formula="""
    one = Σ_b (n_b − 1) · V_b · n_eff_b / Σ_b (n_b − 1)        over all branches b, with their own variances V_b
    V   = one / n_eff,   df = Σ_b (n_b − 1)                     where n < ranked_from
    """,
    source="Kish, Survey Sampling (1965), 8.2, pooling of variances.",
    sql=("65_figure",),
    examples=(
        Example(
            given="Ranked from four responses on.",
            settings="""
            [thresholds]
            withheld_below = 1
            ranked_from = 4
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 4
            B          | S1     | 6
            C          | S1     | 8
            D          | S2     | 5
            E          | S2     | 5
            F          | S3     | 2
            G          | S3     | 4
            H          | S3     | 6
            I          | S3     | 8
            nobody     | S4     | -
            """,
            working="""
            s1  = (20² + 0² + 20²)/2             # variance of one respondent in S1
            s2  = 0                             # in S2
            s3  = (30² + 10² + 10² + 30²)/3       # in S3
            one = (2·s1 + 1·s2 + 3·s3)/(2 + 1 + 3)
            """,
            expected=(
                scores("""
                unit | n | estimate | se       | df
                S1   | 3 | 60       | √(one/3) | 6
                S2   | 2 | 50       | √(one/2) | 6
                S3   | 4 | 50       | √(s3/4)  | 3
                S4   | 0 | -        | -        | -
                """),
            ),
        ),
    ),
)
