"""Workbooks, SPSS and Parquet: every cell as text with its true number, or one sentence that says why not."""

import io
import random
import re
import struct
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pyreadstat
import pytest
import xlsxwriter

from pipeline.refusal import Refusal
from pipeline.sources import biff, excel, ooxml, parquet, spss
from pipeline.sources.raw import HEAD_RECORDS, RAGGED, ROW, Column, Grid, Options, Record
from tests.trials import TRIALS

Fill = Callable[[Any, Any], None]
FILE = "inbox/a"


def opened(data: bytes, **options: Any) -> Grid:
    opener = {b"$FL": spss.open_sav, b"PAR": parquet.open_parquet}.get(data[:3], excel.open_book)
    return opener(FILE, data, "0" * 64, Options(**options))


def rows(grid: Grid, after: int = 0, width: int | None = None) -> list[tuple[Any, ...]]:
    width = len(grid.head[0].cells) if width is None else width
    return [row for frame in grid.batches(after, width) for row in frame.rows()]


def cells(grid: Grid) -> list[tuple[str, ...]]:
    return [row[2:] for row in rows(grid)]


def refused(data: bytes, **options: Any) -> str:
    with pytest.raises(Refusal) as caught:
        opened(data, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def a_table_or_a_sentence(data: bytes) -> None:
    try:
        rows(opened(data), width=2)
    except Refusal as refusal:
        if not str(refusal).startswith("inbox/a"):
            raise


# ── workbooks ────────────────────────────────────────────────────────────────────────────


def workbook(*fills: Fill) -> bytes:
    """A workbook with one sheet per fill, called with the book and the sheet."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    for fill in fills:
        fill(book, book.add_worksheet(fill.__name__))
    book.close()
    return data.getvalue()


def simple(_: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(1, 0, [1, 2])


def gaps(_: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(2, 0, [1, 2])
    sheet.write_row(5, 1, [3])
    sheet.write_row(6, 0, [4, 5, "", "beyond"])
    sheet.write_row(7, 2, ["only beyond"])
    sheet.write_row(9, 0, ["", ""])


def kinds(book: Any, sheet: Any) -> None:
    day, moment, clock = (
        book.add_format({"num_format": one}) for one in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm")
    )
    for place, number in enumerate((8, 8.5, 13900006688, 0.1 + 0.2)):
        sheet.write_number(0, place, number)
    sheet.write_datetime(0, 4, date(2025, 10, 31), day)
    sheet.write_datetime(0, 5, datetime(2025, 10, 31, 9, 5, 7), moment)
    sheet.write_datetime(0, 6, time(9, 5), clock)
    sheet.write_boolean(0, 7, True)
    sheet.write_string(0, 8, " 0012 ")
    sheet.write_formula(0, 9, "=1+1", None, 2)
    sheet.write_formula(0, 10, "=1/0", None, "#DIV/0!")
    sheet.write_formula(0, 11, "=NA()", None, "#N/A")
    sheet.merge_range(0, 12, 0, 13, "merged")
    sheet.write_string(0, 14, "last")


def changed(data: bytes, **parts: bytes | None) -> bytes:
    """A workbook with parts replaced, added, or (None) taken out; a name's slashes are double underscores."""
    names = {name.replace("__", "/").replace("_DOT_", "."): part for name, part in parts.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            if name not in names:
                copy.writestr(name, source.read(name))
        for name, part in names.items():
            if part is not None:
                copy.writestr(name, part)
    return target.getvalue()


def part_of(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def written(inner: str, *, sheets: Sequence[Fill] = (simple,)) -> bytes:
    """A workbook whose first sheet holds these rows of XML."""
    data = workbook(*sheets)
    part = part_of(data, "xl/worksheets/sheet1.xml").decode()
    part = re.sub("<sheetData>.*</sheetData>", f"<sheetData>{inner}</sheetData>", part)
    return changed(data, xl__worksheets__sheet1_DOT_xml=part.encode())


def row(*inner: str) -> str:
    """One row of cells; {} stands for the reference."""
    return '<row r="1">' + "".join(one.format(f'r="{"ABCDEFG"[place]}1"') for place, one in enumerate(inner)) + "</row>"


def test_every_kind_of_cell_as_text() -> None:
    grid = opened(workbook(kinds))
    assert (grid.kind, grid.encoding, grid.sheets, grid.columns) == ("xlsx", "xlsx", ("kinds",), ())
    assert grid.head == (Record(1, (
        "8", "8.5", "13900006688", "0.3", "2025-10-31 00:00:00", "2025-10-31 09:05:07", "1899-12-31 09:05:00",
        "true", " 0012 ", "2", "#DIV/0!", "#N/A", "merged", "", "last",
    )),)  # fmt: skip
    assert rows(grid) == [(1, None, *grid.head[0].cells)]


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("8", "8"), ("8.0", "8"), ("0.30000000000000004", "0.3"), ("1E15", "1000000000000000"), ("1E-7", "0.0000001"),
        ("-12.50", "-12.5"), ("110101199003070015", "110101199003070015"), ("123456789012345678", "123456789012345678"),
        ("1.1010119900307E+17", "110101199003070000"), ("-1234567890123456", "-1234567890123456"),
    ],
)  # fmt: skip
def test_numbers_as_they_are_stored(stored: str, text: str) -> None:
    for kind in ("", ' t="n"'):
        inner = row("<c {} t='inlineStr'><is><t>id</t></is></c>", f"<c {{}}{kind} s='0'><v>{stored}</v></c>")
        assert cells(opened(written(inner))) == [("id", text)]


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"])
def test_errors_arrive_as_their_text(error: str) -> None:
    inner = row(f'<c {{}} t="e"><v>{error}</v></c>', f"<c {{}} s='0' t='e'><f>A1</f><v>{error}</v></c>")
    assert cells(opened(written(inner))) == [(error, error)]


def test_elements_may_have_a_prefix() -> None:
    """As .NET programs write them."""
    part = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row r="1">'
        '<x:c r="A1" t="e"><x:v>#N/A</x:v></x:c><x:c r="B1"><x:v>1234567890123456789</x:v></x:c>{}'
        "</x:row></x:sheetData></x:worksheet>"
    )
    data = workbook(simple)
    good = changed(data, xl__worksheets__sheet1_DOT_xml=part.format("").encode())
    assert cells(opened(good)) == [("#N/A", "1234567890123456789")]
    bad = changed(data, xl__worksheets__sheet1_DOT_xml=part.format('<x:c r="C1"><x:f>1</x:f></x:c>').encode())
    assert "formula in cell C1 has no stored result" in refused(bad)


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>", "<v> </v>"])
@pytest.mark.parametrize("formula", ["<f>1+1</f>", '<f t="shared" si="0"/>'])
def test_a_formula_without_a_result_is_not_empty(value: str, formula: str) -> None:
    data = written(row("<c {}><v>1</v></c>", f"<c {{}} s='0'>{formula}{value}</c>"), sheets=(simple, gaps))
    assert refused(data) == (
        "inbox/a: not a readable Excel workbook (the formula in cell B1 has no stored result). "
        "Open it in Excel and save it there, or paste the values."
    )
    assert len(cells(opened(data, sheet="gaps"))) == 5  # the other sheet can be read


