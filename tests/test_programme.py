"""Every mistake in a programme's own files: one sentence with the place, what was found and what
was expected, and exit status 1. Line and row numbers are counted here, not copied."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from conftest import Called, Network

from pipeline import hierarchy, instrument, programme

Csi = Callable[..., Called]
PROGRAMME, CODES, SHEET = "programme.toml", "mappings/csi_codes.toml", "mappings/dealer_xlsx.toml"
BRANCHES, TARGETS = "branches.csv", "targets.csv"


def refusals(csi: Csi, network: Network, *more: str) -> list[str]:
    """The sentences of a refused `csi check`, with the programme's folder left out."""
    called = csi("check", network, *more)
    assert called.status == 1
    assert "Traceback" not in called.err
    assert len(called.problems) == len(called.err.strip().splitlines()), "every line is a sentence of its own"
    assert not (network.out / "check").exists() or not list((network.out / "check").iterdir())
    return [one.replace(f"{network.folder}/", "") for one in called.problems]


def line(network: Network, file: str, beginning: str) -> int:
    """The number of the only line of a file that begins so."""
    lines = (network.folder / file).read_text(encoding="utf-8-sig").splitlines()
    (found,) = [number for number, one in enumerate(lines, start=1) if one.startswith(beginning)]
    return found


# ── TOML files ───────────────────────────────────────────────────────────────────────────

