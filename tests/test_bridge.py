"""Figures of an older questionnaire on the scale of the next, beside R, a second implementation and numpy."""

import csv
import random
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipeline import instrument, programme
from pipeline.__main__ import main
from pipeline.network_view import NetworkReport
from pipeline.page import page
from pipeline.recompute.tables import read_case
from pipeline.render import Job
from tests.agreement import disagreements
from tests.build import read

SCHOOLS = Path(__file__).parent / "oracles" / "apistrat.csv"
STRATA = {"E": 4421, "H": 755, "M": 1018}
BRIDGE = '[[bridge]]\nfrom = "old"\nkind = "{kind}"\nmeasures = {measures}\nperiods = {periods}\n'


def questionnaire(
    name: str, items: dict[str, tuple[str, ...]], scale: tuple[int, int], dates: str, more: str = ""
) -> str:
    """items: factor -> its items."""
    low, high = scale
    lines = [
        f'id = "{name}"', f'name = {{ zh = "问卷", en = "{name}" }}', 'source = { zh = "测", en = "made up" }', dates,
        'rule = "branch_factors"', "points = 1000",
        f"scale = {{ min = {low}, max = {high}, top_box_from = {high}, bottom_box_to = {low} }}",
    ]  # fmt: skip
    for place, (factor, ids) in enumerate(items.items()):
        lines += ["[[factor]]", f'id = "{factor}"', 'name = { zh = "因", en = "f" }', f"weight = {60 - 20 * place}"]
        for one in ids:
            lines += ["[[factor.item]]", f'id = "{one}"', 'text = { zh = "题", en = "q" }', 'touchpoint = "desk"']
    return "\n".join(lines) + "\n" + more


class Made:
    """A programme of the questionnaires old and new, with one branch for each stratum E, H and M."""

    def __init__(self, folder: Path, old: str, new: str, top: str = "", weighting: str = "") -> None:
        self.folder = folder
        for name in ("instruments", "mappings", "inbox"):
            (folder / name).mkdir(parents=True)
        rows = "".join(f"{one},店{one},Shop {one},R{one},PC,,2000-01-01,,\n" for one in STRATA)
        head = "branch,name_zh,name_en,region,divisions,tier,valid_from,valid_to,successor\n"
        (folder / "branches.csv").write_text(head + rows, encoding="utf-8")
        for name, text in (("old", old), ("new", new)):
            (folder / "instruments" / f"{name}.toml").write_text(text, encoding="utf-8")
        names = "".join(f'R{one} = {{ zh = "{one}", en = "{one}" }}\n' for one in STRATA)
        sources = "".join(
            f'[[source]]\nid = "{one}"\nrole = "responses"\ninstrument = "{one}"\nfiles = "{one}.csv"\n'
            f'mapping = "mappings/{one}.toml"\n'
            for one in ("old", "new")
        )
        (folder / "programme.toml").write_text(
            'id = "made-up"\nname = { zh = "测", en = "Made up" }\ninstruments = ["old", "new"]\nlanguages = ["en"]\n'
            f'{top}\n[regions]\n{names}[divisions]\nPC = {{ zh = "车", en = "Cars" }}\n[thresholds]\n'
            f"withheld_below = 2\nranked_from = 2\n{weighting}\n{sources}",
            encoding="utf-8",
        )

    def put(self, name: str, period: str, rows: list[dict[str, Any]]) -> None:
        """rows: respondent, branch, weight and items, by their ids."""
        items = [one for one in rows[0] if one not in ("respondent", "branch", "weight")]
        fields = ("respondent", "branch", "serviced_on", "answered_at", *(["weight"] if "weight" in rows[0] else []))
        lines = [
            "[columns]",
            *(f'{one} = "{one}"' for one in fields),
            "[items]",
            *(f'{one} = "{one}"' for one in items),
        ]
        (self.folder / "mappings" / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")
        place = self.folder / "inbox" / period
        place.mkdir(exist_ok=True)
        with (place / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*fields, *items])
            writer.writeheader()
            day = {"serviced_on": f"{period}-05", "answered_at": f"{period}-06 12:00:00"}
            writer.writerows({**one, **day} for one in rows)

    def score(self, period: str = "2025-10", status: int = 0) -> Path:
        assert main(["score", "--programme", str(self.folder), "--period", period]) == status
        return self.folder / "out" / "score" / period

    def fit(self, folder: Path) -> dict[str, Any]:
        with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
            rows = connection.execute("SELECT * FROM bridge_fit")
            names = [one[0] for one in rows.description or ()]
            (found,) = rows.fetchall()
        return dict(zip(names, found, strict=True))


