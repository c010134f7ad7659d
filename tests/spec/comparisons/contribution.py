from tests.spec.form import Example, Rule, comparisons

RULE = Rule(
    title="What each factor contributes to a gap",
    says="""
    A gap of an index is the sum of what its factors contribute: each its share of the index times its own gap. They
    sum to the gap exactly, before rounding. There are none where one of the two indices is partial, as then the two are made of other factors.

    With `rule = "respondent"` a factor's share differs between respondents: who lacks a factor gives its weight to the others. Then
    what a factor contributes is its own gap, at the middle of its two mean shares, and how much more it counts, by how far
    it is above the middle of the two indices. Where nobody lacks a factor, this is the share times the gap again. There are contributions only
    where every factor has a gap that is shown.
    """,
    formula="""
    contribution of k = ω_k / Σ ω · (F_k − R_k),   Σ_k contribution = I − I_R

    respondent, with ' for the reference:
      s_ik = ω_k / Σ ω over the factors that i has, 0 where i lacks k
      a_k = Σ w s_ik / Σ w            mean share,          Σ_k a_k = 1
      C_k = Σ w s_ik x_ik / Σ w       what it brings,      Σ_k C_k = I;    M_k = C_k / a_k
      contribution of k = (a_k + a'_k)/2 · (M_k − M'_k) + (a_k − a'_k) · ((M_k + M'_k)/2 − (I + I')/2)
                        = C_k − C'_k − (a_k − a'_k) · (I + I')/2
    """,
    source="Arithmetic; Bennet (1920), Journal of the Royal Statistical Society 83, 455–462, for the respondents' own.",
    sql=("89_brought", "90_comparison"),
    examples=(
        Example(
            instrument="""
            factor  | weight | items | scale
            service | 3      | q1    | 0-10
            price   | 1      | q2    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 8  | 2
            B          | S2     | 5  | 6
            C          | S2     | 5  | 5
            D          | S3     | 6  | -
            nobody     | S4     | -  | -
            """,
            working="""
            service = 80 − (80 + 50 + 50 + 60)/4
            price   = 20 − (20 + 60 + 50)/3
            """,
            expected=(
                comparisons("""
                unit | measure | against | difference             | contribution
                S1   | index   | network | (3·service + price)/4  | -
                S1   | service | network | service                | 3/4·service
                S1   | price   | network | price                  | 1/4·price
                S3   | service | network | 60 − 60                | -
                S3   | price   | network | -                      | -
                S4   | service | network | -                      | -
                """),
            ),
            so="S3 has no price: its index is partial, and its gap cannot be taken apart.",
        ),
        Example(
            given="By respondents: the indices of S1 are (3·80 + 20)/4 and 60, those of S2 (3·50 + 60)/4 and 40, that of S3 60.",
            rule="respondent",
            instrument="""
            factor  | weight | items | scale
            service | 3      | q1    | 0-10
            price   | 1      | q2    | 0-10
            """,
            responses="""
            respondent | branch | q1 | q2
            A          | S1     | 8  | 2
            B          | S1     | 6  | -
            C          | S2     | 5  | 6
            D          | S2     | -  | 4
            E          | S3     | 6  | -
            nobody     | S4     | -  | -
            """,
            working="""
            I  = (65 + 60)/2  # S1
            N  = (65 + 60 + 52.5 + 40 + 60)/5  # the network
            a1 = (3/4 + 1)/2  # share of service, S1
            A1 = (3/4 + 1 + 3/4 + 0 + 1)/5  # the network
            C1 = (3/4·80 + 60)/2  # what service brings, S1
            R1 = (3/4·80 + 60 + 3/4·50 + 0 + 60)/5  # the network
            a2 = (1/4 + 0)/2  # price likewise
            A2 = (1/4 + 0 + 1/4 + 1 + 0)/5
            C2 = (1/4·20 + 0)/2
            R2 = (1/4·20 + 0 + 1/4·60 + 40 + 0)/5
            """,
            expected=(
                comparisons("""
                unit | measure | against | difference           | contribution
                S1   | index   | network | I − N                | -
                S1   | service | network | 70 − (80 + 60 + 50 + 60)/4  | C1 − R1 − (a1 − A1)·(I + N)/2
                S1   | price   | network | 20 − (20 + 60 + 40)/3 | C2 − R2 − (a2 − A2)·(I + N)/2
                S2   | service | network | 50 − (80 + 60 + 50 + 60)/4 | 18.75 − R1 − (3/8 − A1)·(46.25 + N)/2
                S2   | price   | network | 50 − (20 + 60 + 40)/3 | 27.5 − R2 − (5/8 − A2)·(46.25 + N)/2
                S3   | service | network | 60 − (80 + 60 + 50 + 60)/4 | -
                S4   | service | network | -                    | -
                """),
            ),
            so="""The price of S1 is 20 points below, and yet it adds to the lead: it drags the index down, and of S1 it counts
            for an eighth, of the network for three tenths.""",
        ),
    ),
)
