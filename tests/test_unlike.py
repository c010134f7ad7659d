"""An export without the columns of its mapping: one sentence that says what it most probably is and what to write."""

import io
from pathlib import Path

import pytest
import xlsxwriter
from intakes import MAPPING, NUMBERED, ROW, admit, make, refused, table

CHINESE = {head: f"第{place}题项目" for place, head in enumerate(NUMBERED, start=1)}
HEADS = tuple(CHINESE.values())
AT = "inbox/2025-10/export.csv, row 1: none of the 10 columns of mappings/src.toml is here; read"
SERVED = "\n".join([*(f'{head} = "{CHINESE[head]}"' if head in NUMBERED else head for head in
                      (line.partition(" = ")[0] for line in MAPPING.splitlines()))])  # fmt: skip
ANSWERS = [ROW[head] for head in NUMBERED]


def book(**sheets: list[list[str]]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as file:
        for name, rows in sheets.items():
            sheet = file.add_worksheet(name)
            for place, cells in enumerate(rows):
                for column, text in enumerate(cells):
                    sheet.write_string(place, column, text)
    return data.getvalue()


def text(delimiter: str = ",", before: str = "") -> str:
    return before + table(HEADS, [ANSWERS, ["R2", *ANSWERS[1:]]], delimiter)


WAYS = {
    "a delimiter that no tool uses": (
        text("|").encode(), "as utf-8 text with the delimiter comma, it has 1 column",
        "1 with the delimiter vertical bar",
        'delimiter = "|"',
    ),
    "another encoding": (
        text().encode("gb18030"),
        "as windows-1252 text with the delimiter comma, it has 10 columns",
        "1 of gb18030 text",
        'encoding = "gb18030"',
    ),
    "rows above the heads": (
        text(before="调查\n\n").encode(), "as utf-8 text with the delimiter comma, it has 1 column",
        "3", "header_rows = 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_what_it_is_and_what_to_write(name: str, tmp_path: Path) -> None:
    data, as_read, where, write = WAYS[name]
    shop = make(tmp_path, f'encoding = "windows-1252"\n{SERVED}')
    shop.put("export.csv", data)
    assert refused(shop) == [f"{AT} {as_read}. They stand in row {where}: write {write} in mappings/src.toml."]
    shop.mapping(f"{write}\n{SERVED}")
    assert sum(one.accepted for one in admit(shop).files) == 2


def test_another_sheet(tmp_path: Path) -> None:
    shop = make(tmp_path, SERVED)
    rows = [["导出说明"], list(HEADS), ANSWERS]
    shop.put("export.xlsx", book(说明=[["本文件说明", "x"], ["1", "2"]], 答卷=rows))
    assert refused(shop) == [
        "inbox/2025-10/export.xlsx, row 1: none of the 10 columns of mappings/src.toml is here; read from the sheet "
        "'说明', it has 2 columns. They stand in row 2 of the sheet '答卷': write sheet = \"答卷\" and "
        "header_rows = 2 in mappings/src.toml."
    ]
    shop.mapping(f'sheet = "答卷"\nheader_rows = 2\n{SERVED}')
    assert admit(shop).accepted() == 1


def test_heads_in_other_letters(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.put("export.csv", table([" ".join(head.upper()) for head in NUMBERED], [ANSWERS]))
    assert refused(shop) == [
        f"{AT} as utf-8 text with the delimiter comma, it has 10 columns. They stand there in other letters, such as "
        "'B R A N C H' for 'branch': write them so in mappings/src.toml."
    ]


def test_the_export_of_another_source(tmp_path: Path) -> None:
    other = '[[source]]\nid = "other"\nrole = "responses"\ninstrument = "svc"\nfiles = "web*"\n'
    shop = make(tmp_path, SERVED, sources=f'{other}mapping = "mappings/other.toml"\n')
    shop.mapping(MAPPING, "other")
    shop.rows({})
    assert refused(shop) == [
        f"{AT} as utf-8 text with the delimiter comma, it has 10 columns. It has the columns of mappings/other.toml: "
        "give the file a name that fits the source other (web*), or correct `files` and `mapping` of the sources."
    ]


@pytest.mark.parametrize(
    ("data", "more"),
    [
        ("a^b\n1^2\n", "; where another character parts the cells, name it as `delimiter` in the mapping"),
        (table(ANSWERS, [[*ANSWERS[:-1], "x"]]).replace("8,8,8,8,8,8", "8,7,6,5,4,3"), ""),
    ],
)
def test_where_nothing_brings_them_back(data: str, more: str, tmp_path: Path) -> None:
    shop = make(tmp_path, SERVED)
    shop.put("export.csv", data)
    (problem,) = refused(shop)
    assert problem.startswith(AT)
    assert problem.endswith(
        f". Export the file again with its header row, or correct `files` and `mapping` of the source{more}."
    )
    assert "SH-001" not in problem  # the first row is a response


def test_a_few_that_are_gone_are_drift(tmp_path: Path) -> None:
    shop = make(tmp_path, SERVED)
    shop.put("export.csv", text().replace(HEADS[9], "新问题"))
    assert [one.split(": ")[1].split(" is")[0] for one in refused(shop)] == ["column '第10题项目'", "column '新问题'"]


@pytest.mark.parametrize("mark", ["ab", "a", "1", '"', "", "；"])
def test_a_delimiter_is_one_character(mark: str, tmp_path: Path) -> None:
    shop = make(tmp_path, f"delimiter = '{mark}'\n{SERVED}")
    shop.rows({})
    (problem,) = refused(shop)
    assert "src.toml, line 1, delimiter: expected" in problem


# ── a head that is blank over cells that are not ─────────────────────────────────────────


def test_a_blank_head_is_one_sentence_and_not_a_quarantine(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.put("export.csv", table([*NUMBERED, ""], [[f"R{row}", *ANSWERS[1:], "看过"] for row in range(9)]))
    assert refused(shop) == [
        "inbox/2025-10/export.csv, row 1, column 11: the head is empty, but the cells under it are not. "
        "Give the column a name and list it under `ignore` in the mapping, or clear it; where "
        "cells hold the delimiter, quote them."
    ]


def test_a_blank_head_of_a_workbook(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.put("export.xlsx", book(a=[[*NUMBERED, ""], *([f"R{row}", *ANSWERS[1:], "", "x"] for row in range(3))]))
    assert refused(shop) == [
        "inbox/2025-10/export.xlsx, row 1, column 12: the head is empty, but the cells under it are not. "
        "Give the column a name and list it under `ignore` in the mapping, or clear it."
    ]


def test_cells_beside_the_heads_of_a_few_rows_are_ragged(tmp_path: Path) -> None:
    shop = make(tmp_path)
    rows = [[f"R{row}", *ANSWERS[1:], "x" if row < 2 else ""] for row in range(9)]
    shop.put("export.csv", table([*NUMBERED, ""], rows))
    found = admit(shop)
    assert found.accepted() == 7
    assert found.quarantine["reason"].to_list() == ["ragged_row"] * 2