# file, old, new, the line the mistake is on begins so, key, sentence
TOML = {
    "wrong key": (
        PROGRAMME, "cutoff_days =", "cutof_days =", "cutof_days", "cutof_days",
        "this key is not known here. Did you mean cutoff_days?"),
    "wrong type": (
        PROGRAMME, "cutoff_days = 10", 'cutoff_days = "10"', "cutoff_days", "cutoff_days",
        "expected a whole number, found '10'."),
    "true is not a number": (
        PROGRAMME, "cutoff_days = 10", "cutoff_days = true", "cutoff_days", "cutoff_days",
        "expected a whole number, found true."),
    "a number with a point": (
        PROGRAMME, "withheld_below = 10", "withheld_below = 10.5", "withheld_below", "thresholds.withheld_below",
        "expected a whole number, found 10.5."),
    "out of range": (
        PROGRAMME, "cutoff_days = 10", "cutoff_days = -1", "cutoff_days", "cutoff_days",
        "expected a number of days from 0 to 366, found -1."),
    "not a list": (
        PROGRAMME, 'languages = ["zh", "en"]', 'languages = "zh"', "languages", "languages",
        "expected a list in [ ], found 'zh'."),
    "empty list": (
        PROGRAMME, 'languages = ["zh", "en"]', "languages = []", "languages", "languages",
        "expected at least one entry, found []."),
    "unknown language": (
        PROGRAMME, 'languages = ["zh", "en"]', 'languages = ["zh", "fr"]', "languages", "languages[2]",
        "expected one of 'zh', 'en', found 'fr'."),
    "language twice": (
        PROGRAMME, 'languages = ["zh", "en"]', 'languages = ["zh", "zh"]', "languages", "languages[2]",
        "expected every id once, found 'zh' again."),
    "time zone": (
        PROGRAMME, "Asia/Shanghai", "Asia/Shangai", "time_zone", "time_zone",
        "expected an IANA time zone such as Asia/Shanghai, found 'Asia/Shangai'."),
    "time zone as a path": (
        PROGRAMME, "Asia/Shanghai", "../../etc/passwd", "time_zone", "time_zone",
        "expected an IANA time zone such as Asia/Shanghai, found '../../etc/passwd'."),
    "status": (
        PROGRAMME, '"provisional"', '"prelim"', "status", "status",
        "expected one of 'provisional', 'final', 'restated', found 'prelim'."),
    "thresholds": (
        PROGRAMME, "withheld_below = 10", "withheld_below = 40", "withheld_below", "thresholds.withheld_below",
        "expected 1 <= withheld_below <= ranked_from, found 40 and 30."),
    "gate": (
        PROGRAMME, "max_quarantined_percent = 5", "max_quarantined_percent = 101", "max_quarantined",
        "thresholds.max_quarantined_percent", "expected from 0 to 100, found 101."),
    "weighting": (
        PROGRAMME, 'base = "none"', 'base = "raked"', "base", "weighting.base",
        "expected one of 'none', 'column', 'population', found 'raked'."),
    "peers that share strata": (
        PROGRAMME, 'status = "provisional"',
        'status = "provisional"\npeers = ["branch_tier"]\n[design]\nstrata = ["segment", "tier"]', "peers", "peers",
        "expected 'branch' among design.strata, for peers are samples of their own; found segment, tier."),
    "name in one language": (
        PROGRAMME, ', en = "North China"', "", "NORTH", "regions.NORTH.en", "this key is missing."),
    "name of a wrong type": (
        PROGRAMME, 'en = "North China"', "en = 5", "NORTH", "regions.NORTH.en", "expected a text in quotes, found 5."),
    "region id": (
        PROGRAMME, "NORTH =", "North =", "North", "regions.North",
        "expected an id of the form [A-Z0-9_-]{1,32}, found 'North'."),
    "a source's role": (
        PROGRAMME, 'role = "responses"', 'role = "answers"', 'role = "answers"', "source[1].role",
        "expected one of 'responses', 'invitations', found 'answers'."),
    "a later source's tool": (
        PROGRAMME, 'mapping = "mappings/dealer_xlsx.toml"', 'mapping = "mappings/dealer_xlsx.toml"\ntool = "excel"',
        'tool = "excel"', "source[4].tool",
        "expected one of 'auto', 'qualtrics', 'surveymonkey', 'limesurvey', 'wjx', 'tencent', 'kobo', 'google_forms', "
        "'typeform', 'formbricks', 'spss', 'parquet', 'plain', found 'excel'."),
    "a key of before": (
        PROGRAMME, 'mapping = "mappings/dealer_xlsx.toml"', 'mapping = "mappings/dealer_xlsx.toml"\nreader = "csv"',
        'reader = "csv"', "source[4].reader", "this key is not known here."),
    "a source's pattern": (
        PROGRAMME, '"csi_codes_*.csv"', '"../*.csv"', 'files = "../', "source[2].files",
        "expected a file name pattern without a folder, found '../*.csv'."),
    "a source's flag": (
        PROGRAMME, "resend = true", 'resend = "yes"', 'resend = "yes"', "source[1].resend",
        "expected true or false, found 'yes'."),
    "source twice": (
        PROGRAMME, 'id = "dealer-xlsx"', 'id = "csi-invited"  # again', 'id = "csi-invited"  # again', "source[4].id",
        "expected every id once, found 'csi-invited' again."),
    "source of no instrument": (
        PROGRAMME, '"china_csi_2005"\nfiles = "csi_codes', '"china_csi"\nfiles = "csi_codes',
        'instrument = "china_csi"', "source[2].instrument",
        "expected one of china_csi_2005, dealer_satisfaction, found 'china_csi'."),
    "mapping that is not there": (
        PROGRAMME, "mappings/csi_codes.toml", "mappings/gone.toml", 'mapping = "mappings/gone', "source[2].mapping",
        "there is no file 'mappings/gone.toml'. Add it or correct the name."),
    "output in the inbox": (
        PROGRAMME, 'output = "out"', 'output = "./inbox/../inbox"', "output", "output",
        "expected a folder outside the inbox, found './inbox/../inbox'."),
    "output under the inbox": (
        PROGRAMME, 'output = "out"', 'output = "inbox/out"', "output", "output",
        "expected a folder outside the inbox, found 'inbox/out'."),
    "mapping: wrong key": (
        CODES, "respondent =", "respondant =", "respondant", "columns.respondant",
        "this key is not known here. Did you mean respondent?"),
    "mapping: item of another instrument": (
        CODES, "problems_handled =", "problem_handling =", "problem_handling", "items.problem_handling",
        "china_csi_2005 has no such item. Did you mean problems_handled?"),
    "mapping: column twice": (
        CODES, '"q02"', '"q01"', "problems_none_new", "items.problems_none_new",
        "expected every column once, found 'q01' again."),
    "mapping: mapped and ignored": (
        CODES, '"customer_name"', '"comment"', "ignore", "ignore[2]",
        "expected every column once, found 'comment' again."),
    "mapping: missing state": (
        CODES, '"99" = "refused"', '"99" = "no"', '"99"', "missing.99",
        "expected one of 'not_asked', 'not_answered', 'not_applicable', 'refused', found 'no'."),
    "mapping: state of an empty cell": (
        CODES, '"99" =', '"" =', "[missing]", "missing",
        'expected no entry for ""; an empty cell is always not_answered.'),
    "mapping: header rows": (
        CODES, "ignore = [", "header_rows = 0\nignore = [", "header_rows", "header_rows",
        "expected from 1 to 20 header rows, found 0."),
    "mapping: very many header rows": (
        CODES, "ignore = [", "header_rows = 21\nignore = [", "header_rows", "header_rows",
        "expected from 1 to 20 header rows, found 21."),
    "mapping: date pattern": (
        CODES, '"%Y-%m-%d"', '"%Y-%m-%Q"', "serviced_on = \"%Y", "dates.serviced_on",
        "expected a pattern with year, month and day, such as %Y/%m/%d, or \"iso\", or \"excel\"; a time zone only as "
        "the offset %z, found '%Y-%m-%Q'."),
    "mapping: date pattern without a day": (
        CODES, '"%Y-%m-%d"', '"%Y-%m"', "serviced_on = \"%Y", "dates.serviced_on",
        "expected a pattern with year, month and day, such as %Y/%m/%d, or \"iso\", or \"excel\"; a time zone only as "
        "the offset %z, found '%Y-%m'."),
    "mapping: date pattern with a zone": (
        CODES, '%H:%M:%S"', '%H:%M:%S%Z"', "answered_at = \"%Y", "dates.answered_at",
        "expected a pattern with year, month and day, such as %Y/%m/%d, or \"iso\", or \"excel\"; a time zone only as "
        "the offset %z, found '%Y-%m-%dT%H:%M:%S%Z'."),
    "mapping: no respondent": (
        CODES, 'respondent = "response_id"\n', "", "[columns]", "columns", "respondent is missing."),
    "mapping: label off the scale": (
        SHEET, '"9分" = 9', '"9分" = 11', '"9分"', "labels.overall.9分",
        "11 is not on the scale of overall_service, 1 to 10."),
    "mapping: code in quotes": (
        SHEET, '"9分" = 9', '"9分" = "9"', '"9分"', "labels.overall.9分", "expected a whole number, found '9'."),
    "mapping: neither number nor text": (
        SHEET, '"9分" = 9', '"9分" = true', '"9分"', "labels.overall.9分",
        "expected a whole number or a text in quotes, found true."),
    "mapping: division's code": (
        SHEET, '= "NEV"', '= "NVE"', '"新能源事业部"', "labels.division.新能源事业部",
        "'NVE' is not a division of programme.toml."),
    "mapping: label and missing": (
        SHEET, '"9分" = 9', '"不适用" = 9', '"不适用" = 9', "labels.overall.不适用",
        "expected a label that is not among [missing], found it in both."),
    "mapping: label set": (
        SHEET, 'overall_service = "overall"', 'overall_service = "overal"', 'overall_service = "overal"',
        "item_labels.overall_service", "expected one of overall, found 'overal'."),
    "mapping: labels of an item not mapped": (
        SHEET, 'overall_service = "overall"', 'overall = "overall"', 'overall = "overall"', "item_labels.overall",
        "expected an item that [items] maps, found overall."),
}  # fmt: skip


