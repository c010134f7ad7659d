from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="The interval of a share",
    says="""
    Shares (top box, bottom box, options) have Wilson's interval on the effective base. It never leaves 0 to 100
    and has a width even where all or none are counted. Where some base of the instrument is small (below `withheld_below`, in
    any month of the run), shares and net promoter scores have no standard error: with the sums, those of a region would give how many of the answers of each
    withheld branch are counted. A net promoter score then has the interval of the share (100 + NPS)/200, the widest there is.
    """,
    formula="""
    ( p + z²/2n ± z · √( p(1 − p)/n + z²/4n² ) ) / (1 + z²/n)        n: effective base, p: share
    """,
    source="Wilson (1927), Journal of the American Statistical Association 22, 209–212; Brown, Cai and DasGupta (2001), Statistical Science 16, 101–133.",
    sql=("00_macros", "80_score"),
    examples=(
        Example(
            instrument="""
            factor  | items | scale | top | bottom
            service | q1    | 1-10  | 9   | 4
            price   | q2    | 1-10  | 9   | 4
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 10 | 5
            B          | S1     | 9  | 5
            C          | S1     | 8  | 5
            D          | S1     | 8  | 5
            E          | S1     | 8  | 5
            F          | S2     | 10 | 5
            G          | S2     | 10 | 5
            H          | S3     | -  | 5
            """,
            working="""
            p    = 2/5
            mid  = p + z²/(2·5)
            half = z·√(p·(1 − p)/5 + z²/(4·5²))
            """,
            expected=(
                scores("""
                unit | measure | statistic  | n | estimate | low                          | high
                S1   | q1      | top_box    | 5 | 40       | 100·(mid − half)/(1 + z²/5) | 100·(mid + half)/(1 + z²/5)
                S1   | q1      | bottom_box | 5 | 0        | 0                            | 100·(z²/5)/(1 + z²/5)
                S2   | q1      | top_box    | 2 | 100      | 100/(1 + z²/2)               | 100
                S3   | q1      | top_box    | 0 | -        | -                            | -
                """),
            ),
        ),
    ),
)
