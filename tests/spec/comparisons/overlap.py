from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="A rolling window against the one a month before",
    says="""
    Two rolling windows that end a month apart share all months but one of each. What the shared months have of chance is in both and
    takes itself off; the difference is as sure as the two months it rests on allow.
    """,
    formula="""
    V(D): of u − u', where a response of a shared month has both; as in {region}.  df as in {last_month}
    """,
    source="Särndal, Swensson and Wretman (1992), 9.9, on change with overlapping samples.",
    sql=("82_reference", "85_covariance", "90_comparison"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | month   | branch | q1
            A          | 2025-07 | S1     | 2
            B          | 2025-07 | S1     | 4
            C          | 2025-08 | S1     | 4
            D          | 2025-08 | S1     | 6
            E          | 2025-09 | S1     | 5
            F          | 2025-09 | S1     | 7
            G          | 2025-10 | S1     | 8
            H          | 2025-10 | S1     | 10
            nobody     | 2025-10 | S2     | -
            """,
            working="""
            now    = (40 + 60 + 50 + 70 + 80 + 100)/6
            before = (20 + 40 + 40 + 60 + 50 + 70)/6
            month  = 2/1·(10² + 10²)/6²                # what each month adds to the variance of a window
            V      = month + month                     # October in one, July in the other
            df     = (3·month + 3·month)²/((3·month)²/3 + (3·month)²/3)
            """,
            expected=(
                comparisons("""
                unit | window    | against  | reference | difference   | se   | df | low                           | verdict
                S1   | rolling_3 | previous | before    | now − before | √(V) | df | (now − before) − t(6)·√(V)    | better
                S2   | rolling_3 | previous | -         | -            | -    | -  | -                             | none
                """),
            ),
        ),
    ),
)