@pytest.mark.parametrize("name", TOML)
def test_a_mistake_in_a_toml_file(name: str, small: Network, csi: Csi) -> None:
    file, old, new, beginning, key, sentence = TOML[name]
    small.replace(file, old, new)
    assert refusals(csi, small) == [f"{file}, line {line(small, file, beginning)}, {key}: {sentence}"]


NOT_TOML = {
    "a key twice": ('status = "provisional"', 'id = "other"', "this key stands twice", 'id = "other"'),
    "a table twice": ("[weighting]", "[thresholds]", "this key stands twice", "[thresholds]"),
    "a text not closed": ('output = "out"', 'output = "out', "Illegal character '\\n'", 'output = "out'),
    "no value": ("cutoff_days = 10", "cutoff_days =", "Invalid value", "cutoff_days ="),
    "a date that is none": ("cutoff_days = 10", "cutoff_days = 2025-02-30", "Invalid date", "cutoff_days = 2025-02-30"),
}


@pytest.mark.parametrize("name", NOT_TOML)
def test_a_file_that_is_not_toml(name: str, small: Network, csi: Csi) -> None:
    old, new, what, shown = NOT_TOML[name]
    number = line(small, PROGRAMME, old)
    small.replace(PROGRAMME, f"\n{old}", f"\n{new}")
    (sentence,) = refusals(csi, small)
    assert sentence.startswith(f"programme.toml, line {number}: not valid TOML: {what}")
    assert sentence.endswith(f", in '{shown}'.")


def test_missing_keys_are_named(small: Network, csi: Csi) -> None:
    small.replace(PROGRAMME, 'id = "dealers"\n', "").replace(PROGRAMME, 'files = "csi_text_*.csv"\n', "")
    assert refusals(csi, small) == [
        "programme.toml, id: this key is missing.",
        f"programme.toml, line {line(small, PROGRAMME, '# The web') + 1}, source[1].files: this key is missing.",
    ]


