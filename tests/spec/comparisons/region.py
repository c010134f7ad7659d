from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="Against a region or the network that holds the unit itself",
    says="""
    A branch is part of its region: a good month lifts both. The two figures share respondents, and the variance of their
    difference is less what they share. It is worked out from the same linearised values, u of the branch less u of the
    region, so that it is right for indices, weights and strata of any kind.
    """,
    formula="""
    V(D) = V(F) · (1 − 2ρ) + V(R),   ρ = cov(F, R) / V(F)

    of plain means:  D = (F_1 − F_2) · n_2 / (n_1 + n_2),   the rest of the region being 2
    df as in {last_month}, of F and R
    """,
    source="Särndal, Swensson and Wretman (1992), 5.5; Kish, Survey Sampling (1965), 12.4, on differences to a whole.",
    sql=("82_reference", "85_covariance", "87_cross", "90_comparison"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 4
            B          | S1     | 6
            C          | S1     | 8
            D          | S2     | 2
            E          | S2     | 4
            nobody     | S3     | -
            """,
            working="""
            V1 = (20² + 0² + 20²)/2/3
            V2 = (10² + 10²)/1/2
            R  = (40 + 60 + 80 + 20 + 40)/5
            VR = (3²·V1 + 2²·V2)/5²                 # of the region, {strata}
            V  = (2/5)²·(V1 + V2)                   # of the difference of S1
            df = (V1 + VR)²/(V1²/2 + VR²/3)         # 3.80: 3 for the interval
            """,
            expected=(
                comparisons("""
                unit | against | reference | difference    | se   | df | low                    | verdict
                S1   | region  | R         | (60 − 30)·2/5 | √(V) | 3  | (60 − R) − t(3)·√(V)   | no_clear_difference
                S1   | network | R         | (60 − 30)·2/5 | √(V) | 3  | (60 − R) − t(3)·√(V)   | no_clear_difference
                S3   | region  | R         | -             | -    | -  | -                      | none
                """),
            ),
            so="Taken as independent, the two would have had a variance of V1 + VR, five times as much. With one region, the network is the same.",
        ),
        Example(
            given="A segment beside the network, across branches: u of both, as in {part}.",
            settings="""
            [[grouping]]
            id = "segment"
            by = ["segment"]
            name = { zh = "客户类型", en = "Segment" }
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | segment | q1
            A          | S1     | private | 9
            B          | S1     | private | 6
            C          | S1     | fleet   | 3
            D          | S1     | fleet   | 2
            nobody     | S2     |         | -
            """,
            working="""
            N = (90 + 60 + 30 + 20)/4
            a = (90 − 75)/2 − (90 − N)/4
            b = (60 − 75)/2 − (60 − N)/4
            c = 0 − (30 − N)/4
            d = 0 − (20 − N)/4
            V = 4/3·(a² + b² + c² + d² − (a + b + c + d)²/4)
            """,
            expected=(
                comparisons("""
                level   | unit    | against | reference | difference | se
                segment | private | network | N         | 75 − N     | √(V)
                branch  | S2      | network | N         | -          | -
                """),
            ),
        ),
    ),
)
