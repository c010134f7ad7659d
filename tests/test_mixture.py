"""Any mixture of good and bad rows, in any format and encoding: nothing is lost, nothing is taken for
something else, every fault is told with its row."""

import io
import itertools
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from intakes import ITEMS, NUMBERED, ROW, admit, make, table
from intakes import MAPPING as PLAIN_MAPPING

from pipeline.admitted import Admitted
from tests.trials import tried

# Heads and texts that both GB18030 and Big5 can write.
HEADS = {
    "respondent": "本人", "branch": "本店", "serviced_on": "日子", "answered_at": "回答", "duration_s": "用功",
    "verbatim": "意思", **{item: item for item in ITEMS},
}  # fmt: skip
WJX = HEADS | {"answered_at": "提交答卷时间"}
LABELS = {"很好": 9, "太好了": 10, "一般": 5, "不好": 2}
LABELLED = ("q3", "q4")
MAPPING = """
{encoding}
ignore = {ignore}
[columns]
{columns}
[items]
{items}
[item_labels]
q3 = "words"
q4 = "words"
[labels.words]
{labels}
[missing]
"不知" = "not_applicable"
"98" = "refused"
"""


# ── rows ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Made:
    """A row as written. answers, branch: what it means if it is accepted. faults: (field, reason).
    ragged: cells more or fewer than heads."""

    cells: dict[str, str]
    branch: str = "SH-001"
    answers: dict[str, int | None] = field(default_factory=dict)
    faults: frozenset[tuple[str, str]] = frozenset()
    ragged: int = 0
    blank: bool = False


BRANCH = st.sampled_from(
    [("SH-001", "SH-001"), (" SH-001 ", "SH-001"), ("21001", "SH-001"), ("BJ-002", "BJ-002"), ("上海旗舰", "SH-001")]
)
NUMBER = st.sampled_from(
    [
        *((str(one), one) for one in range(1, 11)),
        ("１０", 10),
        (" 7", 7),
        ("98", None),
        ("９８", None),
        ("不知", None),
        ("", None),
    ]
)
WORD = st.sampled_from([*LABELS.items(), ("不知", None), ("", None), (" 很好 ", 9)])
VERBATIM = st.sampled_from(
    ["", "很好", "一行\n二行", '他道:"好"', "一,二;三 四", "=1+1", "'", "，。", "０１２", "a\nb\nc", '"', "很好" * 40]
)


@st.composite
def clean_row(draw: st.DrawFn, big5: bool) -> Made:
    branch, meant = draw(BRANCH)
    if big5 and branch == "上海旗舰":  # 旗舰 is not in Big5
        branch = "21001"
    found = {item: draw(WORD if item in LABELLED else NUMBER) for item in ITEMS}
    if all(code is None for _, code in found.values()):
        found["q1"] = ("8", 8)
    day = draw(st.integers(1, 31))
    cells = {
        "respondent": "", "branch": branch, "serviced_on": f"2025-10-{day:02}",
        "answered_at": draw(st.sampled_from(["2025-10-31 23:59:59", "2025-11-10 23:59:59", "2025-11-05 08:00:00"])),
        "duration_s": draw(st.sampled_from(["", "0", "86400", "75", " 60 "])), "verbatim": draw(VERBATIM),
        **{item: text for item, (text, _) in found.items()},
    }  # fmt: skip
    return Made(cells, meant, {item: code for item, (_, code) in found.items()})


