from tests.spec.form import Example, Rule, scores, weighting

RULE = Rule(
    title="Trimming: no response counts for too many",
    says="""
    Weights far from the others can be held to bounds: to `low` and `high` times the mean weight, or to at most the median plus six times the
    distance of the quartiles (`trim = "iqr"`). The bounds are worked out once. What is beyond is set
    to its bound and all are raked again, round after round, until bounds and margins both hold. Without margins
    the sum of the weights is kept.
    """,
    formula="""
    bounds:  low · w̄ ≤ w ≤ high · w̄            iqr:  w ≤ median + 6 · (Q3 − Q1)
    """,
    source="Potter (1990), Proceedings of the Survey Research Methods Section, ASA, 225–230; Battaglia, Izrael, Hoaglin and Frankel (2009), Survey Practice 2(5).",
    sql=("40_leaf",),
    code=("trimming",),
    examples=(
        Example(
            settings="""
            [weighting]
            base = "column"
            trim = "bounds"
            low = 0.1
            high = 2
            """,
            responses="""
            respondent | branch | weight | q1
            A          | S1     | 8      | 10
            B          | S1     | 1      | 1
            C          | S1     | 1      | 1
            D          | S1     | 1      | 1
            E          | S1     | 1      | 1
            nobody     | S2     | -      | -
            """,
            working="""
            mean  = (8 + 4·1)/5
            bound = 2·mean
            rest  = (12 − bound)/4   # what is left of the sum for each of the others
            """,
            expected=(
                weighting("""
                n | sum | max   | min  | high_bound | trimmed
                5 | 12  | bound | rest | bound      | 1
                """),
                scores("""
                unit | n | estimate
                S1   | 5 | 100·bound/12
                S2   | 0 | -
                """),
            ),
        ),
    ),
)