def bridged(folder: Path) -> dict[tuple[str, ...], dict[str, Any]]:
    keys = ("period", "level", "unit", "measure", "window")
    table = pl.read_parquet(folder / "bridged.parquet")
    found = {tuple(row[one] for one in keys): row for row in table.iter_rows(named=True)}
    assert len(found) == table.height
    return found


def as_recomputed(made: Made, folder: Path, periods: tuple[str, ...]) -> None:
    """Every cell of all tables, the bridged one among them, is what pipeline/recompute makes of the responses."""
    site = programme.load(made.folder)
    used = instrument.load(site)
    assert disagreements(read_case(folder, site.programme, used, periods), read(folder)) == []


# ── R's survey package ───────────────────────────────────────────────────────────────────


PARTS = ("a1", "a2", "a3", "a4")


def spread(points: str) -> dict[str, int]:
    """200 to 1000 points as four answers from -100 to 100: their mean is as far up its scale."""
    rest = int(points) - 200
    return {one: max(0, min(200, rest - 200 * place)) - 100 for place, one in enumerate(PARTS)}


def schools(folder: Path, kind: str, finite: bool) -> Made:
    """The older and the newer questionnaire have the scores F2 and F1, from api99 and api00 on 200 to 1000. In the
    month before, the first half of the schools answered the older one alone."""
    bridge = BRIDGE.format(kind=kind, measures='["index"]', periods='["2025-10"]')
    old = questionnaire("old", {"f": PARTS}, (-100, 100), "valid_from = 2000-01-01")
    new = questionnaire("new", {"f": PARTS}, (-100, 100), "valid_from = 2025-10-01", bridge)
    top, design = "", ""
    if finite:
        top, design = 'population = "population.csv"', "[design]\nfinite = true"
    made = Made(folder, old, new, top, f'[weighting]\nbase = "column"\n{design}')
    if finite:
        rows = "".join(f"*,strata,{one},,,{count}\n" for one, count in STRATA.items())
        (folder / "population.csv").write_text(f"instrument,margin,category,valid_from,valid_to,population\n{rows}")
    with SCHOOLS.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    for name, item in (("old", "api99"), ("new", "api00")):
        made.put(name, "2025-10", [
            {"respondent": f"S{one['snum']}", "branch": one["stype"],
             "weight": Decimal(one["pw"]).quantize(Decimal("1e-9")), **spread(one[item])} for one in read
        ])  # fmt: skip
    made.put("old", "2025-09", [
        {"respondent": f"S{one['snum']}", "branch": one["stype"], "weight": "1", **spread(one["api99"])}
        for one in read[::2]
    ])  # fmt: skip
    return made


def test_the_additive_bridge_of_r(tmp_path: Path) -> None:
    """svymean(~F1 - F2) of apistrat, strata stype, weights pw, fpc."""
    made = schools(tmp_path, "additive", True)
    found = made.fit(made.score())
    assert (found["n_fit"], found["b"], found["se_b"]) == (200, 1, 0)
    assert found["a"] == pytest.approx(4.111564797, rel=1e-9)
    assert found["se_a"] == pytest.approx(0.256389051, rel=1e-8)
    assert found["df"] == 197
    as_recomputed(made, tmp_path / "out" / "score" / "2025-10", ("2025-09", "2025-10"))