def test_every_mistake_of_a_file_is_named_at_once(small: Network, csi: Csi) -> None:
    small.replace(PROGRAMME, "cutoff_days = 10", 'cutoff_days = "x"').replace(PROGRAMME, '"provisional"', "1")
    small.replace(PROGRAMME, "base =", "bases =")
    assert [re.sub(r", line \d+", "", one).split(":")[0] for one in refusals(csi, small)] == [
        "programme.toml, cutoff_days", "programme.toml, status", "programme.toml, weighting.bases",
    ]  # fmt: skip


def test_an_instrument_nobody_knows(small: Network, csi: Csi) -> None:
    text = (small.folder / PROGRAMME).read_text("utf-8").replace("china_csi_2005", "china_csi_2006")
    (small.folder / PROGRAMME).write_text(text, encoding="utf-8")
    (sentence,) = refusals(csi, small)
    assert sentence.startswith("programme.toml, ")
    assert sentence.endswith(
        "instruments: there is no instrument 'china_csi_2006'. Known: china_csi_2005, dealer_satisfaction. "
        "Add instruments/china_csi_2006.toml."
    )


def test_an_instrument_without_a_source(small: Network, csi: Csi) -> None:
    small.replace(PROGRAMME, '["china_csi_2005"', '["another", "china_csi_2005"')
    assert refusals(csi, small) == [
        f"programme.toml, line {line(small, PROGRAMME, 'instruments')}, instruments[1]: expected a [[source]] "
        'with role = "responses" for another, found none.'
    ]


def test_an_instrument_of_the_programme_with_a_date_in_quotes(small: Network, csi: Csi) -> None:
    from pipeline.instrument import PACKAGED

    (small.folder / "instruments").mkdir()
    shutil.copy(PACKAGED / "china_csi_2005.toml", small.folder / "instruments")
    own = "instruments/china_csi_2005.toml"
    text = (small.folder / own).read_text("utf-8")
    small.replace(own, "\nvalid_from = ", "\nvalid_from = '2005-01-01' # ")
    (sentence,) = refusals(csi, small)
    assert sentence == (
        f"{own}, line {line(small, own, 'valid_from = ' + chr(39))}, valid_from: "
        "expected a date such as 2025-10-31, without quotes, found '2005-01-01'."
    )
    for weight, found in (("1e30", "1E+30"), ("nan", "NaN"), ("-inf", "-Infinity"), ('"20"', "'20'")):
        (small.folder / own).write_text(re.sub(r"\nweight = .*", f"\nweight = {weight}", text, count=1), "utf-8")
        (sentence,) = refusals(csi, small)
        assert re.fullmatch(
            rf"{own}, line \d+, factor\[1\]\.weight: expected a (smaller )?number, found {re.escape(found)}\.", sentence
        )


def test_a_label_of_all_items_off_the_scale_is_said_once(small: Network, csi: Csi) -> None:
    small.replace("mappings/csi_text.toml", '"9分" = 9', '"9分" = 99')
    (sentence,) = refusals(csi, small, "--period", "2025-09")
    assert sentence.startswith("mappings/csi_text.toml, line ")
    assert sentence.endswith(", labels.answer.9分: 99 is not on the scale of problems_fixed_first_visit, 1 to 10.")


def test_a_programme_that_is_not_there(small: Network, csi: Csi) -> None:
    gone = Network(small.folder / "gone")
    assert refusals(csi, gone) == [f"{gone.folder}: there is no such file. Check the path."]
    (small.folder / PROGRAMME).unlink()
    assert refusals(csi, small) == ["programme.toml: there is no such file. Check the path."]


def test_a_programme_in_another_encoding(small: Network, csi: Csi) -> None:
    data = (small.folder / PROGRAMME).read_text("utf-8").encode("gb18030")
    (small.folder / PROGRAMME).write_bytes(data)
    (sentence,) = refusals(csi, small)
    assert re.fullmatch(r"programme\.toml, line \d+: not UTF-8\. Save the file as UTF-8\.", sentence)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(small: Network, csi: Csi) -> None:
    text = (small.folder / PROGRAMME).read_text("utf-8")
    (small.folder / PROGRAMME).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert csi("check", small).status == 0


# ── branches and targets ─────────────────────────────────────────────────────────────────

