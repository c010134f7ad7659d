from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="A branch that closes, and one that inherits",
    says="""
    A closed branch has no row from the month after. Its successor begins anew, unless `inherits` is `yes`: then, as is, the
    history of the closed branch is the successor's. The successor's own figures, as was, are never touched.
    """,
    formula="""
    as is: the branch itself if it is open in the month of the run, else its heir, else that one's heir, else nowhere
    """,
    source="Rules of the programme.",
    sql=("10_programme",),
    code=("succession",),
    examples=(
        Example(
            branches="""
            branch | from       | to         | successor | inherits
            C1     | 2020-01-01 | 2025-08-31 | C2        | yes
            C2     | 2025-09-01 |            |           |
            C3     | 2020-01-01 | 2025-08-31 | C4        |
            C4     | 2025-09-01 |            |           |
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | month   | branch | q1
            A          | 2025-08 | C1     | 2
            B          | 2025-08 | C3     | 3
            C          | 2025-09 | C2     | 6
            D          | 2025-09 | C4     | 5
            E          | 2025-10 | C2     | 7
            nobody     | 2025-10 | C4     | -
            """,
            expected=(
                scores("""
                month   | level        | unit | window    | n           | estimate
                2025-10 | branch       | C2   | rolling_3 | 2           | (60 + 70)/2
                2025-10 | branch_as_is | C2   | rolling_3 | 3           | (20 + 60 + 70)/3
                2025-08 | branch_as_is | C2   | month     | 1           | 20
                2025-10 | branch_as_is | C4   | rolling_3 | 1           | 50
                2025-10 | branch       | C4   | month     | 0           | -
                2025-10 | branch       | C1   | month     | no such row | -
                2025-08 | branch       | C1   | month     | 1           | 20
                """),
            ),
            so="C4 does not inherit: what was said of C3 in August is nobody's as is.",
        ),
    ),
)
