from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Options of a multi-select question",
    says="""
    Each option has the share of respondents that chose it, of all who answered the question. Who said no
    to each of them has answered; who left the question out has not. As one may choose
    several, the shares need not sum to 100.
    """,
    formula="""
    share of an option = 100 · Σ w [chosen] / Σ w        over those who answered the question
    """,
    source="Groves et al., Survey Methodology (2009), on check-all-that-apply questions.",
    sql=("30_totals", "40_leaf"),
    examples=(
        Example(
            given="`none` is a customer who said no to each of the faults, `-` one who did not answer.",
            choices="""
            choice | options
            fault  | noise oil
            """,
            responses="""
            respondent | branch | q1 | fault
            A          | S1     | 5  | noise oil
            B          | S1     | 5  | noise
            C          | S1     | 5  | none
            D          | S1     | 5  | -
            E          | S2     | 5  | -
            """,
            expected=(
                scores("""
                unit | measure     | statistic | n | estimate
                S1   | fault_noise | share     | 3 | 100·2/3
                S1   | fault_oil   | share     | 3 | 100·1/3
                S2   | fault_noise | share     | 0 | -
                """),
            ),
        ),
    ),
)
