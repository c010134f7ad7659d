"""What people write beside 其他 in a column of its own, also the name of a branch: from a tool's export, by the mapping
that `csi inspect` drafts, to the accepted table."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
import xlsxwriter
from intakes import INSTRUMENT, ITEMS, MAPPING, Shop, admit, faults, make, table
from test_containers import with_record
from test_inspect import raw

from pipeline import toml
from pipeline.__main__ import main
from pipeline.inspection import own_words
from pipeline.inspection.analysis import inspect
from pipeline.inspection.draft import draft
from pipeline.instrument import Instrument
from pipeline.sources.raw import Column

STAFF = '  { id = "staff", text = { zh = "员工", en = "Staff" } },\n'
ELSE = INSTRUMENT.replace(STAFF, STAFF + '  { id = "else", text = { zh = "其他", en = "Other" } },\n')
# What each said: options, and words of their own. The fifth was asked and said nothing.
SAID = (
    ({"price", "else"}, "顺路，打13812345678"),
    ({"speed"}, ""),
    ({"else"}, "朋友在这里上班，推荐我来"),
    ({"staff", "else"}, ""),
    (set[str](), ""),
) * 2
OPTIONS = ("price", "speed", "staff", "else")
ACCEPTED = [
    (1, 0, 0, 1, "顺路,打〔电话〕"),
    (0, 1, 0, 0, None),
    (0, 0, 0, 1, "朋友在这里上班,推荐我来"),
    (0, 0, 1, 1, None),
    (None, None, None, None, None),
] * 2


# Where the words alone are the mark, nobody chose it without any.
WRITTEN = [(0, 0, 1, 0, None) if one == (0, 0, 1, 1, None) else one for one in ACCEPTED]


def check(shop: Shop, file: Path, monkeypatch: pytest.MonkeyPatch, expected: Sequence[object] = ACCEPTED) -> str:
    """Reads the export by the mapping drafted for it, as it stands; gives the mapping."""
    text = inspected(shop, file, monkeypatch)
    admitted = admit(shop.mapping(text))
    assert faults(admitted) == []
    found = admitted.responses["svc"].sort("row").select(*(f"reasons_{one}" for one in (*OPTIONS, "other")))
    assert found.rows() == expected
    return text


def inspected(shop: Shop, file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(shop.folder)
    assert main(["inspect", str(file), "--programme", str(shop.folder), "--instrument", "svc"]) == 0
    return (shop.folder / "export.mapping.toml").read_text("utf-8")


def kobo() -> tuple[list[str], list[list[str]]]:
    heads = ["visit/store", "visit/day", *(f"rate/{one}" for one in ITEMS), "visit/reasons",
             *(f"visit/reasons/{one}" for one in ("price", "speed", "staff", "other")), "visit/reasons_other",
             "_id", "_uuid", "_submission_time", "_index"]  # fmt: skip
    rows = []
    for place, (options, words) in enumerate(SAID, start=1):
        cell = " ".join("other" if one == "else" else one for one in OPTIONS if one in options)
        marks = [str(int(one in options)) if options else "" for one in OPTIONS]
        rows.append(["SH-001", "2025-10-05", *(["8"] * 6), cell, *marks, words, f"{70 + place}", f"uuid-{place}",
                     "2025-10-06T01:32:09", f"{place}"])  # fmt: skip
    return heads, rows


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_kobo(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make(tmp_path, definition=ELSE)
    heads, rows = kobo()
    file = shop.put(f"export.{kind}", "")
    if kind == "xlsx":
        with xlsxwriter.Workbook(file, {"strings_to_numbers": True}) as book:
            sheet = book.add_worksheet()
            for place, cells in enumerate([heads, *rows]):
                sheet.write_row(place, 0, cells)
    else:
        text = "\n".join(";".join(f'"{cell}"' for cell in row) for row in [heads, *rows]) + "\n"
        file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    text = check(shop, file, monkeypatch)
    assert 'other = "else"' in text
    assert 'other_column = "visit/reasons_other"' in text


def test_spss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set of 0 and 1, and a text variable named after its last member."""
    shop = make(tmp_path, definition=ELSE)
    marked = {
        f"w{place}": [float(one in options) if options else None for options, _ in SAID]
        for place, one in enumerate(OPTIONS, start=1)
    }
    count = len(SAID)
    frame = pl.DataFrame({
        "caseid": [float(place) for place in range(1, count + 1)], "store": ["SH-001"] * count,
        "visit_date": [date(2025, 10, 5)] * count, "submitted": [datetime(2025, 10, 6, 9, 32, 9)] * count,
        **{one: [8.0] * count for one in ITEMS}, **marked, "w4_text": [words for _, words in SAID],
    })  # fmt: skip
    worded = ("价格", "速度", "员工", "其他")
    file = shop.put("export.sav", "")
    pyreadstat.write_sav(
        frame,
        str(file),
        column_labels={f"w{place}": text for place, text in enumerate(worded, start=1)} | {"w4_text": "其他，请注明"},
    )
    file.write_bytes(with_record(file.read_bytes(), 7, b"$reasons=D1 1 7 Reasons w1 w2 w3 w4\n"))
    text = check(shop, file, monkeypatch)
    assert 'other = "else"' in text
    assert 'other_column = "w4_text"' in text


