"""What is right gets in, what is wrong is listed with its row and reason, nothing is lost."""

import csv
import io
import os
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import duckdb
import polars as pl
import pypdfium2
import pytest
import xlsxwriter
from conftest import Called, Network

from pipeline import admit as admission
from pipeline import hierarchy, instrument, programme, sources
from pipeline.admitted import Admitted, over_gate
from pipeline.inbox import natural
from pipeline.month import Month
from pipeline.refusal import Refusal

Csi = Callable[..., Called]
MONTHS = [f"2024-{month:02d}" for month in range(9, 13)] + [f"2025-{month:02d}" for month in range(1, 11)]
CSI, DEALER = "china_csi_2005", "dealer_satisfaction"


def admit(network: Network, month: str = "2025-10") -> Admitted:
    site = programme.load(network.folder)
    used = instrument.load(site)
    return admission.admit(site, used, hierarchy.load(site, used), Month.parse(month))


def found(admitted: Admitted) -> set[tuple[str, int, str]]:
    return set(admitted.quarantine.select("file", "row", "reason").iter_rows())


def kept(admitted: Admitted) -> set[tuple[str, int]]:
    """(file, row) of everything accepted."""
    tables = [*admitted.responses.values(), *admitted.invitations.values()]
    return {one for table in tables for one in table.select("source", "row").iter_rows()}


def opened(path: Path) -> sources.RawTable:
    return sources.read(path, path.name, sources.Options(sheet="答卷数据" if path.suffix == ".xlsx" else None))


def in_file(path: Path) -> set[int]:
    """The numbers of the rows of an export that hold something, read without our readers."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            sheet = book.read("xl/worksheets/sheet2.xml").decode()
        return {int(row.split('"')[0]) for row in sheet.split('<row r="')[1:]} - {1}
    data = path.read_bytes()
    text = data.decode(
        "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "gb18030" if "text" in path.name else "utf-8"
    )
    return {n for n, one in enumerate(csv.reader(io.StringIO(text, newline="")), start=1) if any(one)} - {1}


# ── the example network ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("month", MONTHS)
def test_all_that_was_planted_and_nothing_else_is_quarantined(month: str, example: Network) -> None:
    admitted, planted = admit(example, month), example.planted(month)
    assert found(admitted) == planted
    rows = {(path.name, row) for path in example.inbox(month).iterdir() for row in in_file(path)}
    assert kept(admitted) == rows - {(file, row) for file, row, _ in planted}
    assert {one.file for one in admitted.files} == {path.name for path in example.inbox(month).iterdir()}
    for one in admitted.files:
        bad = {row for file, row, _ in planted if file == one.file}
        assert (one.read, one.quarantined) == (len({r for f, r in rows if f == one.file}), len(bad))
        assert one.accepted + one.quarantined == one.read
    assert over_gate(admitted, 5) is None


def test_every_reason_is_planted_somewhere(example: Network) -> None:
    reasons = {reason for month in MONTHS for _, _, reason in example.planted(month)}
    assert len(reasons) == 21


@pytest.mark.parametrize("seed", [1, 77, 2024])
def test_the_same_with_other_answers_and_faults(seed: int, tmp_path: Path) -> None:
    import generate
    from conftest import make

    network = make(tmp_path / "other", 1, 60, 30)
    shutil.rmtree(network.folder / "inbox")
    generate.generate(network.folder / "inbox", 3, 35, seed=seed, branches=30)
    for month in network.months():
        assert found(admit(network, month)) == network.planted(month)


def test_a_row_with_a_fault_has_the_cell_and_what_to_do(example: Network) -> None:
    admitted = admit(example, "2025-09")
    read: dict[str, pl.DataFrame] = {}
    for row in admitted.quarantine.iter_rows(named=True):
        assert row["fix"]
        assert "{" not in row["fix"]
        if row["reason"] in ("ragged_row", "duplicate", "conflicting_duplicate", "superseded"):
            continue
        file = row["file"]
        if file not in read:
            read[file] = opened(example.inbox("2025-09") / file).frame()
        assert row["column"] in read[file].columns
        cell = read[file].filter(pl.col(sources.ROW) == row["row"])[row["column"]].item()
        if row["reason"] in ("after_cutoff", "answered_before_service", "outside_period"):
            assert row["value"][:4] == cell[:4]  # the date as read, in ISO form
        elif row["reason"] != "all_missing":
            assert row["value"] == cell.strip()


# ── re-sent files, the same bytes, duplicates ────────────────────────────────────────────


def test_the_resent_file_of_june_supersedes_row_by_row(example: Network) -> None:
    admitted = admit(example, "2025-06")
    first, second = "csi_codes_2025-06_华北.csv", "csi_codes_2025-06_华北_r2.csv"
    count = {one.file: one for one in admitted.files}
    assert (count[first].read, count[first].accepted, count[first].superseded) == (385, 0, 385)
    assert (count[second].read, count[second].accepted, count[second].superseded) == (385, 385, 0)
    replaced = admitted.quarantine.filter(pl.col("reason") == "superseded")
    assert set(replaced["file"]) == {first}
    assert set(replaced["column"]) == {"response_id"}
    assert replaced["fix"].str.contains(f"Replaced by the re-sent row in {second}, row ", literal=True).all()
    tianjin = admitted.responses[CSI].filter(pl.col("branch") == "TJ-002")
    items = [item.id for item in instrument.load(programme.load(example.folder))[0].items]
    assert tianjin.select(pl.concat_list(items).list.mean().mean()).item() > 8  # the wrong scale gave about 7


ROW = "R1,BJ-001,PC,2025-10-05,2025-10-06T12:00:00,200,web,王先生,13900006688"
HEAD = (
    "response_id,dealer_code,division,visit_date,submitted_at,duration_s,channel,customer_name,mobile,"
    + ",".join(f"q{n:02d}" for n in range(1, 23))
    + ",comment"
)
NINES = ["9"] * 22


def row(respondent: str = "R1", answers: Sequence[str] = NINES, comment: str = "", **cells: str) -> str:
    """A row of the call centre's export; cells by column head."""
    values = dict(zip(HEAD.split(","), [*ROW.split(","), *answers, comment], strict=True)) | {"response_id": respondent}
    file = io.StringIO()
    csv.writer(file, lineterminator="").writerow((values | cells).values())
    return file.getvalue()


