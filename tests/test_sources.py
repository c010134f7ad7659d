"""Delimited text: every cell as text with its true row number, or one sentence that says why not."""

import codecs
import csv
import hashlib
import io
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
import xlsxwriter
from conftest import Network
from hypothesis import example as case
from hypothesis import given
from hypothesis import strategies as st

from pipeline import sources
from pipeline.refusal import Refusal
from pipeline.sources import RAGGED, ROW, Options, RawTable, container, decode, delimited, digest, records
from pipeline.sources.raw import HEAD_RECORDS, Grid
from tests.trials import tried

Row = tuple[int, int | None, *tuple[str, ...]]  # its number, its cells where it is ragged, its cells


def read(text: str | bytes, **options: Any) -> RawTable:
    data = text.encode() if isinstance(text, str) else text
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return sources.read(Path(file.name), "inbox/a.csv", Options(**options))


def rows(table: RawTable) -> list[Row]:
    return table.frame().rows()


def refused(text: str | bytes, **options: Any) -> str:
    with pytest.raises(Refusal) as caught:
        read(text, **options).frame()
    return str(caught.value)


def decoded(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """(text, encoding)."""
    handle = io.BytesIO(data)
    found = decode.recognise("inbox/a.csv", handle, declared)
    return b"".join(map(bytes, found.blocks(handle))).decode(), found.encoding


# ── encodings ────────────────────────────────────────────────────────────────────────────

TEXT = "编号,意见\nR1,“很好”，𠮷野家㐀\nR2,Citroën €5\n"  # GBK lacks 𠮷, 㐀 and ë
ASCII_FIRST = TEXT.replace("编号", "id")
UTF_16 = [
    (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
    (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        *UTF_16,
        (TEXT.encode("gb18030"), "gb18030"),
    ],
)
def test_the_same_cells_from_every_encoding(data: bytes, encoding: str) -> None:
    table = read(data)
    assert table.encoding == encoding
    assert table.grid.marked == data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    assert table.header == ("编号", "意见")
    assert rows(table) == [(2, None, "R1", "“很好”，𠮷野家㐀"), (3, None, "R2", "Citroën €5")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(encoding: str) -> None:
    table = read(ASCII_FIRST.encode(encoding))
    assert (table.encoding, table.header, table.grid.marked) == (encoding, ("id", "意见"), False)
    assert rows(table) == [(2, None, "R1", "“很好”，𠮷野家㐀"), (3, None, "R2", "Citroën €5")]


def test_utf_16_without_a_mark_that_begins_in_chinese_has_to_be_declared() -> None:
    data = TEXT.encode("utf-16-le")
    assert "as UTF-8" in refused(data)
    assert decoded(data, "utf-16-le") == (TEXT, "utf-16-le")


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
        assert decoded(bytes(data)) == (text, "utf-8")
    else:
        line = data[:damage].count(b"\n") + 1
        assert refused(bytes(data)).startswith(f"inbox/a.csv, line {line}: byte {damage} is not UTF-8. The file")


def _not_utf8(data: bytes) -> tuple[int | None, str]:
    try:
        return None, data.decode()
    except UnicodeDecodeError as error:
        return error.start, ""


@pytest.mark.parametrize("encoding", ["big5", "windows-1252", "mac_roman"])
def test_one_damaged_byte_is_no_other_encoding_even_where_one_is_declared(encoding: str) -> None:
    """The declared encoding is that of last month's file, and takes these bytes: å¾ˆå¥½ for 很好."""
    data = ("a,b\n" + "1,很好\n" * 40 + "1,很").encode()[:-1] + b"\n"
    data.decode("windows-1252"), data.decode("mac_roman")
    assert refused(data, encoding=encoding).startswith("inbox/a.csv, line ")


HANZI = st.text(st.characters(codec="gb2312", categories=["Lo", "Po"]), min_size=1, max_size=60)
COMMON = [chr(number) for number in range(0x4E00, 0x9FA6)] + [*"，。、；：？！“”（）"]
COMMON = [one for one in COMMON if (code := one.encode("gb18030")) < b"\xd7\xfa" and min(code) >= 0xA1]


def test_the_common_characters_are_the_first_level_of_gb2312() -> None:
    assert len([one for one in COMMON if one >= "一" and one <= "龥"]) == 3755


@tried(100)
@given(st.text(st.sampled_from(COMMON), min_size=2, max_size=60))
def test_chinese_in_gb18030_is_read(text: str) -> None:
    data = f"甲,乙\n1,{text}\n".encode("gb18030")
    assert decoded(data) == (data.decode("gb18030"), "gb18030")


@tried(100)
@given(HANZI)
def test_gb18030_is_never_taken_for_damaged_utf8(text: str) -> None:
    """A text of rare or of single characters may be refused as no Chinese, but as nothing else."""
    data = f"甲,乙\n1,{text}\n".encode("gb18030")
    assert decoded(data, "gb18030") == (data.decode("gb18030"), "gb18030")
    beyond = [one for one in text if one > "\x7f"]
    together = any(one > "\x7f" and other > "\x7f" for one, other in pairwise(text))
    if together and sum(one in COMMON for one in beyond) >= 0.6 * len(beyond):
        assert decoded(data) == (data.decode("gb18030"), "gb18030")
        return
    try:
        assert decoded(data) == (data.decode("gb18030"), "gb18030")
    except Refusal as refusal:
        problems = list(refusal.problems)
    else:
        problems = [NO_CHINESE]
    assert problems == [NO_CHINESE]


def test_chinese_that_comes_late_is_chinese() -> None:
    """Codes only for a million characters, then the first comment."""
    text = "id,comment\n" + "R1000,\n" * 160_000 + "R2,维修师傅很专业，下次还来\n"
    assert decoded(text.encode("gb18030")) == (text, "gb18030")


NO_CHINESE = (
    "inbox/a.csv: not UTF-8, and read as GB18030 it is no Chinese. Save it as UTF-8, or name its encoding as "
    '`encoding` in the mapping, such as "windows-1252".'
)
DECLARED = {
    "big5": "編號,意見\nR1,維修師傅很專業，下次還來\nR2,「好」\n",
    "windows-1252": "id,comment\nR1,“Très bien” – café à 5 €\nR2,Señor Müller\n",
    "mac_roman": "id,comment\nR1,“Très bien” – café à 5 ‰\nR2,Señor Müller\n",
    "shift_jis": "番号,意見\nR1,とても良かったです。\nR2,ありがとう\n",
    "koi8-r": "номер,мнение\nR1,очень хорошо\nR2,Спасибо\n",
    "utf-16-le": TEXT,
    "gb18030": "甲,乙\nR1,亍丌兀\nR2,好\n",
}


@pytest.mark.parametrize("encoding", DECLARED)
def test_a_declared_encoding_is_used(encoding: str) -> None:
    text = DECLARED[encoding]
    heads, *expected = csv.reader(text.splitlines())
    table = read(text.encode(encoding), encoding=encoding)
    assert (table.encoding, table.header) == (encoding, tuple(heads))
    assert [list(cells) for _, _, *cells in rows(table)] == expected


@pytest.mark.parametrize("encoding", ["windows-1252", "latin-1", "windows-1250", "koi8-r", "windows-1251", "mac_roman"])
def test_letters_of_europe_are_not_taken_for_chinese(encoding: str) -> None:
    """A table of films, as any Latin or Cyrillic export: pairs of its bytes are valid in GB18030."""
    text = {
        "koi8-r": "имя,фильм\nЛюк,Новая надежда\nЧубакка,Возвращение джедая\n",
        "windows-1251": "имя,фильм\nЛюк,Новая надежда\nЧубакка,Возвращение джедая\n",
        "windows-1250": "jméno,film\nPadmé Naberrie,Klonové útočí\nŁukasz,Zemsta Sithów żółć\n",
    }.get(encoding, "name,film\nPadmé Amidala,Die Rückkehr\nJérôme,L'Empire contre-attaque à Noël\n")
    problem = refused(text.encode(encoding))
    assert problem == NO_CHINESE or "is not UTF-8 or GB18030" in problem
    heads, *expected = csv.reader(text.splitlines())
    table = read(text.encode(encoding), encoding=encoding)
    assert (list(table.header), [cells for _, _, *cells in rows(table)]) == (heads, expected)


@pytest.mark.parametrize(
    "text",
    [
        "name,planet\nAmélie,très\nPadmés,Noël\n",  # pairs of bytes that GB18030 reads as rare characters
        "name,planet\nPadmé Amidala,Naboo\nJérôme,\n",  # é and a space are no pair of GB18030 at all
    ],
)
def test_latin_text_gets_the_advice_to_name_its_encoding(text: str) -> None:
    problem = refused(text.encode("windows-1252"))
    assert "name its encoding as `encoding` in the mapping" in problem


@pytest.mark.parametrize("declared", ["big5", "windows-1252", "utf-16-le", "mac_roman"])
def test_a_mark_and_utf_8_come_before_what_is_declared(declared: str) -> None:
    for data, encoding in [(TEXT.encode(), "utf-8"), (TEXT.encode("utf-8-sig"), "utf-8"), *UTF_16]:
        assert decoded(data, declared) == (TEXT, encoding)


def test_what_does_not_fit_the_declared_encoding_is_refused() -> None:
    assert refused("编号,意见\n1,𠮷很\n".encode("gb18030"), encoding="shift_jis").startswith("inbox/a.csv, line ")
    problem = refused(b"a,b\n1,2\n3,\x81\n", encoding="windows-1252")
    assert problem.startswith("inbox/a.csv, line 3: byte 10 is not WINDOWS-1252. The file is damaged")
    problem = refused(b"a,b\n1,caf\xe9\n2,\x85\n", encoding="latin-1")
    assert problem.startswith("inbox/a.csv, line 3: character U+0085 does not belong in text")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("a,b\n1,你好吗".encode()[:-1], "line 2: byte 12 is not UTF-8. The"),
        ("a,b\n1,好".encode("gb18030")[:-1], "line 2: byte 6 is not UTF-8 or GB18030"),
        (b"a,b\n1,\xff\xff\n", "line 2: byte 6 is not UTF-8 or GB18030"),
        (b"\xef\xbb\xbfa,b\n1,\xe4\xbd\n", "line 2: byte 9 is not UTF-8. The"),
        (b"\xff\xfe" + "a,b\n1,2".encode("utf-16-le")[:-1], "line 2: byte 14 is not UTF-16-LE"),
        ("a,b\n1,2".encode("utf-16-be")[:-1], "line 2: byte 12 is not UTF-16-BE"),
        (b"\xff\xfe" + "a,b\n1,".encode("utf-16-le") + b"\x00\xd8\n\0", "line 2: byte 14 is not UTF-16-LE"),
        ("a,b\n1,\x002\n".encode("utf-16-le"), "line 2: the file holds zero bytes. It is damaged; export it again."),
        (b"a,b\n1,2\n3,\x004\n", "line 3: the file holds zero bytes. It is damaged; export it again."),
        ("甲,b\n1,好\x07\n".encode("gb18030"), "line 2: character U+0007"),
        ("甲,b\n1,\ue5e5\n".encode("gb18030"), "line 2: character U+E5E5"),
    ],
)
@pytest.mark.parametrize("block", [1, 2, 3, 5, decode.BLOCK])
def test_bytes_that_fit_no_encoding(data: bytes, sentence: str, block: int) -> None:
    with patch.object(decode, "BLOCK", block), pytest.raises(Refusal) as caught:
        decoded(data)
    problem = str(caught.value)
    assert problem.startswith("inbox/a.csv, line ")
    assert sentence in problem
    assert "as UTF-8" in problem or "export it again" in problem  # what to do


@pytest.mark.parametrize("block", range(1, 12))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5"])
def test_no_character_is_cut_in_two(block: int, encoding: str) -> None:
    text = "id,意見\nR1,很好很好𠮷野家\n" if encoding != "big5" else DECLARED["big5"]
    with patch.object(decode, "BLOCK", block):
        declared = encoding if encoding in ("gb18030", "big5") else None
        assert decoded(text.encode(encoding), declared)[0] == text


# ── delimited text ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_delimiters_and_line_ends(delimiter: str, end: str, last: str) -> None:
    text = end.join(["a,b", "1,x", "2,y"]).replace(",", delimiter) + (end if last else "")
    table = read(text)
    assert table.grid.delimiter == delimiter
    assert rows(table) == [(2, None, "1", "x"), (3, None, "2", "y")]


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


@pytest.mark.parametrize(
    ("text", "quoted"),
    [('"a","b"\n1,2\n', True), ('a,"b"\n1,2\n', False), ("a,b\n1,2\n", False), ('"a","b"\r\n1,2\r\n', True)],
)
def test_whether_every_head_is_quoted(text: str, quoted: bool) -> None:
    assert read(text).grid.quoted == quoted


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
    "a cell under the first of two empty heads": (
        "a,b,,\n1,2,,\n3,4,oops\n5,6,,\n",
        [(2, None, "1", "2"), (3, 3, "3", "4"), (4, None, "5", "6")],
    ),
    "text under no head only": ("a,b\n1,2\n,,x\n3,4\n", [(2, None, "1", "2"), (3, 3, "", ""), (4, None, "3", "4")]),
    "trailing empty heads": ("a,b,,\n1,2\n3,4,,\n", [(2, None, "1", "2"), (3, None, "3", "4")]),
    "one column": ("a\n1\n\n2\n", [(2, None, "1"), (4, None, "2")]),
    "nothing is interpreted": ("a,b\nNA,null\n #1 ,0012\n", [(2, None, "NA", "null"), (3, None, " #1 ", "0012")]),
    "an old Mac line end within": ("a,b\nx\ry,z\n", [(2, 1, "x", ""), (3, None, "y", "z")]),
    "the mark of a second file put behind the first": (
        "a,b\n1,2\n\ufeff3,4\n",
        [(2, None, "1", "2"), (3, None, "\ufeff3", "4")],
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records(name: str) -> None:
    text, expected = RECORDS[name]
    assert rows(read(text)) == expected


@pytest.mark.parametrize("name", RECORDS)
def test_records_wherever_a_block_ends(name: str) -> None:
    text, expected = RECORDS[name]
    table = read(text)
    for block in range(1, len(text.encode()) + 2):
        with patch.object(decode, "BLOCK", block):
            assert rows(table) == expected, block


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
        ("a,__ragged\n1,2\n", "inbox/a.csv, row 1, column 2: '__ragged' is reserved. Rename it."),
    ],
)
def test_files_without_heads_or_rows(text: str, sentence: str) -> None:
    assert refused(text) == sentence


