"""Readers: every cell as text with its true row number, or one sentence that says why not."""

import csv
import io
import os
import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
import xlsxwriter
from conftest import Network
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.refusal import Refusal
from pipeline.sources import RAGGED, READERS, ROW, RawTable, delimited, excel, read_bytes
from pipeline.sources.decode import decode

Row = tuple[int, int | None, *tuple[str, ...]]  # its number, its cells where it is ragged, its cells


def read(text: str | bytes, kind: str = "csv", sheet: str | None = None) -> RawTable:
    data = text.encode() if isinstance(text, str) else text
    return READERS[kind]("inbox/a.csv", data, "0" * 64, sheet)


def rows(table: RawTable) -> list[Row]:
    return table.frame.select(ROW, RAGGED, *table.header).rows()


def refused(text: str | bytes, kind: str = "csv", sheet: str | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        read(text, kind, sheet)
    return str(caught.value)


# ── encodings ────────────────────────────────────────────────────────────────────────────

TEXT = "编号,意见\nR1,“很好”，𠮷野家㐀\nR2,Citroën €5\n"  # GBK lacks 𠮷, 㐀 and ë


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("gb18030"), "gb18030"),
    ],
)
def test_the_same_cells_from_every_encoding(data: bytes, encoding: str) -> None:
    table = read(data)
    assert table.encoding == encoding
    assert table.header == ("编号", "意见")
    assert rows(table) == [(2, None, "R1", "“很好”，𠮷野家㐀"), (3, None, "R2", "Citroën €5")]


def test_characters_that_gbk_lacks_are_in_the_gb18030_case() -> None:
    for character in "𠮷㐀ë":
        with pytest.raises(UnicodeEncodeError):
            character.encode("gbk")


def test_a_short_file_of_two_hanzi_is_not_taken_for_gb18030() -> None:
    """GB18030 decodes 评分 in UTF-8 without complaint, as other characters."""
    data = "a,b\n1,评分\n".encode()
    data.decode("gb18030")
    assert rows(read(data)) == [(2, None, "1", "评分")]


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_one_damaged_byte_of_a_utf8_file_is_never_read_as_something_else(bit: int, place: str) -> None:
    comments = "".join(f"R{n},维修师傅很专业，等了{n}分钟，下次还来\n" for n in range(40))
    data = bytearray(f"编号,意见\n{comments}".encode())
    where = [at for at, byte in enumerate(data) if byte >= 0x80]
    at = where[{"first": 0, "middle": len(where) // 2, "last": -1}[place]]
    data[at] ^= 1 << bit
    damage, text = _not_utf8(bytes(data))
    if damage is None:  # it made another character: nothing can tell
        assert decode("f", bytes(data)) == (text, "utf-8")
    else:
        line = data[:damage].count(b"\n") + 1
        assert refused(bytes(data)).startswith(f"inbox/a.csv, line {line}: byte {damage} is not UTF-8. The file")


def _not_utf8(data: bytes) -> tuple[int | None, str]:
    try:
        return None, data.decode()
    except UnicodeDecodeError as error:
        return error.start, ""


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec="gb2312", categories=["Lo", "Po"]), min_size=1, max_size=60))
def test_gb18030_is_never_taken_for_damaged_utf8(text: str) -> None:
    data = f"甲,乙\n1,{text}\n".encode("gb18030")
    assert decode("f", data) == (data.decode("gb18030"), "gb18030")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("a,b\n1,你好吗".encode()[:-1], "line 2: byte 12 is not UTF-8. The"),
        ("a,b\n1,好".encode("gb18030")[:-1], "line 2: byte 6 is not UTF-8 or GB18030"),
        (b"a,b\n1,\xff\xff\n", "line 2: byte 6 is not UTF-8 or GB18030"),
        (b"\xef\xbb\xbfa,b\n1,\xe4\xbd\n", "line 2: byte 9 is not UTF-8. The"),
        (b"\xff\xfe" + "a,b\n1,2".encode("utf-16-le")[:-1], "line 2: byte 14 is not UTF-16-LE"),
        ("a,b\n1,2\n".encode("utf-16-le"), "character U+0000 does not belong in text, and the file was read as UTF-8"),
        (b"a,b\n1,2\n3,\x004\n", "line 3: character U+0000"),
        ("甲,b\n1,好\x07\n".encode("gb18030"), "line 2: character U+0007"),
        ("甲,b\n1,\ue5e5\n".encode("gb18030"), "line 2: character U+E5E5"),
    ],
)
def test_bytes_that_fit_no_encoding(data: bytes, sentence: str) -> None:
    problem = refused(data)
    assert problem.startswith("inbox/a.csv, line ")
    assert sentence in problem
    assert "as UTF-8" in problem  # what to do


