"""Declared corrections: the right cells, once, and a sentence for everything that is not so."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import corrections
from pipeline.corrections import Correction, Fixed, Fixer
from pipeline.month import Month
from pipeline.privacy import HIDDEN
from pipeline.refusal import Refusal
from pipeline.sources import RAGGED, ROW
from tests.trials import tried

OCTOBER = Month(2025, 10)
HEADS = {"respondent": "编号", "branch": "门店", "q1": "Q1", "contact": "手机", "verbatim": "意见"}
BY_RESPONDENT = {
    "period": '"2025-10"',
    "source": '"csi-text"',
    "respondent": '"A-17"',
    "field": '"branch"',
    "expect": '"SH-001"',
    "value": '"SH-010"',
    "reason": '"wrong shop"',
    "provider": '"Ms Li"',
}
BY_ROW = {key: value for key, value in BY_RESPONDENT.items() if key != "respondent"} | {"file": '"a.csv"', "row": "3"}


def entry(keys: dict[str, str], **changed: str | None) -> str:
    lines = [f"{key} = {value}" for key, value in (keys | changed).items() if value is not None]
    return "\n".join(["[[correction]]", *lines, ""])


def write(folder: Path, *entries: str) -> Path:
    path = folder / "corrections.toml"
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def refused(path: Path, sources: tuple[str, ...] | None = None) -> list[str]:
    with pytest.raises(Refusal) as caught:
        corrections.load(path, sources)
    return [one.replace(str(path), "F") for one in caught.value.problems]


# ── the file ─────────────────────────────────────────────────────────────────────────────


def test_a_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, entry(BY_RESPONDENT), entry(BY_ROW, expect='""'))
    one, other = corrections.load(path, ("csi-text",))
    assert one == Correction("2025-10", "csi-text", "branch", "SH-001", "SH-010", "wrong shop", "Ms Li", "A-17")
    assert (other.respondent, other.file, other.row, other.expect) == (None, "a.csv", 3, "")


def test_a_file_without_corrections(tmp_path: Path) -> None:
    assert corrections.load(write(tmp_path, "# none yet\n")) == ()


# what is wrong: (keys, changes, line and key, sentence)
WRONG = {
    "both selectors": (BY_RESPONDENT, {"file": '"a.csv"', "row": "3"}, "line 4, correction[1].respondent",
        "expected either `respondent` or `file` and `row`, found both."),
    "both, without a row": (BY_RESPONDENT, {"file": '"a.csv"'}, "line 4, correction[1].respondent",
        "expected either `respondent` or `file` and `row`, found both."),
    "no selector": (BY_RESPONDENT, {"respondent": None}, "line 1, correction[1]",
        "expected `respondent`, or `file` and `row`, found none of them."),
    "a file without a row": (BY_ROW, {"row": None}, "line 9, correction[1].file",
        "expected `file` and `row` together, found no `row`."),
    "a row without a file": (BY_ROW, {"file": None}, "line 9, correction[1].row",
        "expected `file` and `row` together, found no `file`."),
    "row 0": (BY_ROW, {"row": "0"}, "line 10, correction[1].row", "expected a row from 1, found 0."),
    "a row in quotes": (BY_ROW, {"row": '"3"'}, "line 10, correction[1].row", "expected a whole number, found '3'."),
    "a blank respondent": (BY_RESPONDENT, {"respondent": '" "'}, "line 4, correction[1].respondent",
        "expected a text that is not empty."),
    "no change": (BY_RESPONDENT, {"value": '" SH-001"'}, "line 7, correction[1].value",
        "expected another text than `expect`, found the same."),
    "a month that is none": (BY_RESPONDENT, {"period": '"2025-13"'}, "line 2, correction[1].period",
        "expected a month such as 2025-10, found '2025-13'."),
    "no reason": (BY_RESPONDENT, {"reason": '""'}, "line 8, correction[1].reason",
        "expected a text that is not empty, found ''."),
    "no provider": (BY_RESPONDENT, {"provider": None}, "line 1, correction[1].provider", "this key is missing."),
    "an unknown key": (BY_RESPONDENT, {"from": '"x"'}, "line 10, correction[1].from", "this key is not known here."),
    "a source of another form": (BY_RESPONDENT, {"source": '"CSI"'}, "line 3, correction[1].source",
        "expected an id of the form [a-z][a-z0-9_-]{0,39}, found 'CSI'."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_entry(name: str, tmp_path: Path) -> None:
    keys, changed, where, sentence = WRONG[name]
    assert refused(write(tmp_path, entry(keys, **changed))) == [f"F, {where}: {sentence}"]


@pytest.mark.parametrize("keys", [BY_RESPONDENT, BY_ROW])
def test_the_same_cell_twice(keys: dict[str, str], tmp_path: Path) -> None:
    other = entry(keys, field='"q1"')
    path = write(tmp_path, entry(keys), other, entry(keys, value='"SH-011"'))
    line = path.read_text().splitlines().index("[[correction]]", 12) + 1
    assert refused(path) == [
        f"F, line {line}, correction[3]: expected every cell once, found that of correction[1] again."
    ]


def test_the_same_cell_in_another_month_or_source(tmp_path: Path) -> None:
    entries = [entry(BY_ROW), entry(BY_ROW, period='"2025-09"'), entry(BY_ROW, source='"other"')]
    assert len(corrections.load(write(tmp_path, *entries))) == 3


def test_an_unknown_source(tmp_path: Path) -> None:
    path = write(tmp_path, entry(BY_RESPONDENT, source='"csi-txt"'))
    assert refused(path, ("csi-text", "other")) == [
        "F, line 3, correction[1].source: expected one of csi-text, other, found 'csi-txt'."
    ]


@pytest.mark.parametrize("key", ["respondent", "expect", "value"])
def test_no_sentence_about_the_file_shows_a_cell(key: str, tmp_path: Path) -> None:
    where = f"F, line {list(BY_RESPONDENT).index(key) + 2}"
    path = write(tmp_path, entry(BY_RESPONDENT, **{key: "13900006688"}))
    assert refused(path) == [f"{where}, correction[1].{key}: expected a text in quotes."]
    for broken in ("139-0000-6688", '"13900006688', "[13900006688"):
        (sentence,) = refused(write(tmp_path, entry(BY_RESPONDENT, **{key: broken})))
        assert "not valid TOML" in sentence
        assert "6688" not in sentence


# ── cells ────────────────────────────────────────────────────────────────────────────────


def frame(*rows: tuple[object, ...]) -> pl.DataFrame:
    """rows: number, respondent, branch, q1, contact, verbatim, and cells where it is ragged."""
    schema = {ROW: pl.UInt32} | dict.fromkeys(HEADS.values(), pl.String) | {RAGGED: pl.UInt32}
    return pl.DataFrame([(*row, None)[:7] for row in rows], schema=schema, orient="row")


ROWS = (
    (2, "A-16", "SH-001", "5", "13900006688", "好"),
    (3, " A-17 ", "SH-001 ", "7", "13900006689", "13900006688"),
    (5, "A-18", "", "9", "", ""),
)


def fixer(folder: Path, *entries: str, private: tuple[str, ...] = ()) -> Fixer:
    path = write(folder, *entries)
    return Fixer(corrections.load(path), path, OCTOBER, "csi-text", private)


def apply(one: Fixer, *rows: tuple[object, ...], file: str = "a.csv", head: str | None = "编号") -> list[str]:
    """The branches after the corrections; nothing else may change."""
    before = frame(*rows)
    after = one.apply(before, file, HEADS, head)
    assert after.drop("门店").equals(before.drop("门店"))
    assert after.schema == before.schema
    return after["门店"].to_list()


def problems(one: Fixer, folder: Path) -> list[str]:
    return [text.replace(str(folder / "corrections.toml"), "F") for text in one.problems()]


def test_by_respondent(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    assert apply(one, *ROWS) == ["SH-001", "SH-010", ""]
    assert one.problems() == []
    assert one.done == [Fixed("a.csv", 3, "branch", "SH-001", "SH-010", "wrong shop", "Ms Li")]
    assert one.right == []


def test_by_row_of_a_file(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_ROW, row="5", expect='""', value='"SH-002"'))
    assert apply(one, *ROWS, file="b.csv") == ["SH-001", "SH-001 ", ""]
    assert apply(one, *ROWS, head=None) == ["SH-001", "SH-001 ", "SH-002"]
    assert one.problems() == []
    assert one.done == [Fixed("a.csv", 5, "branch", "", "SH-002", "wrong shop", "Ms Li")]


def test_several_cells_of_one_column_and_others(tmp_path: Path) -> None:
    entries = [
        entry(BY_RESPONDENT, respondent='"A-16"'),
        entry(BY_ROW, value='""'),
        entry(BY_RESPONDENT, respondent='"A-18"', field='"q1"', expect='"9"', value='"10"'),
    ]
    one = fixer(tmp_path, *entries)
    after = one.apply(frame(*ROWS), "a.csv", HEADS, "编号")
    assert after["门店"].to_list() == ["SH-010", "", ""]
    assert after["Q1"].to_list() == ["5", "7", "10"]
    assert one.problems() == []
    assert [(done.row, done.field, done.new) for done in one.done] == [
        (2, "branch", "SH-010"), (3, "branch", ""), (5, "q1", "10")
    ]  # fmt: skip


def test_rows_are_selected_by_what_the_export_holds(tmp_path: Path) -> None:
    """A respondent number that is corrected itself does not change what others select."""
    renamed = entry(BY_RESPONDENT, field='"respondent"', expect='"A-17"', value='"A-71"')
    one = fixer(tmp_path, renamed, entry(BY_RESPONDENT))
    after = one.apply(frame(*ROWS), "a.csv", HEADS, "编号")
    assert (after["编号"][1], after["门店"][1]) == ("A-71", "SH-010")
    assert one.problems() == []


def test_another_month_or_source_is_left_alone(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT, period='"2025-09"'), entry(BY_RESPONDENT, source='"other"'))
    assert apply(one, *ROWS) == ["SH-001", "SH-001 ", ""]
    assert (one.problems(), one.done) == ([], [])


# ── stale, and without a row ─────────────────────────────────────────────────────────────

STALE = "Look at the row; correct or remove the correction."


@pytest.mark.parametrize(("keys", "line"), [(BY_RESPONDENT, 1), (BY_ROW, 1)])
def test_another_text_is_stale(keys: dict[str, str], line: int, tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(keys))
    assert apply(one, (3, "A-17", "SH-009", "1", "", "")) == ["SH-009"]
    assert problems(one, tmp_path) == [
        f"F, line {line}, correction[1]: stale: a.csv, row 3 holds 'SH-009' for 'branch' and not what `expect` says. "
        f"{STALE}"
    ]
    assert one.done == []


def test_every_row_of_a_respondent_must_match(tmp_path: Path) -> None:
    """A file sent again: one row as expected, one right already, one with a third text."""
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    assert apply(one, (2, "A-17", "SH-001", "", "", "")) == ["SH-010"]
    assert apply(one, (2, "A-17", "SH-010", "", "", ""), (3, "A-17", "", "", "", ""), file="b.csv") == ["SH-010", ""]
    assert problems(one, tmp_path) == [
        f"F, line 1, correction[1]: stale: b.csv, row 3 holds '' for 'branch' and not what `expect` says. {STALE}"
    ]
    assert [(done.file, done.row) for done in one.done] == [("a.csv", 2)]
    assert one.right == [Fixed("b.csv", 2, "branch", "SH-010", "SH-010", "wrong shop", "Ms Li")]


def test_a_row_that_is_right_already_is_noted(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    apply(one, (2, "A-17", "SH-010", "", "", ""))
    apply(one, (2, "A-17", "SH-001", "", "", ""), file="b.csv")
    assert one.problems() == []
    assert [(done.file, done.row) for done in one.right] == [("a.csv", 2)]


@pytest.mark.parametrize("keys", [BY_RESPONDENT, BY_ROW])
def test_a_correction_that_corrects_nothing_any_more(keys: dict[str, str], tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(keys))
    assert apply(one, (3, "A-17", "SH-010", "", "", "")) == ["SH-010"]
    assert problems(one, tmp_path) == [
        "F, line 1, correction[1]: stale: what it selects holds the new value already. Remove the correction."
    ]


# (keys, changes, sentence) of a correction that no cell of ROWS fits
NOWHERE = {
    "respondent": (BY_RESPONDENT, {"respondent": '"A-99"'},
        "no row of csi-text in 2025-10 has this respondent. Correct or remove the correction."),
    "respondent's case": (BY_RESPONDENT, {"respondent": '"a-17"'},
        "no row of csi-text in 2025-10 has this respondent. Correct or remove the correction."),
    "file": (BY_ROW, {"file": '"z.csv"'},
        "'z.csv' is no file of csi-text in 2025-10. Correct `file` or remove the correction."),
    "row": (BY_ROW, {"row": "4"},
        "a.csv has no response in row 4. Correct `row` or remove the correction."),
    "row beyond every table": (BY_ROW, {"row": "5000000000"},
        "a.csv has no response in row 5000000000. Correct `row` or remove the correction."),
    "field": (BY_RESPONDENT, {"field": '"division"'},
        "csi-text in 2025-10 has no column for 'division'. Correct `field`."),
}  # fmt: skip


@pytest.mark.parametrize("name", NOWHERE)
def test_a_correction_without_a_cell(name: str, tmp_path: Path) -> None:
    keys, changed, sentence = NOWHERE[name]
    one = fixer(tmp_path, entry(BY_RESPONDENT, respondent='"A-16"'), entry(keys, **changed))
    assert apply(one, *ROWS[:1]) == ["SH-010"]
    assert apply(one, *ROWS[1:]) == ["SH-001 ", ""]
    assert problems(one, tmp_path) == [f"F, line 11, correction[2]: {sentence}"]


def test_a_month_without_a_file(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    assert problems(one, tmp_path) == [
        "F, line 1, correction[1]: no row of csi-text in 2025-10 has this respondent. Correct or remove the correction."
    ]


@pytest.mark.parametrize("head", [None, "gone"])
def test_a_source_without_respondents(head: str | None, tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    assert apply(one, *ROWS, head=head) == ["SH-001", "SH-001 ", ""]
    assert problems(one, tmp_path) == [
        "F, line 1, correction[1]: csi-text in 2025-10 has no column of respondents. Select by `file` and `row`."
    ]


def test_a_mapped_column_that_is_gone(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    one.apply(frame(*ROWS).drop("门店"), "a.csv", HEADS, "编号")
    assert problems(one, tmp_path) == [
        "F, line 1, correction[1]: csi-text in 2025-10 has no column for 'branch'. Correct `field`."
    ]


def test_one_cell_selected_in_two_ways(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT), entry(BY_ROW, value='"SH-011"'))
    assert apply(one, *ROWS) == ["SH-001", "SH-010", ""]
    assert problems(one, tmp_path) == [
        "F, line 11, correction[2]: a.csv, row 3: correction[1] is of this cell too. Remove one of the two."
    ]


@pytest.mark.parametrize("keys", [BY_RESPONDENT, BY_ROW])
def test_a_ragged_record(keys: dict[str, str], tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(keys))
    assert apply(one, (3, "A-17", "SH-001", "1", "", "", 7)) == ["SH-001"]
    assert problems(one, tmp_path) == [
        "F, line 1, correction[1]: a.csv, row 3 has another number of cells than the head. Correct the export."
    ]


# ── personal data ────────────────────────────────────────────────────────────────────────


def test_values_that_look_personal_are_masked(tmp_path: Path) -> None:
    right = entry(BY_RESPONDENT, field='"verbatim"', expect='"13900006688"', value='"打 zhang@163.com"')
    stale = entry(BY_ROW, row="2", expect='"x"', field='"branch"')
    one = fixer(tmp_path, right, stale)
    one.apply(frame((2, "A-16", "京A12345", "", "", ""), ROWS[1]), "a.csv", HEADS, "编号")
    assert [(done.old, done.new) for done in one.done] == [("〔电话〕", "打 〔邮箱〕")]
    assert "holds '〔车牌〕' for 'branch'" in problems(one, tmp_path)[0]


def test_an_address_of_the_net_is_hidden(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    apply(one, (3, "A-17", "192.168.1.20", "", "", ""))
    assert f"holds '{HIDDEN}' for 'branch'" in problems(one, tmp_path)[0]


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    one = fixer(tmp_path, entry(BY_RESPONDENT))
    apply(one, (3, "A-17", "长" * 100, "", "", ""))
    assert f"holds '{'长' * 59}…' for" in one.problems()[0]


@pytest.mark.parametrize(("field", "private"), [("contact", ()), ("respondent", ("respondent",))])
def test_a_private_field_is_never_written_out(field: str, private: tuple[str, ...], tmp_path: Path) -> None:
    """Old, new, current and wrong values of a field that only its code may stand for."""
    secret = {"field": f'"{field}"', "expect": '"wechat-old"', "value": '"wechat-new"'}
    entries = [
        entry(BY_RESPONDENT, respondent='"wechat-old"', **secret),
        entry(BY_ROW, **secret),
        entry(BY_RESPONDENT, respondent='"wechat-none"', **secret),
    ]
    one = fixer(tmp_path, *entries, private=private)
    rows = frame((2, "wechat-old", "", "", "wechat-old", ""), (3, "wechat-third", "", "", "wechat-third", ""))
    after = one.apply(rows, "a.csv", HEADS, "编号")
    assert after[HEADS[field]].to_list() == ["wechat-new", "wechat-third"]
    assert one.done == [Fixed("a.csv", 2, field, HIDDEN, HIDDEN, "wrong shop", "Ms Li")]
    assert len(one.problems()) == 2
    assert "wechat" not in f"{one.problems()}{one.done}{one.right}"


# ── any rows, any batches ────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@tried(100)
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["old", " old ", "new", "third", ""])), max_size=8),
    st.integers(min_value=1, max_value=4),
)
def test_batches_change_nothing(folder: Path, cells: list[tuple[str, str]], size: int) -> None:
    """Against the rule itself: cells of respondent A that hold `old` become `new`."""
    one = fixer(folder, entry(BY_RESPONDENT, respondent='"A"', expect='"old"', value='"new"'))
    rows = frame(*((number, who, cell, "", "", "") for number, (who, cell) in enumerate(cells, start=2)))
    after = [one.apply(rows[start : start + size], "a.csv", HEADS, "编号") for start in range(0, len(cells), size)]
    found = [cell for batch in after for cell in batch["门店"].to_list()]
    assert found == ["new" if who == "A" and cell.strip() == "old" else cell for who, cell in cells]
    mine = [cell.strip() for who, cell in cells if who == "A"]
    assert len(one.done) == mine.count("old")
    assert len(one.right) == mine.count("new")
    stale = mine.count("third") + mine.count("")
    assert len(one.problems()) == (stale or int("old" not in mine))
