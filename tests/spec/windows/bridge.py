from tests.spec.form import Example, Rule, bridged

OLDER = """
respondent | month   | branch | q1
A          | 2025-08 | S1     | 5
B          | 2025-08 | S1     | 7
C          | 2025-09 | S1     | 6
D          | 2025-09 | S1     | 4
nobody     | 2025-08 | S2     | -
"""
NEWER = """
respondent | month   | branch | q1
C          | 2025-09 | S1     | 7
D          | 2025-09 | S1     | 6
E          | 2025-09 | S1     | 2
F          | 2025-10 | S1     | 8
"""
ITEMS = """
factor  | items | scale
service | q1    | 0-10
"""

RULE = Rule(
    title="A bridge to an older questionnaire",
    says="""
    Two questionnaires measure differently. Where some customers answered both in a declared month, figures of the older one are
    carried over to the scale of the newer: moved by the difference of the means (`additive`), or also stretched by the quotient
    of the standard deviations (`linear`). The error of the fit is part of theirs. They are flagged `bridged` and never ranked.
    """,
    formula="""
    F → c + b · (F − m)        m, c: means of older and newer scores of those who answered both
                               b = 1 (additive), or sd newer / sd older (linear)
    V = b² · V(F) + V_cc + 2 (F − m) · V_cb + (F − m)² · V_bb,   df as in {last_month}

    V_cc, V_cb, V_bb: of u = p · (y − c − b(x − m)) and v = p · b · ( (y − c)²/Y − (x − m)²/X ) / 2  (additive: v = 0), as in {strata}
    p: weight by the sum of weights of those who answered both; X = Σ p (x − m)², Y = Σ p (y − c)²
    """,
    source="Kolen and Brennan, Test Equating, Scaling, and Linking (2014), 2.2 and 2.3; Binder (1983), International Statistical Review 51, 279–292.",
    sql=("95_bridge", "bridge"),
    code=("bridge",),
    examples=(
        Example(
            given='C and D answered both in September. `kind = "additive"`.',
            bridge="additive",
            instrument=ITEMS,
            older=OLDER,
            responses=NEWER,
            working="""
            m   = (60 + 40)/2
            c   = (70 + 60)/2
            V1  = (10² + 10²)/1/2                              # of August, older
            uc  = 1/2·(70 − c − (60 − m))
            ud  = 1/2·(60 − c − (40 − m))
            Vcc = 3/2·(uc² + ud²)                              # three answered the newer in September
            df  = (V1 + Vcc)²/(V1²/1 + Vcc²/2)                  # 1.39: 1
            """,
            expected=(
                bridged("""
                month   | unit    | n | n_fit       | estimate          | se            | df | flag
                2025-08 | S1      | 2 | 2           | c + (60 − m)      | √(V1 + Vcc)   | 1  | bridged
                2025-08 | S2      | - | no such row | -                 | -             | -  | -
                """),
            ),
        ),
        Example(
            given='The same answers, `kind = "linear"`. The standard deviation of the newer is half that of the older.',
            bridge="linear",
            instrument=ITEMS,
            older=OLDER,
            responses=NEWER,
            working="""
            b  = √((5² + 5²)/2)/√((10² + 10²)/2)
            V1 = (10² + 10²)/1/2
            """,
            expected=(
                bridged("""
                month   | unit | n | n_fit       | estimate         | se        | flag
                2025-08 | S1   | 2 | 2           | 65 + b·(60 − 50) | b·√(V1)   | bridged
                2025-08 | S2   | - | no such row | -                | -         | -
                """),
            ),
            so="C and D lie exactly on the line, so the fit has no error: V is b² · V1 alone.",
        ),
    ),
)
