"""Declared exceptions: which are understood, what they let through, and which were for nothing."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import waivers
from pipeline.month import Month
from pipeline.refusal import Refusal
from pipeline.waivers import TABLE_SCHEMA, Waiver, Waivers
from tests.trials import tried

OCTOBER = Month(2025, 10)
BRANCH = {
    "period": '"2025-10"',
    "source": '"csi-text"',
    "allow": '"unknown_branch"',
    "what": '"XX-999"',
    "reason": '"opens in November"',
    "by": '"Ms Li"',
}
FILE = {key: value for key, value in BRANCH.items() if key != "what"} | {"allow": '"missing_file"'}
SHARE = {key: value for key, value in FILE.items() if key != "source"} | {
    "allow": '"quarantined_share"',
    "percent": "8",
}


def entry(keys: dict[str, str], **changed: str | None) -> str:
    lines = [f"{key} = {value}" for key, value in (keys | changed).items() if value is not None]
    return "\n".join(["[[waiver]]", *lines, ""])


def write(folder: Path, *entries: str) -> Path:
    path = folder / "waivers.toml"
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def of(folder: Path, *entries: str, month: Month = OCTOBER) -> Waivers:
    path = write(folder, *entries)
    return Waivers(month, waivers.load(path), path)


def refused(path: Path, sources: tuple[str, ...] | None = None) -> list[str]:
    with pytest.raises(Refusal) as caught:
        waivers.load(path, sources)
    return [one.replace(str(path), "F") for one in caught.value.problems]


# ── the file ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("allow", ["unknown_branch", "new_column", "missing_column", "changed_wording"])
def test_a_waiver_of_one_thing(allow: str, tmp_path: Path) -> None:
    (one,) = waivers.load(write(tmp_path, entry(BRANCH, allow=f'"{allow}"')), ("csi-text",))
    assert (one.allow, one.source, one.what, one.percent) == (allow, "csi-text", "XX-999", None)


@pytest.mark.parametrize("allow", ["missing_file", "control"])
def test_a_waiver_of_a_source(allow: str, tmp_path: Path) -> None:
    (one,) = waivers.load(write(tmp_path, entry(FILE, allow=f'"{allow}"')))
    assert (one.allow, one.source, one.what, one.percent) == (allow, "csi-text", None, None)


@pytest.mark.parametrize("percent", [0, 8, 100])
def test_a_waiver_of_the_share(percent: int, tmp_path: Path) -> None:
    (one,) = waivers.load(write(tmp_path, entry(SHARE, percent=str(percent))), ())
    assert (one.allow, one.source, one.what, one.percent) == ("quarantined_share", None, None, percent)


def test_a_file_without_waivers(tmp_path: Path) -> None:
    assert waivers.load(write(tmp_path, "# none yet\n")) == ()


KINDS = ", ".join(
    f"'{one}'"
    for one in (
        "unknown_branch", "new_column", "missing_column", "changed_wording", "missing_file", "control",
        "quarantined_share",
    )
)  # fmt: skip
# what is wrong: (keys, changes, line and key, sentence)
WRONG = {
    "a branch without `what`": (BRANCH, {"what": None}, "line 1, waiver[1].what",
        "expected `what` with allow = 'unknown_branch', found none."),
    "a branch without a source": (BRANCH, {"source": None}, "line 1, waiver[1].source",
        "expected `source` with allow = 'unknown_branch', found none."),
    "a branch with a share": (BRANCH, {"percent": "8"}, "line 8, waiver[1].percent",
        "expected no `percent` with allow = 'unknown_branch'."),
    "a file with `what`": (FILE, {"what": '"a.csv"'}, "line 7, waiver[1].what",
        "expected no `what` with allow = 'missing_file'."),
    "a control with `what`": (FILE, {"allow": '"control"', "what": '"a.csv"'}, "line 7, waiver[1].what",
        "expected no `what` with allow = 'control'."),
    "a file without a source": (FILE, {"source": None}, "line 1, waiver[1].source",
        "expected `source` with allow = 'missing_file', found none."),
    "a share of a source": (SHARE, {"source": '"csi-text"'}, "line 7, waiver[1].source",
        "expected no `source` with allow = 'quarantined_share'."),
    "a share of something": (SHARE, {"what": '"x"'}, "line 7, waiver[1].what",
        "expected no `what` with allow = 'quarantined_share'."),
    "a share of no number": (SHARE, {"percent": None}, "line 1, waiver[1].percent",
        "expected `percent` with allow = 'quarantined_share', found none."),
    "a share over 100": (SHARE, {"percent": "101"}, "line 6, waiver[1].percent", "expected from 0 to 100, found 101."),
    "a share below 0": (SHARE, {"percent": "-1"}, "line 6, waiver[1].percent", "expected from 0 to 100, found -1."),
    "a share with a point": (SHARE, {"percent": "7.5"}, "line 6, waiver[1].percent",
        "expected a whole number, found 7.5."),
    "another kind": (BRANCH, {"allow": '"everything"'}, "line 4, waiver[1].allow",
        f"expected one of {KINDS}, found 'everything'."),
    "a month that is none": (BRANCH, {"period": '"October"'}, "line 2, waiver[1].period",
        "expected a month such as 2025-10, found 'October'."),
    "no reason": (BRANCH, {"reason": '""'}, "line 6, waiver[1].reason", "expected a text that is not empty, found ''."),
    "nobody": (BRANCH, {"by": None}, "line 1, waiver[1].by", "this key is missing."),
    "an unknown key": (BRANCH, {"until": '"2025-12"'}, "line 8, waiver[1].until", "this key is not known here."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_entry(name: str, tmp_path: Path) -> None:
    keys, changed, where, sentence = WRONG[name]
    assert refused(write(tmp_path, entry(keys, **changed))) == [f"F, {where}: {sentence}"]


@pytest.mark.parametrize("keys", [BRANCH, FILE, SHARE])
def test_the_same_waiver_twice(keys: dict[str, str], tmp_path: Path) -> None:
    path = write(tmp_path, entry(keys), entry(keys, reason='"another"'))
    line = len(entry(keys).splitlines()) + 2
    assert refused(path) == [f"F, line {line}, waiver[2]: expected every waiver once, found the same again."]


def test_waivers_that_differ_in_one_thing(tmp_path: Path) -> None:
    changes = [{}, {"what": '"XX-998"'}, {"source": '"b"'}, {"period": '"2025-11"'}, {"allow": '"new_column"'}]
    assert len(waivers.load(write(tmp_path, *(entry(BRANCH, **one) for one in changes)))) == 5


def test_an_unknown_source(tmp_path: Path) -> None:
    path = write(tmp_path, entry(SHARE), entry(FILE, source='"csi-txt"'))
    assert refused(path, ("csi-text", "other")) == [
        "F, line 10, waiver[2].source: expected one of csi-text, other, found 'csi-txt'."
    ]


# ── a month ──────────────────────────────────────────────────────────────────────────────


def test_what_is_let_through(tmp_path: Path) -> None:
    month = of(tmp_path, entry(BRANCH), entry(FILE), entry(SHARE), entry(BRANCH, what='"XX-998"', by='"Mr Wu"'))
    found = month.find("unknown_branch", "csi-text", "XX-998")
    assert found is not None
    assert found.by == "Mr Wu"
    assert month.find("missing_file", "csi-text") is not None
    assert month.percent() == 8


@pytest.mark.parametrize(
    ("allow", "source", "what"),
    [
        ("unknown_branch", "csi-text", "XX-99"),
        ("unknown_branch", "csi-text", ""),
        ("unknown_branch", "csi-text", "xx-999"),
        ("unknown_branch", "other", "XX-999"),
        ("new_column", "csi-text", "XX-999"),
        ("control", "csi-text", ""),
        ("missing_file", "other", ""),
    ],
)
def test_what_is_not(allow: waivers.Allow, source: str, what: str, tmp_path: Path) -> None:
    month = of(tmp_path, entry(BRANCH), entry(FILE))
    assert month.find(allow, source, what) is None
    assert month.percent() is None
    assert len(month.unused()) == 2


def test_another_month_is_not_let_through(tmp_path: Path) -> None:
    month = of(tmp_path, entry(BRANCH), entry(SHARE), month=Month(2025, 11))
    assert month.find("unknown_branch", "csi-text", "XX-999") is None
    assert month.percent() is None
    assert month.unused() == []
    assert month.table({}).is_empty()


def test_a_month_without_a_file_of_waivers() -> None:
    month = Waivers(OCTOBER)
    assert month.find("missing_file", "csi-text") is None
    assert (month.percent(), month.unused()) == (None, [])
    assert month.table({}).schema == TABLE_SCHEMA


def test_what_nothing_needed(tmp_path: Path) -> None:
    column = entry(BRANCH, allow='"new_column"', what='"13900006688"')
    month = of(tmp_path, entry(BRANCH), entry(FILE), entry(SHARE, percent="0"), column)
    month.find("missing_file", "csi-text")
    assert [one.replace(str(tmp_path / "waivers.toml"), "F") for one in month.unused()] == [
        "F, line 1, waiver[1]: nothing in 2025-10 needs this waiver (unknown_branch csi-text 'XX-999'). Take it out.",
        "F, line 16, waiver[3]: nothing in 2025-10 needs this waiver (quarantined_share 0 %). Take it out.",
        "F, line 23, waiver[4]: nothing in 2025-10 needs this waiver (new_column csi-text '〔电话〕'). Take it out.",
    ]
    assert month.percent() == 0
    assert len(month.unused()) == 2


def test_the_table_of_the_report(tmp_path: Path) -> None:
    late = entry(SHARE, period='"2025-11"')
    month = of(tmp_path, entry(BRANCH, reason='"说是13900006688"'), late, entry(FILE), entry(SHARE))
    used = month.find("unknown_branch", "csi-text", "XX-999")
    month.percent()
    assert used is not None
    table = month.table({used: 3})
    wanted = [
        ("2025-10", "csi-text", "unknown_branch", "XX-999", None, 3, True, "说是〔电话〕", "Ms Li"),
        ("2025-10", "csi-text", "missing_file", "", None, None, False, "opens in November", "Ms Li"),
        ("2025-10", "", "quarantined_share", "", 8, None, True, "opens in November", "Ms Li"),
    ]
    assert table.equals(pl.DataFrame(wanted, schema=TABLE_SCHEMA, orient="row"))


IDS = st.sampled_from(["A", "B", "C"])


@tried(100)
@given(
    st.lists(st.tuples(st.sampled_from(["2025-09", "2025-10"]), IDS, IDS), unique=True, max_size=8),
    st.lists(st.tuples(IDS, IDS), max_size=6),
)
def test_every_waiver_is_used_or_not(declared: list[tuple[str, str, str]], asked: list[tuple[str, str]]) -> None:
    """Against sets: of the month's waivers exactly those that were asked for are used."""
    file = tuple(Waiver(month, "new_column", "r", "b", source.lower(), what) for month, source, what in declared)
    month = Waivers(OCTOBER, file)
    mine = {(source.lower(), what) for period, source, what in declared if period == "2025-10"}
    wanted = {(source.lower(), what) for source, what in asked}
    found = {(source, what) for source, what in wanted if month.find("new_column", source, what) is not None}
    assert found == mine & wanted
    table = month.table({}).filter(pl.col("used"))
    assert set(table.select("source", "what").rows()) == found