def test_every_bad_head_is_named_at_once() -> None:
    assert len(refused("a,,a,b,b\n1,2,3,4,5\n").splitlines()) == 3


def test_blank_lines_above_the_heads() -> None:
    assert rows(read("\n\na,b\n1,2\n", header_rows=3)) == [(4, None, "1", "2")]


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


def test_quotes_that_do_not_close_far_below() -> None:
    """The head is whole: only the batches show it, after the rows that are right."""
    good = "".join(f"{n},x\n" for n in range(2, 1000))
    for bad in ('1000,"x\n1001,y\n', '1000,"x', '1000,"x"y\n'):
        for block in (10, 1000, decode.BLOCK):
            with patch.object(decode, "BLOCK", block):
                assert "after row 999: a quoted cell is not closed" in far_refused("a,b\n" + good + bad)


@pytest.mark.parametrize("odd", ["", 'x,y"y,z\n'])  # the second is read by the csv module from there on
@pytest.mark.parametrize("block", [10, 1000])
def test_a_file_cut_within_a_row(odd: str, block: int) -> None:
    rows_before = 3 + odd.count("\n")
    with patch.object(decode, "BLOCK", block):
        for cut, cells in (("7,8", 2), ("7", 1), ('"7,8",', 2)):
            problem = far_refused(f"a,b,c\n1,2,3\n4,5,6\n{odd}{cut}", 3)
            assert problem == (
                f"inbox/a.csv, row {rows_before + 1}: the file ends within this row, after {cells} of 3 columns "
                "and without a line end. It was cut off; export it again."
            )
        for whole in ("7,8,9", "7,8\n", "  ", "\n", ""):
            assert list(opened(f"a,b,c\n1,2,3\n4,5,6\n{odd}{whole}").batches(1, 3))


