"""The normal and Student's t distribution in SQL, beside scipy and closed forms."""

import numpy as np
import pytest
from scipy import stats

from tests.steps import opened


def evaluated(expression: str, **columns: object) -> np.ndarray:
    """An expression on columns of numbers; a single number stands in every row."""
    shape = np.broadcast_shapes(*(np.shape(column) for column in columns.values()))  # type: ignore[arg-type]
    lists = [np.broadcast_to(np.asarray(column, dtype=float), shape).tolist() for column in columns.values()]
    names = ", ".join(f"unnest(?::DOUBLE[]) AS {name}" for name in columns)
    with opened() as connection:
        rows = connection.execute(f"SELECT ({expression})::DOUBLE FROM (SELECT {names})", lists).fetchall()
    return np.array([row[0] for row in rows])


def test_the_normal_distribution_to_twelve_digits_also_far_out() -> None:
    z = np.concatenate([np.linspace(-37, 9, 4_601), [-8.999999, -9, -9.000001, 0, 1e-300, -1e-300, 40]])
    ours, known = evaluated("normal_cdf(z)", z=z), stats.norm.cdf(z)
    assert np.abs(ours - known).max() < 1e-15
    assert np.abs(ours / known - 1).max() < 1e-12


@pytest.mark.parametrize("df", [1, 1.5, 2, 3.5, 5, 10, 29, 58.3, 100, 1_000, 12_345.6, 1e6])
def test_student_t_to_eleven_digits(df: float) -> None:
    t = np.concatenate([np.linspace(-40, 40, 801), np.geomspace(0.001, 1_000, 100)])
    tail, known = evaluated("t_tail(t, df)", t=t, df=df), 2 * stats.t.sf(np.abs(t), df)
    assert np.abs(tail - known).max() < 1e-11
    seen = known > 1e-15  # small chances are right in proportion, too
    assert np.abs(tail[seen] / known[seen] - 1).max() < 1e-9


def test_student_t_where_it_has_a_closed_form() -> None:
    t = np.linspace(-40, 40, 801)
    a = np.abs(t)
    assert np.abs(evaluated("t_tail(t, 1)", t=t) - (1 - 2 * np.arctan(a) / np.pi)).max() < 1e-12
    assert np.abs(evaluated("t_tail(t, 2)", t=t) - (1 - a / np.sqrt(2 + t * t))).max() < 1e-12


def test_the_ends_are_numbers_and_null_stays_null() -> None:
    with opened() as connection:
        query = """SELECT t_tail(0, 3), t_tail(1e15, 29), t_tail(-1e15, 29), t_tail(1e-200, 3), t_tail(NULL, 3),
                          t_tail(1.5, NULL), normal_cdf(NULL), normal_cdf(-1e10), normal_cdf(1e10)"""
        assert connection.execute(query).fetchall() == [(1, 0, 0, 1, None, None, None, 0, 1)]


def test_the_point_of_every_interval_to_twelve_digits() -> None:
    df = np.concatenate([np.arange(1, 3_001), [10_000, 123_456, 10**7, 10**9]]).astype(float)
    assert np.abs(evaluated("t_975(df)", df=df) - stats.t.ppf(0.975, df)).max() < 1e-12


def test_fractions_of_degrees_of_freedom_are_cut_off_and_below_one_there_is_no_interval() -> None:
    ours = evaluated("t_975(df)", df=np.array([3.0 - 1e-13, 3.0, 3.9, 11.5, 0.5, np.nan]))
    assert ours[:4] == pytest.approx(stats.t.ppf(0.975, [3, 3, 3, 11]), abs=1e-12)
    assert ours[4] is None or np.isnan(ours[4])
