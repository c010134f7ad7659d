"""Student's t, Wilson's interval and Welch's degrees of freedom."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import atan, exp, lgamma, pi, sqrt
from statistics import NormalDist

from pipeline.recompute.rounding import total

Z_975 = NormalDist().inv_cdf(0.975)
_SUMMED = 2_000  # beyond so many degrees of freedom an expansion about the normal point is exact enough


@cache
def t_975(df: int) -> float:
    """The 97.5 % point of Student's t of `df` whole degrees of freedom, to 1e-12: Newton's steps on
    P(|T| < t) = 0.95 from the normal point, which lies below it.
    Source: Abramowitz and Stegun, 26.7.5 where df is large."""
    z = Z_975
    if df > _SUMMED:
        first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
        third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
        return z + first / df + second / df**2 + third / df**3
    constant = exp(lgamma((df + 1) / 2) - lgamma(df / 2)) / sqrt(df * pi)  # steers the steps, not the result
    t = z
    for _ in range(100):
        step = (0.95 - _inside(t, df)) / (2 * constant * (1 + t * t / df) ** (-(df + 1) / 2))
        t += step
        if abs(step) < 1e-14 * t:
            break
    return t


def _inside(t: float, df: int) -> float:
    """P(|T| < t), a finite sum for whole degrees of freedom.
    Source: Abramowitz and Stegun, 26.7.3 (odd) and 26.7.4 (even)."""
    square = df / (df + t * t)  # cos^2 theta, tan theta = t / sqrt(df)
    sine = t / sqrt(df + t * t)
    odd = df % 2
    term = summed = sqrt(square) if odd else 1.0
    for k in range(2 + odd, df - 1, 2):
        term *= square * (k - 1) / k
        summed += term
    if not odd:
        return sine * summed
    return 2 / pi * (atan(t / sqrt(df)) + (sine * summed if df > 1 else 0.0))


def welch(spreads: Sequence[tuple[Fraction, int]]) -> Fraction:
    """Welch (1947): (V1 + V2)^2 / (V1^2 / df1 + V2^2 / df2); those of the first where none varies, 0 where one
    that varies has none."""
    varying = [(variance, df) for variance, df in spreads if variance]
    if not all(df for _, df in varying):
        return Fraction(0)
    if not varying:
        return Fraction(spreads[0][1])
    return total(v for v, _ in varying) ** 2 / total(v**2 / df for v, df in varying)


def wilson(share: Fraction, n: Fraction) -> tuple[float, float]:
    """Wilson (1927): the shares p that lie within z standard errors of the one observed."""
    p, size, z = float(share), float(n), Z_975
    root = z * sqrt(p * (1 - p) / size + z * z / (4 * size**2))
    middle, divisor = p + z * z / (2 * size), 1 + z * z / size
    return max(0.0, (middle - root) / divisor), min(1.0, (middle + root) / divisor)
