"""network.xlsx of the example's newest month: every figure of the report stands in it, and nothing that may not."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
from conftest import Called, Network

from pipeline import action_plan, figures, quality, verbatims, workbook
from pipeline.catalogue import texts
from pipeline.league import network as report
from pipeline.network_view import NetworkReport
from pipeline.pages import Pages, Run
from pipeline.plan import Order, plan
from pipeline.view import Comparison, Figure
from pipeline.workbook import book as look
from pipeline.workbook.book import Book
from pipeline.workbook.form import INSTRUMENT, NAME, Column, Sheet

MONTH = "2025-10"
VERDICTS = {"better": "clearly better", "worse": "clearly worse", "no_clear_difference": "no clear difference"}
Row = dict[str, str | None]


@dataclass(frozen=True)
class Made:
    """The month's pages in one language, its view, and its workbook."""

    pages: Pages
    view: NetworkReport
    path: Path

    @cached_property
    def sheets(self) -> list[str]:
        return fastexcel.read_excel(self.path).sheet_names

    def rows(self, name: str) -> list[Row]:
        """A sheet by the English name of itself and of its columns."""
        say = self.pages.gettext
        table = fastexcel.read_excel(self.path).load_sheet(say(name), dtypes="string").to_polars()
        return table.to_dicts()

    def keyed(self, name: str, *keys: str) -> dict[tuple[str | None, ...], Row]:
        found = {tuple(row[key] for key in keys): row for row in self.rows(name)}
        assert len(found) == len(self.rows(name)), "every row once"
        return found


@pytest.fixture(scope="module")
def folder(printed: tuple[Network, Called]) -> Path:
    return printed[0].out / MONTH


def made(network: Network, folder: Path, language: str, path: Path) -> Made:
    planned = plan(Order(network.folder, MONTH))
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    counts = facts["responses"]["accepted"], facts["responses"]["quarantined"]
    run = Run(
        planned.site,
        planned.asked,
        planned.hierarchy,
        planned.month,
        planned.run_id,
        "csi",
        (),
        *counts,
        planned.instruments,
        folder,
        planned.actions,
    )
    pages = Pages(run, figures.read(folder), language)
    found = quality.read(folder, facts, planned.asked, planned.month)
    workbook.write(folder, pages, found, path)
    return Made(pages, report(pages, found), path)


