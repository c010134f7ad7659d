from tests.spec.form import Example, Rule, reliability

ANSWERS = """
respondent | branch | q1
A          | S1     | 6
B          | S1     | 8
C          | S2     | 4
D          | S2     | 6
E          | S3     | 2
F          | S3     | 4
nobody     | S4     | -
"""
ITEMS = """
factor  | items | scale
service | q1    | 0-10
"""

RULE = Rule(
    title="Reliability: how much of the differences is real",
    says="""
    Units differ by chance even where there is no difference. The variance between units is what their figures vary
    beyond that. Reliability is the share of the variance of figures that is real: 0 where units could as well be equal, near 1 where chance
    hardly matters. V and df are the units' own, also of small bases ({pooled} is for intervals). `phi` says how much more the figures vary than chance alone would have it, extremes drawn in.
    """,
    formula="""
    one  = Σ df V n_eff / Σ df                    variance of one respondent, pooled over the k units; V, df: their own, not {pooled}
    c    = Σ n_eff F / Σ n_eff,   MSB = Σ n_eff (F − c)² / (k − 1)
    tau2 = max(0, MSB − one) · (k − 1) / ( Σ n_eff − Σ n_eff² / Σ n_eff )      variance between units
    reliability = max(0, 1 − one / MSB)
    phi  = mean of z²,  z = (F − c) / √(one / n_eff), drawn in to the 10 % and 90 % points of all z
    """,
    source="Searle, Casella and McCulloch, Variance Components (1992), 3.6, analysis of variance; Spiegelhalter (2005), Statistics in Medicine 24, 1185–1202, phi.",
    sql=("96_reliability",),
    examples=(
        Example(
            instrument=ITEMS,
            responses=ANSWERS,
            working="""
            one = 200                                            # 10² + 10² in each of the three branches
            c   = (2·70 + 2·50 + 2·30)/6
            MSB = (2·20² + 2·0² + 2·20²)/2
            z1  = (70 − c)/√(one/2)                               # of S1; S2: 0, S3: −z1
            end = 0 + 0.8·(z1 − 0)                               # the 90 % point of −z1, 0, z1
            """,
            expected=(
                reliability("""
                level  | units | centre | one | tau2                      | reliability | phi
                branch | 3     | c      | one | (MSB − one)·2/(6 − 12/6)  | 1 − one/MSB | (end² + 0² + end²)/3
                """),
            ),
            so="S4 has no figure and is no unit here.",
        ),
    ),
)
