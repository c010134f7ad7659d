from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Things counted per 100 customers",
    says="""
    Problems (things gone wrong) and the like are counted, and reported per 100 customers: each kind, of those
    who said how many there were, and all kinds together, of those who said so for at least one kind.
    """,
    formula="""
    per 100 = 100 · Σ w c / Σ w        c: how many times; all together: the sum over the kinds that were answered
    """,
    source="Problems per 100 vehicles (PP100), as in J.D. Power's dependability studies; things gone wrong, TGW.",
    sql=("20_respondent", "30_totals", "40_leaf"),
    code=("measures",),
    examples=(
        Example(
            counts="""
            count    | items     | most
            problems | noise oil | 9
            """,
            responses="""
            respondent | branch | q1 | noise | oil
            A          | S1     | 5  | 2     | 0
            B          | S1     | 5  | 0     | 0
            C          | S1     | 5  | 1     | -
            D          | S1     | 5  | -     | -
            E          | S2     | 5  | -     | -
            """,
            working="""
            all = 100·(2 + 0 + 1)/3
            s2  = ((200 − all)² + (0 − all)² + (100 − all)²)/3·4/3   # n/(n − 1) with D, who answered too: see {strata}
            """,
            expected=(
                scores("""
                unit | measure  | statistic | n | estimate     | se
                S1   | problems | per_100   | 3 | all          | √(s2/3)
                S1   | noise    | per_100   | 3 | 100·(2+0+1)/3 | √(s2/3)
                S1   | oil      | per_100   | 2 | 0            | 0
                S2   | problems | per_100   | 0 | -            | -
                """),
            ),
            so="D told of no kind: not 0 problems, but none known of.",
        ),
    ),
)