# ── delimited text ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_delimiters_and_line_ends(delimiter: str, end: str, last: str) -> None:
    text = end.join(["a,b", "1,x", "2,y"]).replace(",", delimiter) + (end if last else "")
    assert rows(read(text)) == [(2, None, "1", "x"), (3, None, "2", "y")]


@pytest.mark.parametrize(
    "head",
    [
        'id;"How, on the whole, was it?"',
        'id\t"a, b; c, d; e"',
        '"id";"first\nsecond, third, fourth"',
    ],
)
def test_the_delimiter_is_counted_outside_quotes(head: str) -> None:
    delimiter = "\t" if "\t" in head else ";"
    table = read(f"{head}\n1{delimiter}x\n2{delimiter}y\n")
    assert len(table.header) == 2
    assert [cells for _, _, *cells in rows(table)] == [["1", "x"], ["2", "y"]]


RECORDS: dict[str, tuple[str, list[Row]]] = {
    "a delimiter in quotes": ('a,b\n"x,y",2\n', [(2, None, "x,y", "2")]),
    "doubled quotes": ('a,b\n"say ""hi""",2\n', [(2, None, 'say "hi"', "2")]),
    "line breaks": ('a,b\n"p\nq\n",2\n3,4\n', [(2, None, "p\nq\n", "2"), (3, None, "3", "4")]),
    "CRLF in a cell": ('a,b\n"p\r\nq",2\r\n3,4\n', [(2, None, "p\r\nq", "2"), (3, None, "3", "4")]),
    "inches": ('a,b\n5" rim,x\n6" rim,y\n', [(2, None, '5" rim', "x"), (3, None, '6" rim', "y")]),
    "blank lines": ("a,b\n1,2\n\n\n3,4\n\n", [(2, None, "1", "2"), (5, None, "3", "4")]),
    "a row of nothing": ("a,b\n1,2\n,\n3,4\n", [(2, None, "1", "2"), (4, None, "3", "4")]),
    "short": ("a,b,c\n1\n2,3\n4,5,6\n", [(2, 1, "1", "", ""), (3, 2, "2", "3", ""), (4, None, "4", "5", "6")]),
    "long": ("a,b\n1,2,3\n4,5\n", [(2, 3, "1", "2"), (3, None, "4", "5")]),
    "short and long make even": ("a,b,c\n1,2\n3,4,5,6\n", [(2, 2, "1", "2", ""), (3, 4, "3", "4", "5")]),
    "empty surplus at the end": ("a,b,c\n1,2\n3,4,,", [(2, 2, "1", "2", ""), (3, 4, "3", "4", "")]),
    "an empty cell more in one": (
        "a,b\n1,2\n3,4,\n5,6\n",
        [(2, None, "1", "2"), (3, 3, "3", "4"), (4, None, "5", "6")],
    ),
    "an empty cell more in all": ("a,b\n1,2,\n3,4,\n5\n", [(2, None, "1", "2"), (3, None, "3", "4"), (4, 1, "5", "")]),
    "a cell under no head": ("a,b,\n1,2,\n3,4,oops\n", [(2, None, "1", "2"), (3, 3, "3", "4")]),
    "trailing empty heads": ("a,b,,\n1,2\n3,4,,\n", [(2, None, "1", "2"), (3, None, "3", "4")]),
    "one column": ("a\n1\n\n2\n", [(2, None, "1"), (4, None, "2")]),
    "nothing is interpreted": ("a,b\nNA,null\n #1 ,0012\n", [(2, None, "NA", "null"), (3, None, " #1 ", "0012")]),
    "an old Mac line end within": ("a,b\nx\ry,z\n", [(2, 1, "x", ""), (3, None, "y", "z")]),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records(name: str) -> None:
    text, expected = RECORDS[name]
    assert rows(read(text)) == expected


def test_heads_are_trimmed() -> None:
    assert read(" a\u00a0,\u00a0b \n1,2\n").header == ("a", "b")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "inbox/a.csv: the file is empty. Export it again."),
        ("\ufeff\r\n \n", "inbox/a.csv: the file is empty. Export it again."),
        ("a,b\n", "inbox/a.csv: there is no row under the column heads. Export it again."),
        ("a,b\n,\n\n", "inbox/a.csv: there is no row under the column heads. Export it again."),
        ("\n\na,b\n1,2\n", "inbox/a.csv, row 1: no column heads. Export the file again with its header row."),
        (",,\n1,2\n", "inbox/a.csv, row 1: no column heads. Export the file again with its header row."),
        ("a,,b\n1,2,3\n", "inbox/a.csv, row 1, column 2: the head is empty. Give it a name."),
        (
            "a,b,a\n1,2\n",
            "inbox/a.csv, row 1, column 3: the head 'a' stands already in column 1. Rename one of the two.",
        ),
        ("a,__row\n1,2\n", "inbox/a.csv, row 1, column 2: '__row' is reserved. Rename it."),
    ],
)
def test_files_without_heads_or_rows(text: str, sentence: str) -> None:
    assert refused(text) == sentence


