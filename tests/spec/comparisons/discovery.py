from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="p and q: how many of the findings are false",
    says="""
    *p* is the chance of a difference this large, or larger, where there is none. Of a hundred branches without any difference,
    five have a *p* below 0.05. *q* allows for that: of all that have a *q* of at most 0.05, at most one in twenty
    is expected to be a false finding. It is worked out within a family: what is read together, the units of one level, one
    kind of measure, one window and one reference. *p* is of Welch's degrees of freedom with their fraction.
    """,
    formula="""
    p = P( |t| > |D| / √V );   q_(i) = min over j ≥ i of m · p_(j) / j        p_(1) ≤ p_(2) ≤ … ≤ p_(m)
    """,
    source="Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289–300.",
    sql=("05_distributions", "92_significance"),
    examples=(
        Example(
            given="Four branches and a target of 50. All have a standard error of 10 with one degree of freedom, but S4, which nobody told of.",
            targets="""
            measure | branch | target
            index   | *      | 50
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 8
            B          | S1     | 10
            C          | S2     | 7
            D          | S2     | 9
            E          | S3     | 4
            F          | S3     | 7
            nobody     | S4     | -
            """,
            working="""
            p1 = tail(40/10, 1)                # S1: 90 against 50
            p2 = tail(30/10, 1)                # S2: 80
            p3 = tail(5/15, 1)                 # S3: 55, standard error 15
            q2 = min(3·p2/2, p3)
            """,
            expected=(
                comparisons("""
                unit | against | difference | p  | q
                S1   | target  | 40         | p1 | min(3·p1/1, q2)
                S2   | target  | 30         | p2 | q2
                S3   | target  | 5          | p3 | p3
                S4   | target  | -          | -  | -
                """),
            ),
            so="S1 has the smallest p, but its q is that of S2: 3·p2/2 is less than 3·p1. S4 is not in the family: m is 3.",
        ),
    ),
)