def exports(network: Network, **files: Iterable[str]) -> Network:
    """The month's questionnaires replaced by these rows: stem after csi_codes_ -> rows."""
    for path in network.inbox().glob("csi_codes_*"):
        path.unlink()
    for stem, rows in files.items():
        (network.inbox() / f"csi_codes_{stem}.csv").write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return network


def csi_faults(admitted: Admitted) -> list[tuple[str, int, str, str, str]]:
    """(file without csi_codes_, row, column, value, reason) of the questionnaires' quarantine."""
    mine = admitted.quarantine.filter(pl.col("instrument") == CSI)
    file = pl.col("file").str.strip_prefix("csi_codes_").str.strip_suffix(".csv")
    return mine.select(file, "row", "column", "value", "reason").rows()


def accepted(admitted: Admitted) -> list[tuple[str, str, int]]:
    """(respondent, file, row)."""
    return admitted.responses[CSI].select("respondent", "source", "row").rows()


@pytest.mark.parametrize(
    ("first", "second"),
    [("a", "a_r2"), ("a", "a (1)"), ("a", "a-2"), ("a_2", "a_10"), ("2025-10", "2025-10 (corrected)"), ("a", "a2")],
)
def test_of_two_files_the_later_name_supersedes(first: str, second: str, small: Network) -> None:
    eights = ["8"] * 22
    network = exports(small, **{first: [row("R1"), row("R2")], second: [row("R3", eights), row("R1", eights)]})
    admitted = admit(network)
    assert accepted(admitted) == [
        ("R1", f"csi_codes_{second}.csv", 3), ("R2", f"csi_codes_{first}.csv", 3), ("R3", f"csi_codes_{second}.csv", 2),
    ]  # fmt: skip
    assert csi_faults(admitted) == [(first, 2, "response_id", "R1", "superseded")]


def test_names_in_natural_order() -> None:
    names = ["a.csv", "a (1).csv", "a (2).csv", "a-1.csv", "a1.csv", "a2.csv", "a10.csv", "b.csv"]
    assert sorted(names, key=natural) == [
        "a.csv",
        "a1.csv",
        "a2.csv",
        "a10.csv",
        "a (1).csv",
        "a (2).csv",
        "a-1.csv",
        "b.csv",
    ]


def test_a_resent_row_with_a_fault_replaces_all_the_same(small: Network) -> None:
    """What the network said last counts, even if it has to be mended first."""
    admitted = admit(exports(small, a=[row("R1")], b=[row("R1", q01="11"), row("R2")]))
    assert accepted(admitted) == [("R2", "csi_codes_b.csv", 3)]
    assert csi_faults(admitted) == [("a", 2, "response_id", "R1", "superseded"), ("b", 2, "q01", "11", "outside_scale")]


def test_a_faulty_row_that_was_replaced_has_nothing_to_mend(small: Network) -> None:
    admitted = admit(exports(small, a=[row("R1", q01="11", dealer_code="")], b=[row("R1")]))
    assert csi_faults(admitted) == [("a", 2, "response_id", "R1", "superseded")]


