from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Month, rolling 3, rolling 12, year to date",
    says="""
    A window is the responses of its months together, each with its weight; it is not the mean of the months'
    figures. Rolling 3 and rolling 12 end with the month they are named after; the year to date begins in January. A window is there
    only if each of its months has responses of the questionnaire, from whichever branch. A run reads fourteen months, and publishes windows
    of the last thirteen: whether a figure may be shown depends on the month before its window too.
    """,
    formula="""
    F = Σ_m Σ w y / Σ_m Σ w        over the months m of the window; strata are those of every month
    """,
    source="Rules of the programme.",
    sql=("35_window", "50_design", "55_estimate"),
    code=("month",),
    examples=(
        Example(
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | month   | branch | q1
            A          | 2025-01 | S1     | 1
            B          | 2025-02 | S1     | 1
            C          | 2025-03 | S1     | 1
            D          | 2025-04 | S1     | 1
            E          | 2025-05 | S1     | 1
            F          | 2025-06 | S1     | 1
            G          | 2025-07 | S1     | 1
            H          | 2025-08 | S1     | 3
            I          | 2025-09 | S1     | 5
            J          | 2025-09 | S1     | 7
            K          | 2025-09 | S2     | 4
            L          | 2025-10 | S1     | 9
            nobody     | 2025-10 | S3     | -
            """,
            expected=(
                scores("""
                month   | unit | window       | n           | estimate               | flag
                2025-10 | S1   | month        | 1           | 90                     | ok
                2025-09 | S1   | month        | 2           | (50 + 70)/2            | ok
                2025-10 | S1   | rolling_3    | 4           | (30 + 50 + 70 + 90)/4  | ok
                2025-10 | S1   | year_to_date | 11          | (7·10 + 30 + 50 + 70 + 90)/11 | ok
                2025-10 | S1   | rolling_12   | no such row | -                      | -
                2025-10 | S2   | month        | 0           | -                      | none
                2025-10 | S2   | rolling_3    | 1           | 40                     | ok
                2025-10 | S3   | rolling_3    | 0           | -                      | none
                """),
            ),
            so="The mean of S1's three months would be (30 + 60 + 90)/3 = 60; its rolling 3 is also 60 here, by 240/4. There are no twelve months, so there is no rolling 12.",
        ),
    ),
)
