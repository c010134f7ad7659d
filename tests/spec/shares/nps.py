from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Net promoter score",
    says="""
    For a question with `nps = true` the net promoter score is its top box less its bottom box: promoters less
    detractors, from −100 to 100. On the usual scale of 0 to 10 promoters answer 9 or 10, detractors 0 to 6. Its standard error
    is that of a mean of +100, 0 and −100.
    """,
    formula="""
    NPS = top box − bottom box = 100 · Σ w v / Σ w        v: 1 for a promoter, −1 for a detractor, else 0
    """,
    source="Reichheld (2003), Harvard Business Review 81(12), 46–54.",
    sql=("40_leaf",),
    code=("measures",),
    examples=(
        Example(
            instrument="""
            factor  | items | scale | top | bottom | nps
            service | q1    | 0-10  | 9   | 6      | yes
            price   | q2    | 0-10  | 9   | 6      |
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 10 | 5
            B          | S1     | 9  | 5
            C          | S1     | 9  | 5
            D          | S1     | 8  | 5
            E          | S1     | 6  | 5
            F          | S2     | -  | 5
            """,
            working="""
            mean = 100·(3 − 1)/5
            s2   = (3·(100 − mean)² + (0 − mean)² + (−100 − mean)²)/4   # variance of one respondent
            """,
            expected=(
                scores("""
                unit | measure | statistic | n | estimate | se
                S1   | q1      | nps       | 5 | mean     | √(s2/5)
                S2   | q1      | nps       | 0 | -        | -
                """),
            ),
        ),
    ),
)
