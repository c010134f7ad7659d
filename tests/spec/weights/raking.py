from tests.spec.form import Example, Rule, scores, weighting, weights

RULE = Rule(
    title="Raking to several margins",
    says="""
    Where the customers are known by several margins but not by their combinations, weights are raked: by turns
    the weights of each category of each margin are multiplied by customers / sum of weights, until every margin fits
    at once. Of all weights that fit these are nearest to those before. It is done anew in each month,
    on combinations of categories, without reading an answer, and ends
    when no category is off by 10⁻⁸ of its customers. Factors are rounded to nine decimals before anything is summed.
    """,
    formula="""
    w ← w · N_c / Σ_c w        category after category, margin after margin, until all fit
    """,
    source="Deming and Stephan (1940), Annals of Mathematical Statistics 11, 427–444.",
    sql=("40_leaf",),
    code=("weights", "raking"),
    examples=(
        Example(
            given="Two margins of two categories.",
            settings="""
            [[weighting.margin]]
            id = "segment"
            by = ["segment"]
            [[weighting.margin]]
            id = "tier"
            by = ["tier"]
            """,
            population="""
            margin  | category | customers
            segment | private  | 60
            segment | fleet    | 40
            tier    | gold     | 75
            tier    | plain    | 25
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            price   | q2    | 0-10
            """,
            responses="""
            respondent | branch | segment | tier  | q1 | q2
            A          | S1     | private | gold  | 8  | -
            B          | S1     | private | gold  | 6  | -
            C          | S1     | private | plain | 5  | -
            D          | S1     | private | plain | -  | 7
            E          | S1     | fleet   | gold  | 3  | -
            F          | S1     | fleet   | plain | 2  | -
            nobody     | S2     | -       | -     | -  | -
            """,
            working="""
            private = 60/4                            # first margin: 4 private responses, 2 of fleets
            fleet   = 40/2
            gold    = 75/(2·private + fleet)          # second margin, with these weights
            plain   = 25/(2·private + fleet)
            a       = private·gold                    # private, gold
            b       = private·plain                   # private, plain
            c       = fleet·gold                      # fleet, gold
            d       = fleet·plain                     # fleet, plain
            again   = (2·a + 2·b)/60                  # the first margin fits still: done
            """,
            expected=(
                weights("""
                segment | tier  | factor
                private | gold  | a
                private | plain | b
                fleet   | gold  | c
                fleet   | plain | d
                """),
                scores("""
                unit | measure | n | estimate
                S1   | service | 5 | (a·80 + a·60 + b·50 + c·30 + d·20)/(2·a + b + c + d)
                S1   | price   | 1 | 70
                S2   | service | 0 | -
                """),
                weighting("""
                margin  | category | responses | before | after | target
                segment | private  | 4         | 4      | 60    | 60
                segment | fleet    | 2         | 2      | 40    | 40
                tier    | gold     | 3         | 3      | 75    | 75
                """),
                weighting("""
                n | sum | effective_n                     | design_effect             | iterations
                6 | 100 | 100²/(2·a² + 2·b² + c² + d²)    | 6·(2·a² + 2·b² + c² + d²)/100² | 1
                """),
            ),
            so="D did not rate the service but is one of the customers that the weights stand for.",
        ),
    ),
)
