from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Part of a stratum",
    says="""
    A segment, a division or a tier cuts across branches: it takes a part of each stratum. How many of the
    branch's responses belong to it is chance too, so all of the branch's responses count in n_h, those
    outside the part with u = 0. The divisions of one dealer share its stratum in the same way, and so have a covariance.
    """,
    formula="""
    V as in {strata}, u = 0 outside the part;   mean of D divisions: u = Σ_d u_d / D
    """,
    source="Särndal, Swensson and Wretman (1992), 10.3, estimation for domains.",
    sql=("50_design", "63_share", "65_figure"),
    code=("shape",),
    examples=(
        Example(
            settings="""
            [[grouping]]
            id = "segment"
            by = ["segment"]
            name = { zh = "客户类型", en = "Segment" }
            """,
            responses="""
            respondent | branch | segment | q1
            A          | S1     | private | 9
            B          | S1     | private | 6
            C          | S1     | fleet   | 3
            D          | S1     | fleet   | 1
            nobody     | S2     |         | -
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            working="""
            F = (90 + 60)/2
            V = 4/3·(((90 − F)/2)² + ((60 − F)/2)²)   # C and D: 0
            """,
            expected=(
                scores("""
                level   | unit    | n | estimate | se   | df
                segment | private | 2 | F        | √(V) | 3
                branch  | S2      | 0 | -        | -    | -
                """),
            ),
        ),
        Example(
            given="A dealer with two divisions, one stratum.",
            rule="mean_of_dimensions",
            instrument="""
            factor | weight | items | scale
            skill  | 1      | q1    | 0-10
            """,
            branches="""
            branch | divisions
            S1     | PC;CV
            S2     | PC;CV
            """,
            responses="""
            respondent | branch | division | q1
            A          | S1     | PC       | 6
            B          | S1     | PC       | 9
            C          | S1     | CV       | 2
            D          | S1     | CV       | 4
            nobody     | S2     | -        | -
            """,
            working="""
            a = (60 − 75)/2/2   # A: mean of the division 75, two respondents, two divisions
            b = (90 − 75)/2/2
            c = (20 − 30)/2/2
            d = (40 − 30)/2/2
            V = 4/3·(a² + b² + c² + d² − (a + b + c + d)²/4)
            """,
            expected=(
                scores("""
                unit | n | estimate    | se   | df
                S1   | 4 | (75 + 30)/2 | √(V) | 3
                S2   | 0 | -           | -    | -
                """),
            ),
        ),
    ),
)