def test_every_bad_head_is_named_at_once() -> None:
    assert len(refused("a,,a,b,b\n1,2,3,4,5\n").splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', "after row 2"),
        ('a,b\n1,2\n3,"4', "after row 2"),
        ('a,b\n"1"x,2\n', "after row 1"),
        ('a,b\n"1" ,2\n', "after row 1"),
        ('a,"b\n1,2\n', "row 1"),
    ],
)
def test_quotes_that_do_not_close(text: str, place: str) -> None:
    problem = refused(text)
    assert problem.startswith(f"inbox/a.csv, {place}: a quoted cell is not closed or wrongly quoted (")
    assert problem.endswith("The file may be cut off; export it again.")


def test_a_quote_never_closed_in_a_large_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "CELL_LIMIT", 1000)
    for head in ('a,"b', 'a,b\n1,"2'):
        assert "not closed or wrongly quoted (field larger than field limit" in refused(head + "\n1,2" * 1000)


def test_a_workbook_where_text_is_expected_and_the_other_way_round() -> None:
    assert refused(workbook(simple)) == 'inbox/a.csv: this is an Excel file. Set reader = "xlsx" for its source.'
    assert refused("a,b\n1,2\n", "xlsx").startswith(
        "inbox/a.csv: not a readable Excel workbook (File is not a zip file)"
    )
    assert (
        refused("a,b\n1,2\n", sheet="A") == "inbox/a.csv: a text file has no sheets. Take `sheet` out of the mapping."
    )


