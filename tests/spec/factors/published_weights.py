from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Published weights are divided by their own sum",
    says="""
    The index is the weighted mean of the factors. Published weights are rounded and need not sum to 100: those of
    the China CSI of 2005 sum to 100.1. They are divided by what they do sum to, so that a branch with 800
    points in every factor has an index of 800, and the highest possible index is 1,000.
    """,
    formula="""
    I = Σ ω F / Σ ω        F: mean of a factor; ω: its published weight
    """,
    source="China CSI 2005, structure of factors; unchanged from 2004.",
    sql=("10_programme", "55_estimate", "80_score"),
    code=("instrument", "measures"),
    examples=(
        Example(
            given="The seven weights of the China CSI, with one question for each factor.",
            points=1000,
            instrument="""
            factor     | weight | items | scale
            problems   | 20.4   | q1    | 0-10
            friendly   | 15.8   | q2    | 0-10
            delivery   | 15.4   | q3    | 0-10
            quality    | 14.7   | q4    | 0-10
            experience | 12.1   | q5    | 0-10
            advisor    | 11.5   | q6    | 0-10
            initiation | 10.2   | q7    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2 | q3 | q4 | q5 | q6 | q7
            A          | S1     | 8  | 8  | 8  | 8  | 8  | 8  | 8
            B          | S2     | 10 | 10 | 10 | 10 | 10 | 10 | 10
            C          | S3     | 10 | 0  | 0  | 0  | 0  | 0  | 0
            nobody     | S4     | -  | -  | -  | -  | -  | -  | -
            """,
            working="""
            sum = 20.4 + 15.8 + 15.4 + 14.7 + 12.1 + 11.5 + 10.2
            """,
            expected=(
                scores("""
                unit | n | estimate         | printed | flag
                S1   | 1 | 80·sum/sum       | 800     | ok
                S2   | 1 | 100·sum/sum      | 1000    | ok
                S3   | 1 | 100·20.4/sum     | 203.8   | ok
                S4   | 0 | -                | -       | none
                """),
            ),
            so="Estimates are kept on 0 to 100; `printed` is on the published scale. Divided by 100, S1 would have had 800.8.",
        ),
    ),
)
