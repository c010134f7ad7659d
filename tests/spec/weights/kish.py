from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Effective base: what unequal weights cost",
    says="""
    Unequal weights make a mean less precise. The effective base is the number of equally weighted respondents
    that would be as precise. With equal weights it is *n*. The mean of several divisions has the effective base
    of the plain mean of independent means.
    """,
    formula="""
    n_eff = (Σ w)² / Σ w²

    mean of D divisions:   n_eff = D² / Σ_d (1 / n_eff_d)
    """,
    source="Kish, Survey Sampling (1965), 11.7.",
    sql=("65_figure",),
    examples=(
        Example(
            settings="""
            [weighting]
            base = "column"
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            price   | q2    | 0-10
            """,
            responses="""
            respondent | branch | weight | q1 | q2
            A          | S1     | 3      | 10 | -
            B          | S1     | 1      | 2  | -
            C          | S1     | 5      | -  | 7
            D          | S2     | 2      | 5  | -
            E          | S2     | 2      | 5  | -
            nobody     | S3     | -      | -  | -
            """,
            expected=(
                scores("""
                level   | unit    | measure | n | n_eff
                branch  | S1      | service | 2 | (3+1)²/(3² + 1²)
                branch  | S2      | service | 2 | 2
                network | network | service | 4 | (3+1+2+2)²/(3² + 1² + 2² + 2²)
                branch  | S3      | service | 0 | -
                """),
            ),
        ),
        Example(
            given="Two divisions, the first with two customers, the other with one.",
            rule="mean_of_dimensions",
            branches="""
            branch | divisions
            S1     | PC;CV
            S2     | PC;CV
            """,
            responses="""
            respondent | branch | division | q1
            A          | S1     | PC       | 5
            B          | S1     | PC       | 5
            C          | S1     | CV       | 5
            nobody     | S2     | -        | -
            """,
            expected=(
                scores("""
                unit | n | n_eff
                S1   | 3 | 2²/(1/2 + 1/1)
                S2   | 0 | -
                """),
            ),
        ),
    ),
)