def test_a_formula_whose_result_is_the_empty_text() -> None:
    inner = row("<c {}><v>1</v></c>", '<c {} t="str"><f>""</f><v></v></c>', '<c {} t="str"><f>A1</f><v>x</v></c>')
    assert cells(opened(written(inner))) == [("1", "", "x")]


def test_rows_have_the_numbers_a_spreadsheet_shows() -> None:
    grid = opened(workbook(gaps))
    assert [one.number for one in grid.head] == [*range(1, 9)]
    assert grid.head[1].cells == ("", "", "", "")
    expected = [
        (3, None, "1", "2"), (6, None, "", "3"), (7, 4, "4", "5"), (8, 3, "", ""),
    ]  # fmt: skip
    assert rows(grid, 1, 2) == expected
    assert rows(grid, 1, 2) == expected  # it may be read again
    assert rows(grid, 6, 5) == [(7, None, "4", "5", "", "beyond", ""), (8, None, "", "", "only beyond", "", "")]
    frame = next(iter(grid.batches(1, 2, [1])))
    assert frame.schema == {ROW: pl.UInt32, RAGGED: pl.UInt32, "1": pl.String}
    assert frame.rows() == [(one, ragged, b) for one, ragged, _, b in expected]


def test_batches_are_bounded() -> None:
    def long(_: Any, sheet: Any) -> None:
        for number in range(100_001):
            sheet.write_number(number, 0, number)

    grid = opened(workbook(long))
    frames = list(grid.batches(1, 1))
    assert [frame.height for frame in frames] == [99_999, 1]
    assert frames[1].rows() == [(100_001, None, "100000")]
    assert len(grid.head) == HEAD_RECORDS


def hidden(_: Any, sheet: Any) -> None:
    simple(_, sheet)
    sheet.hide()


def very_hidden(_: Any, sheet: Any) -> None:
    simple(_, sheet)
    sheet.very_hidden()


