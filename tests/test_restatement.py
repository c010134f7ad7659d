"""A month published once more: what was published stays, and every figure that moved says why."""

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import sample_views
from intakes import Shop, make
from test_revisions import LATE, csi, declare, row

from pipeline.__main__ import main
from pipeline.network_view import NetworkReport
from pipeline.page import page
from pipeline.render import Job

# Two branches of one region and one of another; R3 is answered after the cut-off.
HEAD = "branch,name_zh,name_en,region,divisions,tier,valid_from,valid_to,successor"
BRANCHES = f"{HEAD}\nSH-001,上海店,Shanghai,EAST,PC,,2000-01-01,,\nBJ-002,北京店,Beijing,NORTH,PC,,2000-01-01,,\n"
TARGETS = "instrument,measure,branch,valid_from,valid_to,target\nsvc,index,*,2025-01-01,,80\n"
Line = dict[str, str]
Key = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = make(
        tmp_path_factory.mktemp("restated") / "p",
        top='status = "final"\nlanguages = ["en"]\ntargets = "targets.csv"\ncorrections = "corrections.toml"',
        branches=BRANCHES,
    )
    shop.replace("programme.toml", 'EAST = { zh = "东", en = "East" }', "EAST = { zh = \"东\", en = \"East\" }\n"
                 'NORTH = { zh = "北", en = "North" }')  # fmt: skip
    shop.file("targets.csv", TARGETS).file("corrections.toml", "")
    shop.rows(
        row("R1"), row("R2", "1"), row("R3", "10", LATE), row("B1", "4") | {"branch": "BJ-002"},
        row("B2", "7") | {"branch": "BJ-002"},
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.render.render_all", lambda *_: [])
        assert main(["run", "--programme", str(shop.folder), "--period", "2025-10"]) == 0
    return shop


@pytest.fixture
def closed(published: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The published month, to be revised; no pages are printed."""
    monkeypatch.setattr("pipeline.render.render_all", lambda *_: [])
    shutil.copytree(published.folder, tmp_path / "p")
    return Shop(tmp_path / "p")


def revision(number: int, reason: str, **more: str) -> str:
    keys = {"period": '"2025-10"', "number": str(number), "reason": f'"{reason}"', "by": '"Ms Li"'} | more
    return "[[revision]]\n" + "\n".join(f"{name} = {text}" for name, text in keys.items()) + "\n"


def correction(value: str = "10") -> str:
    return (
        '[[correction]]\nperiod = "2025-10"\nsource = "src"\nrespondent = "R2"\nfield = "q1"\n'
        f'expect = "1"\nvalue = "{value}"\nreason = "r"\nprovider = "p"\n'
    )


def lines(shop: Shop, name: str = "restatement.csv") -> dict[Key, Line]:
    """level, unit, measure, window -> the row of a mean."""
    with (shop.out / "2025-10" / name).open(encoding="utf-8-sig", newline="") as file:
        return {
            (one["level"], one["unit"], one["measure"], one["window"]): one
            for one in csv.DictReader(file)
            if one["statistic"] == "mean"
        }


def units(shop: Shop) -> set[tuple[str, str]]:
    return {key[:2] for key in lines(shop)}


def run(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert csi(shop, capsys, "run") == []


def test_a_month_as_first_published_has_no_restatement(published: Shop) -> None:
    names = {one.name for one in (published.out / "2025-10").iterdir()}
    assert not [one for one in names if one.startswith(("restatement", "scores-r", "comparisons-r"))]


def test_a_late_answer(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """SH-001 had 100 and 0, the network 100, 0, 100/3 and 200/3; a third 100 comes to SH-001."""
    place = closed.out / "2025-10"
    first = {name: (place / name).read_bytes() for name in ("scores.csv", "comparisons.csv", "run.json")}
    declare(closed, revision(2, "late, but in", cutoff="2025-11-20"))
    run(closed, capsys)
    for name, data in first.items():
        assert (place / name.replace(".", "-r1.")).read_bytes() == data
    found = lines(closed)
    shop = found["branch", "SH-001", "index", "month"]
    assert (Decimal(shop["published"]), Decimal(shop["before"])) == (50, 50)
    assert Decimal(shop["restated"]) == Decimal("66.666666667")
    assert Decimal(shop["difference"]) == Decimal("16.666666667")
    assert (shop["n_before"], shop["n_restated"]) == ("2", "3")
    assert [shop[one] for one in ("came", "went", "changed", "cause")] == ["1", "0", "0", "responses"]
    assert [shop[one] for one in ("revision", "reason", "by")] == ["2", "late, but in", "Ms Li"]
    assert [shop[f"printed_{one}"] for one in ("published", "before", "restated", "difference")] == [
        "50.0", "50.0", "66.7", "16.7",
    ]  # fmt: skip
    network = found["network", "network", "index", "month"]
    assert (Decimal(network["before"]), Decimal(network["restated"]), network["came"]) == (50, 60, "1")
    assert ("region", "EAST", "index", "month") in found
    assert not {key for key in found if key[1] in ("BJ-002", "NORTH")}, "figures that did not move are not listed"
    # what is listed, and nothing else, is different in the two tables
    then, now = (pl.read_csv(place / name, infer_schema=False) for name in ("scores-r1.csv", "scores.csv"))
    key = ["level", "unit", "measure", "statistic", "window"]
    both = then.join(now, on=["period", "instrument", *key], how="full", coalesce=True, suffix="_now")
    moved = both.filter(
        pl.any_horizontal(pl.col(one).ne_missing(pl.col(f"{one}_now")) for one in ("estimate", "n", "flag"))
    )
    listed = pl.read_parquet(place / "restatement.parquet")
    assert set(listed.select(key).iter_rows()) == set(moved.select(key).iter_rows())


def test_a_correction(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """q1 of R2 was 1 and is 10: its factor is 100/3, the index of SH-001 50 + 60 % of half of that."""
    closed.file("corrections.toml", correction())
    declare(closed, revision(2, "a typing error"))
    run(closed, capsys)
    shop = lines(closed)["branch", "SH-001", "index", "month"]
    assert (Decimal(shop["before"]), Decimal(shop["restated"]), shop["n_restated"]) == (50, 60, "2")
    assert [shop[one] for one in ("came", "went", "changed", "cause")] == ["0", "0", "1", "responses"]
    assert ("branch", "SH-001", "work", "month") not in lines(closed)
    assert ("branch", "SH-001", "q1", "month") in lines(closed)


def test_two_revisions_in_a_row(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    place = closed.out / "2025-10"
    first = (place / "scores.csv").read_bytes()
    declare(closed, revision(2, "late answers", cutoff="2025-11-20"))
    run(closed, capsys)
    kept = {name: (place / name).read_bytes() for name in ("scores.csv", "restatement.csv", "revision.csv")}
    closed.file("corrections.toml", correction())
    declare(closed, revision(3, "a typing error"))
    run(closed, capsys)
    assert (place / "scores-r1.csv").read_bytes() == first
    for name, data in kept.items():
        assert (place / name.replace(".", "-r2.")).read_bytes() == data
    shop = lines(closed)["branch", "SH-001", "index", "month"]
    assert Decimal(shop["published"]) == 50
    assert Decimal(shop["before"]) == Decimal("66.666666667")
    assert Decimal(shop["restated"]) == Decimal("73.333333333")
    assert Decimal(shop["difference"]) == Decimal("6.666666666")
    assert [shop[one] for one in ("came", "went", "changed")] == ["0", "0", "1"]
    assert (shop["revision"], shop["reason"]) == ("3", "a typing error")
    before = lines(closed, "restatement-r2.csv")["branch", "SH-001", "index", "month"]
    assert (before["revision"], before["came"], before["reason"]) == ("2", "1", "late answers")
    # the same revision again says the same
    again = {one.name: one.read_bytes() for one in place.iterdir() if one.suffix == ".csv"}
    run(closed, capsys)
    assert {one.name: one.read_bytes() for one in place.iterdir() if one.suffix == ".csv"} == again


def test_a_response_of_another_branch_now(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.rows(
        row("R1"), row("R2", "1") | {"branch": "BJ-002"}, row("R3", "10", LATE), row("B1", "4") | {"branch": "BJ-002"},
        row("B2", "7") | {"branch": "BJ-002"},
    )  # fmt: skip
    declare(closed, revision(2, "wrong branch"))
    run(closed, capsys)
    found = lines(closed)
    counts = {
        key[1]: tuple(found[key][one] for one in ("came", "went", "changed"))
        for key in found
        if key[2:] == ("index", "month") and not key[0].endswith("_as_is")
    }
    assert counts == {
        "SH-001": ("0", "1", "0"), "EAST": ("0", "1", "0"), "BJ-002": ("1", "0", "0"), "NORTH": ("1", "0", "0"),
    }  # fmt: skip


def test_a_changed_target_alone_restates_no_figure(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.file("targets.csv", TARGETS.replace("80", "40"))
    declare(closed, revision(2, "another target"))
    run(closed, capsys)
    place = closed.out / "2025-10"
    assert lines(closed) == {}
    assert (place / "scores-r1.csv").read_bytes() == (place / "scores.csv").read_bytes()
    assert (place / "comparisons-r1.csv").read_bytes() != (place / "comparisons.csv").read_bytes()


@pytest.mark.parametrize(
    ("file", "old", "new", "cause"),
    [
        ("instruments/svc.toml", "weight = 60", "weight = 80", "definition"),
        ("branches.csv", "北京店,Beijing,NORTH", "北京店,Beijing,EAST", "hierarchy"),
        ("programme.toml", "withheld_below = 1", "withheld_below = 2", "settings"),
    ],
)
def test_where_no_response_changed_the_reason_is_told(
    file: str, old: str, new: str, cause: str, closed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = closed
    if cause == "settings":
        shop.replace("programme.toml", "ranked_from = 1", "ranked_from = 3")
    else:
        shop.file("corrections.toml", "")
    if cause == "definition":  # so that the two factors differ
        shop.rows(row("R1"), row("R2", "1") | {"q4": "10"}, row("B1", "4") | {"branch": "BJ-002"})
        declare(shop, revision(2, "other answers"))
        run(shop, capsys)
    shop.replace(file, old, new)
    declare(shop, revision(3 if cause == "definition" else 2, "another rule"))
    run(shop, capsys)
    found = lines(shop)
    assert found
    assert {one["cause"] for one in found.values()} == {cause}
    assert {(one["came"], one["went"], one["changed"]) for one in found.values()} == {("0", "0", "0")}
    if cause == "hierarchy":
        assert {key[:2] for key in found if not key[0].endswith("_as_is")} == {("region", "EAST"), ("region", "NORTH")}


def test_what_was_published_must_be_there_as_it_was(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    path = closed.out / "2025-10" / "scores.csv"
    path.write_text(path.read_text("utf-8").replace("50.000000000", "51.000000000"), encoding="utf-8")
    declare(closed, revision(2, "late answers", cutoff="2025-11-20"))
    (problem,) = csi(closed, capsys, "run")
    assert problem == (
        "out/2025-10/scores.csv: not as it was published, and a revision keeps what was published before. Put the file "
        "back from a copy."
    )


def test_a_revision_is_not_taken_back(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    declared = revision(2, "late answers", cutoff="2025-11-20")
    declare(closed, declared)
    run(closed, capsys)
    closed.replace("programme.toml", declared, "")
    (problem,) = csi(closed, capsys, "run")
    assert problem == (
        "2025-10 is published as revision 2, which programme.toml does not declare. Put its [[revision]] back: what "
        "was published stays."
    )


def test_a_run_that_breaks_off_keeps_the_revision_before(
    closed: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = closed.out / "2025-10"
    good = {one: one.read_bytes() for one in sorted(place.rglob("*")) if one.is_file()}
    declare(closed, revision(2, "late answers", cutoff="2025-11-20"))
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.render.render_all", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert main(["run", "--programme", str(closed.folder), "--period", "2025-10"]) == 130
    assert {one: one.read_bytes() for one in sorted(place.rglob("*")) if one.is_file()} == good
    run(closed, capsys)
    assert json.loads((place / "run-r1.json").read_text("utf-8"))["revision"] == 1
    assert (place / "scores-r1.csv").read_bytes() == good[place / "scores.csv"]
    assert lines(closed)["branch", "SH-001", "index", "month"]["came"] == "1"


def test_the_console_and_the_record_tell_of_it(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    declare(closed, revision(2, "late answers", cutoff="2025-11-20"))
    capsys.readouterr()
    assert main(["run", "--programme", str(closed.folder), "--period", "2025-10"]) == 0
    out = capsys.readouterr().out
    rows = pl.read_parquet(closed.out / "2025-10" / "restatement.parquet").height
    assert f"Revision 2 of 2025-10: figures that differ from the revision before: {rows} (restatement.csv)." in out
    outputs = json.loads((closed.out / "2025-10" / "run.json").read_text("utf-8"))["outputs"]
    assert {"restatement.csv", "restatement.parquet", "scores-r1.csv", "comparisons-r1.csv"} <= outputs.keys()


def test_the_headquarters_report_tells_of_it(
    closed: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[Job] = []
    monkeypatch.setattr("pipeline.render.render_all", lambda given, *_: jobs.extend(given) or [])
    run(closed, capsys)
    view = jobs[0].view
    assert isinstance(view, NetworkReport)
    assert (view.restatement, view.leagues[0].restated) == (None, ())
    assert "nothing is restated" in page(view)
    jobs.clear()
    declare(closed, revision(2, "late <answers>", cutoff="2025-11-20"))
    run(closed, capsys)
    view = jobs[0].view
    assert isinstance(view, NetworkReport)
    assert view.restatement is not None
    assert (view.restatement.revision, view.restatement.by) == (2, "Ms Li")
    told = [(one.unit, one.name, str(one.before), str(one.restated), one.cause) for one in view.leagues[0].restated]
    assert told == [
        ("", "Network", "50.0", "60.0", "responses: 1 came"),
        ("EAST", "East", "50.0", "66.7", "responses: 1 came"),
        ("PC", "Cars", "50.0", "60.0", "responses: 1 came"),
        ("SH-001", "Shanghai", "50.0", "66.7", "responses: 1 came"),
    ]
    text = page(view)
    assert "late &lt;answers&gt;" in text
    assert '<td class="n">2 → 3</td>' in text
    assert "+16.7" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_a_restatement_in_both_languages(language: str) -> None:
    text = page(sample_views.restated(language))
    assert ("修订说明" if language == "zh" else "Restatement") in text
    assert "−1.1" in text