@pytest.mark.parametrize("finite", [True, False])
def test_the_linear_bridge_of_r(finite: bool, tmp_path: Path) -> None:
    """Mean and standard deviation of F2 made those of F1. The standard errors by the delta method: the covariances
    of five weighted totals, and slopes of the two coefficients taken numerically."""
    made = schools(tmp_path, "linear", finite)
    folder = made.score()
    as_recomputed(made, folder, ("2025-09", "2025-10"))
    found = made.fit(folder)
    assert found["b"] == pytest.approx(0.958970883, rel=1e-8)
    assert found["a"] == pytest.approx(6.313776234, rel=1e-8)
    with SCHOOLS.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    x, y, w = (np.array([float(one[name]) for one in read]) for name in ("F2", "F1", "pw"))
    rows = w[:, None] * np.column_stack([np.ones_like(x), x - 60, y - 60, (x - 60) ** 2, (y - 60) ** 2])

    def line(totals: np.ndarray) -> np.ndarray:
        mx, my, xx, yy = totals[1:] / totals[0]
        b = ((yy - my**2) / (xx - mx**2)) ** 0.5
        return np.array([my + 60 - b * (mx + 60), b])

    totals = rows.sum(axis=0)
    steps = np.diag(np.abs(totals) * 1e-5 + 1e-3)
    slopes = np.array([(line(totals + one) - line(totals - one)) / (2 * one.sum()) for one in steps]).T
    meat = np.zeros((5, 5))
    for stratum, population in STRATA.items():
        mine = rows[[one["stype"] == stratum for one in read]]
        count = len(mine)
        centred = mine - mine.mean(axis=0)
        meat += (1 - count / population * finite) * count / (count - 1) * centred.T @ centred
    cov = slopes @ meat @ slopes.T
    assert (found["se_a"], found["se_b"], found["cov_ab"]) == pytest.approx(
        (cov[0, 0] ** 0.5, cov[1, 1] ** 0.5, cov[0, 1]), rel=1e-6
    )
    row = bridged(folder)["2025-09", "network", "network", "index", "month"]
    scored = pl.read_parquet(folder / "scores.parquet").filter(
        instrument="old", period="2025-09", level="network", measure="index", statistic="mean", window="month"
    )
    old, se, df = (float(scored[one].item()) for one in ("estimate", "se", "df"))
    at = np.array([1, old])
    fit = float(at @ cov @ at)
    both = (found["b"] * se) ** 2 + fit
    freedom = both**2 / ((found["b"] * se) ** 4 / df + fit**2 / 197)
    margin = stats.t.ppf(0.975, np.floor(freedom)) * both**0.5
    middle = found["a"] + found["b"] * old
    assert float(row["estimate"]) == pytest.approx(middle, abs=2e-9)
    assert float(row["se"]) == pytest.approx(both**0.5, rel=1e-6)
    assert (float(row["low"]), float(row["high"])) == pytest.approx((middle - margin, middle + margin), rel=1e-6)
    assert (row["flag"], row["flag_before"], row["change"], row["n_fit"], row["n"]) == (
        "bridged",
        "ok",
        "2025-10",
        200,
        100,
    )
    assert row["printed"] == (row["estimate"] * 10).quantize(Decimal("0.1"))


# ── a network ────────────────────────────────────────────────────────────────────────────

ITEMS = {"care": ("c1", "c2"), "work": ("w1",)}


def answers(seed: int, count: int, shift: int, prefix: str = "P") -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [
        {"respondent": f"{prefix}{place}", "branch": "EHM"[place % 3],
         **{one: min(10, max(1, rng.randint(3, 8) + shift)) for ids in ITEMS.values() for one in ids}}
        for place in range(count)
    ]  # fmt: skip


def network(folder: Path, kind: str = "additive", measures: str = '["index", "care"]', periods: str = "") -> Made:
    """Old to 2025-09, both in 2025-08 and 2025-09, the new one alone from 2025-10 on."""
    months = periods or '["2025-08", "2025-09"]'
    old = questionnaire("old", ITEMS, (1, 10), "valid_from = 2000-01-01\nvalid_to = 2025-09-30")
    new = questionnaire("new", ITEMS, (1, 10), "valid_from = 2025-08-01",
                        BRIDGE.format(kind=kind, measures=measures, periods=months))  # fmt: skip
    return Made(folder, old, new)


def filled(made: Made, shift: int = 1) -> Made:
    for period in ("2025-06", "2025-07"):
        made.put("old", period, answers(7, 60, 0, period[-2:]))
    for seed, period in enumerate(("2025-08", "2025-09")):
        made.put("old", period, answers(seed, 45, 0))
        made.put("new", period, answers(seed, 60, shift))
    made.put("new", "2025-10", answers(9, 60, shift))
    return made


def test_an_older_questionnaire_that_has_ended_is_bridged_still(tmp_path: Path) -> None:
    """Who answered one point higher throughout gives a shift of a ninth of the scale without any error."""
    made = filled(network(tmp_path))
    folder = made.score()
    as_recomputed(made, folder, tuple(f"2025-{month:02}" for month in range(6, 11)))
    found = bridged(folder)
    scores = {
        tuple(row[one] for one in ("period", "level", "unit", "measure", "window")): row
        for row in pl.read_parquet(folder / "scores.parquet").filter(instrument="old", statistic="mean").to_dicts()
    }
    assert {key[0] for key in found} == {"2025-06", "2025-07"}, "from the month of the change on there are own figures"
    assert {key[3] for key in found} == {"index"}, "factors of so long ago are not published"
    assert {"branch", "region", "division", "network"} <= {key[1] for key in found}
    for key, row in found.items():
        assert float(row["estimate"]) == pytest.approx(float(scores[key]["estimate"]) + 100 / 9, abs=2e-9)
        assert row["se"] == scores[key]["se"]
        assert row["n_fit"] == 90
    # the month itself has figures and comparisons of the new questionnaire alone
    now = pl.read_parquet(folder / "scores.parquet").filter(period="2025-10", statistic="mean", measure="index")
    assert set(now["instrument"]) == {"new"}
    assert set(pl.read_parquet(folder / "comparisons.parquet")["instrument"]) == {"new"}


