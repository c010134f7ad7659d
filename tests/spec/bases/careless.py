from tests.spec.form import Example, Rule, integrity

RULE = Rule(
    title="Responses that look careless stay, and are counted",
    says="""
    A response with a soft flag (straight-lining, speeding, identical verbatims, all-top answers) counts like any other. Beside
    the published index stands what it would be without the flagged ones, with the weights as they are. It is left out where
    no response is flagged, or where either part is too small to be shown.
    """,
    formula="""
    percent = 100 · flagged / accepted;  index without the flagged: the same rule over the other responses
    """,
    source="Soft flags as in AAPOR, Data Quality Metrics for Online Samples (2023).",
    sql=("86_unflagged", "98_integrity"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1 | flags
            A          | S1     | 10 | all_top
            B          | S1     | 4  | -
            C          | S1     | 7  | -
            D          | S2     | 4  | -
            nobody     | S3     | -  | -
            """,
            expected=(
                integrity("""
                level   | unit    | what            | n | percent | estimate
                branch  | S1      | accepted        | 3 | -       | -
                branch  | S1      | flagged         | 1 | 100/3   | -
                branch  | S1      | all_top         | 1 | 100/3   | -
                branch  | S1      | without_flagged | 2 | -       | 55
                branch  | S2      | flagged         | 0 | 0       | -
                branch  | S3      | accepted        | no such row | - | -
                network | network | flagged         | 1 | 25      | -
                """),
                integrity("""
                unit | what            | n | estimate | why
                S2   | without_flagged | 1 | -        | none
                """),
            ),
            so="""
            With A the index of S1 is 70, without A 55.
            """,
        ),
    ),
)
