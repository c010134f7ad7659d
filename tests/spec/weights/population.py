from tests.spec.form import Example, Rule, scores, weighting, weights

RULE = Rule(
    title="Customers by responses in each cell",
    says="""
    With `base = "population"` a response stands for the customers of its cell divided by the responses of that
    cell. Cells are made of declared fields; `population.csv` says how many customers each has. All accepted
    responses of the cell count, whatever they answered. A cell with customers but without a response stops the
    run: it is to be collapsed with another.
    """,
    formula="""
    w = N_c / n_c        N_c: customers of the cell; n_c: its accepted responses in the month
    """,
    source="Särndal, Swensson and Wretman (1992), 7.6, post-stratification.",
    sql=("40_leaf",),
    code=("weights", "solution", "calibration"),
    examples=(
        Example(
            settings="""
            [weighting]
            base = "population"
            cells = ["segment"]
            """,
            population="""
            margin | category | customers
            cells  | private  | 300
            cells  | fleet    | 100
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            price   | q2    | 0-10
            """,
            responses="""
            respondent | branch | segment | q1 | q2
            A          | S1     | private | 10 | -
            B          | S1     | private | 8  | -
            C          | S1     | private | -  | 5
            D          | S1     | fleet   | 4  | -
            E          | S1     | fleet   | 2  | -
            nobody     | S2     | -       | -  | -
            """,
            expected=(
                weights("""
                segment | factor
                private | 300/3
                fleet   | 100/2
                """),
                scores("""
                unit | measure | n | estimate
                S1   | service | 4 | (100·100 + 100·80 + 50·40 + 50·20)/300
                S1   | price   | 1 | 50
                S2   | service | 0 | -
                """),
                weighting("""
                n | sum | effective_n
                5 | 400 | 400²/(3·100² + 2·50²)
                """),
            ),
        ),
    ),
)