def test_a_factor_is_bridged_by_its_own_fit(tmp_path: Path) -> None:
    folder = filled(network(tmp_path, measures='["care"]')).score("2025-08", status=0)
    assert bridged(folder) == {}, "one of the two months is still to come"
    folder = Made.score(filled(network(tmp_path / "again", periods='["2025-08"]', measures='["care"]')), "2025-08")
    found = bridged(folder)
    assert {key[3] for key in found} == {"care"}
    assert {key[0] for key in found} == {"2025-07"}


def test_who_has_no_score_in_a_factor_is_no_pair_of_it(tmp_path: Path) -> None:
    made = filled(network(tmp_path))
    for name, blank in (("old", ("w1",)), ("new", ("c1", "c2"))):
        rows = answers(1, 45, int(name == "new"))
        made.put(
            name, "2025-09", [{**one, **dict.fromkeys(blank, "")} if at % 3 else one for at, one in enumerate(rows)]
        )
    as_recomputed(made, made.score(), tuple(f"2025-{month:02}" for month in range(6, 11)))


def test_without_pairs_there_is_nothing(tmp_path: Path) -> None:
    made = filled(network(tmp_path))
    made.put("new", "2025-09", answers(3, 60, 1, "X"))
    assert bridged(made.score()) == {}


def test_a_line_needs_older_scores_that_differ(tmp_path: Path) -> None:
    made = filled(network(tmp_path, "linear"))
    for period in ("2025-08", "2025-09"):
        made.put("old", period, [{**one, "c1": 5, "c2": 5, "w1": 5} for one in answers(1, 45, 0)])
    assert bridged(made.score()) == {}


def test_the_script_makes_the_same_table(tmp_path: Path) -> None:
    folder = filled(network(tmp_path)).score()
    feed = "import duckdb, sys; duckdb.connect().execute(sys.stdin.buffer.read().decode())"
    subprocess.run([sys.executable, "-I", "-c", feed], input=(folder / "run.sql").read_bytes(), cwd=folder, check=True)
    for name in ("bridged", "scores", "comparisons"):
        assert (folder / f"replayed-{name}.csv").read_bytes() == (folder / f"{name}.csv").read_bytes()


def test_a_programme_without_a_bridge_has_no_such_table(tmp_path: Path) -> None:
    made = filled(network(tmp_path))
    path = tmp_path / "instruments" / "new.toml"
    path.write_text(path.read_text("utf-8").partition("[[bridge]]")[0], encoding="utf-8")
    folder = made.score()
    assert not list(folder.glob("bridged*"))
    assert "bridge" not in (folder / "run.sql").read_text("utf-8").lower()
    assert set(pl.read_parquet(folder / "scores.parquet")["instrument"]) == {"new"}