def test_the_same_bytes_twice_change_nothing(small: Network) -> None:
    before = admit(small)
    path = small.export("*华东*")
    shutil.copy(path, path.with_stem(path.stem + "_again"))
    other = small.export("*.xlsx")
    shutil.copy(other, other.with_stem(other.stem + "_again"))
    after = admit(small)
    for name in (CSI, DEALER):
        assert after.responses[name].drop("source").equals(before.responses[name].drop("source"))
    names = ("file", "fix", "known")  # may name the file that was read
    assert after.quarantine.drop(names).equals(before.quarantine.drop(names))
    skipped = {one.file: one for one in after.files if one.same_as}
    # a re-sent export: the last one counts; any other: the first
    assert {one.file: one.same_as for one in skipped.values()} == {
        path.name: f"{path.stem}_again.csv", f"{other.stem}_again.xlsx": other.name,
    }  # fmt: skip
    assert all((one.read, one.accepted, one.quarantined) == (0, 0, 0) for one in skipped.values())


def test_going_back_to_the_first_version(small: Network) -> None:
    """a is sent, corrected as b, and sent again as it was: the last one has the last word."""
    network = exports(small, a=[row("R1")], b=[row("R1", ["1"] * 22)], c=[row("R1")])
    assert accepted(admit(network)) == [("R1", "csi_codes_c.csv", 2)]


def test_without_resend_a_repeated_respondent_is_a_duplicate(small: Network) -> None:
    text = (small.folder / "programme.toml").read_text("utf-8").replace("resend = true", "resend = false")
    (small.folder / "programme.toml").write_text(text, encoding="utf-8")
    same, other = row("R1"), row("R2", q03="1")
    exports(small, part_10=[same, row("R3"), same], part_2=[row("R2"), same], part_3=[other, row("R4")])
    admitted = admit(small)
    assert accepted(admitted) == [
        ("R1", "csi_codes_part_2.csv", 3), ("R3", "csi_codes_part_10.csv", 3), ("R4", "csi_codes_part_3.csv", 3),
    ]  # fmt: skip
    assert csi_faults(admitted) == [
        ("part_10", 2, "response_id", "R1", "duplicate"),
        ("part_10", 4, "response_id", "R1", "duplicate"),
        ("part_2", 2, "response_id", "R2", "conflicting_duplicate"),
        ("part_3", 2, "response_id", "R2", "conflicting_duplicate"),
    ]
    fixes = admitted.quarantine.filter(pl.col("instrument") == CSI)["fix"].to_list()
    counted, other = "this one is not counted again.", "The same respondent with other content stands in csi_codes_part"
    assert fixes == [
        f"The same response stands in csi_codes_part_2.csv, row 3; {counted}",
        f"The same response stands in csi_codes_part_2.csv, row 3; {counted}",
        f"{other}_3.csv, row 2; keep the right one.",
        f"{other}_2.csv, row 2; keep the right one.",
    ]


def test_two_sources_of_one_instrument_do_not_supersede_each_other(small: Network) -> None:
    """The web tool and the call centre both number from R1: that is a question, not a re-send."""
    september = small.inbox("2025-09")
    exports(small, a=[row("R1"), row("R2")])
    small.replace("programme.toml", '"csi_text_*.csv"', '"web_*.csv"')
    small.replace("programme.toml", "mappings/csi_text.toml", "mappings/csi_codes.toml")
    (small.inbox() / "web_a.csv").write_text("\n".join([HEAD, row("R0"), row("R1", q01="2"), ""]), encoding="utf-8")
    shutil.rmtree(september)
    admitted = admit(small)
    assert [one[0] for one in accepted(admitted)] == ["R0", "R2"]
    assert {one[4] for one in csi_faults(admitted)} == {"conflicting_duplicate"}


def test_invitations_of_a_branch_twice(small: Network) -> None:
    path = small.export("invited_csi*")
    text = path.read_text("utf-8")
    lines = text.splitlines()
    code, name, _ = lines[1].split(",")
    path.write_text(text + f"{lines[2]}\n{code},{name},1\n", encoding="utf-8")
    faults = csi_faults(admit(small))
    last = len(lines) + 2
    assert [one[1:] for one in faults if one[0].startswith("invited")] == [
        (2, "经销商代码", code, "conflicting_duplicate"),
        (last - 1, "经销商代码", lines[2].split(",")[0], "duplicate"),
        (last, "经销商代码", code, "conflicting_duplicate"),
    ]


def test_invitations_with_faults(small: Network) -> None:
    path = small.export("invited_csi*")
    text = path.read_text("utf-8")
    count = len(text.splitlines())
    path.write_text(
        text + "SH-099,x,5\nSZ-004,x,5\n,x,5\nBJ-001,x,\nBJ-001,x,many\nBJ-001,x,-1\nBJ-001,x,2,3\n", encoding="utf-8"
    )
    faults = [one[1:] for one in csi_faults(admit(small)) if one[0].startswith("invited")]
    assert faults == [
        (count + 1, "经销商代码", "SH-099", "unknown_branch"),
        (count + 2, "经销商代码", "SZ-004", "branch_not_open"),
        (count + 3, "经销商代码", "", "missing_branch"),
        (count + 4, "发出邀请数", "", "unreadable_number"),
        (count + 5, "发出邀请数", "many", "unreadable_number"),
        (count + 6, "发出邀请数", "-1", "not_negative"),
        (count + 7, "", "4 cells for 3 heads", "ragged_row"),
    ]