def test_qualtrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make(tmp_path, definition=ELSE)
    heads = ["EndDate", "ResponseId", "store", "visit_date", *ITEMS, *(f"Q3_{n}" for n in (1, 2, 3, 4)), "Q3_4_TEXT"]
    worded = ["End Date", "Response ID", "Your store", "Day of visit", *(f"Rate - {one}" for one in ITEMS),
              *(f"Why? - {one}" for one in ("Price", "Speed", "Staff", "Other")), "Why? - Other - Text"]  # fmt: skip
    ids = ["endDate", "_recordId", "QID1_TEXT", "QID9_TEXT", *(f"QID2_{n}" for n in range(1, 7)),
           *(f"QID3_{n}" for n in (1, 2, 3, 4)), "QID3_4_TEXT"]  # fmt: skip
    names = dict(zip(OPTIONS, ("Price", "Speed", "Staff", "Other"), strict=True))
    rows = [
        ["2025-10-06 09:32:09", f"R_{place}", "SH-001", "2025-10-05", *(["8"] * 6),
         *(names[one] if one in options else "" for one in OPTIONS), words]
        for place, (options, words) in enumerate(SAID)
    ]  # fmt: skip
    file = shop.put("export.csv", table(heads, [worded, [f'{{"ImportId":"{one}"}}' for one in ids], *rows]))
    text = check(shop, file, monkeypatch)
    assert 'other_column = "Q3_4_TEXT"' in text


