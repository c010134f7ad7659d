from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="The interval of a mean",
    says="""
    The 95 % interval reaches as many standard errors to either side as Student's *t* asks for, and is cut at the ends of
    the scale: 0 and 100, for a net promoter score −100 and 100, for counts 0. Where no variance is known it is the whole scale.
    Where some base is small, a net promoter score has the interval of {wilson}.
    """,
    formula="""
    low = max(0, F − t(df) · se)        high = min(100, F + t(df) · se)
    """,
    source="Student (1908); Korn and Graubard, Analysis of Health Surveys (1999), on design degrees of freedom.",
    sql=("05_distributions", "80_score"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 4
            B          | S1     | 6
            C          | S1     | 8
            D          | S2     | 7
            E          | S2     | 7
            F          | S3     | 7
            nobody     | S4     | -
            """,
            working="""
            se = √((20² + 0² + 20²)/2/3)
            """,
            expected=(
                scores("""
                unit | n | estimate | se | df | low            | high
                S1   | 3 | 60       | se | 2  | 60 − t(2)·se   | 100
                S2   | 2 | 70       | 0  | 1  | 70             | 70
                S3   | 1 | 70       | 0  | 0  | 0              | 100
                S4   | 0 | -        | -  | -  | -              | -
                """),
            ),
            so="t(2) is 4.303: 60 + t(2)·se would be 109.7. S2 shows why small bases are pooled ({pooled}), which is switched off in this table.",
        ),
    ),
)