CELL = st.one_of(
    st.sampled_from(["", "", " ", "a", "中", '"', '""', ",", ";", "\n", "\r", "\r\n", "\t", '5"', "x,y", 'p"q', "0"]),
    st.text(st.sampled_from('ab中,"\n \r;'), max_size=4),
)
RECORD = st.one_of(
    st.lists(CELL, min_size=3, max_size=3), st.lists(CELL, min_size=3, max_size=3), st.lists(CELL, max_size=5)
)


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(RECORD, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
    st.sampled_from([("h", "i", "j"), ("h", "i", "")]),
    st.data(),
)
def test_the_fast_way_is_taken_only_where_it_gives_what_the_careful_way_gives(
    records: list[list[str]], end: str, quoting: Any, cut: bool, head: tuple[str, ...], data: st.DataObject
) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=quoting).writerows([head, *records])
    text = file.getvalue()
    if cut:  # a file as no tool should write it: a character lost or doubled
        at = data.draw(st.integers(len("h,i,j"), len(text)))
        text = text[:at] + data.draw(st.sampled_from(["", '"', ",", "\n", "\r"])) + text[at + 1 :]
    header = tuple(one for one in head if one)
    fast = delimited._fast(text, ",", len(head), header)
    if fast is not None:
        careful = delimited._careful("f", text, ",", header)
        assert fast.schema == careful.schema
        assert fast.rows() == careful.rows()
    if not cut and not any("\r" in cell for one in records for cell in one):  # well written: nothing is lost
        kept = [(n, one) for n, one in enumerate(records, start=2) if any(one)]
        careful = delimited._careful("f", text, ",", header)
        assert careful[ROW].to_list() == [n for n, _ in kept]
        width = len(header)
        assert careful.select(header).rows() == [tuple((one + [""] * width)[:width]) for _, one in kept]


def test_the_fast_way_is_taken_for_real_exports(example: Network) -> None:
    plain = [path for month in ("2025-09", "2025-10") for path in example.inbox(month).glob("*.csv")]
    careful = delimited._careful
    with patch.object(delimited, "_careful", side_effect=careful) as called:
        for path in plain:
            read(path.read_bytes())
    ragged = {
        file for month in ("2025-09", "2025-10") for file, _, why in example.planted(month) if why == "ragged_row"
    }
    assert {call.args[0] for call in called.call_args_list} <= {"inbox/a.csv"}
    assert called.call_count == len(ragged) < len(plain)


# ── workbooks ────────────────────────────────────────────────────────────────────────────


