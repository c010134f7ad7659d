from tests.spec.form import Example, Rule, change

RULE = Rule(
    title="Performance and mix",
    says="""
    A network's index can rise though no branch has become better: because good branches answer more, or bad ones closed. The change
    is split into what branches that were heard in both months did (performance) and the rest (mix), of which what entered and
    what left is told on its own. The two sum to the change exactly. Branches of which a
    figure is withheld this month, last month or a year ago count as one, all together: what one of them did stays between them.
    """,
    formula="""
    performance = Σ (s + s')/2 · (F' − F)           branches heard in both months; s: share of weights, ': now
    entered     = Σ s' · (F' − R)                    only now;   R: the middle of the two means of all
    left        = −Σ s · (F − R)                     only then
    mix         = change − performance = entered + left + Σ (s' − s) · ((F + F')/2 − R)

    by factor, each with its share of the index; by sub-factor, where a factor has some; in each division, where the index
    is a mean over these; of the respondents' own indices, where it is a mean of them
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
        Example(
            given="Each respondent has an index of its own: A's is 80, B has the service alone.",
            rule="respondent",
            instrument="""
            factor  | weight | items | scale
            service | 3      | q1    | 0-10
            price   | 1      | q2    | 0-10
            """,
            responses="""
            respondent | month   | branch | q1 | q2
            A          | 2025-09 | S1     | 9  | 5
            B          | 2025-09 | S2     | 6  | -
            C          | 2025-10 | S1     | 8  | 8
            D          | 2025-10 | S1     | 10 | 6
            E          | 2025-10 | S2     | 7  | 3
            """,
            expected=(
                change("""
                unit    | total                    | performance                                       | mix
                network | (80 + 90 + 60)/3 − 140/2 | (2/3 + 1/2)/2·(85 − 80) + (1/3 + 1/2)/2·(60 − 60) | (2/3 − 1/2)·(82.5 − R) + (1/3 − 1/2)·(60 − R)
                """),
            ),
            working="R = (230/3 + 70)/2",
        ),
        Example(
            given="Two divisions count the same, however many are heard in each.",
            rule="mean_of_dimensions",
            instrument="""
            factor | items | scale
            skill  | q1    | 0-10
            """,
            branches="""
            branch | divisions
            S1     | PC;CV
            S2     | PC;CV
            """,
            responses="""
            respondent | month   | branch | division | q1
            A          | 2025-09 | S1     | PC       | 6
            B          | 2025-09 | S2     | PC       | 8
            C          | 2025-09 | S1     | CV       | 4
            D          | 2025-10 | S1     | PC       | 7
            E          | 2025-10 | S1     | PC       | 7
            F          | 2025-10 | S2     | PC       | 8
            G          | 2025-10 | S1     | CV       | 5
            """,
            working="""
            cars  = (2/3 + 1/2)/2·(70 − 60) + (1/3 + 1/2)/2·(80 − 80)
            vans  = 50 − 40
            total = ((2·70 + 80)/3 − (60 + 80)/2 + vans)/2
            """,
            expected=(
                change("""
                unit    | total | performance     | mix
                network | total | (cars + vans)/2 | total − (cars + vans)/2
                """),
            ),
        ),
    ),
)
