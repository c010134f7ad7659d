from tests.spec.form import Example, Rule, scores

ANSWERS = """
respondent | branch | q1
A          | S1     | 8
B          | S2     | 2
C          | S2     | 6
nobody     | S3     | -
"""
ITEMS = """
factor  | items | scale
service | q1    | 0-10
"""


def _example(single: str, given: str, second: str, so: str = "") -> Example:
    return Example(
        given=given,
        settings="" if single == "adjust" else f'[design]\nsingle = "{single}"',
        instrument=ITEMS,
        responses=ANSWERS,
        working=f"""
        F  = (80 + 20 + 60)/3
        h2 = 2/1·((20 − F)² + (60 − F)² − (20 + 60 − 2·F)²/2)/3²   # the stratum of two
        {second}
        """,
        expected=(
            scores("""
            level   | unit    | n | estimate | se   | df | low | high
            network | network | 3 | F        | √(V) | 1  | max(0, F − t(1)·√(V)) | min(100, F + t(1)·√(V))
            branch  | S1      | 1 | 80       | 0    | 0  | 0   | 100
            branch  | S3      | 0 | -        | -    | -  | -   | -
            """),
        ),
        so=so,
    )


RULE = Rule(
    title="A stratum with one response",
    says="""
    One response does not tell how much responses of its stratum differ. `[design] single` says what to do. `adjust`, the usual
    way: its distance from the unit's mean stands for it. `average`: it gets the average variance of the other strata.
    `certainty`: it counts as if it were sure, 0. It never adds a degree of freedom.
    """,
    formula="""
    adjust     (1 − f_h) · u²
    average    0, and V is multiplied by H / (H − L)     H: strata of the window, L: those of one response
    certainty  0
    """,
    source="Lumley, Complex Surveys (2010), on the lonely-PSU options of R's survey package.",
    sql=("35_window", "50_design"),
    examples=(
        _example("adjust", "The usual way.", "V  = h2 + ((80 − F)/3)²"),
        _example("average", "By the average; there are two strata, one of them of one response.", "V  = h2·2/(2 − 1)"),
        _example(
            "certainty",
            "As certain.",
            "V  = h2",
            "S1 on its own has no known variance whatever the setting: its interval is the whole scale. With the usual thresholds rule {pooled} gives it one.",
        ),
    ),
)
