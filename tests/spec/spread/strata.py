from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Variance of a mean: branch by branch, month by month",
    says="""
    The responses of each branch in each month are a sample of their own, a stratum (`[design] strata` can declare others). A mean's
    variance adds up over the strata what the responses differ within each. *n* of a stratum is all
    its accepted responses, with a score in this factor or without. The standard error is the square root of the variance.
    """,
    formula="""
    V(F) = Σ_h  n_h / (n_h − 1) · ( Σ u² − (Σ u)² / n_h ),     u = w (y − F) / Σ w

    h: stratum; n_h: its accepted responses; u: 0 for those without a score; Σ w: over the unit
    degrees of freedom = Σ (n_h − 1) over the strata that have a score in the unit
    """,
    source="Särndal, Swensson and Wretman (1992), 3.7, 5.5 and 5.7: Taylor linearisation of a ratio, with domains.",
    sql=("30_totals", "35_window", "40_leaf", "50_design", "55_estimate", "units"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            price   | q2    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 4  | -
            B          | S1     | 6  | -
            C          | S1     | 8  | -
            D          | S1     | -  | 5
            E          | S2     | 2  | -
            F          | S2     | 6  | -
            nobody     | S3     | -  | -
            """,
            working="""
            V1 = 4/3·((40 − 60)² + 0² + (80 − 60)²)/3²                     # S1: mean 60, n = 4 with D
            F  = (40 + 60 + 80 + 20 + 60)/5                                 # network
            h1 = 4/3·((40−F)² + (60−F)² + (80−F)² − (40+60+80 − 3·F)²/4)/5²   # its first stratum
            h2 = 2/1·((20−F)² + (60−F)² − (20+60 − 2·F)²/2)/5²                # its second
            """,
            expected=(
                scores("""
                level   | unit    | measure | n | estimate | se        | df
                branch  | S1      | service | 3 | 60       | √(V1)      | 3
                branch  | S2      | service | 2 | 40       | √(2·(20² + 20²)/2²) | 1
                network | network | service | 5 | F        | √(h1 + h2) | 3 + 1
                branch  | S3      | service | 0 | -        | -         | -
                """),
            ),
            so="D did not rate the service, but which of the four did is chance too: the factor is 4/3 where three responses alone would have 3/2.",
        ),
    ),
)