def far_refused(text: str, width: int = 2) -> str:
    """The sentence of a fault that the first batch does not show, or that is there at once."""
    with patch.object(decode, "BLOCK", 1 << 20):
        grid = opened(text)
    with pytest.raises(Refusal) as caught:
        list(grid.batches(1, width))
    return str(caught.value)


def test_a_quote_never_closed_in_a_large_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "CELL_LIMIT", 1000)
    for head in ('a,"b', 'a,b\n1,"2'):
        told = refused(head + "\n1,2" * 1000)
        assert "a cell has more than 1,000 characters; a quote before it is probably not closed" in told


def test_a_quote_never_closed_is_not_looked_for_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell may be so long, and a record not be longer: the rest of the file is not even read."""
    grid = opened("a,b\n" + "1,2\n" * 50 + '3,"4' + "\n1,2" * 100_000)
    monkeypatch.setattr(records, "CELL_LIMIT", 1000)
    monkeypatch.setattr(delimited, "_ROOM", 2000)
    monkeypatch.setattr(decode, "BLOCK", 500)
    taken = []
    blocks = decode.Text.blocks

    def counted(*arguments: Any) -> Iterator[bytes]:
        for one in blocks(*arguments):
            taken.append(len(one))
            yield one

    monkeypatch.setattr(decode.Text, "blocks", counted)
    with pytest.raises(Refusal, match="after row 51: a cell has more than 1,000 characters"):
        list(grid.batches(1, 2))
    assert sum(taken) < 4000


def test_a_sheet_of_heads_alone_names_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明").write(0, 0, "导出说明")
        book.add_worksheet("数据").write_column(0, 0, ["q1", "5"])
    with pytest.raises(Refusal) as refusal:
        sources.read(path, "a.xlsx")
    assert str(refusal.value) == (
        "a.xlsx: there is no row under the column heads. The workbook has the sheets 说明, 数据: name the right one "
        "as `sheet` in the mapping."
    )


def test_a_text_file_has_no_sheets() -> None:
    assert (
        refused("a,b\n1,2\n", sheet="A") == "inbox/a.csv: a text file has no sheets. Take `sheet` out of the mapping."
    )


# ── two ways to read, one table ──────────────────────────────────────────────────────────


def opened(text: str | bytes) -> Grid:
    data = text.encode() if isinstance(text, str) else text
    return delimited.open_text("inbox/a.csv", io.BytesIO(data), Options())


def by_csv(text: str, width: int, heads: int = 1) -> list[Row]:
    """What the batches of a file must hold, by the csv module. Raises csv.Error."""
    records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    usual = Counter(len(one) for one in records[heads:HEAD_RECORDS] if any(one)).most_common(1)
    most = max([width, *map(len, records[:heads]), *(cells for cells, _ in usual)])
    found: list[Row] = []
    for number, cells in enumerate(records, start=1):
        if number > heads and any(cells):
            fits = width <= len(cells) <= most and not any(cells[width:])
            found.append((number, None if fits else len(cells), *(cells + [""] * width)[:width]))
    return found


def in_batches(grid: Grid, width: int, block: int = 1 << 20, keep: list[int] | None = None) -> list[Row]:
    with patch.object(decode, "BLOCK", block):
        frames = list(grid.batches(1, width, keep))
    names = [str(one) for one in (range(width) if keep is None else keep)]
    schema = {ROW: pl.UInt32, RAGGED: pl.UInt32} | dict.fromkeys(names, pl.String)
    assert all(frame.schema == schema for frame in frames)
    return [row for frame in frames for row in frame.rows()]


@contextmanager
def only(way: str) -> Iterator[None]:
    """The faster ways of reading a block fail."""
    if way == "as it comes":
        yield
    elif way == "by line":
        with patch.object(delimited._Reader, "_fast", lambda *_: None):
            yield
    else:
        with (
            patch.object(delimited._Reader, "_fast", lambda *_: None),
            patch.object(delimited._Reader, "_by_line", lambda *_: None),
        ):
            yield


WAYS = ("as it comes", "by line", "by the csv module")
CELL = st.one_of(
    st.sampled_from(["", "", " ", "a", "中", '"', '""', ",", ";", "\n", "\r", "\r\n", "\t", '5"', "x,y", 'p"q', "0"]),
    st.text(st.sampled_from('ab中𠮷,"\n \r;\ufeff\u2028\x0c'), max_size=4),
)
RECORD = st.one_of(
    st.lists(CELL, min_size=3, max_size=3), st.lists(CELL, min_size=3, max_size=3), st.lists(CELL, max_size=5)
)


@tried(400)
@given(
    st.lists(RECORD, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
    st.sampled_from([("h", "i", "j"), ("h", "i", "")]),
    st.integers(1, 60),
    st.sampled_from(WAYS),
    st.data(),
)
def test_the_csv_module_reads_the_same(
    records: list[list[str]], end: str, quoting: Any, cut: bool, head: tuple[str, ...], block: int, way: str,
    data: st.DataObject,
) -> None:  # fmt: skip
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=quoting).writerows([head, *records])
    text = file.getvalue()
    if cut:  # a file as no tool should write it: a character lost or doubled
        at = data.draw(st.integers(len("h,i,j"), len(text)))
        text = text[:at] + data.draw(st.sampled_from(["", '"', ",", "\n", "\r"])) + text[at + 1 :]
    width = sum(map(bool, head))
    try:
        expected = by_csv(text, width)
    except csv.Error:
        with pytest.raises(Refusal, match="a quoted cell is not closed or wrongly quoted"), only(way):
            in_batches(opened(text), width, block)
        return
    with only(way):
        assert in_batches(opened(text), width, block) == expected
    if not cut and not any("\r" in cell for one in records for cell in one):  # well written: nothing is lost
        kept = [(n, one) for n, one in enumerate(records, start=2) if any(one)]
        assert [row[0] for row in expected] == [n for n, _ in kept]
        assert [row[2:] for row in expected] == [tuple((one + [""] * width)[:width]) for _, one in kept]


# Everything a block may end in the middle of, and everything that may begin one.
TANGLED = (
    "h,i,j\n"
    "1,a,b\n"
    '2,"two\nlines, one comma",b\n'
    "\n"
    "\n"
    '3,"say ""so"" 中𠮷",\n'
    "4,short\n"
    ",,\n"
    "5,a,b,long\n"
    '"","",""\n'
    '"6","a\n\n\nb","c\n"\n'
    ",7,\n"
    '8,"""","a,b"\n'
    "9,a,b,\n"
    '"10"\n'
    "11,,"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("last", ["", "\n", "\n\n"])
