from tests.spec.form import Example, Rule, change

RULE = Rule(
    title="Performance and mix",
    says="""
    A network's index can rise though no branch has become better: because good branches answer more, or bad ones closed. The change
    is split into what branches that were heard in both months did (performance) and the rest (mix), of which what entered and
    what left is told on its own. The two sum to the change exactly. Branches of which something is withheld in one of the months count as one
    branch, together.
    """,
    formula="""
    performance = Σ (s + s')/2 · (F' − F)           branches heard in both months; s: share of weights, ': now
    entered     = Σ s' · (F' − R)                    only now;   R: the middle of the two means of all
    left        = −Σ s · (F − R)                     only then
    mix         = change − performance = entered + left + Σ (s' − s) · ((F + F')/2 − R)

    by factors, each with its share of the index
    """,
    source="Bennet (1920), Journal of the Royal Statistical Society 83, 455–462; Foster, Haltiwanger and Krizan (2001).",
    sql=("98_change",),
    examples=(
        Example(
            given="S1 has become better and S2 has not, but fewer were heard of S2.",
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | month   | branch | times | q1
            A          | 2025-09 | S1     | 2     | 6
            B          | 2025-09 | S2     | 2     | 8
            C          | 2025-10 | S1     | 3     | 7
            D          | 2025-10 | S2     | 1     | 8
            nobody     | 2025-10 | S3     | -     | -
            """,
            working="""
            total       = (3·70 + 80)/4 − (2·60 + 2·80)/4
            performance = (3/4 + 2/4)/2·(70 − 60) + (1/4 + 2/4)/2·(80 − 80)
            """,
            expected=(
                change("""
                level   | unit    | against    | total | performance | mix                 | entered | left
                network | network | last_month | total | performance | total − performance | 0       | 0
                region  | NORTH   | last_month | total | performance | total − performance | 0       | 0
                """),
            ),
        ),
        Example(
            given="S2 was heard only then, S3 only now.",
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | month   | branch | q1
            A          | 2025-09 | S1     | 6
            B          | 2025-09 | S2     | 8
            C          | 2025-10 | S1     | 7
            D          | 2025-10 | S3     | 9
            nobody     | 2025-10 | S4     | -
            """,
            working="""
            R       = ((60 + 80)/2 + (70 + 90)/2)/2
            entered = 1/2·(90 − R)
            left    = −1/2·(80 − R)
            """,
            expected=(
                change("""
                unit    | total | performance   | mix            | entered | left
                network | 10    | 1·(70 − 60)/2 | entered + left | entered | left
                """),
            ),
            so="S4 was heard in neither month and is nowhere in the split.",
        ),
    ),
)