@pytest.fixture(scope="module")
def english(printed: tuple[Network, Called], folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(printed[0], folder, "en", tmp_path_factory.mktemp("workbook") / "network-en.xlsx")


def number(text: str | None) -> Decimal | None:
    return None if text in (None, "", "withheld", "no data") else Decimal(text)


def same(row: Row, heads: Iterable[str], values: Iterable[object]) -> None:
    for head, value in zip(heads, values, strict=True):
        shown = row[head]
        if value is None:
            assert number(shown) is None, (head, row)
        elif isinstance(value, str):
            assert (shown or "") == value, (head, row)
        else:
            assert number(shown) == value, (head, value, row)


def same_figure(row: Row, head: str, figure: Figure) -> None:
    same(row, (head, "Low", "High", "n"), (figure.estimate, figure.low, figure.high, figure.n))


def same_change(row: Row, head: str, change: Comparison) -> None:
    assert number(row[head]) == change.difference, (head, row)


# ── the twin ─────────────────────────────────────────────────────────────────────────────


def test_every_figure_of_the_league_tables(english: Made) -> None:
    league, factors = (
        english.keyed("League", "Instrument", "Level", "Code"),
        english.keyed("Factors", "Instrument", "Level", "Code", "Factor"),
    )
    seen = 0
    for one in english.view.leagues:
        same_figure(league[one.name, "Network", "network"], "Index", one.network)
        same(league[one.name, "Network", "network"], ("Invited", "Response rate"), (one.invited, one.response_rate))
        for level, lines in (("Region", one.regions), ("Division", one.divisions), ("Branch", one.lines)):
            for line in lines:
                row = league[one.name, level, line.branch]
                same_figure(row, "Index", line.figure)
                ranks = (line.rank, line.rank_low, line.rank_high, line.group)
                same(row, ("Rank", "Rank, from", "Rank, to", "Group"), ranks)
                same(row, ("Name", "Region", "Response rate"), (line.name, line.region, line.response_rate))
                changes = (
                    ("On last month", line.on_month),
                    ("On last year", line.on_year),
                    ("On network", line.on_network),
                )
                for head, change in changes:
                    same_change(row, head, change)
                for name, cell in zip(one.factor_names, line.factors, strict=True):
                    same_figure(factors[one.name, level, line.branch, name], "Score", cell)
                    seen += 1
    assert seen > 400


def test_every_figure_of_the_other_blocks(english: Made) -> None:
    comparisons = english.keyed("Comparisons", "Instrument", "Level", "Code", "Measure", "Compared with")
    limits = english.keyed("Limits", "Instrument", "Code")
    coverage = english.keyed("Coverage", "Instrument", "Code")
    split = english.keyed("Performance and mix", "Instrument", "Code", "Compared with")
    trend = english.keyed("Trend", "Instrument", "Level", "Code", "Month")
    against = {"last_month": "Previous month", "last_year": "Same month last year"}
    heads = ("Change", "Performance", "Mix", "of which came", "of which went")
    bounds = ("99.8 limit, low", "95 limit, low", "95 limit, high", "99.8 limit, high")
    for one in english.view.leagues:
        assert one.funnel is not None
        assert {key[1] for key in limits if key[0] == one.name} == {point.branch for point in one.funnel.points}
        for point in one.funnel.points:
            same_figure(limits[one.name, point.branch], "Index", point.figure)
            same(limits[one.name, point.branch], bounds, point.limits)
        for mover in (*one.movers.up, *one.movers.down):
            row = comparisons[one.name, "Branch", mover.branch, "Index", "Previous month"]
            change = mover.change
            same(
                row, ("Difference", "Difference, low", "Difference, high", "Verdict"),
                (change.difference, change.low, change.high, VERDICTS[change.verdict]),
            )  # fmt: skip
            assert change.verdict in ("better", "worse")
            assert (number(row["q"]) or 0) <= Decimal("0.05")
        for heat in one.heat[1:]:
            level = "Region" if heat.unit in {line.branch for line in one.regions} else "Division"
            for name, (_, gap) in zip(("Index", *one.factor_names), heat.cells, strict=True):
                same_change(comparisons[one.name, level, heat.unit, name, "Network"], "Difference", gap)
        for line in one.coverage:
            row = coverage[one.name, line.unit or "network"]
            same(row, ("branches open", "ranked", "withheld", "n"), (line.branches, line.ranked, line.withheld, line.n))
        for part in one.split:
            row = split[one.name, part.unit or "network", against[part.against]]
            same(row, heads, (part.total, part.performance, part.mix, part.entered, part.left))
        for month in one.trend:
            row = trend[one.name, "Network", "network", month.period]
            same_figure(row, "Index", month.month)
            for window, rolled in (("Rolling 3", month.rolling_3), ("Rolling 12", month.rolling_12)):
                if rolled is not None:
                    same(row, (window, f"{window}: n"), (rolled.estimate, rolled.n))
    assert english.view.quality is not None
    sources = english.keyed("Sources", "Source")
    reasons = english.keyed("Quarantine", "Source", "Reason")
    for source in english.view.quality.sources:
        same(
            sources[(source.source,)], ("Files", "Read", "Accepted", "Quarantined"),
            (source.files, source.read, source.accepted, source.quarantined),
        )  # fmt: skip
        assert source.read == source.accepted + source.quarantined
        for reason, rows in source.reasons:
            assert number(reasons[source.source, reason]["Rows"]) == rows
    flags = english.keyed("Soft flags", "Instrument", "Code")
    for flagged in english.view.quality.flags:
        values = (flagged.accepted, flagged.flagged, flagged.share)
        same(flags[flagged.instrument, flagged.branch], ("Accepted", "Flagged", "Share"), values)


def test_every_item_and_box_is_the_stored_one(english: Made, folder: Path) -> None:
    items = english.keyed("Items", "Instrument", "Level", "Code", "Item code")
    names = {one.id: one.name.en for one in english.pages.run.instruments}
    stored = pl.read_parquet(folder / "scores.parquet").filter(
        (pl.col("period") == MONTH) & (pl.col("window") == "month") & (pl.col("level") == "branch")
        & pl.col("statistic").is_in(["top_box", "bottom_box"])
    )  # fmt: skip
    heads = {"top_box": "Top box", "bottom_box": "Bottom box"}
    for row in stored.iter_rows(named=True):
        found = items[names[row["instrument"]], "Branch", row["unit"], row["measure"]]
        head = heads[row["statistic"]]
        values = (row["printed"], row["printed_low"], row["printed_high"])
        same(found, (head, f"{head}, low", f"{head}, high"), values)
    assert stored.height > 1500


# ── what may not be shown ────────────────────────────────────────────────────────────────


def test_withheld_as_in_scores_csv(english: Made, folder: Path) -> None:
    names = {one.id: one.name.en for one in english.pages.run.instruments}
    levels = {
        "network": "Network",
        "region": "Region",
        "division": "Division",
        "branch": "Branch",
        "part": "Branch by division",
    }
    stored = pl.read_csv(folder / "scores.csv", infer_schema=False).filter(
        (pl.col("period") == MONTH) & (pl.col("window") == "month") & pl.col("level").is_in(list(levels))
        & (pl.col("statistic") == "mean") & (pl.col("flag") == "withheld")
    )  # fmt: skip
    hidden = {(names[i], levels[level], unit, measure) for i, level, unit, measure in stored.select(
        "instrument", "level", "unit", "measure").iter_rows()}  # fmt: skip
    league = {
        (row["Instrument"], row["Level"], row["Code"], "index")
        for row in english.rows("League")
        if row["Base"] == "withheld"
    }
    assert league == {one for one in hidden if one[3] == "index"}
    for name, head, measure in (
        ("League", "Index", None),
        ("Factors", "Score", "Factor"),
        ("Items", "Score", "Item code"),
    ):
        rows = [row for row in english.rows(name) if row["Base"] == "withheld"]
        assert rows
        for row in rows:
            assert row[head] == "withheld"
            assert all(row[other] is None for other in ("Low", "High"))
            assert number(row["n"]) is not None
            if name == "Items":
                assert row["Top box"] is row["Bottom box, high"] is None
                assert (row["Instrument"], row["Level"], row["Code"], row[measure or ""]) in hidden
    silent = {row["Code"] for row in english.rows("League") if row["Level"] == "Branch" and row["Base"] == "withheld"}
    assert "LY-001" in silent
    assert all(row["Difference"] is None for row in english.rows("Comparisons") if row["Code"] == "LY-001")
    flagged = {(row["Instrument"], row["Code"]) for row in english.rows("Soft flags")}
    assert not flagged & {(one, unit) for one, level, unit, _ in league if level == "Branch"}


# ── the file ─────────────────────────────────────────────────────────────────────────────


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode("utf-8") for name in file.namelist() if name.endswith(".xml")}