WH = "WH-002,武汉楚骧汽车销售服务有限公司,Wuhan Chuxiang Auto Sales & Service,CENTRAL,PC,B,2012-11-01,,"
BRANCH_ROWS = {
    "lower-case id": (
        "wh-002,武汉,Wuhan,CENTRAL,PC,B,2012-11-01,,",
        "branch: 'wh-002' does not fit: an id is 1 to 32 characters A-Z, 0-9, - and _."),
    "id with a slash": (
        "WH/002,武汉,Wuhan,CENTRAL,PC,B,2012-11-01,,",
        "branch: 'WH/002' does not fit: an id is 1 to 32 characters A-Z, 0-9, - and _."),
    "no id": (
        ",武汉,Wuhan,CENTRAL,PC,B,2012-11-01,,",
        "branch: '' does not fit: an id is 1 to 32 characters A-Z, 0-9, - and _."),
    "no name": ("WH-002,,Wuhan,CENTRAL,PC,B,2012-11-01,,", "name_zh: '' does not fit: it must not be empty."),
    "region": (
        "WH-002,武汉,Wuhan,CENTER,PC,B,2012-11-01,,",
        "region: 'CENTER' does not fit: not a region of programme.toml."),
    "division": (
        "WH-002,武汉,Wuhan,CENTRAL,PC;SUV,B,2012-11-01,,",
        "divisions: 'SUV' does not fit: not a division of programme.toml."),
    "no division": (
        "WH-002,武汉,Wuhan,CENTRAL,,B,2012-11-01,,",
        "divisions: '' does not fit: not a division of programme.toml."),
    "tier": (
        "WH-002,武汉,Wuhan,CENTRAL,PC,D,2012-11-01,,", "tier: 'D' does not fit: not a tier of programme.toml."),
    "date": (
        "WH-002,武汉,Wuhan,CENTRAL,PC,B,2012/11/01,,",
        "valid_from: '2012/11/01' is not a date. Write it as 2025-10-31."),
    "day that is none": (
        "WH-002,武汉,Wuhan,CENTRAL,PC,B,2012-11-01,2025-02-30,",
        "valid_to: '2025-02-30' is not a date. Write it as 2025-10-31."),
    "end before start": (
        "WH-002,武汉,Wuhan,CENTRAL,PC,B,2012-11-01,2012-10-31,",
        "valid_to: 2012-10-31 is before valid_from, 2012-11-01."),
    "long ago": (
        "WH-002,武汉,Wuhan,CENTRAL,PC,B,0012-11-01,,",
        "valid_from: '0012-11-01' does not fit: it must be from 1900 on."),
    "successor": ("WH-002,武汉,Wuhan,CENTRAL,PC,B,2012-11-01,,WH-099", "successor: 'WH-099' is not a branch."),
}  # fmt: skip


@pytest.mark.parametrize("name", BRANCH_ROWS)
def test_a_mistake_in_branches_csv(name: str, small: Network, csi: Csi) -> None:
    new, sentence = BRANCH_ROWS[name]
    row = line(small, BRANCHES, "WH-002")
    small.replace(BRANCHES, WH, new)
    assert refusals(csi, small) == [f"branches.csv, row {row}, column {sentence}"]


def test_rows_of_a_branch_that_overlap(small: Network, csi: Csi) -> None:
    first = line(small, BRANCHES, "WH-002")
    small.replace(
        BRANCHES, f"{WH}\n", f"{WH.removesuffix(',,')},2025-06-30,\n{WH.replace('2012-11-01', '2025-06-30')}\n"
    )
    assert refusals(csi, small) == [
        f"branches.csv, row {first + 1}, column valid_from: WH-002 overlaps with its row {first}. "
        "Keep one, or correct its dates."
    ]


def test_a_row_of_branches_csv_with_too_few_or_too_many_cells(small: Network, csi: Csi) -> None:
    row = line(small, BRANCHES, "WH-002")
    small.replace(BRANCHES, f"{WH}\n", "WH-002,武汉,Wuhan,CENTRAL,PC,B,2012-11-01\n")
    assert refusals(csi, small) == [f"branches.csv, row {row}: 7 cells; expected 9, as in row 1."]
    small.replace(BRANCHES, "B,2012-11-01\n", "B,2012-11-01,,,closed?\n")
    assert refusals(csi, small) == [f"branches.csv, row {row}: 10 cells; expected 9, as in row 1."]