def test_wherever_a_block_ends(way: str, end: str, last: str) -> None:
    text = (TANGLED + last).replace("\n", end)
    expected = by_csv(text, 3)
    assert [row[:2] for row in expected] == [
        (2, None), (3, None), (6, None), (7, 2), (9, 4), (11, None), (12, None), (13, None), (14, 4), (15, 1),
        (16, None),
    ]  # fmt: skip
    grid = opened(text)
    with only(way):
        for block in range(1, len(text.encode()) + 2):
            assert in_batches(grid, 3, block) == expected, block


@tried(40)
@given(st.lists(RECORD, min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]))
@case([["a"], ["", "b", ""]], "\n")
@case([["", "", ""], ["", "b", ""]], "\r\n")
def test_every_block_gives_what_the_whole_gives(records: list[list[str]], end: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end).writerows([["h", "i", "j"], *records])
    text = file.getvalue()
    grid, expected = opened(text), by_csv(text, 3)
    for block in range(1, len(text.encode()) + 1):
        assert in_batches(grid, 3, block) == expected, block


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
@pytest.mark.parametrize("block", range(1, 30))
def test_blocks_of_another_encoding(encoding: str, block: int) -> None:
    text = TANGLED.replace("lines", "行，很好").replace("long", "长长的")
    assert in_batches(opened(text.encode(encoding)), 3, block) == by_csv(text, 3)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("block", [1, 7, 40, 1000])