def test_the_same_bytes_from_another_process(printed: tuple[Network, Called], folder: Path, tmp_path: Path) -> None:
    again = made(printed[0], folder, "zh", tmp_path / "again.xlsx")
    ours, theirs = (parts(path) for path in (again.path, folder / "network.xlsx"))
    ours["xl/worksheets/sheet1.xml"] = theirs[
        "xl/worksheets/sheet1.xml"
    ]  # names the software, which the test leaves out
    assert ours == theirs
    assert '<dcterms:created xsi:type="dcterms:W3CDTF">2025-11-11T00:00:00Z' in theirs["docProps/core.xml"]


def test_two_workbooks_of_one_month_are_one(
    english: Made, printed: tuple[Network, Called], folder: Path, tmp_path: Path
) -> None:
    again = made(printed[0], folder, "en", tmp_path / "elsewhere.xlsx")
    assert again.path.read_bytes() == english.path.read_bytes()


def test_heads_and_names_are_translated(english: Made, folder: Path) -> None:
    chinese = fastexcel.read_excel(folder / "network.xlsx")
    catalogue = texts("zh")
    assert chinese.sheet_names == [catalogue[name] for name in english.sheets]
    for name in english.sheets[1:]:
        heads = fastexcel.read_excel(english.path).load_sheet(name, dtypes="string").to_polars().columns
        ours = chinese.load_sheet(catalogue[name], dtypes="string").to_polars().columns
        assert ours == [
            catalogue[re.sub(r"_\d+$", "", head)] + head[len(re.sub(r"_\d+$", "", head)) :] for head in heads
        ]


