from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="Against its peers, without itself",
    says="""
    The peers of a branch are those with the same `peers` fields (without such fields: all branches). Its own responses are left
    out of the figure it is compared with, so the two are independent. A branch without peers has no such difference. Where
    weights are raked, one branch's responses bear on another's weights: V is then that of u of the branch less u of its peers, after {calibrated}.
    """,
    formula="""
    P = mean over the responses of all other branches of the peer group;   V = V(F) + V(P), df as in {last_month}
    """,
    source="Welch (1947), Biometrika 34, 28–35.",
    sql=("50_design", "82_reference", "90_comparison"),
    examples=(
        Example(
            settings="""
            peers = ["branch_tier"]
            """,
            branches="""
            branch | tier
            S1     | A
            S2     | A
            S3     | A
            S4     | B
            S5     | A
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 7
            B          | S1     | 9
            C          | S2     | 4
            D          | S2     | 6
            E          | S3     | 1
            F          | S3     | 3
            G          | S3     | 5
            H          | S4     | 5
            I          | S4     | 6
            nobody     | S5     | -
            """,
            working="""
            P  = (40 + 60 + 10 + 30 + 50)/5                    # peers of S1
            V1 = (10² + 10²)/1/2
            VP = (2²·(10² + 10²)/1/2 + 3²·(20² + 20²)/2/3)/5²
            """,
            expected=(
                comparisons("""
                unit | against | reference                            | difference | se
                S1   | peers   | P                                    | 80 − P     | √(V1 + VP)
                S4   | peers   | -                                    | -          | -
                S5   | peers   | (70 + 90 + 40 + 60 + 10 + 30 + 50)/7 | -          | -
                """),
            ),
        ),
    ),
)