@pytest.mark.parametrize("level", ["branch", "network"])
def test_the_trend_goes_on_across_the_change(level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Carried-over months before the mark, own ones from it on; an item that came later has a mark of its own."""
    jobs: list[Job] = []
    monkeypatch.setattr("pipeline.render.render_all", lambda given, *_: jobs.extend(given) or [])
    filled(network(tmp_path))
    path = tmp_path / "instruments" / "new.toml"
    late = '[[factor.item]]\nid = "w2"\ntext = { zh = "题", en = "q" }\ntouchpoint = "desk"\nvalid_from = 2025-11-01\n'
    text = path.read_text("utf-8").replace("[[bridge]]", f"{late}[[bridge]]")
    path.write_text(text, encoding="utf-8")
    assert main(["run", "--programme", str(tmp_path), "--period", "2025-10"]) == 0
    table = bridged(tmp_path / "out" / "2025-10")
    view = jobs[0 if level == "network" else 1].view
    assert page(view)
    (block,) = view.leagues if isinstance(view, NetworkReport) else view.blocks
    unit = "network" if level == "network" else view.branch  # type: ignore[union-attr]
    assert [one.period for one in block.trend] == ["2025-06", "2025-07", "2025-08", "2025-09", "2025-10"]
    for point in block.trend[:2]:
        assert point.month.estimate == table[point.period, level, unit, "index", "month"]["printed"]
        assert point.month.flag == "ok"
    notes = {one.period: one.note for one in block.trend if one.note}
    assert notes == {"2025-08": "Questionnaire changed; what stands before is carried over from old"}


def test_items_that_come_and_go_leave_a_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Job] = []
    monkeypatch.setattr("pipeline.render.render_all", lambda given, *_: jobs.extend(given) or [])
    made = filled(network(tmp_path))
    path = tmp_path / "instruments" / "new.toml"
    more = "".join(
        f'[[factor.item]]\nid = "{name}"\ntext = {{ zh = "题", en = "q" }}\ntouchpoint = "desk"\n{dates}\n'
        for name, dates in (("w2", "valid_from = 2025-10-01"), ("w3", "valid_to = 2025-09-30"))
    )
    path.write_text(path.read_text("utf-8").replace("[[bridge]]", f"{more}[[bridge]]"), encoding="utf-8")
    for period in ("2025-08", "2025-09"):
        made.put("new", period, [{**one, "w3": 5} for one in answers(1, 60, 1)])
    (tmp_path / "mappings" / "before.toml").write_text((tmp_path / "mappings" / "new.toml").read_text("utf-8"))
    programme = (tmp_path / "programme.toml").read_text("utf-8")
    source = '[[source]]\nid = "before"\nrole = "responses"\ninstrument = "new"\nfiles = "before.csv"\n'
    (tmp_path / "programme.toml").write_text(f'{programme}{source}mapping = "mappings/before.toml"\n', encoding="utf-8")
    for period in ("2025-08", "2025-09"):
        (tmp_path / "inbox" / period / "new.csv").rename(tmp_path / "inbox" / period / "before.csv")
    made.put("new", "2025-10", [{**one, "w2": 5} for one in answers(9, 60, 1)])
    assert main(["run", "--programme", str(tmp_path), "--period", "2025-10"]) == 0
    view = jobs[0].view
    assert isinstance(view, NetworkReport)
    notes = {one.period: one.note for one in view.leagues[0].trend if one.note}
    assert notes["2025-10"] == "Questionnaire changed (items new: 1, dropped: 1)"


WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "unknown": (lambda text: text.replace('from = "old"', 'from = "ald"'),
                "bridge[1].from: expected another instrument of the programme (old), found 'ald'."),
    "itself": (lambda text: text.replace('from = "old"', 'from = "new"'),
               "bridge[1].from: expected another instrument of the programme (old), found 'new'."),
    "the younger of the two": (lambda text: text.replace("2025-08-01", "1999-01-01"),
                               "bridge[1].from: old begins on 2000-01-01, not before new, 1999-01-01."),
    "kind": (lambda text: text.replace('"additive"', '"ratio"'),
             "bridge[1].kind: expected one of 'additive', 'linear', found 'ratio'."),
    "measure": (lambda text: text.replace('"care"]\nperiods', '"c1"]\nperiods'),
                "bridge[1].measures[2]: 'c1' is neither index nor a factor of both old and new."),
    "measure twice": (lambda text: text.replace('"care"]\nperiods', '"index"]\nperiods'),
                      "bridge[1].measures[2]: expected each once, found 'index' again."),
    "bridge twice": (lambda text: text + text[text.index("[[bridge]]"):].replace('"index", ', ""),
                     "bridge[2].measures[1]: 'care' has a bridge from old already."),
    "no month": (lambda text: text.replace('"2025-08"', '"2025-8"'),
                 "bridge[1].periods[1]: expected a month such as 2025-10, found '2025-8'."),
    "no months": (lambda text: text.replace('["2025-08", "2025-09"]', "[]"),
                  "bridge[1].periods: expected at least one entry, found []."),
    "a month without both": (lambda text: text.replace('"2025-08"', '"2025-10"'),
                             "bridge[1].periods[1]: old is not asked in 2025-10, but from 2000-01-01 to 2025-09-30."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_bridge_that_leads_nowhere(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change, sentence = WRONG[name]
    made = filled(network(tmp_path))
    path = tmp_path / "instruments" / "new.toml"
    before = path.read_text("utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text("utf-8") != before
    made.score(status=1)
    (problem,) = [one for one in capsys.readouterr().err.splitlines() if one]
    assert "instruments/new.toml, line " in problem
    assert problem.endswith(f", {sentence}")