@pytest.mark.parametrize("tool", ["limesurvey", "surveymonkey"])
def test_words_that_are_the_cells_of_their_option(tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make(tmp_path, definition=ELSE)
    names = ("Price", "Speed", "Staff")
    rows = [
        [f"{place + 1}", "2025-10-06 09:32:09", "SH-001", "2025-10-05", *(["8"] * 6),
         *(("Y" if tool == "limesurvey" else name) if one in options else ""
           for one, name in zip(OPTIONS, names, strict=False)), words]
        for place, (options, words) in enumerate(SAID)
    ]  # fmt: skip
    if tool == "limesurvey":
        heads = ["id", "submitdate", "store", "visit_date", *ITEMS, "W[price]", "W[speed]", "W[staff]", "W[other]",
                 "lastpage", "startlanguage"]  # fmt: skip
        file = shop.put("export.csv", table(heads, [[*one, "3", "zh"] for one in rows]))
    else:
        stems = ["Respondent ID", "End Date", "Store", "Visit date", *ITEMS, "Why?", "", "", ""]
        options = ["", "", *(["Response"] * 8), *names, "Other (please specify)"]
        file = shop.put("export.csv", table(stems, [options, *rows]))
    text = check(shop, file, monkeypatch, WRITTEN)
    assert 'other = "else"' in text


def test_words_without_an_option_of_theirs(tmp_path: Path) -> None:
    """The instrument has no 其他: the words are kept, and the operator is told."""
    text = drafted("W", ["1", "0", "", "1"], {"W_other": ["", "顺路", "", ""]}, INSTRUMENT, tmp_path)
    assert 'other_column = "W_other"' in text
    assert '# other = "…"' in text


@pytest.mark.parametrize(
    ("head", "fits"),
    [
        ("w_other", True), ("other_w", True), ("w_oth", True), ("w3_text", True), ("w3oth", True),
        ("w_其他_说明", True),
        ("grp/w_specify", True), ("w_1_other_text", True), ("weight_other", False), ("w_where", False),
        ("other", False), ("comment", False), ("w_otherwise", False),
        ("w9_text", False), ("w10_text", False),
    ],
)  # fmt: skip
def test_a_column_is_named_after_its_question(head: str, fits: bool, tmp_path: Path) -> None:
    """Another column stands between the two."""
    text = drafted("w", ["1", "0", "", "1"], {"x": ["a", "", "", ""], head: ["", "顺路", "", ""]}, ELSE, tmp_path)
    assert (f'other_column = "{head}"' in text) == fits


@pytest.mark.parametrize(
    ("wording", "asks"),
    [
        ("其他", True), ("其它（请注明）", True), ("其他，请具体说明：", True), ("Other", True),
        ("Other (please specify)", True),
        ("其他品牌", False), ("Other brands", False), ("", False),
    ],
)  # fmt: skip
def test_an_option_asks_for_words(wording: str, asks: bool) -> None:
    assert own_words.asks(wording) == asks


@pytest.mark.parametrize(
    ("head", "fits"),
    [
        ("其他（请注明）", True),
        ("5、其他", True),
        ("Other, please specify", True),
        ("其他意见和建议", False),
        ("意见", False),
    ],
)
def test_a_column_right_behind_may_ask_for_words(head: str, fits: bool, tmp_path: Path) -> None:
    text = drafted("w", ["1", "0", "", "1"], {head: ["", "顺路", "", "很近"]}, ELSE, tmp_path)
    assert (f'other_column = "{head}"' in text) == fits


def test_two_columns_of_words_are_left_to_the_operator(tmp_path: Path) -> None:
    words = ["", "顺路", "", ""]
    assert "other_column" not in drafted("w", ["1", "0", "", "1"], {"w_other": words, "w_text": words}, ELSE, tmp_path)


def drafted(stem: str, marks: list[str], more: dict[str, list[str]], definition: str, folder: Path) -> str:
    """The draft for a question of three options, one column each, and other columns behind it."""
    (folder / "svc.toml").write_text(definition, encoding="utf-8")
    options = ("价格", "速度", "员工")
    columns = [(Column(f"{stem}{place}", one, group=stem), marks) for place, one in enumerate(options, start=1)]
    columns += [(Column(head), texts) for head, texts in more.items()]
    return draft(inspect(raw(columns)), toml.read(folder / "svc.toml", Instrument))


@pytest.mark.parametrize("other", ["-oth-", "其他", ""])
def test_a_branch_that_is_typed_instead_of_chosen(other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LimeSurvey: the code of 其他, its wording, or nothing in the one column, and the text in the other."""
    shop = make(tmp_path)
    stores = [("A1", ""), (other, "广州店"), (other, "GZ-003"), ("A1", "N/A"), *([("A1", "")] * 6)]
    heads = ["id", "submitdate", "STORE", "STORE[other]", "visit_date", *ITEMS, "lastpage", "startlanguage"]
    file = shop.put("export.csv", table(heads, [
        [f"{place}", "2025-10-06 09:32:09", "上海店" if chosen == "A1" else chosen, typed, "2025-10-05",
         *(["8"] * 6), "3", "zh"] for place, (chosen, typed) in enumerate(stores, start=1)
    ]))  # fmt: skip
    text = inspected(shop, file, monkeypatch)
    assert 'branch = ["STORE[other]", "STORE"]' in text
    admitted = admit(shop.mapping(text))
    branches = admitted.responses["svc"].sort("row")["branch"].to_list()
    assert branches == ["SH-001", "GZ-003", "GZ-003", *(["SH-001"] * 7)]


def test_a_row_of_a_typed_branch_is_explained_under_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path, MAPPING.replace('branch = "branch"', 'branch = ["别的店", "branch"]'))
    shop.rows({}, {"别的店": "BJ-002", "q1": "99"}, {"别的店": ""})
    asked = ["--programme", str(shop.folder), "--period", "2025-10"]
    assert main(["score", *asked]) == 0
    capsys.readouterr()
    assert main(["explain", "BJ-002", "--json", *asked]) == 0
    left_out = json.loads(capsys.readouterr().out)["exclusions"]["quarantined"]
    assert left_out == [{"file": "export.csv", "row": 3, "reasons": ["outside_scale"]}]


def test_wjx_as_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 chosen, 0 not, 1〖words〗; -3 where the question was passed over."""
    shop = make(tmp_path, definition=ELSE)
    heads = ["序号", "提交答卷时间", "来自IP", "1、门店代码", "2、到店日期", *(f"3、{one}" for one in "一二三四五六"),
             "4、原因(价格)", "4、(速度)", "4、(员工)", "4、(其他)"]  # fmt: skip
    rows = []
    for place, (options, words) in enumerate(SAID, start=1):
        marks = [str(int(one in options)) if options else "-3" for one in OPTIONS]
        marks[-1] += f"〖{words}〗" if words else ""
        rows.append([f"{place}", "2025/10/6 9:32:09", "203.0.113.9", "SH-001", "2025-10-05", *(["8"] * 6), *marks])
    text = check(shop, shop.put("export.csv", table(heads, rows)), monkeypatch)
    assert 'other = "else"' in text
