from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Finite-population correction",
    says="""
    Who has heard half of all customers is surer than who has heard half of many more. With `finite = true` and the customers of
    each stratum in `population.csv` (margin `strata`), the variance within a stratum is multiplied by the share of its
    customers that was not heard.
    """,
    formula="""
    V(F) = Σ_h (1 − n_h / N_h) · n_h / (n_h − 1) · ( Σ u² − (Σ u)² / n_h )        N_h: customers of the stratum
    """,
    source="Särndal, Swensson and Wretman (1992), 3.7; Cochran, Sampling Techniques (1977), 5.3.",
    sql=("35_window",),
    code=("weights",),
    examples=(
        Example(
            settings="""
            [design]
            finite = true
            """,
            population="""
            margin | category | customers
            strata | S1       | 8
            strata | S2       | 4
            strata | S3       | 9
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 3
            B          | S1     | 9
            C          | S2     | 3
            D          | S2     | 9
            E          | S2     | 3
            F          | S2     | 9
            nobody     | S3     | -
            """,
            working="""
            V1 = (1 − 2/8)·2/1·(30² + 30²)/2²
            """,
            expected=(
                scores("""
                unit | n | estimate | se    | low
                S1   | 2 | 60       | √(V1) | max(0, 60 − t(1)·√(V1))
                S2   | 4 | 60       | 0     | 60
                S3   | 0 | -        | -     | -
                """),
            ),
            so="All customers of S2 have been heard: its figure is no estimate, and its interval has no width.",
        ),
    ),
)