# ── the rules, one row at a time ─────────────────────────────────────────────────────────

Faults = list[tuple[str, str, str]]  # column, value, reason
RULES: dict[str, tuple[dict[str, str], Faults]] = {
    "clean": ({}, []),
    "first second of the month": ({"visit_date": "2025-10-01", "submitted_at": "2025-10-01T00:00:00"}, []),
    "last second before the cut-off": ({"visit_date": "2025-10-31", "submitted_at": "2025-11-10T23:59:59"}, []),
    "the cut-off itself": (
        {"submitted_at": "2025-11-11T00:00:00"}, [("submitted_at", "2025-11-11T00:00:00", "after_cutoff")]),
    "unpadded and full-width dates": ({"visit_date": "２０２５-10-5", "submitted_at": "2025-10-6T9:5:7"}, []),
    "the day before the month": ({"visit_date": "2025-09-30"}, [("visit_date", "2025-09-30", "outside_period")]),
    "the day after the month": (
        {"visit_date": "2025-11-01", "submitted_at": "2025-11-02T00:00:00"},
        [("visit_date", "2025-11-01", "outside_period")]),
    "answered on the day of service": ({"submitted_at": "2025-10-05T00:00:00"}, []),
    "answered the day before": (
        {"submitted_at": "2025-10-04T23:59:59"}, [("submitted_at", "2025-10-04T23:59:59", "answered_before_service")]),
    "no duration": ({"duration_s": ""}, []),
    "a day": ({"duration_s": "86400"}, []),
    "over a day": ({"duration_s": "86401"}, [("duration_s", "86401", "impossible_duration")]),
    "a negative duration": ({"duration_s": "-1"}, [("duration_s", "-1", "impossible_duration")]),
    "a duration with a point": ({"duration_s": "12.5"}, []),
    "a duration with two": ({"duration_s": "1.2.5"}, [("duration_s", "1.2.5", "unreadable_number")]),
    "a point before a duration": ({"duration_s": ".5"}, [("duration_s", ".5", "unreadable_number")]),
    "over a day by a part of a second": ({"duration_s": "86400.9"}, []),
    "a duration beyond every number": ({"duration_s": "9" * 30}, [("duration_s", "9" * 30, "unreadable_number")]),
    "a duration in milliseconds": ({"duration_s": "200000000"}, [("duration_s", "200000000", "impossible_duration")]),
    "an Excel error": ({"duration_s": "#VALUE!"}, [("duration_s", "#VALUE!", "unreadable_number")]),
    "an only division need not be told": ({"dealer_code": "WH-002", "division": ""}, []),
    "one of several must": ({"division": ""}, [("division", "", "missing_division")]),
    "a division not served": (
        {"dealer_code": "WH-002", "division": "CV"}, [("division", "CV", "division_not_served")]),
    "a division nobody has": ({"division": "SUV"}, [("division", "SUV", "unknown_division")]),
    "no date, no division": (
        {"visit_date": "", "division": ""}, [("visit_date", "", "missing_date")]),
    "an unknown branch": (
        {"dealer_code": "XX-001", "division": ""}, [("dealer_code", "XX-001", "unknown_branch")]),
    "a closed branch": ({"dealer_code": "SZ-004"}, [("dealer_code", "SZ-004", "branch_not_open")]),
    "no branch": ({"dealer_code": " "}, [("dealer_code", "", "missing_branch")]),
    "lower case is another branch": ({"dealer_code": "bj-001"}, [("dealer_code", "bj-001", "unknown_branch")]),
    "every item blank but one": ({f"q{n:02d}": "" for n in range(2, 23)}, []),
    "blanks": ({"q01": "", "q05": " "}, []),
    "not applicable and refused": ({"q01": "98", "q02": "99", "q03": ""}, []),
    "full-width digits": ({"q01": "１０"}, []),
    "zero": ({"q01": "0"}, [("q01", "0", "outside_scale")]),
    "eleven": ({"q22": "11"}, [("q22", "11", "outside_scale")]),
    "a long number": ({"q01": "9" * 30}, [("q01", "9" * 30, "outside_scale")]),
    "a half": ({"q01": "8.5"}, [("q01", "8.5", "not_a_whole_number")]),
    "two signs": ({"q01": "--5"}, [("q01", "--5", "not_a_whole_number")]),
    "a sign alone": ({"q01": "-"}, [("q01", "-", "not_a_whole_number")]),
    "another script's digit": ({"q01": "٣"}, [("q01", "٣", "not_a_whole_number")]),
    "nothing answered": (
        {f"q{n:02d}": "98" for n in range(1, 23)}, [("response_id", "R1", "all_missing")]),
    "nothing readable is not nothing answered": (
        {f"q{n:02d}": "98" for n in range(2, 23)} | {"q01": "九"}, [("q01", "九", "not_a_whole_number")]),
    "a phone number in a wrong place": ({"q01": "13900006688"}, [("q01", "〔电话〕", "outside_scale")]),
    "an e-mail address as a branch": ({"dealer_code": "wang@163.com"}, [("dealer_code", "〔邮箱〕", "unknown_branch")]),
    "a long value": ({"dealer_code": "x" * 500}, [("dealer_code", "x" * 59 + "…", "unknown_branch")]),
    "all of it": (
        {"response_id": "", "dealer_code": "", "division": "SUV", "visit_date": "soon", "submitted_at": "",
         "duration_s": "long", "q01": "ten", "q02": "11"},
        [("dealer_code", "", "missing_branch"), ("division", "SUV", "unknown_division"),
         ("duration_s", "long", "unreadable_number"), ("q01", "ten", "not_a_whole_number"),
         ("q02", "11", "outside_scale"), ("response_id", "", "missing_respondent"),
         ("submitted_at", "", "missing_date"), ("visit_date", "soon", "unreadable_date")]),
    "a second dozen": (
        {"dealer_code": "SZ-004", "visit_date": "2025-09-01", "submitted_at": "2025-12-24T00:00:00",
         "duration_s": "-5", "q05": "0", "q06": "-3"},
        [("dealer_code", "SZ-004", "branch_not_open"), ("duration_s", "-5", "impossible_duration"),
         ("q05", "0", "outside_scale"), ("q06", "-3", "outside_scale"),
         ("submitted_at", "2025-12-24T00:00:00", "after_cutoff"), ("visit_date", "2025-09-01", "outside_period")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(pristine: Network, tmp_path_factory: pytest.TempPathFactory) -> Admitted:
    """Every row of RULES in one export, in order, each of a respondent of its own."""
    network = pristine.copy(tmp_path_factory.mktemp("rules") / "network")
    lines = [row(**{"respondent": f"R{n}", **cells}) for n, (cells, _) in enumerate(RULES.values())]
    return admit(exports(network, a=lines))


@pytest.mark.parametrize("name", RULES)
def test_a_row(name: str, judged: Admitted) -> None:
    number = list(RULES).index(name)
    _, expected = RULES[name]
    respondent = f"R{number}"
    faults = [one[2:] for one in csi_faults(judged) if one[:2] == ("a", number + 2)]
    assert faults == [(column, respondent if value == "R1" else value, reason) for column, value, reason in expected]
    assert (respondent in judged.responses[CSI]["respondent"]) == (not expected)


def test_what_is_stored_of_a_row(judged: Admitted) -> None:
    def stored(name: str) -> dict[str, object]:
        place = list(RULES).index(name)
        return judged.responses[CSI].filter(pl.col("row") == place + 2).row(0, named=True)

    one = stored("not applicable and refused")
    assert [one[item] for item in ("problems_fixed_first_visit", "problems_none_new", "problems_handled")] == [None] * 3
    assert one["missing"] == "nrb" + "." * 19
    assert stored("clean")["missing"] is None
    for name in ("blanks", "every item blank but one"):  # an item that was left blank is null, and says no more
        one = stored(name)
        assert (one["problems_none_new"], one["missing"]) == (None if "one" in name else 9, None)
    assert stored("a duration with a point")["duration_s"] == 12
    nothing = ("contact", "segment", "tier", "vehicle", "contract", "flags")
    assert {stored("full-width digits")[column] for column in nothing} == {None}
    assert stored("full-width digits")["problems_fixed_first_visit"] == 10
    assert stored("an only division need not be told")["division"] == "PC"
    assert stored("no duration")["duration_s"] is None


def test_the_fix_names_what_would_be_right(judged: Admitted) -> None:
    fixes = {(one["column"], one["reason"]): one["fix"] for one in judged.quarantine.iter_rows(named=True)}
    assert fixes["visit_date", "unreadable_date"] == (
        "Write the date as the mapping says, 2025-10-31 (%Y-%m-%d), or correct [dates] in the mapping."
    )
    assert fixes["q01", "outside_scale"] == "Outside the scale of the item, 1 to 10."
    assert fixes["division", "unknown_division"] == "Not a division; known are PC, CV, NEV."


def test_a_ragged_record_is_not_read_by_its_heads(small: Network) -> None:
    """An unquoted comma in the name pushes the phone number under q01: no cell can be trusted."""
    shifted = row("R2", customer_name="王,先生").replace('"', "")
    cut = row("R3")[:-30]
    short = len(next(csv.reader([cut])))
    admitted = admit(exports(small, a=[row("R1"), shifted, cut]))
    assert csi_faults(admitted) == [
        ("a", 3, "", "33 cells for 32 heads", "ragged_row"),
        ("a", 4, "", f"{short} cells for 32 heads", "ragged_row"),
    ]


def test_a_head_may_have_the_name_of_another_field(small: Network) -> None:
    """The column `division` holds branches here, and `dealer_code` divisions."""
    mapping = "mappings/csi_codes.toml"
    small.replace(
        mapping, 'branch = "dealer_code"\ndivision = "division"', 'branch = "division"\ndivision = "dealer_code"'
    )
    admitted = admit(
        exports(
            small, a=[row("R1", dealer_code="PC", division="XX-001"), row("R2", dealer_code="SUV", division="BJ-001")]
        )
    )
    assert csi_faults(admitted) == [
        ("a", 2, "division", "XX-001", "unknown_branch"), ("a", 3, "dealer_code", "SUV", "unknown_division"),
    ]  # fmt: skip


# ── files that are refused ───────────────────────────────────────────────────────────────


def refused(network: Network) -> list[str]:
    with pytest.raises(Refusal) as caught:
        admit(network)
    return list(caught.value.problems)


def test_a_column_that_is_gone_and_one_that_is_new(small: Network) -> None:
    path = small.export("*华东*")
    path.write_bytes(path.read_bytes().replace(b"q07", b"q07_new", 1))
    (small.inbox() / "csi_codes_x.csv").write_text(
        HEAD.removesuffix(",comment") + "\n" + row("R1").removesuffix(",") + "\n"
    )
    change = "If the survey changed, change mappings/csi_codes.toml."
    assert refused(small) == [
        f"inbox/2025-10/{path.name}, row 1: column 'q07' is gone, perhaps now 'q07_new'. {change}",
        f"inbox/2025-10/{path.name}, row 1: column 'q07_new' is new. Map it in mappings/csi_codes.toml, or list it "
        "under `ignore`.",
        f"inbox/2025-10/csi_codes_x.csv, row 1: column 'comment' is gone. {change}",
    ]


def test_columns_in_another_order_are_the_same_columns(small: Network) -> None:
    table = list(csv.reader([HEAD, row("R1"), row("R2", q01="11")]))
    turned = "\n".join(",".join(reversed(one)) for one in table)
    exports(small)
    (small.inbox() / "csi_codes_a.csv").write_text(turned, encoding="utf-8")
    admitted = admit(small)
    assert accepted(admitted) == [("R1", "csi_codes_a.csv", 2)]
    assert csi_faults(admitted) == [("a", 3, "q01", "11", "outside_scale")]


def test_an_export_without_its_heads_shows_nobody(small: Network) -> None:
    exports(small)
    answers = [str(n) for n in range(100, 122)]
    (small.inbox() / "csi_codes_a.csv").write_text(
        row("R1", answers, "很好") + "\n" + row("R2") + "\n", encoding="utf-8"
    )
    (problem,) = refused(small)
    assert problem == (
        "inbox/2025-10/csi_codes_a.csv, row 1: none of the 32 columns of mappings/csi_codes.toml is here; read as "
        "utf-8 text with the delimiter comma, it has 32 columns. Export the file again with its header row, or correct "
        "`files` and `mapping` of the source."
    )


def test_files_that_are_none(small: Network) -> None:
    (small.inbox() / "csi_codes_link.csv").symlink_to(small.export("*华东*"))
    (small.inbox() / "csi_codes_folder.csv").mkdir()
    os.mkfifo(small.inbox() / "csi_codes_pipe.csv")
    (small.inbox() / "csi_codes_empty.csv").touch()
    assert refused(small) == [
        "inbox/2025-10/csi_codes_empty.csv: the file is empty. Export it again.",
        "inbox/2025-10/csi_codes_folder.csv: not a plain file. Put a file in its place, or move it away.",
        "inbox/2025-10/csi_codes_link.csv: a symbolic link. Put the file itself there.",
        "inbox/2025-10/csi_codes_pipe.csv: not a plain file. Put a file in its place, or move it away.",
    ]


def test_every_refused_file_is_named_at_once(small: Network) -> None:
    small.export("*华东*").write_text("")
    small.export("*.xlsx").write_text("no workbook")
    small.export("invited_dealer*").write_text("经销商代码\n")
    problems = refused(small)
    assert [one.split(":")[0] for one in problems] == [
        "inbox/2025-10/csi_codes_2025-10_华东.csv", "inbox/2025-10/dealer_satisfaction_2025-10.xlsx",
        "inbox/2025-10/invited_dealer_2025-10.csv",
    ]  # fmt: skip


def test_an_item_asked_but_not_mapped(small: Network) -> None:
    small.replace("mappings/csi_codes.toml", 'problems_none_new = "q02"\n', "")
    assert refused(small)[0] == (
        "mappings/csi_codes.toml, items: problems_none_new is asked in 2025-10 but not mapped to a column."
    )


# ── the gate ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("clean", "opens"), [(95, True), (94, False)])
def test_five_in_a_hundred_are_the_limit(clean: int, opens: bool, small: Network) -> None:
    rows = [row(f"R{n}") for n in range(clean)] + [row(f"X{n}", q01="11") for n in range(5)]
    exports(small, a=rows)
    small.export("*.xlsx").unlink()
    small.replace("programme.toml", ', "dealer_satisfaction"]', "]")
    text = (small.folder / "programme.toml").read_text("utf-8")
    (small.folder / "programme.toml").write_text(text[: text.index('[[source]]\nid = "dealer-xlsx"')], encoding="utf-8")
    small.export("invited_dealer*").unlink()
    targets = small.folder / "targets.csv"
    targets.write_text(
        "".join(one for one in targets.open(encoding="utf-8") if not one.startswith(DEALER)), encoding="utf-8"
    )
    admitted = admit(small)
    assert (over_gate(admitted, 5) is None) == opens


def test_superseded_rows_do_not_count_for_the_gate(small: Network) -> None:
    rows = [row(f"R{n}") for n in range(100)]
    admitted = admit(exports(small, a=rows, b=[*rows, row("R100")]))
    assert sum(one.superseded for one in admitted.files) == 100
    assert over_gate(admitted, 5) is None


@pytest.mark.parametrize("command", ["run", "score", "check"])
def test_a_month_with_too_many_bad_rows_stops(command: str, small: Network, csi: Csi) -> None:
    path = small.export("*华东*")
    text = path.read_text("utf-8-sig")
    path.write_text(text.replace(",PC,", ",XX,"), encoding="utf-8")
    bad = text.count(",PC,")
    called = csi(command, small)
    assert called.status == 1
    (problem,) = called.problems
    assert problem.startswith("2025-10: ")
    assert "response rows are quarantined, more than 5 in 100. Mend the exports (csi check --period 2025-10" in problem
    assert not (small.out / "2025-10").exists()
    assert not (small.out / "score" / "2025-10").exists()
    written = "".join(f"  {name}\n" for name in ("intake.html", "intake.xlsx", "quarantine.csv", "changes.csv"))
    assert f"In {small.out / 'check' / '2025-10'}:\n{written}" in called.out
    listed = Counter(one["reason"] for one in small.quarantine())
    assert listed["unknown_division"] >= bad


def test_an_earlier_month_with_too_many_bad_rows_stops_this_one(small: Network, csi: Csi) -> None:
    path = next(small.inbox("2025-09").glob("csi_text*"))
    path.write_bytes(path.read_bytes().replace("乘用车事业部".encode("gb18030"), "别的".encode("gb18030")))
    called = csi("score", small)
    assert called.status == 1
    assert "2025-09: " in called.problems[0]
    assert "(csi check --period 2025-09 lists the rows in intake.html and quarantine.csv)" in called.problems[0]
    assert not (small.out / "score" / "2025-10").exists()


# ── what gets out ────────────────────────────────────────────────────────────────────────


def cells(path: Path) -> str:
    """All that a reader of a file could see, as one text."""
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        texts = [page.get_textpage().get_text_bounded() for page in document]
        return "\n".join([*texts, *map(str, document.get_metadata_dict().values())])
    if path.suffix == ".parquet":
        return pl.read_parquet(path).select(pl.all().cast(pl.String)).write_csv()
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as warehouse:
            tables = [name for (name,) in warehouse.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            return "\n".join(str(warehouse.execute(f'SELECT * FROM "{name}"').fetchall()) for name in tables)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist())
    return path.read_text("utf-8")


def name_everybody(network: Network, month: str) -> list[str]:
    """Every customer of a month gets a name that stands nowhere else; returns names and numbers."""
    secret: list[str] = []

    def rewritten(head: list[str], table: Iterable[list[str]]) -> list[list[str]]:
        name, phone = (
            (head.index(one) for one in pair if one in head)
            for pair in (("customer_name", "客户姓名"), ("mobile", "手机号码"))
        )
        at, number = next(name), next(phone)
        done = []
        for cells in table:
            cells[at] = f"隐名{len(secret):05d}氏"
            secret.extend([cells[at], cells[number]])
            done.append(cells)
        return done

    for path in network.inbox(month).glob("csi_*.csv"):
        encoding = "gb18030" if "text" in path.name else "utf-8-sig"
        head, *table = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""))
        text = io.StringIO(newline="")
        csv.writer(text).writerows([head, *rewritten(head, table)])
        path.write_bytes(text.getvalue().encode(encoding))
    path = next(network.inbox(month).glob("*.xlsx"))
    raw = opened(path)
    book = xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False})
    sheet = book.add_worksheet("答卷数据")
    sheet.write_row(0, 0, raw.header)
    for place, cells in enumerate(
        rewritten(list(raw.header), map(list, raw.frame().select(raw.header).iter_rows())), start=1
    ):
        sheet.write_row(place, 0, cells)
    book.close()
    return secret