def workbook(*fills: Callable[[Any, Any], None]) -> bytes:
    """A workbook with one sheet per fill, called with the book and the sheet."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    for fill in fills:
        fill(book, book.add_worksheet(fill.__name__))
    book.close()
    return data.getvalue()


def simple(_: Any, sheet: Any) -> None:
    for column, head in enumerate("ab"):
        sheet.write_string(0, column, head)
        sheet.write_number(1, column, column + 1)


def empty(_: Any, __: Any) -> None:
    pass


def header_only(_: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["a", "b"])


def gaps(_: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(2, 0, [1, 2])
    sheet.write_row(5, 1, [3])
    sheet.write_row(6, 0, [4, 5, "", "beyond"])


def late(_: Any, sheet: Any) -> None:
    sheet.write_row(3, 0, ["a", "b"])
    sheet.write_row(4, 0, [1, 2])


def kinds(book: Any, sheet: Any) -> None:
    day, moment, clock = (
        book.add_format({"num_format": one}) for one in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm")
    )
    sheet.write_row(0, 0, [f"c{n}" for n in range(12)])
    sheet.write_number(1, 0, 8)
    sheet.write_number(1, 1, 8.5)
    sheet.write_number(1, 2, 13900006688)
    sheet.write_number(1, 3, 0.1 + 0.2)
    sheet.write_datetime(1, 4, date(2025, 10, 31), day)
    sheet.write_datetime(1, 5, datetime(2025, 10, 31, 9, 5, 7), moment)
    sheet.write_datetime(1, 6, time(9, 5), clock)
    sheet.write_boolean(1, 7, True)
    sheet.write_string(1, 8, " 0012 ")
    sheet.write_formula(1, 9, "=1+1", None, 2)
    sheet.write_formula(1, 10, "=1/0", None, "#DIV/0!")
    sheet.write_formula(1, 11, "=NA()", None, "#N/A")


def test_the_named_sheet_or_else_the_first() -> None:
    data = workbook(simple, gaps)
    assert rows(read(data, "xlsx")) == [(2, None, "1", "2")]
    assert [row for row, *_ in rows(read(data, "xlsx", "gaps"))] == [3, 6, 7]
    assert refused(data, "xlsx", "答卷") == (
        "inbox/a.csv: there is no sheet '答卷'; it has simple, gaps. Name the right one as `sheet` in the mapping."
    )


def test_rows_have_the_numbers_a_spreadsheet_shows() -> None:
    assert rows(read(workbook(gaps), "xlsx")) == [(3, None, "1", "2"), (6, None, "", "3"), (7, 4, "4", "5")]


def test_every_kind_of_cell_as_text() -> None:
    assert rows(read(workbook(kinds), "xlsx")) == [(
        2, None, "8", "8.5", "13900006688", "0.3", "2025-10-31 00:00:00", "2025-10-31 09:05:07", "1899-12-31 09:05:00",
        "true", " 0012 ", "2", "#DIV/0!", "#N/A",
    )]  # fmt: skip


@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        (empty, "inbox/a.csv, sheet empty: the sheet is empty. Export it again."),
        (header_only, "inbox/a.csv, sheet header_only: there is no row under the column heads. Export it again."),
        (late, "inbox/a.csv, row 1: no column heads. Export the file again with its header row."),
    ],
)
def test_sheets_without_heads_or_rows(fill: Callable[[Any, Any], None], sentence: str) -> None:
    assert refused(workbook(fill), "xlsx") == sentence


def zipped(**entries: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"PK\x03\x04" + b"\0" * 100, id="no zip"),
        pytest.param(zipped(readme=b"hello"), id="another zip"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000, id="a broken .xls or a password"),
        pytest.param(workbook(simple)[:-200], id="cut off"),
    ],
)
def test_not_a_workbook(data: bytes) -> None:
    problem = refused(data, "xlsx")
    assert problem.startswith("inbox/a.csv: not a readable Excel workbook (")
    assert problem.endswith("Save it as .xlsx again.")
    assert "\n" not in problem


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(**{"xl/worksheets/sheet1.xml": b" " * 3_000_000})
    assert len(bomb) < 10_000
    monkeypatch.setattr(excel, "EXPANDED_LIMIT", 2_000_000)
    with patch.object(zipfile.ZipFile, "read", side_effect=AssertionError("unpacked")):
        assert refused(bomb, "xlsx") == (
            "inbox/a.csv: unpacks to 3,000,000 bytes, more than the 2,000,000 allowed. Split it, or save it as CSV."
        )


def test_the_limit_of_a_bomb() -> None:
    assert excel.EXPANDED_LIMIT == 200_000_000


def test_a_flipped_bit_in_a_workbook_never_changes_a_cell() -> None:
    good = workbook(simple, kinds)
    expected = [read(good, "xlsx", sheet).frame for sheet in ("simple", "kinds")]
    chance, refusals = random.Random(2025), 0
    for _ in range(400):
        data = bytearray(good)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        for sheet, frame in zip(("simple", "kinds"), expected, strict=True):
            try:
                assert read(bytes(data), "xlsx", sheet).frame.equals(frame)
            except Refusal:
                refusals += 1
    assert refusals > 500


# ── files ────────────────────────────────────────────────────────────────────────────────


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_bytes(b"a,b\n")
    (tmp_path / "link.csv").symlink_to(plain)
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    assert read_bytes(plain, "plain.csv") == b"a,b\n"
    for name, sentence in (
        ("link.csv", "link.csv: a symbolic link. Put the file itself there."),
        ("folder.csv", "folder.csv: not a plain file. Put a file in its place, or move it away."),
        ("pipe.csv", "pipe.csv: not a plain file. Put a file in its place, or move it away."),
        ("gone.csv", "gone.csv: cannot be read (No such file or directory)."),
    ):
        with pytest.raises(Refusal) as caught:
            read_bytes(tmp_path / name, name)
        assert str(caught.value) == sentence


def test_both_readers_give_the_same_kind_of_table() -> None:
    text, sheet = read("a,b\n1,2\n").frame, read(workbook(simple), "xlsx").frame
    assert text.schema == sheet.schema == {ROW: pl.UInt32, RAGGED: pl.UInt32, "a": pl.String, "b": pl.String}
    assert text.equals(sheet)