def test_the_columns_of_branches_csv(small: Network, csi: Csi) -> None:
    small.replace(BRANCHES, "branch,name_zh", "name_zh,branch")
    assert refusals(csi, small) == [
        "branches.csv, row 1: the columns are name_zh, branch, name_en, region, divisions, tier, valid_from, valid_to, "
        "successor; expected branch, name_zh, name_en, region, divisions, tier, valid_from, valid_to, successor, in "
        "this order."
    ]


OPTIONAL = {  # last columns, cells of WH-002 in them, sentence
    "alias of another branch": ("aliases", "BJ-001", "aliases: 'BJ-001' means the branch BJ-001 already. Write it "
        "under one branch only."),
    "peer in small letters": ("peer", "coast", "peer: 'coast' does not fit: an id is 1 to 32 characters A-Z, 0-9, - "
        "and _."),
    "peer too long": ("peer", "P" * 33, f"peer: '{'P' * 33}' does not fit: an id is 1 to 32 characters A-Z, 0-9, - "
        "and _."),
    "neither yes nor empty": ("inherits", "no", "inherits: 'no' is neither yes nor empty."),
    "not written as yes": ("inherits", "YES", "inherits: 'YES' is neither yes nor empty."),
    "no heir": ("inherits", "yes", "inherits: 'yes', but the row names no successor. Name one, or leave this cell "
        "empty."),
}  # fmt: skip


def optional(network: Network, columns: str, cells: dict[str, str], rows: str = "") -> None:
    """Last columns in branches.csv: cells of single branches in them; and more rows."""
    path = network.folder / BRANCHES
    head, *lines = path.read_text("utf-8").splitlines()
    blank = "," * columns.count(",")
    made = [f"{one},{cells.get(one.split(',')[0], blank)}" for one in lines]
    path.write_text("\n".join([f"{head},{columns}", *made, rows]), encoding="utf-8")


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_mistake_in_a_last_column_of_branches_csv(name: str, small: Network, csi: Csi) -> None:
    column, cell, sentence = OPTIONAL[name]
    optional(small, column, {"WH-002": cell})
    assert refusals(csi, small) == [f"branches.csv, row {line(small, BRANCHES, 'WH-002')}, column {sentence}"]


@pytest.mark.parametrize("columns", ["aliases,peer,inherits", "inherits,peer", "peer,aliases", "inherits"])
def test_the_last_columns_of_branches_csv_in_any_order(columns: str, small: Network) -> None:
    wanted = {"aliases": "Wuhan 2;楚骧", "peer": "COAST", "inherits": "yes"}
    small.replace(BRANCHES, WH, WH.removesuffix(",,") + ",2025-06-30,BJ-001")
    optional(small, columns, {"WH-002": ",".join(wanted[one] for one in columns.split(","))})
    site = programme.load(small.folder)
    found = hierarchy.load(site, instrument.load(site))
    here = found.branches.filter(branch="WH-002").select("peer", "inherits").unique().rows()
    assert here == [("COAST" if "peer" in columns else None, "inherits" in columns)]
    assert found.branches.filter(pl.col("branch") != "WH-002").select("peer", "inherits").unique().rows() == [
        (None, False)
    ]
    assert found.aliases == ({"Wuhan 2": "WH-002", "楚骧": "WH-002"} if "aliases" in columns else {})
    assert found.branches.columns[-3:] == ["successor", "peer", "inherits"]


def test_a_last_column_of_branches_csv_that_nobody_knows(small: Network, csi: Csi) -> None:
    optional(small, "peer,peers", {})
    assert refusals(csi, small) == [
        "branches.csv, row 1: the column 'peers' is not known; after successor there may be aliases, peer, inherits."
    ]


INHERITANCE = {  # rows of branches X, Y and Z, each with its place in them; which row is wrong and why
    "still open": (["X,,Y", "Y,,"], 0, "X has no last day. Fill in valid_to, or leave this cell empty."),
    "itself": (["X,2024-12-31,X"], 0, "X → X: no branch can inherit from itself, not by way of others."),
    "two in a circle": (
        ["X,2024-12-31,Y", "Y,2025-12-31,X"], 0,
        "X → Y → X: no branch can inherit from itself, not by way of others."),
    "a circle further on": (
        ["X,2024-12-31,Y", "Y,2025-12-31,Z", "Z,2025-12-31,Y"], 1,
        "Y → Z → Y: no branch can inherit from itself, not by way of others."),
    "it goes on": (
        ["X,2010-12-31,Y", "X,,|2011-01-01", "Y,,"], 0, "X goes on in row {1}. Only its last row can be inherited."),
    "two heirs": (
        ["X,2010-12-31,Y", "X,2011-12-31,Z|2011-01-01", "Y,,", "Z,,"], 1,
        "Y inherits from X already, in row {0}. A history goes to one branch only."),
}  # fmt: skip