def test_no_name_and_no_number_gets_out(small: Network, csi: Csi, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = ("BJ-001", "SH-002", "DG-001")  # the branch of the rows below, and what differs from it
    monkeypatch.setattr("pipeline.unprinted.wanted", lambda *_: printed)
    secret = [one for month in small.months() for one in name_everybody(small, month)]
    path = small.export("*华东*")
    shifted = row("R9999", customer_name="隐名99999,氏").replace('"', "")
    hidden = [
        "13712345678",
        "1371234-5679",
        "137 1234 5680",
        "浙A12345",
        "110101199003077777",
        "feng@163.com",
        "13712345681",
    ]
    comment = "；".join(["请回电{}", "或{}，", "{}", "车{}", "证{}", "{}"]).format(*hidden)
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(shifted + "\n" + row("R9998", comment=comment) + "\n" + row("R9997", q01=hidden[-1]) + "\n")
    called = csi("run", small)
    assert called.status == 0, called.err
    assert len(secret) > 1500
    files = [path for path in small.out.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {
        ".pdf", ".parquet", ".csv", ".json", ".sql", ".duckdb", ".html", ".xlsx",
    }  # fmt: skip
    numbers = {one for one in secret if one.isdigit()} | {re.sub("[ -]", "", one) for one in hidden}
    for place, text in [("stdout", called.out), ("stderr", called.err), *((path, cells(path)) for path in files)]:
        assert not [one for one in ("隐名", *hidden) if one in text], place
        assert numbers.isdisjoint(re.findall(r"1[3-9]\d{9}", text)), place
    for path in files:
        data = path.read_bytes()
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            assert not [one for one in ("隐名", *hidden) if one.encode(encoding) in data], path
        seen = re.findall(rb"1[3-9]\d{9}", data) + re.findall(rb"1\0[3-9]\0(?:\d\0){9}", data)
        assert numbers.isdisjoint(one.replace(b"\0", b"").decode() for one in seen), path
    kept = admit(small).responses[CSI].filter(pl.col("respondent") == "R9998")
    assert kept["verbatim"].item() == "请回电〔电话〕;或〔电话〕,;〔电话〕;车〔车牌〕;证〔证件〕;〔邮箱〕"
    reasons = {(one["row"], one["reason"], one["value"]) for one in small.quarantine("")}
    assert {(reason, value) for _, reason, value in reasons} >= {
        ("ragged_row", "33 cells for 32 heads"), ("outside_scale", "〔电话〕"),
    }  # fmt: skip


def test_a_cell_of_quarantine_csv_is_never_a_formula(small: Network, csi: Csi) -> None:
    evil = ["=1+1", "+86", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "'=1"]
    lines = [row(f"R{n}", dealer_code=one) for n, one in enumerate(evil)] + [row(one, q01="11") for one in evil]
    exports(small, a=lines)
    small.replace("programme.toml", '"csi_codes_*.csv"', '"*.csv_"').replace(
        "programme.toml", '"*.csv_"', '"[=c]*s_*.csv"'
    )
    (small.inbox() / "csi_codes_a.csv").rename(small.inbox() / "=codes_a.csv")
    csi("check", small)
    data = (small.out / "check" / "2025-10" / "quarantine.csv").read_text("utf-8-sig")
    table = list(csv.reader(io.StringIO(data, newline="")))
    assert len(table) > 2 * len(evil)
    assert not [cell for line in table for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    values = {line[4] for line in table}
    assert values >= {"'=1+1", "'+86", "'-2+3", "'@SUM(A1)"}
    assert {line[1] for line in table} >= {"'=codes_a.csv"}


def test_what_was_left_out_is_counted_for_each_branch(pristine: Network) -> None:
    admitted, known = admit(pristine), set(hierarchy_of(pristine))
    expected: Counter[tuple[str, str]] = Counter()
    for file, row, reason in found(admitted):
        if file.startswith("csi_codes"):
            with pristine.export(file).open(encoding="utf-8-sig", newline="") as text:
                rows = list(csv.reader(text))
            cells = rows[row - 1] if len(rows) >= row else []
            if len(cells) > 1 and cells[1] in known:
                expected[cells[1], reason] += 1
    counted = pl.read_parquet(admitted.folder / "accepted" / "left_out" / CSI / "2025-10.parquet")
    assert expected
    assert {(b, r): n for b, r, n in counted.iter_rows() if r} == expected
    rows_of = dict(counted.filter(pl.col("reason") == "").select("branch", "rows").iter_rows())
    for branch, rows in rows_of.items():
        assert 1 <= rows <= sum(n for (b, _), n in expected.items() if b == branch)


def hierarchy_of(network: Network) -> list[str]:
    site = programme.load(network.folder)
    return hierarchy.load(site, instrument.load(site)).branches["branch"].to_list()