# what is done to a row: name -> (cells, (field, reason)), drawn. Of one group at most one.
PHONE = st.integers(0, 10**8 - 1).map(lambda number: f"138{number:08}")
WHO = st.one_of(
    st.just(({"respondent": ""}, ("respondent", "missing_respondent"))),
    PHONE.map(lambda phone: ({"respondent": phone}, ("respondent", "personal_data"))),
    PHONE.map(lambda phone: ({"respondent": f"w{phone}@qq.com"}, ("respondent", "personal_data"))),
)
PLACE = st.sampled_from(
    [
        ({"branch": "XX-999"}, ("branch", "unknown_branch")),
        ({"branch": "sh-001"}, ("branch", "unknown_branch")),
        ({"branch": ""}, ("branch", "missing_branch")),
        ({"branch": "  "}, ("branch", "missing_branch")),
        ({"branch": "GZ-003", "serviced_on": "2025-10-15", "answered_at": "2025-10-16 08:00:00"},
         ("branch", "branch_not_open")),
        ({"serviced_on": "2025-09-30"}, ("serviced_on", "outside_period")),
        ({"serviced_on": "2025-11-01", "answered_at": "2025-11-02 08:00:00"}, ("serviced_on", "outside_period")),
        ({"serviced_on": "2025-02-30"}, ("serviced_on", "unreadable_date")),
        ({"serviced_on": "31/10/2025"}, ("serviced_on", "unreadable_date")),
        ({"serviced_on": ""}, ("serviced_on", "missing_date")),
        ({"answered_at": "2025-11-11 00:00:00"}, ("answered_at", "after_cutoff")),
        ({"answered_at": "2026-01-01 00:00:00"}, ("answered_at", "after_cutoff")),
        ({"answered_at": "2025-11-05"}, ("answered_at", "unreadable_date")),
        ({"answered_at": ""}, ("answered_at", "missing_date")),
        ({"serviced_on": "2025-10-20", "answered_at": "2025-10-19 08:00:00"},
         ("answered_at", "answered_before_service")),
    ]
)  # fmt: skip
TIME = st.sampled_from(
    [
        ({"duration_s": "-1"}, ("duration_s", "impossible_duration")),
        ({"duration_s": "86401"}, ("duration_s", "impossible_duration")),
        ({"duration_s": "1:15"}, ("duration_s", "unreadable_number")),
    ]
)
OUTSIDE = st.sampled_from(["0", "11", "-3", "99", "32768", "99999999999", "－１"]).map(
    lambda cell: ({"q1": cell}, ("q1", "outside_scale"))
)
UNREADABLE = st.sampled_from(["7.5", "八", "8分", "1e1", "十/", "--"]).map(
    lambda cell: ({"q2": cell}, ("q2", "not_a_whole_number"))
)
UNLABELLED = st.sampled_from(["中", "很 好", "9", "不好不坏"]).map(lambda cell: ({"q3": cell}, ("q3", "unknown_label")))
NOTHING = st.sampled_from(["", "不知", "98"]).map(
    lambda cell: (dict.fromkeys(ITEMS, "") | {"q1": cell}, ("respondent", "all_missing"))
)


@st.composite
def bad_row(draw: st.DrawFn, big5: bool, ragged: bool) -> Made:
    made = draw(clean_row(big5))
    groups = draw(
        st.sets(st.sampled_from(["who", "place", "time", "answers", *(["ragged"] if ragged else [])]), min_size=1)
    )
    if "ragged" in groups:
        return replace(made, ragged=draw(st.sampled_from([1, 3, -1, -4])), faults=frozenset({("", "ragged_row")}))
    done = []
    for group, how in (("who", WHO), ("place", PLACE), ("time", TIME)):
        if group in groups:
            done.append(draw(how))
    if "answers" in groups:
        kinds = draw(st.sets(st.sampled_from([OUTSIDE, UNREADABLE, UNLABELLED]), max_size=3))
        done += [draw(kind) for kind in kinds] or [draw(NOTHING)]
    cells = dict(made.cells)
    for change, _ in done:
        cells |= change
    if not made.cells["respondent"] and big5:
        cells["q3"] = cells["q3"].replace("不好不坏", "中")  # 坏 is not in Big5
    return replace(made, cells=cells, faults=frozenset(fault for _, fault in done))


@dataclass(frozen=True)
class File:
    name: str
    kind: str
    rows: tuple[Made, ...]


TEXT = ("csv", "qualtrics", "surveymonkey")
ENCODINGS = {"utf-8": b"", "utf-8-sig": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "legacy": b""}


