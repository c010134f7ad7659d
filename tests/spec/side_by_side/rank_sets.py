from tests.spec.form import Example, Rule, scores

RULE = Rule(
    title="Which ranks a unit may have",
    says="""
    A rank is as uncertain as the figures it rests on. `rank_low` to `rank_high` are the ranks a unit may truly have; the
    ranges of all units of the level hold at once, in at least 95 of 100 months. They count how many units are
    clearly above and clearly below. Two units differ clearly if their difference is beyond what the range of so many
    equal units would reach by chance. `tier_group` numbers the groups that cannot be told apart from their first: a unit that is clearly below
    the first of the group begins the next.
    """,
    formula="""
    rank_low = 1 + units clearly above,   rank_high = all − units clearly below
    j and k differ clearly:  d > r / √2,   T = |F_j − F_k| / √(V_j + V_k),   df by Welch

    w = √( (df − ½) · ln(1 + T²/df) ),   d = w + (w³ + 3w) / (48 · (df − ½)²)     the normal deviate as rare as T
    r: the 95 % point of the range of as many independent normal numbers as units are ranked;
       r/√2 is 1.95996 for two units, 2.34370 for three, 2.56903 for four
    """,
    source="Mogstad, Romano, Shaikh and Wilhelm (2023), Review of Economic Studies 91, 476–518; Hayter (1984), Annals of Statistics 12, 61–75; Hill (1970), Communications of the ACM 13, 617–619.",
    sql=("94_rank", "99_published"),
    examples=(
        Example(
            given="Three branches with means of 85, 75 and 70, and the same variance.",
            instrument="""
            factor  | items | scale
            service | q1    | 0-10
            """,
            responses="""
            respondent | branch | times | q1
            A          | S1     | 5     | 9
            B          | S1     | 5     | 8
            C          | S2     | 5     | 8
            D          | S2     | 5     | 7
            E          | S3     | 5     | 8
            F          | S3     | 5     | 6
            nobody     | S4     | -     | -
            """,
            working="""
            V    = 10·5²/9/10                                 # of S1 and S2, df 9
            V3   = 10·10²/9/10                                # of S3, df 9
            T12  = 10/√(V + V)                                # S1 and S2
            df12 = (V + V)²/(V²/9 + V²/9)
            w12  = √((df12 − 1/2)·ln(1 + T12²/df12))
            d12  = w12 + (w12³ + 3·w12)/(48·(df12 − 1/2)²)       # above 2.3437: S1 is clearly above S2
            T13  = 15/√(V + V3)                               # S1 and S3
            df13 = (V + V3)²/(V²/9 + V3²/9)
            w13  = √((df13 − 1/2)·ln(1 + T13²/df13))
            d13  = w13 + (w13³ + 3·w13)/(48·(df13 − 1/2)²)       # above 2.3437: S1 is clearly above S3
            T23  = 5/√(V + V3)                                # S2 and S3: d is less still, they cannot be told apart
            """,
            expected=(
                scores("""
                unit | n  | estimate | rank | rank_low | rank_high | tier_group
                S1   | 10 | 85       | 1    | 1        | 1         | 1
                S2   | 10 | 75       | 2    | 2        | 3         | 2
                S3   | 10 | 70       | 3    | 2        | 3         | 2
                S4   | 0  | -        | -    | -        | -         | -
                """),
            ),
        ),
    ),
)