def chart(book: Any, sheet: Any) -> None:
    simple(book, sheet)
    sheet.activate()
    sheet.set_first_sheet()
    drawing = book.add_chart({"type": "column"})
    drawing.add_series({"values": "=chart!$A$2:$B$2"})
    book.add_chartsheet("drawn").set_chart(drawing)


def test_the_named_sheet_or_else_the_first_that_is_visible() -> None:
    data = workbook(hidden, very_hidden, chart, gaps)
    grid = opened(data)
    assert grid.sheets == ("hidden", "very_hidden", "chart", "gaps")
    assert rows(grid, 1) == [(2, None, "1", "2")]
    for name in ("hidden", "very_hidden"):
        assert rows(opened(data, sheet=name), 1) == [(2, None, "1", "2")]
    assert [one[0] for one in rows(opened(data, sheet="gaps"), 1)] == [3, 6, 7, 8]
    has = "it has hidden, very_hidden, chart, gaps. Name the right one as `sheet` in the mapping."
    assert refused(data, sheet="答卷") == f"inbox/a: there is no sheet '答卷'; {has}"
    assert refused(data, sheet="drawn") == f"inbox/a: the sheet 'drawn' is a chart or a macro; {has}"
    listed = part_of(data, "xl/workbook.xml").replace(b'<sheet name="chart"', b'<sheet state="hidden" name="chart"')
    listed = listed.replace(b'<sheet name="gaps"', b'<sheet state="hidden" name="gaps"')
    assert refused(changed(data, xl__workbook_DOT_xml=listed)) == f"inbox/a: there is no visible sheet; {has}"


def nothing(_: Any, __: Any) -> None:
    pass


def test_an_empty_sheet() -> None:
    assert refused(workbook(nothing)) == "inbox/a, sheet nothing: the sheet is empty. Export it again."


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "(File is not a zip file)"),
        (workbook(simple)[:-200], "(File is not a zip file)"),
        (changed(workbook(simple), xl__workbook_DOT_xml=None), "(it is a zip archive that holds no workbook)"),
        (changed(workbook(simple), xl__workbook_DOT_bin=b"x"), "(it is a binary workbook, .xlsb). Save it as .xlsx."),
        (
            changed(workbook(simple), mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
            "(it is an OpenDocument file, .ods). Save it as .xlsx.",
        ),
        (
            changed(workbook(simple), xl__worksheets__sheet1_DOT_xml=None),
            "(its part xl/worksheets/sheet1.xml is missing)",
        ),
        (changed(workbook(simple), xl__workbook_DOT_xml=b"<sheets>"), "(its list of sheets is damaged: "),
        (
            changed(workbook(simple), xl__worksheets__sheet1_DOT_xml="\ufeff<worksheet/>".encode("utf-16-le")),
            "(its XML is not UTF-8)",
        ),
        (
            changed(
                workbook(simple),
                xl__worksheets__sheet1_DOT_xml=b'<?xml version="1.0" encoding="GB2312"?><worksheet/>',
            ),
            "(its XML is not UTF-8)",
        ),
    ],
)  # fmt: skip
def test_not_a_workbook(data: bytes, why: str) -> None:
    assert refused(data).startswith(f"inbox/a: not a readable Excel workbook {why}")


def test_a_part_with_another_name_in_the_list_of_the_archive() -> None:
    """Without its formats a date would come as 45961."""
    data = workbook(kinds)
    listed = data.rindex(b"xl/styles.xml")
    assert "has two names" in refused(data[:listed] + b"xl/stylds.xml" + data[listed + 13 :])
    swallowed = bytearray(data)  # a comment of the entry before that goes over the next ones
    swallowed[data.rindex(b"xl/sharedStrings.xml") - 13] ^= 1
    assert re.search(r"it says it has \d+ parts, but lists \d", refused(bytes(swallowed)))


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = changed(workbook(simple), xl__media__image_DOT_png=b" " * 3_000_000)
    expanded = sum(one.file_size for one in zipfile.ZipFile(io.BytesIO(bomb)).infolist())
    assert len(bomb) < 20_000
    assert refused(bomb, limit=expanded - 1) == (
        f"inbox/a: not a readable Excel workbook (it unpacks to {expanded:,} bytes, more than the {expanded - 1:,} "
        "allowed). Split it, or save it as CSV."
    )
    assert cells(opened(bomb, limit=expanded)) == [("a", "b"), ("1", "2")]


def test_a_member_that_unpacks_to_more_than_it_says() -> None:
    """Its sum is that of the part stated: only what follows gives it away."""
    data = workbook(simple)
    name, part = "xl/worksheets/sheet1.xml", part_of(workbook(simple), "xl/worksheets/sheet1.xml")
    with pytest.raises(ooxml.Fault, match="is damaged"):
        ooxml.Workbook(
            lying(changed(data, **{"xl__worksheets__sheet1_DOT_xml": part + b" " * 50_000}), name, part), 10**6
        )
    ooxml.Workbook(lying(changed(data, **{"xl__worksheets__sheet1_DOT_xml": part}), name, part), 10**6)


