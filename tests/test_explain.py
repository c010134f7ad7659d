"""`csi explain`: a published figure from the page back to the responses, worked out a second time."""

import csv
import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import Called, Network
from intakes import INSTRUMENT, ITEMS, make
from rich.cells import cell_len

from pipeline.__main__ import main
from pipeline.explain.beside import _sure
from pipeline.recompute import tables
from pipeline.recompute.case import Instrument, Row
from pipeline.shown import above_zero
from tests.test_seeded_privacy import FULL, NAMES, OTHERS, PHONES, leaks, row

CSI, DEALER = "china_csi_2005", "dealer_satisfaction"
NOW = "2025-10"
NUMBER = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True)
class Explained:
    """A network of 18 branches and two months, scored, and `csi explain` in it. LY-001 has 4 responses."""

    network: Network
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Called:
        self.capsys.readouterr()
        status = main(["explain", "--programme", str(self.network.folder), *arguments])
        return Called(status, *self.capsys.readouterr())

    def json(self, *arguments: str) -> dict[str, Any]:
        called = self(*arguments, "--json")
        assert called.err == ""
        found: dict[str, Any] = json.loads(called.out)
        assert called.status == (0 if found["agreement"]["agrees"] else 1)
        return found

    @property
    def folder(self) -> Path:
        return self.network.out / "score" / NOW


