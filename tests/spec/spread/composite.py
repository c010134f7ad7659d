from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Variance of an index: factors rise and fall together",
    says="""
    A respondent who is pleased with one thing is mostly pleased with another. The variance of an index therefore
    holds the covariances of its factors: what a respondent adds to the index through all factors is added up
    before it is squared.
    """,
    formula="""
    u = Σ_k ω_k / Σ ω · w (x_k − F_k) / Σ w_k        over the factors k that the respondent has

    Σ w_k: over the unit's respondents that have factor k;  V(I): of u, as in {strata}
    """,
    source="Särndal, Swensson and Wretman (1992), 5.5.",
    sql=("50_design", "55_estimate"),
    code=("measures",),
    examples=(
        Example(
            instrument="""
            factor  | weight | items | scale
            service | 3      | q1    | 0-10
            price   | 1      | q2    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 8  | 6
            B          | S1     | 4  | 2
            C          | S1     | 6  | -
            nobody     | S2     | -  | -
            """,
            working="""
            service = (80 + 40 + 60)/3
            price   = (60 + 20)/2
            a       = 3/4·(80 − service)/3 + 1/4·(60 − price)/2   # u of A
            b       = 3/4·(40 − service)/3 + 1/4·(20 − price)/2
            c       = 3/4·(60 − service)/3
            V       = 3/2·(a² + b² + c² − (a + b + c)²/3)
            """,
            expected=(
                scores("""
                unit | n | estimate               | se   | df
                S1   | 3 | (3·service + price)/4  | √(V) | 2
                S2   | 0 | -                      | -    | -
                """),
            ),
        ),
        Example(
            given="By respondents, the variance is that of the mean of their own indices: of A 75, of B 35, of C 60.",
            rule="respondent",
            instrument="""
            factor  | weight | items | scale
            service | 3      | q1    | 0-10
            price   | 1      | q2    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 8  | 6
            B          | S1     | 4  | 2
            C          | S1     | 6  | -
            nobody     | S2     | -  | -
            """,
            working="""
            I = (75 + 35 + 60)/3
            V = 3/2·((75 − I)² + (35 − I)² + (60 − I)²)/3²
            """,
            expected=(
                scores("""
                unit | n | estimate | se   | df
                S1   | 3 | I        | √(V) | 2
                S2   | 0 | -        | -    | -
                """),
            ),
        ),
    ),
)