def test_the_codebook_has_every_column_of_every_sheet(english: Made) -> None:
    told = {(row["Sheet"], row["Column"]) for row in english.rows("Codebook")}
    for name in english.sheets[1:-1]:
        heads = fastexcel.read_excel(english.path).load_sheet(name, dtypes="string").to_polars().columns
        assert {(name, re.sub(r"_\d+$", "", head)) for head in heads} <= told
    assert all(row["Meaning"] for row in english.rows("Codebook") if row["Sheet"] != "every sheet")
    assert {"Withheld below, responses", "Ranked from, responses"} <= {column for _, column in told}


def test_heads_are_frozen_and_rows_filtered(english: Made) -> None:
    found = parts(english.path)
    sheet = found["xl/worksheets/sheet2.xml"]
    assert '<pane xSplit="4" ySplit="1" topLeftCell="E2" activePane="bottomRight" state="frozen"/>' in sheet
    assert re.search(r'<autoFilter ref="A1:[A-Z]+\d+"/>', sheet)
    assert "dataBar" in sheet
    assert "+0.0;−0.0;0.0" in found["xl/styles.xml"]


HOSTILE = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "http://example.com",
    '=HYPERLINK("x")',
    "\u202e=evil",
)


def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    path = tmp_path / "hostile.xlsx"
    book = Book(path, lambda text: text, {}, "=title", datetime(2025, 11, 11))
    score = Column("Score", "figure", "A score.", bar=True)
    book.add(Sheet("Hostile", "", (INSTRUMENT, NAME, score), [("=A", text, text) for text in HOSTILE], 2))
    book.close()
    found = parts(path)
    sheet = found["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert "<hyperlink" not in sheet
    rows: list[tuple[Any, ...]] = fastexcel.read_excel(path).load_sheet("Hostile", dtypes="string").to_polars().rows()
    assert [row[1] for row in rows[:4]] == list(HOSTILE[:4])
    assert rows[-1][1] == "⟨U+202E⟩=evil"


def test_a_sheet_without_rows_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    book = Book(path, lambda text: text, {}, "t", datetime(2025, 11, 11))
    book.add(Sheet("Empty", "", (INSTRUMENT, NAME), [], 1, "Nothing was found."))
    book.close()
    assert fastexcel.read_excel(path).load_sheet("Empty", dtypes="string").to_polars().rows() == [
        ("Nothing was found.", None)
    ]


def test_what_the_pages_of_branches_say_beside_their_scores(english: Made, folder: Path, tmp_path: Path) -> None:
    """Tables that a month's folder may have."""
    for table in folder.glob("*.parquet"):
        shutil.copy(table, tmp_path)
    csi = {"period": MONTH, "instrument": "china_csi_2005"}
    ranks = {"rank": 9, "rank_low": 2, "rank_high": 16, "ranked": 16}
    standing = {**csi, "within": "region", "group": "EAST", "branch": "SH-002", **ranks}
    pl.DataFrame([standing]).write_parquet(tmp_path / "standing.parquet")
    one = {**csi, "level": "branch", "unit": "SH-002", "n": 3, "printed_percent": None, "printed": None, "why": ""}
    counted = [
        {**one, "what": "flagged", "printed_percent": Decimal("4.3")},
        {**one, "what": "quarantined/unknown_branch"},
        {**one, "what": "without_flagged", "printed": Decimal("811.2")},
        {**one, "what": "without_flagged", "unit": "LY-001", "why": "withheld"},
    ]
    schema = {"printed_percent": pl.Decimal(4, 1), "printed": pl.Decimal(9, 1)}
    pl.DataFrame(counted, schema_overrides=schema).write_parquet(tmp_path / "integrity.parquet")
    nothing = quality.Quality((), pl.DataFrame(schema=quality.FLAGGED))
    workbook.write(tmp_path, english.pages, nothing, tmp_path / "more.xlsx")
    more = Made(english.pages, english.view, tmp_path / "more.xlsx")
    assert [list(row.values())[3:] for row in more.rows("Standing")] == [["Region", "East China", "9", "2", "16", "16"]]
    heads = ("Code", "Counted", "Reason", "Share", "Index", "Why none")
    told = [tuple(row[head] for head in heads) for row in more.rows("Integrity")]
    assert told == [
        ("LY-001", "index without the flagged", None, None, None, "the index is withheld"),
        ("SH-002", "Flagged", None, "4.3", None, None),
        ("SH-002", "Quarantined", "unknown branch", None, None, None),
        ("SH-002", "index without the flagged", None, None, "811.2", None),
    ]


def test_comments_and_actions_of_branches(english: Made) -> None:
    """All themes with their counts, and the quotes of a page in full; all actions, with and without room on a page."""
    pages = english.pages
    csi = pages.run.instruments[0]
    sheet = [row for row in english.rows("Comments") if row["Instrument"] == csi.name.en]
    commented = [row for row in sheet if row["Code"] == "SH-002"]
    headline = pages.tables.figure(MONTH, csi.id, "branch", "SH-002")
    told = verbatims.verbatims(pages, csi, "SH-002", headline)
    assert {row["Theme"]: row["Comments of the theme"] for row in commented} == {
        one.name: str(one.comments) for one in told.themes
    }
    full = [row["Comment"] for row in commented if row["Comment"]]
    quoted = [quote.text for theme in told.themes for quote in theme.quotes]
    assert [whole[:20] for whole in full] == [cut[:20] for cut in quoted]
    assert all("…" in cut or cut == whole for cut, whole in zip(quoted, full, strict=True))
    assert not [row for row in sheet if row["Code"] == "LY-001"]  # withheld
    actions = english.rows("Actions")
    assert len(actions) == sum(
        len(action_plan.lines(pages, one, b)) for one in pages.run.instruments for b in pages.names
    )
    assert {"WH-002"} <= {row["Code"] for row in actions}


def test_more_rows_than_a_sheet_holds_go_on_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "SHEET_ROWS", 3)
    path = tmp_path / "long.xlsx"
    book = Book(path, lambda text: text, {}, "t", datetime(2025, 11, 11))
    book.add(Sheet("Long", "", (INSTRUMENT, NAME), [("a", str(place)) for place in range(7)], 1))
    book.close()
    file = fastexcel.read_excel(path)
    assert file.sheet_names == ["Long", "Long (2)", "Long (3)"]
    told = [row[1] for name in file.sheet_names for row in file.load_sheet(name, dtypes="string").to_polars().rows()]
    assert told == list("0123456")
