from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="Against a target or a bonus line, with the chance to be above it",
    says="""
    A target is a number, without an error of its own. A branch's own target goes before that of all. The chance is how sure
    one can be that the true figure is above the line: about 50 % for a figure just on it. Bonus lines are drawn on the index,
    in published points, the same for all.
    """,
    formula="""
    D = F − line,   V = V(F),   chance = P( t < D / √V )
    """,
    source="Gelman et al., Bayesian Data Analysis (2013), 3.2: the posterior of a mean under a flat prior.",
    sql=("10_programme", "90_comparison", "92_significance"),
    examples=(
        Example(
            points=1000,
            settings="""
            [[bonus]]
            id = "gold"
            instrument = "survey"
            line = 750
            name = { zh = "金牌", en = "Gold" }
            """,
            targets="""
            measure | branch | target
            index   | *      | 700
            index   | S2     | 500
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | q1
            A          | S1     | 6
            B          | S1     | 8
            C          | S1     | 10
            D          | S2     | 4
            E          | S2     | 6
            nobody     | S3     | -
            F          | S4     | 9
            """,
            working="""
            se = √((20² + 0² + 20²)/2/3)
            """,
            expected=(
                comparisons("""
                unit | against    | reference | difference | se          | df | p              | chance              | verdict
                S1   | target     | 70        | 10         | se          | 2  | tail(10/se, 2) | 1 − tail(10/se, 2)/2 | no_clear_difference
                S1   | bonus/gold | 75        | 5          | se          | 2  | tail(5/se, 2)  | 1 − tail(5/se, 2)/2  | no_clear_difference
                S2   | target     | 50        | 0          | √(10²+10²)/√(2) | 1 | 1           | 1/2                 | no_clear_difference
                S2   | bonus/gold | 75        | −25        | √(10²+10²)/√(2) | 1 | tail(2.5, 1) | tail(2.5, 1)/2     | no_clear_difference
                S3   | target     | 70        | -          | -           | -  | -              | -                   | none
                S4   | target     | 70        | 20         | 0           | 0  | -              | -                   | none
                """),
            ),
            so="One response, that of S4, does not tell how sure it is: there is no p, no chance and no verdict.",
        ),
    ),
)