@st.composite
def month(draw: st.DrawFn, kinds: tuple[str, ...], most: int) -> tuple[bool, str, list[File]]:
    """(whether the heads are those of 问卷星, the legacy encoding, files in the order of their names)."""
    legacy = draw(st.sampled_from(["gb18030", "big5"])) if set(kinds) & set(TEXT) else "gb18030"
    big5 = legacy == "big5"
    files, used = [], itertools.count(1)
    bases: list[Made] = []
    for turn in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        rows: list[Made] = []
        wanted = [
            "clean",
            *draw(st.lists(st.sampled_from(["clean", "clean", "bad", "again", "other", "blank"]), max_size=most)),
        ]
        for what in wanted:
            if what == "blank":
                rows.append(Made(dict.fromkeys(HEADS, ""), blank=True))
                continue
            if what in ("again", "other") and bases:
                base = bases.pop(draw(st.integers(0, len(bases) - 1)))
                if what == "other":
                    code = 1 if base.answers["q6"] != 1 else 2
                    base = replace(base, cells=base.cells | {"q6": str(code)}, answers=base.answers | {"q6": code})
                rows.append(base)
                continue
            made = draw(bad_row(big5, kind in TEXT)) if what == "bad" else draw(clean_row(big5))
            if not any(column == "respondent" and reason != "all_missing" for column, reason in made.faults):
                made = replace(made, cells=made.cells | {"respondent": f"R{next(used)}"})
            rows.append(made)
            if not made.faults:
                bases.append(made)
        files.append(File(f"export_{(1, 2, 10)[turn]}.dat", kind, tuple(rows)))
    wjx = not big5 and draw(st.booleans())
    return wjx, legacy, files


# ── files ────────────────────────────────────────────────────────────────────────────────


def text_file(draw: Callable[[Any], Any], file: File, heads: dict[str, str], legacy: str) -> tuple[bytes, int]:
    """(bytes, the row number of the first response)."""
    delimiter, end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(["\n", "\r\n"]))
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    names = list(heads.values())
    above = [names]
    if file.kind == "qualtrics":
        above += [
            [f"问 {name}" if legacy != "big5" else name for name in names],
            [f'{{"ImportId":"{n}"}}' for n in range(len(names))],
        ]
    if file.kind == "surveymonkey":
        above += [["", *["Response"] * (len(names) - 1)]]
    records = [*above]
    for row in file.rows:
        cells = [row.cells.get(one, "" if row.blank else "web") for one in heads]
        if row.ragged < 0:
            cells = cells[: row.ragged]
            cells[-1] = cells[-1] or "8"
        records.append(cells + ["8"] * row.ragged)
    text = table(records[0], records[1:], delimiter).replace("\r\n", end)
    cut = bool(file.rows) and file.rows[-1].ragged < 0  # without a line end it would be a file that is cut off
    if not cut and draw(st.booleans()):
        text = text.rstrip("\r\n")
    return ENCODINGS[encoding] + text.encode(legacy if encoding == "legacy" else encoding), len(above) + 1


def frame(file: File, heads: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [row.cells.get(one, "" if row.blank else "web") for row in file.rows] for one, name in heads.items()},
        schema=dict.fromkeys(heads.values(), pl.String),
    )


def xlsx(draw: Callable[[Any], Any], file: File, heads: dict[str, str]) -> tuple[bytes, int]:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_numbers": draw(st.booleans())})
    sheet = book.add_worksheet()
    for place, cells in enumerate([list(heads.values()), *frame(file, heads).iter_rows()]):
        for column, (name, cell) in enumerate(zip(heads, cells, strict=True)):
            # A number that leads with 0 loses it in Excel; free text is never stored as a number.
            (sheet.write_string if name == "verbatim" else sheet.write)(place, column, cell)
    book.close()
    return target.getvalue(), 2


