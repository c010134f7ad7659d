from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Withheld, caution, partial, none; and what is ranked",
    says="""
    Every unit has its row, with a base and a flag. `none`: nobody answered. `withheld`: fewer than `withheld_below`
    did (usually 10), or rule {suppression}: no figure is stored anywhere. `partial`: a factor, or a division that the unit
    serves, is wholly missing. `caution`: fewer than `ranked_from` (usually 30); shown, but without a rank. `ok`: all else, and only this
    is ranked. The first that fits holds.
    """,
    formula="""
    n = 0: none;  n < withheld_below: withheld;  factors < all: partial;  n < ranked_from: caution;  else ok
    """,
    source="Rules of the programme, [thresholds] in programme.toml.",
    sql=("10_programme", "35_window", "80_score"),
    examples=(
        Example(
            settings="""
            [thresholds]
            withheld_below = 2
            ranked_from = 3
            """,
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            price   | q2    | 0-10
            """,
            responses="""
            respondent | branch | times | q1 | q2
            A          | S1     | 3     | 8  | 6
            B          | S2     | 2     | 9  | 9
            C          | S3     | 1     | 9  | 9
            D          | S4     | 1     | 1  | 1
            E          | S5     | 3     | 9  | -
            nobody     | S6     | -     | -  | -
            """,
            expected=(
                scores("""
                unit | measure | n | estimate    | flag     | rank | ranked
                S1   | index   | 3 | (80 + 60)/2 | ok       | 1    | 1
                S2   | index   | 2 | 90          | caution  | -    | 1
                S3   | index   | 1 | -           | withheld | -    | -
                S4   | index   | 1 | -           | withheld | -    | -
                S5   | index   | 3 | 90          | partial  | -    | 1
                S5   | service | 3 | 90          | ok       | 1    | 2
                S6   | index   | 0 | -           | none     | -    | -
                """),
            ),
            so="`times` says how many answered alike.",
        ),
    ),
)
