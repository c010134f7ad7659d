"""What people do to exports and settings without meaning to: read as it was meant, or one sentence that helps."""

import io
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from intakes import BRANCHES, ITEMS, MAPPING, NUMBERED, ROW, Shop, admit, faults, make, refused, stored, table

from pipeline.__main__ import main
from pipeline.intake import right
from pipeline.litter import ignored


@pytest.mark.parametrize(
    "branch", ["ＳＨ－００１", " SH-001\u3000", "SH-００1", "\u00a0SH-001", "２１００１", "上海旗舰 "]
)
def test_a_branch_in_wide_letters_or_with_spaces(branch: str, tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows({"branch": branch})
    assert stored(admit(shop))["R1"]["branch"] == "SH-001"


def test_labels_in_wide_letters(tmp_path: Path) -> None:
    mapping = (
        MAPPING.replace("[items]", 'division = "division"\ntier = "tier"\n[items]') + '[labels.tier]\n"A1" = "top"\n'
    )
    shop = make(tmp_path, mapping)
    shop.rows({"division": "ＰＣ", "tier": "Ａ１"}, {"division": "PX", "tier": "A2"})
    found = admit(shop)
    assert [stored(found)["R1"][one] for one in ("division", "tier")] == ["PC", "top"]
    assert [(row, column) for row, column, *_ in faults(found)] == [(3, "division"), (3, "tier")]


@pytest.mark.parametrize(("cell", "answer"), [("8.0", 8), ("8.00", 8), ("８．０", 8), ("8.5", None), ("8.", None)])
def test_an_answer_as_pandas_or_excel_write_it(cell: str, answer: int | None, tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows({"q1": cell})
    found = admit(shop)
    assert [one["q1"] for one in stored(found).values()] == ([] if answer is None else [answer])
    assert [one[1:] for one in faults(found)] == ([("q1", cell, "not_a_whole_number")] if answer is None else [])


@pytest.mark.parametrize(
    "dates",
    [
        "",
        'serviced_on = "%Y/%m/%d"\nanswered_at = "%d.%m.%Y %H:%M"\n',
        'serviced_on = "excel"\nanswered_at = "excel"\n',
    ],
)
def test_cells_that_excel_made_dates(dates: str, tmp_path: Path) -> None:
    """Whatever the mapping says of texts: a date cell is a date."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as file:
        sheet, format_ = file.add_worksheet(), file.add_format({"num_format": "yyyy/m/d"})
        for place, (head, text) in enumerate(ROW.items()):
            sheet.write_string(0, place, head)
            sheet.write_string(1, place, text)
        sheet.write_datetime(1, NUMBERED.index("serviced_on"), datetime(2025, 10, 5), format_)
        sheet.write_datetime(1, NUMBERED.index("answered_at"), datetime(2025, 10, 6, 12, 30), format_)
    shop = make(tmp_path, f"{MAPPING}[dates]\n{dates}" if dates else MAPPING)
    shop.put("export.xlsx", data.getvalue())
    found = stored(admit(shop))["R1"]
    assert (str(found["serviced_on"]), found["answered_at"]) == ("2025-10-05", datetime(2025, 10, 6, 12, 30))


def test_a_time_in_the_column_of_days_is_no_day(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows({"serviced_on": "2025-10-05 00:00:00"}, {"serviced_on": "2025-10-05 00:00:01"})
    assert faults(admit(shop)) == [(3, "serviced_on", "2025-10-05 00:00:01", "unreadable_date")]


def test_numbers_that_excel_shortened(tmp_path: Path) -> None:
    """They are no respondents: not the same one twice, whose right row somebody should keep."""
    shop = make(tmp_path)
    shop.rows(*({"respondent": "1.23457E+15", "q1": str(answer)} for answer in (7, 8)), {"respondent": "1E5"})
    found = admit(shop)
    assert [(row, reason) for row, _, _, reason in faults(found)] == [(2, "shortened_number"), (3, "shortened_number")]
    assert set(stored(found)) == {"1E5"}


def test_a_date_is_shown_as_it_stands_there_and_how_days_are_read(tmp_path: Path) -> None:
    shop = make(tmp_path, f'{MAPPING}[dates]\nserviced_on = "%d/%m/%Y"\n')
    shop.rows({"serviced_on": "10/05/2025"}, {"serviced_on": "5/10/2025"})
    found = admit(shop)
    assert faults(found) == [(2, "serviced_on", "10/05/2025", "outside_period")]
    assert found.quarantine["fix"].to_list() == [
        "The day of service is not in this month (days are read like 31/10/2025 (%d/%m/%Y)); move the row to its own "
        "month, or correct [dates] in the mapping."
    ]


def test_a_total_row_is_quarantined_and_the_others_are_not(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows(
        {}, {"respondent": "合计", "branch": "", "serviced_on": "", "answered_at": "", **dict.fromkeys(ITEMS, "8.2")}
    )
    found = admit(shop)
    assert found.accepted() == 1
    assert {row for row, *_ in faults(found)} == {3}


@pytest.mark.parametrize(
    ("name", "passed"),
    [("Thumbs.db", True), ("desktop.ini", True), ("~$export.xlsx", True), (".DS_Store", True), ("thumbs.csv", False)],
)
def test_what_systems_and_excel_leave_in_an_inbox(name: str, passed: bool, tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows({})
    shop.put(name, b"\0")
    (shop.folder / "inbox" / "desktop.ini").write_bytes(b"x")
    assert ignored(name) == passed
    if passed:
        assert admit(shop).accepted() == 1
        assert main(["check", "--programme", str(shop.folder)]) == 0
    else:
        assert refused(shop)[0].startswith("inbox/2025-10/thumbs.csv: the file fits no source of programme.toml.")


def test_an_archive_in_the_inbox(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows({})
    shop.put("十月.zip", b"PK\5\6")
    assert refused(shop) == [
        "inbox/2025-10/十月.zip: the file fits no source of programme.toml. Unpack it. Correct `files` there, rename "
        "the file, or move it out of the inbox."
    ]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('inbox = “inbox”', 'in \'inbox = “inbox”\'. Write quotes as ", not as “ or ”.'),
        ('languages = ["zh"，"en"]', "in 'languages = [\"zh\"，\"en\"]'. Write a comma as , and not as ，."),
        ('inbox ＝ "inbox"', "in 'inbox ＝ \"inbox\"'. Write = [ ] as signs of ASCII."),
        ('inbox = "D:\\inbox"', "in 'inbox = \"D:\\\\inbox\"'. Write a path with /, or in '…' quotes."),
    ],
)  # fmt: skip
def test_signs_that_are_not_those_of_toml(
    line: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop: Shop = make(tmp_path, top=line)
    assert main(["check", "--programme", str(shop.folder)]) == 1
    told = capsys.readouterr().err
    assert told.count("✗") == 1
    assert "programme.toml, line 5: not valid TOML" in told
    assert told.strip().endswith(hint)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[columns]", "[column]", "line 2, column: this key is not known here. Did you mean columns?"),
        ("[items]", "header_rows = 2\n[items]",
         "line 7, columns.header_rows: this key is not known here. The key header_rows is one of the whole file: "
         "write it above the first [table]."),
        ("[items]", "[choice.reasons]\ncolum = 'a'\n[items]",
         "line 8, choice.reasons.colum: this key is not known here. Did you mean column?"),
        ("[items]", '[items]\nignore = ["x"]',
         "line 8, items.ignore: svc has no such item. The key ignore is one of the whole file: write it above the "
         "first [table]."),
        ('q1 = "q1"', "q1 = 1", "line 8, items.q1: expected a text in quotes or a list in [ ], found 1."),
    ],
)  # fmt: skip
def test_keys_that_are_wrong_or_in_the_wrong_place(old: str, new: str, told: str, tmp_path: Path) -> None:
    shop = make(tmp_path, MAPPING.replace(old, new))
    shop.rows({})
    assert f"F/mappings/src.toml, {told}" in refused(shop)


def test_hundreds_of_new_columns_are_not_told_one_by_one(tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows({f"new_{place}": "x" for place in range(90)})
    told = refused(shop)
    assert (len(told), told[-1]) == (41, "inbox/2025-10/export.csv, row 1: 50 more columns are new.")


@pytest.mark.parametrize("sign", [";", ",", "|", "\t"])
@pytest.mark.parametrize("line", ["sep={}\r\n", "\ufeffSEP={}\n"])
def test_a_first_line_that_tells_excel_the_delimiter(line: str, sign: str, tmp_path: Path) -> None:
    """It is no head, and counts as a row."""
    shop = make(tmp_path)
    rows = [[cell if place else f"R{number}" for place, cell in enumerate(ROW.values())] for number in (1, 2)]
    rows[1][NUMBERED.index("q1")] = "99"
    shop.put("export.csv", line.format(sign) + table(list(ROW), rows, sign))
    found = admit(shop)
    assert (set(stored(found)), faults(found)) == ({"R1"}, [(4, "q1", "99", "outside_scale")])


def test_unseen_signs_where_exports_were_put_together(tmp_path: Path) -> None:
    """They make no other head, respondent or branch."""
    shop = make(tmp_path)
    shop.rows({"\ufeffrespondent": "x"}, {"respondent": "\ufeffR9", "branch": "\ufeffSH-001"}, {"respondent": "R9"})
    text = (shop.folder / "inbox/2025-10/export.csv").read_text(encoding="utf-8")
    shop.put("export.csv", "\ufeff\ufeff" + text.replace("\ufeffrespondent", "extra\u200b"))
    shop.mapping('ignore = ["extra"]\n' + MAPPING)
    found = admit(shop)
    assert set(stored(found)) == {"R1", "R9"}
    assert [(row, reason) for row, _, _, reason in faults(found)] == [(4, "duplicate")]


def test_a_name_is_printed_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = make(tmp_path)
    shop.rows({}, name="export :x: [b].csv")
    assert main(["check", "--programme", str(shop.folder)]) == 0
    assert "export :x: [b].csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("branch", "meant"),
    [
        ("sh-001", "SH-001"), ("ｓｈ－００１", "SH-001"), ("SH001", "SH-001"), ("上海店", "SH-001"),
        ("beijing", "BJ-002"), ("XX-999", None), ("-", None),
    ],
)  # fmt: skip
def test_the_branch_that_was_probably_meant(branch: str, meant: str | None, tmp_path: Path) -> None:
    shop = make(tmp_path)
    shop.rows({"branch": branch}, {})
    found = admit(shop)
    assert faults(found) == [(2, "branch", branch, "unknown_branch")]
    fix = found.quarantine["fix"].item()
    assert fix.partition(" branches file.")[2] == ("" if meant is None else f" Did you mean {meant}?")
    known = found.quarantine["known"].item()
    assert right(known, "zh") == ("" if meant is None else f"疑为 {meant}，请核对。")


def test_two_branches_of_one_name_are_not_told(tmp_path: Path) -> None:
    shop = make(tmp_path, branches=BRANCHES.replace("北京店", "上海店"))
    shop.rows({"branch": "上海店"}, {})
    assert admit(shop).quarantine["known"].to_list() == [""]
