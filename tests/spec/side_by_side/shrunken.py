from tests.spec.form import Example, Rule, scores
from tests.spec.side_by_side.reliability import ANSWERS, ITEMS

RULE = Rule(
    title="The empirical-Bayes estimate, beside the figure",
    says="""
    A figure far from the others is more likely lucky or unlucky than one in their midst. `eb` is the figure drawn towards the mean of
    all, the more so the less reliable it is: the best guess at what will last. It is shown beside the figure, never instead of it.
    It and the limits of {funnel} are worked out from c, one, tau2 and phi as they are stored in `reliability.csv`, nine decimals.
    """,
    formula="""
    V = one / n_eff,   reliability of a unit = tau2 / (tau2 + V)
    mean = Σ F/(tau2 + V) / Σ 1/(tau2 + V)
    eb   = mean + reliability · (F − mean)
           ± t(k − 1) · √( reliability · V + (1 − reliability)² / Σ 1/(tau2 + V) ),   cut at 0 and 100
    """,
    source="Morris (1983), Journal of the American Statistical Association 78, 47–55.",
    sql=("96_reliability", "99_published"),
    examples=(
        Example(
            given="The branches of {reliability}.",
            instrument=ITEMS,
            responses=ANSWERS,
            working="""
            tau2 = (800 − 200)·2/(6 − 12/6)
            V    = 200/2
            r    = tau2/(tau2 + V)
            m    = t(2)·√(r·V + (1 − r)²·(tau2 + V)/3)
            """,
            expected=(
                scores("""
                unit | estimate | reliability | eb               | eb_low               | eb_high
                S1   | 70       | r           | 50 + r·(70 − 50) | 50 + r·20 − m        | 100
                S2   | 50       | r           | 50               | 50 − m               | 50 + m
                S3   | 30       | r           | 50 + r·(30 − 50) | 0                    | 50 − r·20 + m
                S4   | -        | -           | -                | -                    | -
                """),
            ),
        ),
    ),
)