@pytest.fixture(scope="module")
def made(pristine: Network, tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = pristine.copy(tmp_path_factory.mktemp("explained") / "dealers")
    assert main(["score", "--programme", str(network.folder), "--period", NOW]) == 0
    return network


@pytest.fixture
def explain(made: Network, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Explained:
    """Not to be changed."""
    monkeypatch.setenv("COLUMNS", "80")
    return Explained(made, capsys)


@pytest.fixture
def own(made: Network, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Explained:
    """To be changed at will."""
    shutil.copytree(made.folder, tmp_path / "own")
    return Explained(Network(tmp_path / "own"), capsys)


# ── what it says ─────────────────────────────────────────────────────────────────────────

SECTIONS = ("How it is made", "Base and error", "Compared with", "Left out and marked", "Exports behind it",
            "Responses behind it", "Worked out again")  # fmt: skip


def test_a_figure_on_a_terminal_of_80_columns(explain: Explained) -> None:
    called = explain("BJ-001")
    assert (called.status, called.err) == (0, "")
    places = [called.out.index(one) for one in SECTIONS]
    assert places == sorted(places)
    assert max(map(cell_len, called.out.splitlines())) <= 80
    assert "agrees to the last stored digit" in called.out
    found = explain.json("BJ-001")
    printed = found["published"]["printed"]
    for told in (f"{printed} of 1,000", found["published"]["estimate"], "100.1", "Service delivery", found["run_id"],
                 *(one["sha256"] for one in found["inputs"]), found["responses"][0]["respondent"]):  # fmt: skip
        assert told in called.out


KEYS = {
    "": """schema programme period run_id status revision folder instrument level unit name measure statistic label
        window months points rule published why formula weights terms items answers base spread comparisons adds
        standing exclusions inputs responses agreement""",
    "published": """n n_eff estimate se df low high rank ranked flag printed printed_low printed_high printed_of
        rank_low rank_high tier_group reliability eb eb_low eb_high outside""",
    "weights": "base solved omega",
    "base": "n weight kish n_eff",
    "spread": "strata own_se pooled pooled_one se df t method",
    "exclusions": "quarantined unplaced unread flagged corrected",
    "agreement": "agrees differences altered redefined verdict",
}
LISTED = {
    "terms": "part variable statistic label omega share mean n weight",
    "items": "item label factor n mean",
    "comparisons": "against window reference difference se df low high verdict contribution p q chance",
    "standing": "within group rank rank_low rank_high ranked",
    "inputs": "period file sha256 responses",
    "responses": "period respondent file row",
}


def test_the_shape_of_the_json(explain: Explained) -> None:
    found = explain.json("BJ-001")
    assert found["schema"] == 1
    for part, keys in KEYS.items():
        assert set(found[part] if part else found) == set(keys.split()), part
    for part, keys in LISTED.items():
        assert {frozenset(one) for one in found[part]} == {frozenset(keys.split())}, part
    assert {key for one in found["exclusions"]["quarantined"] for key in one} <= {"file", "row", "reasons"}
    assert {key for one in found["exclusions"]["flagged"] for key in one} <= {"flag", "count", "rows"}


def test_what_a_factor_adds_to_the_differences_of_the_index(explain: Explained) -> None:
    found = explain.json("BJ-001", "delivery")
    added = {one["against"]: one["contribution"] for one in found["comparisons"] if one["contribution"] is not None}
    assert added.keys() >= {"last_month", "region", "network", "peers"}
    assert {one["against"]: one["contribution"] for one in found["adds"]} == added
    for one in found["adds"]:
        share, first, second, result = NUMBER.findall(one["formula"])
        assert one["formula"] == f"{share} x ({first} - {second}) = {result}"
        assert abs(Decimal(share) * (Decimal(first) - Decimal(second)) - Decimal(result)) < Decimal("1e-4")
        assert result == one["contribution"]


def test_what_it_adds_to_a_mean_of_the_respondents_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """SH-001: 100 of both factors, and 0 of care alone; BJ-002: care 100, work 0. Weights 60 and 40."""
    shop = make(tmp_path, definition=INSTRUMENT.replace("branch_factors", "respondent"))
    care, work = ITEMS[:3], ITEMS[3:]
    shop.rows(
        dict.fromkeys(ITEMS, "10"),
        dict.fromkeys(care, "1") | dict.fromkeys(work, ""),
        {"branch": "BJ-002"} | dict.fromkeys(care, "10") | dict.fromkeys(work, "1"),
    )
    where = ["--programme", str(shop.folder), "--period", NOW]
    assert main(["score", *where]) == 0
    capsys.readouterr()
    assert main(["explain", "SH-001", "care", *where, "--json"]) == 0
    added = {one["against"]: one["formula"] for one in json.loads(capsys.readouterr().out)["adds"]}
    assert added["peers"] == "30.0000 - 60.0000 - (0.800000 - 0.600000) x 55.0000 = -41.000000000"
    assert added["network"] == "30.0000 - 40.0000 - (0.800000 - 0.733333) x 51.6667 = -13.444444444"
    assert main(["explain", "SH-001", "care", *where]) == 0
    assert added["peers"] in capsys.readouterr().out


def test_the_numbers_of_a_formula_make_the_figure(explain: Explained) -> None:
    found = explain.json("BJ-001")
    terms = found["terms"]
    assert Decimal(found["weights"]["omega"]) == Decimal("100.1")
    weighted = sum(Decimal(one["omega"]) * Decimal(one["mean"]) for one in terms) / Decimal("100.1")
    shared = sum(Decimal(one["share"]) * Decimal(one["mean"]) for one in terms)
    estimate = Decimal(found["published"]["estimate"])
    assert abs(weighted - estimate) < Decimal("1e-8")
    assert abs(shared - estimate) < Decimal("1e-6")
    half = Decimal(found["spread"]["t"]) * Decimal(found["spread"]["se"])
    assert abs(estimate + half - Decimal(found["published"]["high"])) < Decimal("1e-8")
    assert found["base"]["n"] == len(found["responses"]) == sum(one["responses"] for one in found["inputs"])
    assert abs(1 / Decimal(found["base"]["kish"]) - Decimal(found["base"]["n_eff"])) < Decimal("1e-6")


def test_answers_of_an_item_make_its_mean_and_its_top_box(explain: Explained) -> None:
    mean, top = explain.json("BJ-001", "delivery_on_time"), explain.json("BJ-001", "delivery_on_time.top_box")
    n = sum(count for _, count in mean["answers"])
    worked = sum(Decimal(100 * count * (answer - 1)) / 9 for answer, count in mean["answers"]) / n
    assert abs(worked - Decimal(mean["published"]["estimate"])) < Decimal("1e-8")
    hits = sum(count for answer, count in top["answers"] if answer >= 9)
    assert abs(Decimal(100 * hits) / n - Decimal(top["published"]["estimate"])) < Decimal("1e-8")
    assert top["spread"]["method"] == "wilson"
    assert (top["published"]["se"], top["published"]["df"]) == (None, None)
    assert "not published: some base is small" in explain("BJ-001", "delivery_on_time.top_box").out
    assert top["comparisons"] == []


FIGURES: list[tuple[str, ...]] = [
    ("BJ-001",), ("HH-001",), ("LY-001",), ("BJ-001", "delivery"), ("HH-001", "problems_handled"),
    ("BJ-001", "delivery_on_time.bottom_box"), ("BJ-001", "response_rate"), ("network", "--level", "network"),
    ("EAST", "advisor", "--level", "region"), ("NEV", "--level", "division", "--instrument", DEALER),
    ("SH-003", "--instrument", DEALER), ("SH-003/NEV", "parts", "--level", "part"), ("SJ-001", "attitude"),
    ("network", "response_rate", "--level", "network", "--instrument", DEALER),
]  # fmt: skip


@pytest.mark.parametrize("arguments", FIGURES, ids=" ".join)
def test_a_figure_is_worked_out_again(explain: Explained, arguments: Sequence[str]) -> None:
    found = explain.json(*arguments)
    assert found["agreement"] == {
        "agrees": True, "differences": [], "altered": [], "redefined": [],
        "verdict": "agrees to the last stored digit",
    }  # fmt: skip


def test_why_a_figure_has_its_flag(explain: Explained) -> None:
    assert "fewer than 30" in explain.json("HH-001")["why"][0]
    assert explain.json("HH-001")["spread"]["pooled"]
    partial = explain.json("SH-003", "--instrument", DEALER)
    assert partial["why"] == ["Nobody has Parts supply of division NEV: shown, not ranked."]
    assert {one["part"] for one in partial["terms"]} == {"PC", "NEV"}
    assert explain.json("SH-003/NEV", "parts", "--level", "part")["published"]["flag"] == "none"


# ── what is left out ─────────────────────────────────────────────────────────────────────


def test_every_quarantined_row_is_named_under_its_branch_or_counted(explain: Explained) -> None:
    """The branch of a quarantined row stands in the export alone."""
    planted = {(file, row) for file, row, _ in explain.network.planted(NOW) if file.startswith("csi_codes")}
    branches = sorted(pl.read_parquet(explain.folder / "accepted/branches.parquet")["branch"].unique())
    listed: dict[str, str] = {}
    for file in sorted({file for file, _ in planted}):
        with explain.network.export(file).open(encoding="utf-8-sig", newline="") as export:
            rows = list(csv.reader(export))
        place = rows[0].index("dealer_code")
        listed |= {f"{file}/{row}": rows[row - 1][place] for name, row in planted if name == file}
    for branch in ("BJ-001", "SH-003", "HF-001"):
        mine = explain.json(branch)["exclusions"]
        assert {f"{one['file']}/{one['row']}" for one in mine["quarantined"]} == {
            place for place, named in listed.items() if named == branch
        }
        assert mine["unplaced"] == sum(named not in branches for named in listed.values())


def test_soft_flags_are_counted(explain: Explained) -> None:
    accepted = pl.read_parquet(explain.folder / f"accepted/responses/{CSI}/{NOW}.parquet").filter(branch="BJ-001")
    wanted: dict[str, list[list[Any]]] = {}
    for flags, file, place in accepted.select("flags", "source", "row").iter_rows():
        for flag in (flags or "").split():
            wanted.setdefault(flag, []).append([file, place])
    found = explain.json("BJ-001")["exclusions"]["flagged"]
    assert {one["flag"]: one["rows"] for one in found} == {flag: sorted(rows) for flag, rows in wanted.items()}
    assert all(one["count"] == len(one["rows"]) for one in found)


def test_a_correction_that_touched_the_branch_is_told(own: Explained) -> None:
    first = own.json("BJ-001")["responses"][0]
    own.network.replace("programme.toml", 'output = "out"', 'output = "out"\ncorrections = "corrections.toml"')
    (own.network.folder / "corrections.toml").write_text(
        f'[[correction]]\nperiod = "{NOW}"\nsource = "csi-codes"\nfile = "{first["file"]}"\nrow = {first["row"]}\n'
        'field = "branch"\nexpect = "BJ-001"\nvalue = "TJ-002"\nreason = "wrong code"\nprovider = "Li"\n'
    )
    assert main(["score", "--programme", str(own.network.folder), "--period", NOW]) == 0
    found = own.json("TJ-002")
    assert found["exclusions"]["corrected"] == [
        {"file": first["file"], "row": first["row"], "field": "branch", "old": "BJ-001", "new": "TJ-002",
         "reason": "wrong code", "provider": "Li"}
    ]  # fmt: skip
    assert found["agreement"]["agrees"]
    assert own.json("BJ-001")["exclusions"]["corrected"] == []


def test_an_export_that_is_gone_is_said(own: Explained) -> None:
    export = own.network.export("csi_codes_*华北.csv")
    export.rename(export.with_name(".gone.csv"))
    found = own.json("BJ-001")
    assert found["exclusions"]["unread"] == [export.name]
    assert found["agreement"]["agrees"]


# ── withheld ─────────────────────────────────────────────────────────────────────────────


def test_a_withheld_figure_is_not_revealed(explain: Explained) -> None:
    case = tables.responses(explain.folder, _instrument(explain), NOW)
    mine = [one for one in case if one["branch"] == "LY-001"]
    assert len(mine) == 4
    called, found = explain("LY-001"), explain.json("LY-001")
    assert "fewer than 10" in called.out
    assert (found["published"]["estimate"], found["spread"], found["items"], found["formula"]) == (
        None,
        None,
        [],
        "withheld",
    )
    assert {one["mean"] for one in found["terms"]} == {None}
    assert {one["difference"] for one in found["comparisons"]} == {None}
    texts = [called.out, json.dumps(found), explain("LY-001", "delivery_on_time").out,
             explain("LY-001", "delivery_on_time", "--json").out]  # fmt: skip
    for item in ("delivery_on_time", "quality_skill"):
        answers = [one[item] for one in mine if one[item] is not None]
        mean = Decimal(100 * sum(answer - 1 for answer in answers)) / (9 * len(answers))
        assert not [text for text in texts if f"{mean:.4f}" in text or f"{mean:.9f}" in text]


def _instrument(explain: Explained) -> Instrument:
    from pipeline import instrument, programme

    return tables.converted(instrument.load(programme.load(explain.network.folder))[0])


def test_an_item_below_the_limit_of_a_figure_above_it_is_not_revealed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """12 responses, of which 3 answered the second item; the others of its factor go with it."""
    shop = make(tmp_path)
    shop.rows(*({"q2": "9" if place < 3 else ""} for place in range(12)))
    shop.replace("programme.toml", "withheld_below = 1", "withheld_below = 10")
    shop.replace("programme.toml", "ranked_from = 1", "ranked_from = 12")
    where = ["--programme", str(shop.folder), "--period", NOW]
    assert main(["score", *where]) == 0
    capsys.readouterr()
    assert main(["explain", "SH-001", *where, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["item"]: one["mean"] is None for one in found["items"]} == {
        "q1": True, "q2": True, "q3": True, "q4": False, "q5": False, "q6": False,
    }  # fmt: skip
    assert found["agreement"]["agrees"]


# ── tampering ────────────────────────────────────────────────────────────────────────────


def test_a_tampered_answer_is_told(own: Explained) -> None:
    name = f"accepted/responses/{CSI}/{NOW}.parquet"
    table = pl.read_parquet(own.folder / name)
    first = table.filter(branch="BJ-001", delivery_on_time=8)["respondent"][0]
    better = pl.when(pl.col("respondent") == first).then(10).otherwise("delivery_on_time").cast(pl.Int8)
    table.with_columns(better.alias("delivery_on_time")).write_parquet(own.folder / name)
    called, found = own("BJ-001", "delivery"), own.json("BJ-001", "delivery")
    assert called.status == 1
    assert "DIFFERS" in called.out
    assert found["agreement"]["verdict"] == "DIFFERS"
    (altered,) = found["agreement"]["altered"]
    assert re.fullmatch(rf"{name}: SHA-256 is [0-9a-f]{{64}}; run\.json says [0-9a-f]{{64}}\.", altered)
    assert any(one.startswith("estimate: published ") for one in found["agreement"]["differences"])
    # another branch has the same figures, and a file that was altered all the same
    assert own.json("TJ-002", "advisor")["agreement"]["verdict"].startswith("DIFFERS: its files")


def test_a_tampered_score_is_told(own: Explained) -> None:
    table = pl.read_parquet(own.folder / "scores.parquet")
    mine = (pl.col("unit") == "BJ-001") & (pl.col("measure") == "index") & (pl.col("period") == NOW)
    better = pl.when(mine).then(pl.col("estimate") + Decimal("0.000000001")).otherwise("estimate")
    table.with_columns(better.cast(table.schema["estimate"]).alias("estimate")).write_parquet(
        own.folder / "scores.parquet"
    )
    found = own.json("BJ-001")
    assert [one.split(":")[0] for one in found["agreement"]["differences"]] == ["estimate"]
    assert [one.split(":")[0] for one in found["agreement"]["altered"]] == ["scores.parquet"]


def test_tampered_p_q_and_ranks_are_told(own: Explained) -> None:
    path = own.folder / "comparisons.parquet"
    table = pl.read_parquet(path)
    mine = (pl.col("unit") == "BJ-001") & (pl.col("measure") == "index") & (pl.col("window") == "month")
    for column in ("p", "q"):
        here = mine & (pl.col("against") == {"p": "network", "q": "target"}[column])
        other = pl.when(here).then(pl.col(column) / 2 + Decimal("0.25")).otherwise(column).cast(table.schema[column])
        table = table.with_columns(other.alias(column))
    table.write_parquet(path)
    ranks = pl.read_parquet(own.folder / "standing.parquet")
    ranks.with_columns(pl.col("rank_high") - 1).write_parquet(own.folder / "standing.parquet")
    found = own.json("BJ-001", "--instrument", CSI)
    told = {":".join(one.split(":")[:2]) for one in found["agreement"]["differences"]}
    assert {"network: p", "target: q", "network: rank_high", "region: rank_high"} <= told
    assert {one.split(":")[0] for one in found["agreement"]["altered"]} == {"comparisons.parquet", "standing.parquet"}
    rows = {one["against"]: one for one in found["comparisons"]}
    assert rows["target"]["chance"] is not None
    assert rows["network"]["chance"] is None


def test_definitions_that_have_changed_since_are_told(own: Explained) -> None:
    own.network.replace("programme.toml", "cutoff_days = 10", "cutoff_days = 11")
    found = own.json("BJ-001")
    assert found["agreement"]["redefined"] == ["programme.toml"]
    assert found["agreement"]["agrees"]
    assert "Changed since the month was made" in own("BJ-001").out


# ── wrong arguments ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["BJ-01"], r"'BJ-01' is no branch of 2025-10\. Nearest: BJ-001, .*\. 17 are in scores\.csv\."),
        (["NORTH", "index"], r"'NORTH' is no branch of 2025-10 but a unit of --level region and of region_as_is\."),
        (["bj-001"], r"'bj-001' is no branch of 2025-10\. Nearest: BJ-001, .*"),
        (["NORD", "--level", "region"], r"'NORD' is no region of 2025-10\. Nearest: NORTH.*"),
        (["BJ-001", "delivry"], r"'delivry' is no measure of .*\. Nearest: delivery, .*\. Known: index, problems, .*"),
        (["BJ-001", "delivery.top_box"], r"'delivery\.top_box' is no measure of .*"),
        (["BJ-001", "quality_skill.top"],
         r"'quality_skill\.top': quality_skill has quality_skill\.bottom_box, quality_skill\.top_box beside .*\."),
        (["BJ-001", "--level", "shop"], r"--level shop: there is no such level\. Known: branch, .*region.*\."),
        (["BJ-001", "--window", "week"], r"--window week: index of BJ-001 is not published for it\. Known: month.*\."),
        (["BJ-001", "--instrument", "x"], rf"--instrument x: the programme has {CSI}, {DEALER}\."),
        (["BJ-001", "--period", "2025-08"],
         r"2025-08 is not published \(there is 2025-10\)\. Run: csi run --programme dealers --period 2025-08"),
        (["BJ-001", "--period", "10/2025"], r"period '10/2025' is not a month\..*"),
    ],
)  # fmt: skip
def test_a_wrong_argument_gets_one_sentence(explain: Explained, arguments: list[str], sentence: str) -> None:
    called = explain(*arguments)
    assert (called.status, called.out) == (1, "")
    (said,) = called.problems
    assert re.fullmatch(sentence, said), said


def test_nothing_is_published_yet(pristine: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = pristine.copy(tmp_path / "network")
    assert main(["explain", "BJ-001", "--programme", str(network.folder)]) == 1
    assert "no month is published. Run: csi run --programme network" in capsys.readouterr().err


# ── what it reads, and what it never says ────────────────────────────────────────────────


def test_only_the_months_of_the_figure_are_read(explain: Explained, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    whole: Callable[..., list[Row]] = tables.responses

    def noted(folder: Path, of: Instrument, period: str, items: Any = None) -> list[Row]:
        read.append(period)
        return whole(folder, of, period, items)

    monkeypatch.setattr(tables, "responses", noted)
    explain.json("BJ-001", "delivery_on_time")
    assert read == [NOW]
    read.clear()
    explain.json("BJ-001")
    assert read == ["2024-10", "2025-09", NOW]  # last year and last month, which it is compared with


def test_no_personal_data_is_ever_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Phone numbers in contacts, free text and cells of quarantined rows."""
    monkeypatch.delenv("CSI_KEY", raising=False)
    shop = make(tmp_path, FULL, tables="[contact]\nmonths = 6\n", percent=100)
    secrets = [*PHONES.values(), *OTHERS]
    good = [row(place, 姓名=NAMES[0], 手机号码=one, 意见=f"请联系{one}") for place, one in enumerate(secrets, start=1)]
    bad = [row(place, q1=one, 姓名=NAMES[1], 手机号码=one) for place, one in enumerate(secrets, start=101)]
    wrong = [row(place, respondent=one, 手机号码=one) for place, one in enumerate(PHONES.values(), start=201)]
    shop.rows(*good, *bad, *wrong)
    where = ["--programme", str(shop.folder), "--period", NOW]
    assert main(["score", *where]) == 0
    texts = []
    for measure in ("index", "care", "q1", "q1.top_box"):
        for more in ([], ["--json"]):
            capsys.readouterr()
            assert main(["explain", "SH-001", measure, *where, *more]) == 0
            texts.append((measure, "".join(capsys.readouterr())))
    found = json.loads(texts[1][1])
    assert len(found["exclusions"]["quarantined"]) == len(bad) + len(wrong)
    assert leaks([*secrets, *NAMES], texts) == []


@pytest.mark.parametrize(("value", "told"), [
    (None, "–"), ("0", "<0.0001"), ("0.000049999", "<0.0001"), ("0.00005", "0.0001"), ("0.25", "0.2500"),
    ("0.999949999", "0.9999"), ("0.999999999", ">0.9999"), ("1", "1.0000"),
])  # fmt: skip
def test_no_chance_is_told_as_0_nor_one_below_1_as_1(value: str | None, told: str) -> None:
    assert _sure(None if value is None else Decimal(value)) == told


def test_what_was_rounded_to_0_is_told_as_less_than_its_last_digit() -> None:
    assert [above_zero(Decimal(one)) for one in ("0.000", "0.0", "0.001", "1.000")] == [
        "<0.001", "<0.1", "0.001", "1.000"
    ]  # fmt: skip
