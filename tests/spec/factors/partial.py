from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="An index that lacks a factor is partial",
    says="""
    Where nobody of a unit has a score in some factor, the index is made of the other factors alone, with
    their weights. It is shown and flagged `partial`. As it does not measure the same as the others it has no
    rank.
    """,
    formula="""
    I = Σ ω F / Σ ω        over the factors that are there
    """,
    source="Nardo et al., Handbook on Constructing Composite Indicators (OECD, 2008), on missing data; the flag is a rule of this program.",
    sql=("55_estimate", "80_score"),
    examples=(
        Example(
            instrument="""
            factor  | weight | items | scale
            service | 3      | q1    | 0-10
            price   | 1      | q2    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 8  | 4
            B          | S2     | 9  | -
            nobody     | S3     | -  | -
            """,
            expected=(
                scores("""
                unit | measure | n | estimate        | flag    | rank | ranked
                S1   | index   | 1 | (3·80 + 1·40)/4 | ok      | 1    | 1
                S2   | index   | 1 | 3·90/3          | partial | -    | 1
                S2   | service | 1 | 90              | ok      | 1    | 2
                S2   | price   | 0 | -               | none    | -    | -
                S3   | index   | 0 | -               | none    | -    | -
                """),
            ),
            so="S2 would be ahead of S1, but only because nobody was asked about its price. `ranked` says how many have a rank.",
        ),
    ),
)
