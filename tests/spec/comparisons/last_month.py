from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="Against last month, and the same month last year",
    says="""
    Each month asks other customers, so the variances of the two figures add up. The degrees of freedom are Welch's; for the
    interval their fraction is cut off. A change is `better` or `worse` if *q*, below, is at most 0.05 and the interval leaves out
    0, as it is stored; else it is `no_clear_difference`. Without both figures, or without a known variance, there is no
    verdict: `none`.
    """,
    formula="""
    D = F − F',   V = V(F) + V(F'),   df = V² / ( V(F)²/df + V(F')²/df' ),   D ± t(df) · √V
    """,
    source="Welch (1947), Biometrika 34, 28–35.",
    sql=("82_reference", "90_comparison", "93_comparison"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | month   | branch | times | q1
            A          | 2025-09 | S1     | 1     | 4
            B          | 2025-09 | S1     | 1     | 6
            C          | 2025-09 | S1     | 1     | 8
            D          | 2025-10 | S1     | 1     | 7
            E          | 2025-10 | S1     | 1     | 9
            F          | 2025-09 | S2     | 5     | 2
            G          | 2025-09 | S2     | 5     | 3
            H          | 2025-10 | S2     | 5     | 7
            I          | 2025-10 | S2     | 5     | 6
            J          | 2025-09 | S3     | 2     | 7
            nobody     | 2025-10 | S3     | -     | -
            """,
            working="""
            V0 = (20² + 0² + 20²)/2/3          # S1 in September
            V1 = (10² + 10²)/1/2               # S1 in October
            df = (V0 + V1)²/(V0²/2 + V1²/1)    # 2.88: 2 for the interval
            V  = 10·5²/9/10                    # S2: ten respondents 5 points off their mean, in both months
            """,
            expected=(
                comparisons("""
                unit | against    | reference | difference | se          | df | low                     | high                    | verdict
                S1   | last_month | 60        | 20         | √(V0 + V1)  | 2  | 20 − t(2)·√(V0 + V1)    | 20 + t(2)·√(V0 + V1)    | no_clear_difference
                S2   | last_month | 25        | 40         | √(V + V)    | 18 | 40 − t(18)·√(V + V)     | 40 + t(18)·√(V + V)     | better
                S3   | last_month | 70        | -          | -           | -  | -                       | -                       | none
                S1   | last_year  | -         | -          | -           | -  | -                       | -                       | none
                """),
            ),
        ),
    ),
)