def test_the_same_columns_when_only_some_are_kept(way: str, block: int) -> None:
    text = TANGLED.replace("h,i,j", "h,i,j,k") + "\n"
    grid, expected = opened(text), by_csv(text, 4)
    with only(way):
        for count in range(5):
            for keep in combinations(range(4), count):
                kept = [(*row[:2], *(row[2 + place] for place in keep)) for row in expected]
                assert in_batches(grid, 4, block, list(keep)) == kept, keep


def test_columns_are_kept_by_name() -> None:
    table = read(TANGLED)
    for keep in (["i"], ["j", "h"], [], ["h", "i", "j"]):
        wanted = [name for name in "hij" if name in keep]
        assert pl.concat(table.batches(keep)).equals(table.frame().select(ROW, RAGGED, *wanted))


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which way every block was read that the fast way could not read."""
    taken: list[str] = []

    def noted(name: str) -> None:
        real = getattr(delimited._Reader, name)

        def call(self: Any, *arguments: Any) -> Any:
            taken.append(f"{name} {self.file}")
            return real(self, *arguments)

        monkeypatch.setattr(delimited._Reader, name, call)

    noted("_by_line")
    noted("_slow")
    return taken


def test_the_fast_way_is_taken_for_real_exports(example: Network, ways: list[str]) -> None:
    plain = [path for month in ("2025-09", "2025-10") for path in example.inbox(month).glob("*.csv")]
    for path in plain:
        sources.read(path, path.name).frame()
    ragged = {
        file for month in ("2025-09", "2025-10") for file, _, why in example.planted(month) if why == "ragged_row"
    }
    assert {one.split()[1] for one in ways} == ragged
    assert len(ragged) < len(plain)


def test_the_careful_way_is_taken_only_from_where_it_must(ways: list[str]) -> None:
    good = "".join(f"{n},x\n" for n in range(2000))
    text = "a,b\n" + good + '5" rim,x\n' + good
    assert in_batches(opened(text), 2, 1000) == by_csv(text, 2)
    assert ways == ["_slow inbox/a.csv"]


def test_memory_does_not_grow_with_the_file() -> None:
    """Every batch is of about a block, whichever way it is read."""
    text = "a,b\n" + "".join(f"{n},x{n}\n" for n in range(100_000))
    for way in WAYS:
        with only(way), patch.object(decode, "BLOCK", 10_000):
            heights = [frame.height for frame in opened(text).batches(1, 2)]
        assert sum(heights) == 100_000
        assert max(heights) < 2500
    with patch.object(decode, "BLOCK", 10_000):
        heights = [frame.height for frame in opened(text + '5" rim,x\n' * 50_000).batches(1, 2)]
    assert sum(heights) == 150_000
    assert max(heights) <= delimited._SLOW_RECORDS


# ── a file that changes ──────────────────────────────────────────────────────────────────


CHANGES = ("one answer", "a row more", "a row less", "cut within a character", "another encoding", "nothing left")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("block", [50, 1 << 20])
def test_a_file_that_changes_between_the_two_readings(encoding: str, change: str, block: int, tmp_path: Path) -> None:
    text = "id,q1,意见\n" + "".join(f"R{n},8,很好{n}\n" for n in range(200))
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    table = sources.read(path, "inbox/a.csv")
    assert table.frame().height == 200
    with path.open("r+b") as file:
        data = changed(text, encoding, change)
        file.truncate(0)
        file.write(data)
    with pytest.raises(Refusal) as caught, patch.object(decode, "BLOCK", block):
        table.frame()
    assert str(caught.value) == (
        "inbox/a.csv: the file changed while it was read. Wait until it is whole, then run again."
    )


@pytest.mark.parametrize("change", ["one answer", "a row more", ""])
def test_a_file_of_old_is_hashed_once_and_told_by_its_times(change: str, tmp_path: Path) -> None:
    text = "id,q1,意见\n" + "".join(f"R{n},8,很好{n}\n" for n in range(200))
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    times = path.stat()
    with patch.object(decode, "_SETTLED", -(10**12)):  # every file is of old
        table = sources.read(path, "inbox/a.csv")
        assert table.sha256 == hashlib.sha256(text.encode()).hexdigest()
        if change:
            data = changed(text, "utf-8", change)
            while path.stat().st_ctime_ns == times.st_ctime_ns:  # as long as a tick of the clock
                with path.open("r+b") as file:
                    file.write(data)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as copying tools do
            with pytest.raises(Refusal, match="the file changed while it was read"):
                table.frame()
        else:
            with patch.object(decode.hashlib, "sha256", side_effect=lambda _: io.BytesIO()):
                assert table.frame().height == 200


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("block", [50, 64, 97])
def test_a_long_text_may_be_checked_and_hashed_while_it_is_read(mark: str, block: int, tmp_path: Path) -> None:
    text = mark + "id,q1,意见\n" + "".join(f"R{n},8,很好{n}𠮷\n" for n in range(200))
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with patch.object(decode, "_SETTLED", -(10**12)), patch.object(decode, "BLOCK", block):  # long, and of old
        table = sources.read(path, "inbox/a.csv", Options(sure=False))
        assert table.frame().equals(sources.read(path, "inbox/a.csv").frame())
        with patch.object(digest.os, "pread", side_effect=AssertionError("hashed twice")):
            assert table.sha256 == hashlib.sha256(text.encode()).hexdigest()
        unread = sources.read(path, "inbox/a.csv", Options(sure=False))
        assert (unread.sha256, unread.encoding) == (table.sha256, "utf-8")
        with path.open("a") as file:
            file.write("R200,8,\n")
        with pytest.raises(Refusal, match="the file changed while it was read"):
            table.frame()


@pytest.mark.parametrize("late", ["很好".encode("gb18030"), b"\0", "好".encode()[:2], "好".encode()[:1]])
@pytest.mark.parametrize("more", [b"", b"\nR201,8,\n", b"\nR201,8," + b"x" * 100])
def test_a_long_text_that_is_no_utf_8_further_on_is_not_read_on(late: bytes, more: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,q1,said\n" + b"".join(b"R%d,8,good\n" % n for n in range(200)) + b"R200,8," + late + more)
    with (
        patch.object(decode, "_SETTLED", -(10**12)),
        patch.object(decode, "BLOCK", 64),
        patch.object(decode, "_START", 64),
    ):
        table = sources.read(path, "inbox/a.csv", Options(sure=False))
        with pytest.raises(sources.Misread):
            table.frame()


def changed(text: str, encoding: str, change: str) -> bytes:
    data = text.encode(encoding)
    return {
        "one answer": text.replace("R77,8", "R77,9").encode(encoding),
        "a row more": (text + "R999,8,\n").encode(encoding),
        "a row less": text[: text.index("R199")].encode(encoding),
        "cut within a character": data[
            : data.rindex("好".encode(encoding.replace("-sig", "").replace("16", "16-le"))) + 1
        ],
        "another encoding": text.encode("gb18030" if encoding != "gb18030" else "utf-8"),
        "nothing left": b"",
    }[change]


# ── files ────────────────────────────────────────────────────────────────────────────────


def workbook() -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(1, 0, ["1", "2"])
    book.close()
    return data.getvalue()


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_bytes(b"a,b\n1,2\n")
    (tmp_path / "link.csv").symlink_to(plain)
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    with container.open_file(plain, "plain.csv") as handle:
        assert handle.read() == b"a,b\n1,2\n"
    for name, sentence in (
        ("link.csv", "link.csv: a symbolic link. Put the file itself there."),
        ("folder.csv", "folder.csv: not a plain file. Put a file in its place, or move it away."),
        ("pipe.csv", "pipe.csv: not a plain file. Put a file in its place, or move it away."),
        ("gone.csv", "gone.csv: cannot be read (No such file or directory)."),
    ):
        for reader in (container.open_file, sources.read, sources.read_text):
            with pytest.raises(Refusal) as caught:
                reader(tmp_path / name, name)
            assert str(caught.value) == sentence


def test_a_small_text_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        path.write_bytes(TEXT.encode(encoding))
        assert sources.read_text(path, "a.txt") == TEXT
    path.write_bytes(b"\xff\xff")
    with pytest.raises(Refusal, match=r"a.txt, line 1: byte 0 is not UTF-8 or GB18030"):
        sources.read_text(path, "a.txt")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a"])
def test_a_container_is_known_by_its_bytes_and_not_by_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(workbook())
    book = sources.read(path, name)
    path.write_bytes(b"a,b\n1,2\n")
    text = sources.read(path, name)
    assert (book.grid.kind, text.grid.kind) == ("xlsx", "csv")
    schema = {ROW: pl.UInt32, RAGGED: pl.UInt32, "a": pl.String, "b": pl.String}
    assert text.frame().schema == book.frame().schema == schema
    assert text.frame().equals(book.frame())
    assert text.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()


_EXPORT, _UNPACK = "Export CSV, Excel, SPSS or Parquet.", "Unpack it."
_IN_EXCEL = "Open it in Excel and save it as .xlsx, or export CSV."


@pytest.mark.parametrize(
    ("data", "what", "remedy"),
    [
        (b"%PDF-1.7\n", "a PDF", _EXPORT),
        (b"\x1f\x8b\x08\0", "a gzip archive", _UNPACK),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
        (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
        (b"\x89PNG\r\n\x1a\n", "a picture", _EXPORT),
        (b"<!doctype html><html>", "a web page", _IN_EXCEL),
        (b"<HTML><table>", "a web page", _IN_EXCEL),
        (b"\xef\xbb\xbf\r\n <table border=1><tr><td>x</td></tr>", "a web page", _IN_EXCEL),
        ("<META charset=gb2312><table><tr><td>序号".encode("gb18030"), "a web page", _IN_EXCEL),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "a web archive", _IN_EXCEL),
        (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>', "an XML spreadsheet", _IN_EXCEL),
        (b"<?xml version='1.0'?>", "an XML file", _EXPORT),
        (b'[\n {"a": 1}]', "a JSON file", _EXPORT),
        (b'{"a": 1}\n{"a": 2}', "a JSON file", _EXPORT),
        (b"SQLite format 3\0", "an SQLite database", _EXPORT),
    ],
)
def test_what_is_no_export_is_named(data: bytes, what: str, remedy: str) -> None:
    assert refused(data) == f"inbox/a.csv: this is {what}, not an export of answers. {remedy}"


@pytest.mark.parametrize("head", ["<p>Name</p>", "<div>Name</div>", "[1] Name", "{name}", "<table> or not"])
def test_heads_that_begin_like_something_else(head: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{head},b\n1,2\n", encoding="utf-8")
    assert sources.read(tmp_path / "a.csv", "a.csv").header[1] == "b"