def sav(draw: Callable[[Any], Any], file: File, heads: dict[str, str]) -> tuple[bytes, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.sav"
        pyreadstat.write_sav(frame(file, heads), str(path), compress=draw(st.booleans()))
        return path.read_bytes(), 1


def parquet(draw: Callable[[Any], Any], file: File, heads: dict[str, str]) -> tuple[bytes, int]:
    target = io.BytesIO()
    nulls = draw(st.booleans())
    made = frame(file, heads)
    (made.with_columns(pl.all().replace("", None)) if nulls else made).write_parquet(target)
    return target.getvalue(), 1


WRITERS = {"xlsx": xlsx, "sav": sav, "parquet": parquet}


def put(
    draw: Callable[[Any], Any], folder: Path, made: tuple[bool, str, list[File]], resend: bool
) -> tuple[Any, dict[str, int]]:
    """The programme with the files in its inbox, and file -> the row number of its first response."""
    wjx, legacy, files = made
    heads = dict(WJX if wjx else HEADS) | ({"source": "来源"} if wjx else {})
    mapping = MAPPING.format(
        encoding='encoding = "big5"' if legacy == "big5" else "",
        ignore='["来源"]' if wjx else "[]",
        columns="\n".join(f'{one} = "{head}"' for one, head in heads.items() if one not in (*ITEMS, "source")),
        items="\n".join(f'{one} = "{one}"' for one in ITEMS),
        labels="\n".join(f'"{label}" = {code}' for label, code in LABELS.items()),
    )
    shop = make(folder, mapping, source="resend = true" if resend else "")
    first = {}
    for file in files:
        if file.kind in WRITERS:
            data, first[file.name] = WRITERS[file.kind](draw, file, heads)
        else:
            data, first[file.name] = text_file(draw, file, heads, legacy)
        shop.put(file.name, data)
    return shop, first


# ── what is right ────────────────────────────────────────────────────────────────────────


Spot = tuple[str, int]  # file, row
Where = dict[Spot, Made]


def places(files: list[File], first: dict[str, int]) -> Where:
    return {
        (file.name, first[file.name] + place): row
        for file in files for place, row in enumerate(file.rows) if not row.blank
    }  # fmt: skip


def repeated(rows: dict[Spot, Made]) -> dict[Spot, set[tuple[str, str]]]:
    """The faults of clean rows whose respondent stands there twice."""
    who: dict[str, list[Spot]] = defaultdict(list)
    for spot, row in rows.items():
        if not row.faults:
            who[row.cells["respondent"]].append(spot)
    found: dict[Spot, set[tuple[str, str]]] = {}
    for spots in who.values():
        same = len({tuple(rows[spot].answers.items()) for spot in spots}) == 1
        for spot in spots[1:] if same else spots if len(spots) > 1 else []:
            found[spot] = {("respondent", "duplicate" if same else "conflicting_duplicate")}
    return found


def found(admitted: Admitted, heads: dict[str, str]) -> dict[Spot, set[tuple[str, str]]]:
    fields = {head: one for one, head in heads.items()}
    listed: dict[Spot, set[tuple[str, str]]] = defaultdict(set)
    for row in admitted.quarantine.iter_rows(named=True):
        listed[row["file"], row["row"]].add((fields.get(row["column"], row["column"]), row["reason"]))
    return dict(listed)


def unlike(listed: dict[Spot, set[Any]], right: dict[Spot, set[Any]], rows: Where) -> list[str]:
    """Every row whose faults are not what they should be."""
    return [
        f"{spot}: found {sorted(listed.get(spot, ()))}, should be {sorted(right.get(spot, ()))}: {rows.get(spot)}"
        for spot in sorted({*listed, *right})
        if listed.get(spot) != right.get(spot)
    ]


def check_counts(admitted: Admitted, rows: Where) -> None:
    read = Counter(file for file, _ in rows)
    assert {one.file: one.read for one in admitted.files} == dict(read)
    for one in admitted.files:
        assert one.accepted + one.quarantined == one.read


def check_accepted(admitted: Admitted, rows: Where) -> None:
    """What is accepted is just `rows`, with what was written."""
    stored = {(one["source"], one["row"]): one for one in admitted.responses["svc"].iter_rows(named=True)}
    assert set(stored) == set(rows)
    for spot, row in rows.items():
        one = stored[spot]
        assert {item: one[item] for item in ITEMS} == row.answers
        assert (one["respondent"], one["branch"]) == (row.cells["respondent"], row.branch)
        assert str(one["serviced_on"]) == row.cells["serviced_on"]
        assert one["answered_at"] == datetime.fromisoformat(row.cells["answered_at"])
        assert one["duration_s"] == (int(row.cells["duration_s"]) if row.cells["duration_s"].strip() else None)
        assert one["verbatim"] == (unicodedata.normalize("NFKC", row.cells["verbatim"]).strip() or None)


def check_mixture(data: st.DataObject, kinds: tuple[str, ...], most: int) -> None:
    made = data.draw(month(kinds, most))
    with tempfile.TemporaryDirectory() as folder:
        shop, first = put(data.draw, Path(folder) / "p", made, resend=False)
        rows = places(made[2], first)
        admitted = admit(shop)
        check_counts(admitted, rows)
        right = {spot: set(row.faults) for spot, row in rows.items() if row.faults} | repeated(rows)
        assert unlike(found(admitted, WJX if made[0] else HEADS), right, rows) == []
        check_accepted(admitted, {spot: row for spot, row in rows.items() if spot not in right})


@tried(16)
@given(st.data())
def test_a_mixture_in_text(data: st.DataObject) -> None:
    check_mixture(data, TEXT, 14)


@pytest.mark.parametrize("kind", WRITERS)
@tried(2)
@given(data=st.data())
def test_a_mixture_in_a_binary_file(kind: str, data: st.DataObject) -> None:
    check_mixture(data, (kind, "csv"), 30)


@tried(8)
@given(st.data())
def test_a_mixture_that_is_sent_again(data: st.DataObject) -> None:
    """A later file has the last word on every respondent it holds, whether his row is clean or not; rows that
    it replaces are superseded and nothing else is."""
    made = data.draw(month(TEXT, 10))
    with tempfile.TemporaryDirectory() as folder:
        shop, first = put(data.draw, Path(folder) / "p", made, resend=True)
        rows = places(made[2], first)
        admitted = admit(shop)
        check_counts(admitted, rows)
        order = {file.name: place for place, file in enumerate(made[2])}
        known = {
            spot: row.cells["respondent"]
            for spot, row in rows.items()
            if not any(column in ("", "respondent") and reason != "all_missing" for column, reason in row.faults)
        }
        last = {who: max(order[file] for (file, _), one in known.items() if one == who) for who in known.values()}
        replaced = {spot for spot, who in known.items() if order[spot[0]] < last[who]}
        kept = {spot: row for spot, row in rows.items() if spot not in replaced}
        right = {spot: set(row.faults) for spot, row in kept.items() if row.faults} | repeated(kept)
        listed = found(admitted, WJX if made[0] else HEADS)
        assert {spot for spot, faults in listed.items() if ("respondent", "superseded") in faults} == replaced
        assert unlike({spot: faults for spot, faults in listed.items() if spot not in replaced}, right, rows) == []
        assert sum(one.superseded for one in admitted.files) == len(replaced)
        check_accepted(admitted, {spot: row for spot, row in kept.items() if spot not in right})


SURPLUS, SHORT = (
    "R2,SH-001,2025-10-05,2025-10-06 12:00:00,9,1,2,3,4,5,6,web",
    "R3,SH-001,2025-10-05,2025-10-06 12:00:00,1,2,3,4,5,6",
)


@pytest.mark.parametrize("blank", [[], [""], [",,,,,,,,,,"]], ids=["full", "empty line", "blank cells"])
def test_a_surplus_cell_and_a_missing_one_do_not_make_up_for_each_other(blank: list[str], tmp_path: Path) -> None:
    """A column that is not loaded, a row with a cell too many and another with one too few."""
    shop = make(tmp_path, 'ignore = ["source"]\n' + PLAIN_MAPPING)
    clean = ",".join([*ROW.values(), "web"])
    shop.put("export.csv", "\n".join([",".join([*NUMBERED, "source"]), clean, SURPLUS, SHORT, *blank, ""]))
    admitted = admit(shop)
    assert admitted.quarantine.select("row", "reason").rows() == [(3, "ragged_row"), (4, "ragged_row")]
    assert admitted.responses["svc"].select("respondent", "row", "q1").rows() == [("R1", 2, 8)]