@pytest.mark.parametrize("name", INHERITANCE)
def test_an_inheritance_that_cannot_be(name: str, small: Network, csi: Csi) -> None:
    rows, wrong, sentence = INHERITANCE[name]
    first = len((small.folder / BRANCHES).read_text("utf-8").splitlines()) + 1
    made = []
    for row in rows:
        stretch, _, start = row.partition("|")
        branch, end, heir = stretch.split(",")
        made.append(f"{branch},店,Shop,CENTRAL,PC,B,{start or '2000-01-01'},{end},{heir},{'yes' if heir else ''}")
    optional(small, "inherits", {}, "\n".join([*made, ""]))
    at = [first + place for place in range(len(rows))]
    told = sentence.replace("{0}", str(at[0])).replace("{1}", str(at[min(1, len(at) - 1)]))
    assert refusals(csi, small) == [f"branches.csv, row {at[wrong]}, column inherits: {told}"]


def test_an_inheritance_by_way_of_others(small: Network) -> None:
    """X moved, with its heir in both rows, and Y was closed in its turn: Z has it all."""
    rows = [
        "X,店,Shop,EAST,PC,B,2000-01-01,2010-12-31,Y,yes", "X,店,Shop,CENTRAL,PC,B,2011-01-01,2024-12-31,Y,yes",
        "Y,店,Shop,CENTRAL,PC,B,2000-01-01,2025-06-30,Z,yes", "Z,店,Shop,CENTRAL,PC,B,2000-01-01,,,", "",
    ]  # fmt: skip
    optional(small, "inherits", {}, "\n".join(rows))
    site = programme.load(small.folder)
    found = hierarchy.load(site, instrument.load(site)).branches
    assert found.filter("inherits").select("branch", "successor").unique().sort("branch").rows() == [
        ("X", "Y"), ("Y", "Z"),
    ]  # fmt: skip


TARGET_ROWS = {
    "instrument": (
        "china_csi,index,*,2025-01-01,,810",
        "instrument: 'china_csi' is not used; known are china_csi_2005, dealer_satisfaction."),
    "measure": (
        "china_csi_2005,indx,*,2025-01-01,,810", "measure: 'indx' is neither index nor a factor of china_csi_2005."),
    "branch": ("china_csi_2005,index,QQ-001,2025-01-01,,810", "branch: 'QQ-001' is not a branch. Write * for all."),
    "off the scale": (
        "china_csi_2005,index,SH-003,2030-01-01,,1001", "target: '1001' is not a number on the published scale."),
    "off a scale of 100": (
        "dealer_satisfaction,index,SH-003,2030-01-01,,101", "target: '101' is not a number on the published scale."),
    "not a number": (
        "china_csi_2005,index,SH-003,2030-01-01,,8oo", "target: '8oo' is not a number on the published scale."),
    "not finite": (
        "china_csi_2005,index,SH-003,2030-01-01,,NaN", "target: 'NaN' is not a number on the published scale."),
    "too many decimals": (
        "china_csi_2005,index,SH-003,2030-01-01,,810.1234",
        "target: '810.1234' has more than three decimals."),
    "date": (
        "china_csi_2005,index,SH-003,01.01.2025,,810",
        "valid_from: '01.01.2025' is not a date. Write it as 2025-10-31."),
    "overlap": (
        "china_csi_2005,index,*,2025-03-01,,815", "valid_from: overlaps with the same target in row {overlap}."),
}  # fmt: skip


@pytest.mark.parametrize("name", TARGET_ROWS)
def test_a_mistake_in_targets_csv(name: str, small: Network, csi: Csi) -> None:
    new, sentence = TARGET_ROWS[name]
    path = small.folder / TARGETS
    rows = path.read_text("utf-8").splitlines()
    overlap = rows.index("china_csi_2005,index,*,2025-01-01,,810") + 1
    path.write_text("\n".join([*rows, new, ""]), encoding="utf-8")
    expected = f"targets.csv, row {len(rows) + 1}, column {sentence.format(overlap=overlap)}"
    assert refusals(csi, small) == [expected]


@pytest.mark.parametrize("name", [BRANCHES, TARGETS])
def test_a_file_that_programme_toml_names_is_not_there(name: str, small: Network, csi: Csi) -> None:
    (small.folder / name).unlink()
    assert refusals(csi, small) == [
        f"{name}: there is no such file, but programme.toml names it. Add it or correct the name."
    ]


