"""Tails of the normal distribution and of Student's t, and the range of normal numbers; by ways that the SQL does
not take: the C library's erfc, a continued fraction, the lowest of the numbers instead of the highest."""

from functools import cache
from math import erfc, exp, lgamma, log, log1p, pi, sqrt

_STEP = 1 / 24  # of the integral over the lowest number


def normal_tail(z: float) -> float:
    """P(Z > z)."""
    return erfc(z / sqrt(2)) / 2


def t_tail(t: float, df: float) -> float:
    """P(|T| > |t|) = I_y(df / 2, 1 / 2), y = df / (df + t^2); df > 0 and real.
    Source: Abramowitz and Stegun, 26.5.2, 26.5.8 and 26.7.1."""
    a, y = df / 2, df / (df + t * t)
    if t == 0:
        return 1.0
    front = exp(_log_ratio(a) - a * log1p(t * t / df)) * abs(t) / sqrt((df + t * t) * pi)
    if y < (a + 1) / (a + 2.5):
        return front * _fraction(a, 0.5, y) / a
    return 1 - 2 * front * _fraction(0.5, a, t * t / (df + t * t))


def _log_ratio(a: float) -> float:
    """log(Gamma(a + 1/2) / Gamma(a)); where a is large by its asymptotic series, which loses no digits."""
    if a < 20:
        return lgamma(a + 0.5) - lgamma(a)
    return log(a) / 2 - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5) + 17 / (14336 * a**7)


def _fraction(a: float, b: float, x: float) -> float:
    """a B(a, b) I_x(a, b) / (x^a (1 - x)^b) = 1 / (1 + d1 / (1 + d2 / ...)), from front to back (Lentz's way)."""
    c = 1.0
    d = found = 1 / (1 - (a + b) * x / (a + 1))
    for k in range(2, 100_000):
        m = k // 2
        if k % 2:
            part = -(a + m) * (a + b + m) * x / ((a + k - 1) * (a + k))
        else:
            part = m * (b - m) * x / ((a + k - 1) * (a + k))
        d = 1 / (1 + part * d)
        c = 1 + part / c
        found *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return found


@cache
def range_point(count: int) -> float:
    """The 95 % point r of the range of so many independent normal numbers: the lowest is z, all others lie within
    z and z + r. count * integral of phi(z) (Phi(z + r) - Phi(z))^(count - 1) dz = 0.95, by halving."""
    low, high = 0.0, 20.0
    while high - low > 1e-13:
        r = (low + high) / 2
        if _within(count, r) < 0.95:
            low = r
        else:
            high = r
    return (low + high) / 2


def _within(count: int, r: float) -> float:
    summed = 0.0
    for step in range(-240, 217):
        z = step * _STEP
        summed += exp(-z * z / 2) * (normal_tail(z) - normal_tail(z + r)) ** (count - 1)
    return count * _STEP * summed / sqrt(2 * pi)
