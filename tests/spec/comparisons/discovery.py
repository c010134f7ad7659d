from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="p and q: how many of the findings are false",
    says="""
    *p* is the chance of a difference this large, or larger, where there is none. Of a hundred branches without any difference,
    five have a *p* below 0.05. *q* allows for that: of all that have a *q* of at most 0.05, at most one in twenty
    is expected to be a false finding. It is worked out within a family: what is read together, the units of one level, one
    kind of measure, one window and one reference. *p* is of Welch's degrees of freedom with their fraction. A plain word,
    `better` or `worse`, asks for a *q* of at most 0.05; an interval is for one difference by itself and may leave out 0 where
    *q* is larger: then there is no clear difference among so many.
    """,
    formula="""
    p = P( |t| > |D| / √V );   q_(i) = min over j ≥ i of m · p_(j) / j        p_(1) ≤ p_(2) ≤ … ≤ p_(m)
    """,
    source="Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289–300.",
    sql=("05_distributions", "92_significance", "93_comparison"),
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
        Example(
            given="The word goes by q: the interval of S1 leaves out 0, but with three branches looked at its q is above 0.05.",
            targets="""
            measure | branch | target
            index   | *      | 45
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | times | q1
            A          | S1     | 10    | 6
            B          | S1     | 10    | 4
            C          | S2     | 10    | 5
            D          | S2     | 10    | 4
            E          | S3     | 10    | 9
            F          | S3     | 10    | 7
            nobody     | S4     | -     | -
            """,
            working="""
            V  = 20·10²/19/20                  # S1, S3: 10 points to either side of the mean
            V2 = 20·5²/19/20                   # S2: 5 points
            p1 = tail(5/√(V), 19)              # S1: 50 against 45
            p3 = tail(35/√(V), 19)             # S3: 80
            """,
            expected=(
                comparisons("""
                unit | against | difference | low              | p  | q      | verdict
                S1   | target  | 5          | 5 − t(19)·√(V)   | p1 | 3·p1/2 | no_clear_difference
                S2   | target  | 0          | 0 − t(19)·√(V2)  | 1  | 1      | no_clear_difference
                S3   | target  | 35         | 35 − t(19)·√(V)  | p3 | 3·p3/1 | better
                S4   | target  | -          | -                | -  | -      | none
                """),
            ),
            so="p1 is 0.042 and the interval of S1 is 0.2 to 9.8; q is 0.063. S3 would be as clear among many thousands.",
        ),
    ),
)