# ── the inbox ────────────────────────────────────────────────────────────────────────────


def test_a_month_that_is_not_there(small: Network, csi: Csi) -> None:
    assert refusals(csi, small, "--period", "2025-08") == [
        "inbox: there is no folder 2025-08. It has 2025-09 to 2025-10: correct --period, or make the folder."
    ]


def test_an_empty_inbox(small: Network, csi: Csi) -> None:
    shutil.rmtree(small.folder / "inbox")
    assert refusals(csi, small) == [
        "inbox: there is no inbox. Make the folder and put the exports of a month into a folder named like 2025-10 "
        "inside it."
    ]
    (small.folder / "inbox").mkdir()
    assert refusals(csi, small) == [
        "inbox: the inbox is empty. Put a month's exports into a folder like 2025-10 in it."
    ]
    assert refusals(csi, small, "--period", "2025-08") == ["inbox: there is no folder 2025-08. It is empty."]


def test_what_does_not_belong_into_the_inbox(small: Network, csi: Csi) -> None:
    (small.folder / "inbox" / "2025-13").mkdir()
    (small.folder / "inbox" / "old").mkdir()
    (small.folder / "inbox" / "csi_codes_2025-10.csv").write_text("lost here")
    (small.folder / "inbox" / ".DS_Store").write_text("never mind")
    assert refusals(csi, small) == [
        "inbox/2025-13: not the folder of a month. Name it like 2025-10, or move it out of the inbox.",
        "inbox/csi_codes_2025-10.csv: outside the folders of the months. Put it into one like 2025-10.",
        "inbox/old: not the folder of a month. Name it like 2025-10, or move it out of the inbox.",
    ]


def test_a_file_name_that_is_not_utf8(small: Network, csi: Csi) -> None:
    """As when an archive made on Windows is unpacked here."""
    name = os.fsencode(small.inbox()) + b"/csi_codes_" + "华西".encode("gb18030") + b".csv"
    with open(name, "wb"):
        pass
    shown = "'csi_codes_\\udcbb\\udcaa\\udcce\\udcf7.csv'"
    assert refusals(csi, small) == [f"inbox/2025-10: the name {shown} is not UTF-8. Rename the file."]


def test_a_month_without_a_file_of_an_instrument(small: Network, csi: Csi) -> None:
    small.export("*.xlsx").unlink()
    assert refusals(csi, small) == [
        "inbox/2025-10: no file of dealer_satisfaction (expected dealer_satisfaction_*.xlsx). "
        "Put the export there, or correct `files` in the programme."
    ]


def test_a_file_of_no_source_and_one_of_two(small: Network, csi: Csi) -> None:
    (small.inbox() / "notes.txt").write_bytes(b"x")
    (small.inbox() / "~$open.xlsx").write_bytes(b"of an editor")
    small.replace(PROGRAMME, '"invited_csi_*.csv"', '"*_csi_*.csv"')
    (small.inbox() / "csi_codes_csi_text.csv").write_text("a,b\n")
    hint = "Correct `files` there, rename the file, or move it out of the inbox."
    small.replace(PROGRAMME, '"csi_text_*.csv"', '"*csi_text*.csv"')
    assert refusals(csi, small) == [
        "inbox/2025-10/csi_codes_csi_text.csv: the file fits the sources csi-text and csi-codes and csi-invited of "
        f"programme.toml. {hint}",
        f"inbox/2025-10/notes.txt: the file fits no source of programme.toml. {hint}",
    ]


@pytest.mark.parametrize("period", ["2025-13", "2025-1", "october", "2025-10-01", "２０２５-10", "0000-01"])
def test_a_period_that_is_no_month(period: str, small: Network, csi: Csi) -> None:
    assert refusals(csi, small, "--period", period) == [
        f"period {period!r} is not a month. Write it as YYYY-MM, such as 2025-10."
    ]


def test_a_language_the_programme_does_not_have(small: Network, csi: Csi) -> None:
    small.replace(PROGRAMME, '["zh", "en"]', '["zh"]')
    called = csi("report", small, "--lang", "en")
    assert (called.status, called.problems) == (1, ["--lang en: programme.toml has the languages zh."])


def test_the_programme_may_be_named_by_its_folder_or_its_file(
    small: Network, csi: Csi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert csi("check", Network(small.folder / PROGRAMME)).status == 0
    monkeypatch.chdir(small.folder)
    assert csi("check", Network(Path())).status == 0