def lying(data: bytes, name: str, said: bytes) -> bytes:
    """The archive with the size and the check sum of another content in the entry of a member."""
    mended, at = bytearray(data), data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", mended, at + 16, zipfile.crc32(said))  # type: ignore[attr-defined]
    struct.pack_into("<I", mended, at + 24, len(said))
    return bytes(mended)


def test_an_archive_of_very_many_members() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}", b"")
    assert "(it is an archive of over 10,000 members)" in refused(target.getvalue())


def test_a_cell_far_away_does_not_take_all_memory() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>9</v></c></row>'
    assert refused(written(far)) == (
        "inbox/a: not a readable Excel workbook (its cells span 1,048,576 rows and 16,384 columns). Delete the rows "
        "below and the columns right of the answers, and save it again."
    )
    unseen = far.replace('r="XFD', "\tr='XFD").replace('1048576"><v>9', "1048576'><v>9")
    assert "needs more memory than a file of its size may take" in refused(written(unseen))


def test_a_flipped_bit_in_a_workbook_never_changes_a_cell() -> None:
    good = workbook(simple, kinds)
    expected = [list(excel.read(good, file=FILE, limit=10**8, sheet=one)) for one in ("simple", "kinds")]
    chance, refusals = random.Random(2025), 0
    for _ in range(400):
        data = bytearray(good)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        for sheet, (names, frame) in zip(("simple", "kinds"), expected, strict=True):
            try:
                found = list(excel.read(bytes(data), file=FILE, limit=10**8, sheet=sheet))
                assert found[0] == names
                assert frame.equals(found[1])  # type: ignore[union-attr, arg-type]
            except Refusal:
                refusals += 1
    assert refusals > 500


def test_the_other_process_gets_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    start = subprocess.Popen

    def watched(*given: Any, **named: Any) -> Any:
        seen.append(named["env"])
        return start(*given, **named)

    monkeypatch.setenv("CSI_KEY", "secret")
    monkeypatch.setattr(subprocess, "Popen", watched)
    opened(workbook(simple))
    assert seen == [{"POLARS_MAX_THREADS": "2"}]


# ── old workbooks ────────────────────────────────────────────────────────────────────────


def record(kind: int, form: str, *values: Any, text: bytes = b"") -> bytes:
    body = struct.pack(f"<{form}", *values) + text
    return struct.pack("<HH", kind, len(body)) + body


def label(place: tuple[int, int], text: str) -> bytes:
    return record(0x204, "HHHHB", *place, 0, len(text), 1, text=text.encode("utf-16-le"))


def number(place: tuple[int, int], value: float) -> bytes:
    return record(0x203, "HHHd", *place, 0, value)


def error(place: tuple[int, int], code: int) -> bytes:
    return record(0x205, "HHHBB", *place, 0, code, 1)


def failed(place: tuple[int, int], code: int) -> bytes:
    return record(0x06, "HHHBBBBHHHIH", *place, 0, 2, 0, code, 0, 0, 0xFFFF, 0, 0, 0)


