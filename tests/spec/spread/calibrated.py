from tests.spec.form import Example, Rule, comparisons, scores

RULE = Rule(
    title="What raking takes off a variance",
    says="""
    Weights that meet the customers of each category leave less to chance: that too many or too few of a category answered is
    mended. So the variance is not of u, but of what is left of it when the categories are taken out: its residual in the
    regression on the categories, over all responses of the month (u is 0 for those without a score or outside the unit).
    With one margin this is the distance from the category's mean. Where weights met cells first (`base = "population"`) and
    are raked after, the raking gives up the cells: what is left of the margins is fitted on the cells, not both at once.
    """,
    formula="""
    u = w · ( v − x'B ),   B = (Σ d x x')⁻¹ Σ d x v

    v = u/w as before; x: 1 for each category the response is in, else 0; d: weight before raking, w: after
    cells, then margins:   u = w · ( e − Σ_c d e / Σ_c d ),   e = v − x'B        x of the margins alone; c: the response's cell
    """,
    source="Deville and Särndal (1992), Journal of the American Statistical Association 87, 376–382.",
    sql=("61_calibration", "64_calibration", "88_calibration"),
    code=("inverse",),
    examples=(
        Example(
            settings="""
            [[weighting.margin]]
            id = "segment"
            by = ["segment"]
            """,
            population="""
            margin  | category | customers
            segment | private  | 60
            segment | fleet    | 30
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            price   | q2    | 0-10
            """,
            responses="""
            respondent | branch | segment | q1 | q2
            A          | S1     | private | 8  | -
            B          | S1     | private | 6  | -
            C          | S1     | fleet   | 2  | -
            D          | S1     | fleet   | 5  | -
            E          | S1     | fleet   | -  | 5
            nobody     | S2     |         | -  | -
            """,
            working="""
            W  = 30 + 30 + 10 + 10                        # weights: 60/2 private, 30/3 fleet; those with a score
            F  = (30·80 + 30·60 + 10·20 + 10·50)/W
            a  = (80 − F)/W                               # v of A
            b  = (60 − F)/W
            c  = (20 − F)/W
            d  = (50 − F)/W
            p  = (a + b)/2                                # mean of v in each category
            f  = (c + d + 0)/3                            # E: 0
            uu = 30²·((a − p)² + (b − p)²) + 10²·((c − f)² + (d − f)² + (0 − f)²)
            V  = 5/4·uu                                    # the residuals sum to 0
            """,
            expected=(
                scores("""
                unit | measure | n | estimate | se
                S1   | service | 4 | F        | √(V)
                S2   | service | 0 | -        | -
                """),
            ),
        ),
        Example(
            given="The difference of a branch to the network that it is part of: the same with the v of the difference.",
            settings="""
            [[weighting.margin]]
            id = "segment"
            by = ["segment"]
            """,
            population="""
            margin  | category | customers
            segment | private  | 60
            segment | fleet    | 40
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | segment | q1
            A          | S1     | private | 8
            B          | S1     | private | 6
            C          | S1     | fleet   | 4
            D          | S2     | private | 6
            E          | S2     | fleet   | 2
            nobody     | S3     |         | -
            """,
            working="""
            N  = (80 + 60 + 40 + 60 + 20)/5                           # weights: 60/3 and 40/2, all 20
            a  = (80 − 60)/60 − (80 − N)/100                           # S1: mean 60, weight 60; network: weight 100
            b  = (60 − 60)/60 − (60 − N)/100
            c  = (40 − 60)/60 − (40 − N)/100
            d  = 0 − (60 − N)/100
            e  = 0 − (20 − N)/100
            p  = (a + b + d)/3
            f  = (c + e)/2
            h1 = 3/2·20²·((a−p)² + (b−p)² + (c−f)² − (a+b+c − 2·p − f)²/3)   # S1
            h2 = 2/1·20²·((d−p)² + (e−f)² − (d+e − p − f)²/2)                 # S2
            """,
            expected=(
                comparisons("""
                unit | against | reference | difference | se
                S1   | network | N         | 60 − N     | √(h1 + h2)
                S3   | network | N         | -          | -
                """),
            ),
        ),
        Example(
            given="Cells first, then a margin.",
            settings="""
            [weighting]
            base = "population"
            cells = ["segment"]
            [[weighting.margin]]
            id = "tier"
            by = ["tier"]
            """,
            population="""
            margin | category | customers
            cells  | private  | 60
            cells  | fleet    | 40
            tier   | gold     | 75
            tier   | plain    | 25
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | segment | tier  | q1
            A          | S1     | private | gold  | 8
            B          | S1     | private | gold  | 6
            C          | S1     | private | plain | 4
            D          | S1     | fleet   | gold  | 6
            E          | S1     | fleet   | plain | 2
            nobody     | S2     |         |       | -
            """,
            working="""
            gold  = 75/(2·60/3 + 40/2)·20                    # before raking: 60/3 and 40/2, all 20
            plain = 25/(60/3 + 40/2)·20
            F  = (gold·(80 + 60 + 60) + plain·(40 + 20))/100
            g  = ((80 − F) + (60 − F) + (60 − F))/3/100      # mean of v in each tier
            p  = ((40 − F) + (20 − F))/2/100
            a  = (80 − F)/100 − g                            # e
            b  = (60 − F)/100 − g
            c  = (40 − F)/100 − p
            d  = (60 − F)/100 − g
            e  = (20 − F)/100 − p
            q  = (a + b + c)/3                               # its mean in each cell
            f  = (d + e)/2
            uu = gold²·((a−q)² + (b−q)² + (d−f)²) + plain²·((c−q)² + (e−f)²)
            s  = gold·(a + b + d − 2·q − f) + plain·(c + e − q − f)
            V  = 5/4·(uu − s²/5)
            """,
            expected=(
                scores("""
                unit | n | estimate | se
                S1   | 5 | F        | √(V)
                S2   | 0 | -        | -
                """),
            ),
        ),
    ),
)