def container(**files: bytes) -> bytes:
    """An old container, of sectors of 512 bytes; no file is small."""
    padded = {name: content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0") for name, content in files.items()}
    used = 2 + sum(len(content) // 512 for content in padded.values())
    table, entries, sectors = [0xFFFFFFFD, 0xFFFFFFFE], [("Root Entry", 5, 0xFFFFFFFE, 0)], b""
    for name, content in padded.items():
        entries.append((name, 2, len(table), len(content)))
        table += [*range(len(table) + 1, len(table) + len(content) // 512), 0xFFFFFFFE]
        sectors += content
    assert used == len(table) <= 128
    assert len(entries) <= 4
    table += [0xFFFFFFFF] * (128 - used)
    listed = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3I", 2 * len(name) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, 1 if kind == 5 else 0xFFFFFFFF)
        + bytes(36)
        + struct.pack("<III", start, size, 0)
        for name, kind, start, size in entries
    ).ljust(512, b"\0")
    head = struct.pack(
        "<8s16x5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0,
    )  # fmt: skip
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + struct.pack("<128I", *table) + listed + sectors


def old(*sheets: tuple[str, int, int, bytes], extra: bytes = b"") -> bytes:
    """A .xls of sheets: name, hidden (1, 2), kind (0 cells, 2 chart), records."""
    start = record(0x809, "HHHHII", 0x600, 5, 0, 0, 0, 0) + extra
    size = len(start) + sum(12 + 2 * len(name) for name, *_ in sheets) + 4
    listed = parts = b""
    for name, hiding, kind, content in sheets:
        listed += record(0x85, "IBBBB", size + len(parts), hiding, kind, len(name), 1, text=name.encode("utf-16-le"))
        parts += record(0x809, "HHHHII", 0x600, 0x10, 0, 0, 0, 0) + content + record(0x0A, "")
    return container(Workbook=start + listed + record(0x0A, "") + parts)


ANSWERS = (
    label((1, 2), "编号") + label((1, 3), "q1") + label((1, 4), "q2")
    + number((2, 2), 8) + error((2, 3), 42) + number((2, 4), 8.5)
    + failed((3, 2), 7) + number((3, 3), 123456789012345) + error((3, 4), 29)
)  # fmt: skip


def test_an_old_workbook() -> None:
    data = old(("封面", 1, 0, label((0, 0), "x")), ("图", 0, 2, b""), ("答卷", 0, 0, ANSWERS))
    grid = opened(data)
    assert (grid.kind, grid.encoding, grid.sheets) == ("xls", "xls", ("封面", "答卷"))
    assert rows(grid) == [
        (2, None, "编号", "q1", "q2"),
        (3, None, "8", "#N/A", "8.5"),
        (4, None, "#DIV/0!", "123456789012345", "#NAME?"),
    ]
    assert cells(opened(data, sheet="封面")) == [("x",)]
    assert "the sheet '图' is a chart" in refused(data, sheet="图")


def test_errors_of_a_chart_within_a_sheet_are_none_of_its_cells() -> None:
    inner = record(0x809, "HHHHII", 0x600, 0x20, 0, 0, 0, 0) + error((0, 0), 42) + record(0x0A, "")
    book = biff.workbook(old(("a", 0, 0, label((0, 0), "x") + inner + error((5, 6), 15))))
    assert biff.errors(book, biff.sheets(book)[0].position) == {(5, 6): "#VALUE!"}


@pytest.mark.parametrize(
    "data",
    [
        container(EncryptionInfo=b"x", EncryptedPackage=b"x"),
        old(("a", 0, 0, ANSWERS), extra=record(0x2F, "HHH", 1, 1, 1)),
    ],
)
def test_a_password(data: bytes) -> None:
    assert refused(data) == (
        "inbox/a: not a readable Excel workbook (it is protected by a password). Save it without one."
    )


def test_another_file_in_an_old_container() -> None:
    assert "(it is damaged: it holds no workbook)" in refused(container(WordDocument=b"x"))


def test_an_old_workbook_cut_off_anywhere() -> None:
    data = old(("答卷", 0, 0, ANSWERS))
    used = len(data) - 4096 + len(biff.workbook(data).rstrip(b"\0"))
    for length in range(8, used, 50):
        with pytest.raises((Refusal, pl.exceptions.PanicException)):
            list(excel.read(data[:length], file=FILE, limit=10**8, sheet=None))
    for length in (8, 512, 600, 1024, 1600):
        assert refused(data[:length]).startswith("inbox/a: not a readable Excel workbook (")


# ── SPSS ─────────────────────────────────────────────────────────────────────────────────

SURVEY = pl.DataFrame(
    {
        "q1": [1.0, 2.5, None, 99.0, -1.0],
        "ort": ["Köln", "上海", "", "zz", "  a"],
        "tag": [date(2025, 10, 31)] * 5,
        "zeit": [datetime(2025, 10, 31, 9, 5, 7)] * 5,
        "dauer": [time(9, 5)] * 5,
        "num": [1e15, 123456789.0, 0.1, -0.0, 1e20],
    }
)


def sav(folder: Path, table: pl.DataFrame = SURVEY, **options: Any) -> bytes:
    path = folder / "written.sav"
    pyreadstat.write_sav(table, path, **options)
    return path.read_bytes()


def with_record(data: bytes, subtype: int, body: bytes) -> bytes:
    """The file with one more record of its dictionary."""
    end = data.index(struct.pack("<ii", 999, 0))
    return data[:end] + struct.pack("<4i", 7, subtype, 1, len(body)) + body + data[end:]


def unmarked(data: bytes) -> bytes:
    """The file without a word on its encoding."""
    name = struct.pack("<4i", 7, 20, 1, 5) + b"UTF-8"
    about = data.index(struct.pack("<4i", 7, 3, 4, 8))
    assert name in data
    changed = bytearray(data)
    struct.pack_into("<i", changed, about + 16 + 28, 2)
    return bytes(changed).replace(name, b"")


@pytest.mark.parametrize("compressed", [{}, {"row_compress": True}, {"compress": True}])
def test_codes_labels_and_missing_values(tmp_path: Path, compressed: dict[str, bool]) -> None:
    data = sav(
        tmp_path,
        column_labels={"q1": "Wie zufrieden?"},
        variable_value_labels={"q1": {1: "gut", 99: "k. A.", -1: "weiß nicht"}, "ort": {"zz": "sonstwo"}},
        missing_ranges={"q1": [99, {"lo": float("-inf"), "hi": 0}], "ort": ["zz"]},
        **compressed,
    )
    assert data.startswith(b"$FL3" if "compress" in compressed else b"$FL2")
    grid = opened(data)
    assert (grid.kind, grid.encoding, grid.sheets) == ("sav", "sav", ())
    assert grid.columns == (
        Column(
            "q1",
            "Wie zufrieden?",
            {"1": "gut", "99": "k. A.", "-1": "weiß nicht"},
            {"99": "k. A.", "-1": "weiß nicht"},
            ((float("-inf"), 0.0),),
        ),
        Column("ort", "", {"zz": "sonstwo"}, {"zz": "sonstwo"}),
        *map(Column, ("tag", "zeit", "dauer", "num")),
    )
    moments = ("2025-10-31", "2025-10-31T09:05:07", "09:05:00")
    expected = [
        ("1", "Köln", *moments, "1000000000000000"),
        ("2.5", "上海", *moments, "123456789"),
        ("", "", *moments, "0.1"),
        ("99", "zz", *moments, "0"),
        ("-1", "  a", *moments, "1e+20"),
    ]
    assert grid.head == tuple(Record(number, one) for number, one in enumerate(expected, 1))
    assert rows(grid) == [(number, None, *one) for number, one in enumerate(expected, 1)]
    assert [one[0] for one in rows(grid, 3, 6)] == [4, 5]
    assert next(iter(grid.batches(3, 6, [0]))).columns == [ROW, RAGGED, "0"]


@pytest.mark.parametrize("column", ["q1", "Q1"])
def test_multiple_responses_are_a_group(tmp_path: Path, column: str) -> None:
    table = pl.DataFrame({"q1": [1.0], "a_long_name_of_one": [0.0], "rest": [5.0]})
    body = f"$gründe=D1 1 7 Gründe? {column} a_long_name_of_one\n".encode()
    data = sav(tmp_path, table)
    assert [one.group for one in opened(with_record(data, 7, body)).columns] == ["gründe", "gründe", ""]


def test_a_text_without_a_stated_encoding(tmp_path: Path) -> None:
    data = unmarked(sav(tmp_path))
    assert cells(opened(data))[1][1] == "上海"  # it is UTF-8
    gb = data.replace("Köln".encode(), "上海".encode("gb18030") + b" ").replace(
        "上海".encode(), "广州".encode("gb18030") + b"  "
    )
    assert refused(gb) == (
        "inbox/a: its texts are not in UTF-8. Name the right one as `encoding` in the mapping, or save the file again "
        "as Unicode."
    )
    assert [one[1] for one in cells(opened(gb, encoding="GB18030"))] == ["上海", "广州", "", "zz", "  a"]
    assert "its texts are not in" in refused(gb, encoding="EUC-KR-of-the-moon")


def test_a_text_that_is_not_in_the_encoding_stated(tmp_path: Path) -> None:
    data = sav(tmp_path).replace("Köln".encode(), "Köln".encode("cp1252") + b" ")
    assert "its texts are not in the encoding that the file names." in refused(data)
    table = pl.DataFrame({"ort": ["Köln"]})
    data = sav(tmp_path, table).replace("Köln".encode(), "Köln".encode("cp1252") + b" ")
    assert cells(opened(data, encoding="WINDOWS-1252")) == [("Köln",)]


def test_hours_over_a_day_and_fractions(tmp_path: Path) -> None:
    table = pl.DataFrame({"t": [97_500.0, -61.5, None], "d": [13_981_280_707.25] * 3, "m": [13_981_248_000.0] * 3})
    data = sav(tmp_path, table, variable_format={"t": "TIME8", "d": "DATETIME23.2", "m": "MOYR8"})
    day = ("2025-10-31T09:05:07.250", "2025-10-31")
    assert cells(opened(data)) == [("27:05:00", *day), ("-00:01:01.5", *day), ("", *day)]


def test_blank_records_are_left_out_and_many_are_batched(tmp_path: Path) -> None:
    table = pl.DataFrame({"a": [None if number == 1 else float(number) for number in range(250_000)]})
    for options in ({}, {"compress": True}):
        frames = list(opened(sav(tmp_path, table, **options)).batches(0, 1))
        assert [frame.height for frame in frames] == [99_999, 100_000, 50_000]
        assert frames[0].head(2).rows() == [(1, None, "0"), (3, None, "2")]
        assert frames[2].tail(1).rows() == [(250_000, None, "249999")]


def test_a_bomb(tmp_path: Path) -> None:
    data = sav(tmp_path, pl.DataFrame({"a": [1.5] * 100_000}), compress=True)
    assert len(data) < 10_000
    expanded = 1_600_000  # a record is eight bytes that say how values are packed, and the value
    assert refused(data, limit=expanded - 1) == (
        f"inbox/a: unpacks to {expanded:,} bytes, more than the {expanded - 1:,} allowed. Split it, or save it as CSV."
    )
    assert len(opened(data, limit=expanded).head) == HEAD_RECORDS


@pytest.mark.parametrize("compressed", [{}, {"row_compress": True}, {"compress": True}])
def test_a_file_cut_off_anywhere(tmp_path: Path, compressed: dict[str, bool]) -> None:
    table = pl.DataFrame({"a": [float(n) + 0.5 for n in range(12)], "b": [f"answer {n}" for n in range(12)]})
    data = sav(tmp_path, table, **compressed)
    for length in range(4, len(data), 90):
        assert refused(data[:length]).startswith("inbox/a: not a readable SPSS file (")
    assert len(cells(opened(data))) == 12


def test_a_long_file_cut_off_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    data = sav(tmp_path, pl.DataFrame({"a": [0.5] * 5_000}))
    assert "(File did not contain the expected number of rows)" in refused(data[:-9])


def test_a_file_that_states_other_counts(tmp_path: Path) -> None:
    data = bytearray(sav(tmp_path))
    struct.pack_into("<i", data, 80, 4)
    assert "(it says both 4 and 5 records)" in refused(bytes(data))
    count = data.index(struct.pack("<4i", 7, 16, 8, 2)) + 24
    struct.pack_into("<q", data, count, 4)
    assert "(it says 4 records, but holds 5)" in refused(bytes(data))


def test_damage_that_crashes_the_library_is_a_sentence(tmp_path: Path) -> None:
    """A number turned into a text, with missing values of numbers: the library writes where it should not."""
    table = pl.DataFrame({"q": [float(n % 10) for n in range(400)], "s": ["abc"] * 400})
    data = sav(tmp_path, table, missing_ranges={"q": [9]}, variable_value_labels={"q": {1.0: "gut"}})
    for place, bit in ((180, 0), (180, 7), (181, 4), (182, 6), (183, 5)):
        broken = bytearray(data)
        broken[place] ^= 1 << bit
        assert refused(bytes(broken)).startswith("inbox/a: not a readable SPSS file (")


def test_flipped_bits_of_a_dictionary_give_a_table_or_a_sentence(tmp_path: Path) -> None:
    data, chance = sav(tmp_path, column_labels={"q1": "Frage"}), random.Random(2025)
    end = data.index(struct.pack("<ii", 999, 0))
    for _ in range(max(1, round(12 * TRIALS))):
        broken = bytearray(data)
        broken[chance.randrange(4, end)] ^= 1 << chance.randrange(8)
        a_table_or_a_sentence(bytes(broken))


# ── Parquet ──────────────────────────────────────────────────────────────────────────────


def parquet_of(table: pl.DataFrame, **options: Any) -> bytes:
    target = io.BytesIO()
    table.write_parquet(target, **options)
    return target.getvalue()


def test_every_type_as_text() -> None:
    moment = datetime(2025, 10, 31, 9, 5, 7)
    values: dict[str, tuple[Any, str]] = {
        "whole": (pl.Series([8], dtype=pl.Int8), "8"),
        "large": (pl.Series([2**64 - 1], dtype=pl.UInt64), "18446744073709551615"),
        "float": (pl.Series([8.0]), "8"),
        "half": (pl.Series([8.5]), "8.5"),
        "sum": (pl.Series([0.1 + 0.2]), "0.30000000000000004"),
        "single": (pl.Series([0.1], dtype=pl.Float32), "0.1"),
        "single whole": (pl.Series([3.0], dtype=pl.Float32), "3"),
        "nan": (pl.Series([float("nan")]), "NaN"),
        "decimal": (pl.Series([Decimal("20.50")]), "20.5"),
        "decimal whole": (pl.Series([Decimal("20.00")]), "20"),
        "date": (pl.Series([date(2025, 10, 31)]), "2025-10-31"),
        "time": (pl.Series([time(9, 5)]), "09:05:00"),
        "moment": (pl.Series([moment]), "2025-10-31T09:05:07"),
        "fraction": (pl.Series([moment + timedelta(milliseconds=120)]), "2025-10-31T09:05:07.120"),
        "zone": (pl.Series([moment]).dt.replace_time_zone("Asia/Shanghai"), "2025-10-31T09:05:07+08:00"),
        "utc": (pl.Series([moment]).dt.replace_time_zone("UTC"), "2025-10-31T09:05:07+00:00"),
        "duration": (pl.Series([timedelta(seconds=75)]), "75"),
        "true": (pl.Series([True]), "true"),
        "false": (pl.Series([False]), "false"),
        "category": (pl.Series(["满意"], dtype=pl.Categorical), "满意"),
        "closed": (pl.Series(["b"], dtype=pl.Enum(["a", "b"])), "b"),
        "bytes": (pl.Series(["好".encode()]), "好"),
        "nothing": (pl.Series([None]), ""),
        "text": (pl.Series([" 0012 "]), " 0012 "),
    }
    empty = {name: pl.concat([column, pl.Series([None], dtype=column.dtype)]) for name, (column, _) in values.items()}
    grid = opened(parquet_of(pl.DataFrame(empty).with_columns(pl.Series("id", ["1", "2"]))))
    assert (grid.kind, grid.encoding) == ("parquet", "parquet")
    assert grid.columns == tuple(map(Column, (*values, "id")))
    assert dict(zip(values, grid.head[0].cells, strict=False)) == {name: text for name, (_, text) in values.items()}
    assert rows(grid) == [(1, None, *(text for _, text in values.values()), "1"), (2, None, *[""] * len(values), "2")]


def test_parquet_in_batches_without_blank_records() -> None:
    table = pl.DataFrame({"a": [None if number == 1 else number for number in range(250_000)]})
    for size in (1_000, 60_000, None):
        grid = opened(parquet_of(table, row_group_size=size))
        frames = list(grid.batches(0, 1))
        assert [frame.height for frame in frames] == [99_999, 100_000, 50_000]
        assert frames[0].head(2).rows() == [(1, None, "0"), (3, None, "2")]
        assert frames[2].tail(1).rows() == [(250_000, None, "249999")]
        assert len(grid.head) == HEAD_RECORDS


def test_nested_columns_and_bytes_are_refused_by_name() -> None:
    table = pl.DataFrame({"id": [1], "Gründe": [["a", "b"]], "auto": [{"vin": "x"}]})
    with pytest.raises(Refusal) as caught:
        opened(parquet_of(table))
    assert caught.value.problems == (
        "inbox/a, column Gründe: holds List(String), several values in one cell. Export one column for each value.",
        "inbox/a, column auto: holds Struct({'vin': String}), several values in one cell. "
        "Export one column for each value.",
    )
    assert refused(parquet_of(pl.DataFrame({"b": [b"\xff"]}))) == (
        "inbox/a, column b: bytes that are not UTF-8 text. Export it as text."
    )


def test_a_parquet_file_without_columns_or_records() -> None:
    assert opened(parquet_of(pl.DataFrame(schema={"a": pl.Int8}))).head == ()
    assert refused(parquet_of(pl.DataFrame())) == "inbox/a: the table has no columns. Export it again."


@pytest.mark.parametrize("batch", [50_000, 10_000])
def test_a_parquet_file_that_unpacks_to_more_than_the_limit(batch: int) -> None:
    data = parquet_of(pl.DataFrame({"a": ["x" * 1_000] * 50_000}))
    assert len(data) < 10_000
    found = parquet.read(data, file="a", limit=60_000_000, rows=None)
    assert sum(one.height for one in found if isinstance(one, pl.DataFrame)) == 50_000
    with (
        patch.object(parquet, "BATCH_ROWS", batch),
        pytest.raises(
            Refusal, match=r"up to row 50,000 of 50,000 it unpacks to [\d,]+ bytes, more than the 49,999,999"
        ),
    ):
        list(parquet.read(data, file="a", limit=49_999_999, rows=None))


def test_a_damaged_parquet_file_is_a_sentence() -> None:
    data = parquet_of(pl.DataFrame({"a": [float(n) for n in range(400)], "b": [f"answer {n}" for n in range(400)]}))
    for length in range(4, len(data), 90):
        problem = refused(data[:length])
        assert problem == "inbox/a: not a readable Parquet file (it is cut off). Export it again."
    for hole in range(4, len(data) - 60, 400):  # a part is missing, and both ends are there
        assert refused(data[:hole] + data[hole + 50 :]).startswith("inbox/a: not a readable Parquet file (")
    chance = random.Random(2025)
    for _ in range(15):
        broken = bytearray(data)
        broken[chance.randrange(4, len(data) - 4)] ^= 1 << chance.randrange(8)
        a_table_or_a_sentence(bytes(broken))
