"""A closed month: what comes later enters only with a revision that somebody declared."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from intakes import BRANCHES, Shop, admit, index, make

from pipeline import closing, file_names, programme, provenance
from pipeline.__main__ import main
from pipeline.month import Month
from pipeline.refusal import Refusal

ONE_BRANCH = "".join(line for line in BRANCHES.splitlines(keepends=True) if line.startswith(("branch", "SH-001")))
LATE = "2025-11-15 09:00:00"  # the month closes at the end of 10 November


def row(
    respondent: str, answer: str = "10", answered: str = "2025-10-06 12:00:00", day: str = "2025-10-05"
) -> dict[str, str]:
    codes = dict.fromkeys(("q1", "q2", "q3", "q4", "q5", "q6"), answer)
    return {"respondent": respondent, "serviced_on": day, "answered_at": answered} | codes


def september(respondent: str, answer: str = "10") -> dict[str, str]:
    return row(respondent, answer, "2025-09-06 12:00:00", "2025-09-05")


def revision(number: int = 2, period: str = "2025-10", **more: str) -> str:
    keys = {"period": f'"{period}"', "number": str(number), "reason": '"late answers"', "by": '"Ms Li"'} | more
    return "[[revision]]\n" + "\n".join(f"{name} = {text}" for name, text in keys.items()) + "\n"


@pytest.fixture(autouse=True)
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a revision changes is told by the tables; no pages are laid out."""
    monkeypatch.setattr("pipeline.render.render_all", lambda *_: [])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """September and October, run and closed. October: R1 = 10 and R2 = 1 throughout, R3 answered late."""
    shop = make(
        tmp_path_factory.mktemp("closed") / "p",
        top='status = "final"\nlanguages = ["en"]',
        branches=ONE_BRANCH,
        source="resend = true",
    )
    shop.rows(september("S1"), month="2025-09")
    shop.rows(row("R1"), row("R2", "1"), row("R3", "10", LATE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.render.render_all", lambda *_: [])
        for month in ("2025-09", "2025-10"):
            assert main(["run", "--programme", str(shop.folder), "--period", month]) == 0
    return shop


@pytest.fixture
def closed(published: Shop, tmp_path: Path) -> Shop:
    shutil.copytree(published.folder, tmp_path / "p")
    return Shop(tmp_path / "p")


def declare(shop: Shop, *revisions: str) -> None:
    shop.file("programme.toml", (shop.folder / "programme.toml").read_text("utf-8") + "".join(revisions))


def csi(shop: Shop, capsys: pytest.CaptureFixture[str], command: str = "score", month: str = "2025-10") -> list[str]:
    """The sentences of the refusal, [] if it is done."""
    capsys.readouterr()
    status = main([command, "--programme", str(shop.folder), "--period", month])
    err = capsys.readouterr().err
    assert "Traceback" not in err
    found = [line.removeprefix("✗ ") for line in err.splitlines() if line.startswith("✗ ")]
    assert bool(found) == (status == 1)
    return found


def facts(shop: Shop, part: str = "score", month: str = "2025-10") -> dict[str, Any]:
    place = shop.out / part / month if part else shop.out / month
    found: dict[str, Any] = json.loads((place / "run.json").read_text("utf-8"))
    return found


def changes(shop: Shop, part: str = "score") -> list[tuple[str, str, str]]:
    place = shop.out / part / "2025-10" if part else shop.out / "2025-10"
    with (place / "revision.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(one["respondent"], one["change"], one["fields"]) for one in csv.DictReader(file)]


def reasons(shop: Shop) -> list[tuple[str, str, str]]:
    with (shop.out / "score" / "2025-10" / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(one["file"], one["row"], one["reason"]) for one in csv.DictReader(file)]


# ── closed ───────────────────────────────────────────────────────────────────────────────


def test_a_closed_month_as_it_was_published(published: Shop) -> None:
    found = facts(published, "")
    assert (found["status"], found["revision"], found["revisions"]) == ("final", 1, [])
    assert found["responses"]["accepted"] == 2
    assert found["reasons"] == {"after_cutoff": 1}
    assert index(published, "SH-001", part="") == (2, pytest.approx(50))
    assert not (published.out / "2025-10" / "revision.csv").exists()


@pytest.mark.parametrize("command", ["check", "score", "run", "report"])
def test_a_new_file_is_refused_by_name(command: str, closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.rows(row("R9"), name="export_late.csv")
    before = (closed.out / "2025-10" / "scores.csv").read_bytes()
    (problem,) = csi(closed, capsys, command)
    assert "export_late.csv" in problem
    assert "2025-10" in problem
    assert "[[revision]]" in problem
    assert "number = 2" in problem
    assert (closed.out / "2025-10" / "scores.csv").read_bytes() == before
    assert not (closed.out / "score" / "2025-10").exists()


def test_a_changed_and_a_gone_file_are_refused_too(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.rows(row("R1", "9"), row("R2", "1"), row("R3", "10", LATE))
    (problem,) = csi(closed, capsys)
    assert "export.csv" in problem
    assert "changed" in problem
    (closed.folder / "inbox/2025-10/export.csv").rename(closed.folder / "inbox/2025-10/export2.csv")
    (problem,) = csi(closed, capsys)
    assert "export.csv" in problem
    assert "export2.csv" in problem


CALLED = ("13812345678.csv", "13912345678.csv", "甲 (2).csv", "〔电话〕 (3).csv")


def as_now(shop: Shop) -> dict[str, str]:
    return dict(provenance.inbox(programme.load(shop.folder), [Month(2025, 10)]))


def on_disk(shop: Shop) -> dict[str, str]:
    """As months were recorded before names were masked."""
    return {f"2025-10/{one.name}": provenance.file_digest(one) for one in (shop.folder / "inbox/2025-10").iterdir()}


@pytest.mark.parametrize("recorded", [as_now, on_disk])
def test_files_that_differ_in_what_is_hidden_alone(recorded: Callable[[Shop], dict[str, str]], tmp_path: Path) -> None:
    shop = make(tmp_path, top='status = "final"', files="*")
    site = programme.load(shop.folder)
    paths = [shop.put(name, str(place)) for place, name in enumerate(CALLED)]
    assert sorted(as_now(shop)) == [f"2025-10/{one}" for one in (
        "〔电话〕 (2).csv", "〔电话〕 (3).csv", "〔电话〕.csv", "甲 (2).csv",
    )]  # fmt: skip
    (shop.out / "2025-10").mkdir(parents=True)
    said = json.dumps({"status": "final", "inbox": recorded(shop)})
    (shop.out / "2025-10/run.json").write_text(said, encoding="utf-8")
    closing.check(site, Month(2025, 10))
    paths[0].rename(paths[0].with_name("13922222222.csv"))  # the numbers change their places
    closing.check(site, Month(2025, 10))
    shop.put("13733333333.csv", "late")
    with pytest.raises(Refusal, match=r"no longer the same: new 2025-10/〔电话〕\.csv\. Put"):
        closing.check(site, Month(2025, 10))
    paths[1].unlink()
    with pytest.raises(Refusal, match=r"no longer the same: changed 2025-10/〔电话〕\.csv\. Put"):
        closing.check(site, Month(2025, 10))


def test_a_name_that_is_taken_is_given_to_no_other(tmp_path: Path) -> None:
    for name in (*CALLED, "〔电话〕.csv"):
        (tmp_path / name).touch()
    called = {name: file_names.told(tmp_path / name) for name in (*CALLED, "13012345678.csv")}
    assert list(called.values()) == [
        "〔电话〕 (2).csv", "〔电话〕 (4).csv", "甲 (2).csv", "〔电话〕 (3).csv", "〔电话〕 (5).csv",
    ]  # fmt: skip
    assert file_names.found(tmp_path, "〔电话〕 (4).csv").name == CALLED[1]


def test_the_same_bytes_again_change_nothing(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    path = closed.folder / "inbox/2025-10/export.csv"
    path.write_bytes(path.read_bytes())
    assert csi(closed, capsys) == []
    assert facts(closed)["run_id"] == facts(closed, "")["run_id"]
    for name in ("scores.csv", "comparisons.csv", "quarantine.csv"):
        assert (closed.out / "score/2025-10" / name).read_bytes() == (closed.out / "2025-10" / name).read_bytes()


def test_the_same_bytes_under_another_name_change_no_response(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """The inbox is another, so it is refused; with a revision, nothing is listed as changed."""
    path = closed.folder / "inbox/2025-10/export.csv"
    shutil.copy(path, path.with_name("export_again.csv"))
    assert "export_again.csv" in csi(closed, capsys)[0]
    declare(closed, revision())
    assert csi(closed, capsys) == []
    assert changes(closed) == []


# ── opened again ─────────────────────────────────────────────────────────────────────────


def test_a_revision_runs_and_lists_what_came_changed_and_went(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.rows(row("R1", "10"), row("R3", "10", LATE), row("R4", "4"), name="export.csv")
    closed.rows(row("R1", "7"), name="export_2.csv")
    declare(closed, revision())
    assert csi(closed, capsys, "run") == []
    found = facts(closed, "")
    assert (found["status"], found["revision"]) == ("restated", 2)
    assert [(one["number"], one["by"], one["reason"]) for one in found["revisions"]] == [(2, "Ms Li", "late answers")]
    told = changes(closed, "")
    assert [(who, change) for who, change, _ in told] == [("R1", "changed"), ("R2", "went"), ("R4", "came")]
    assert set(told[0][2].split("; ")) >= {"q1", "q2", "q3", "q4", "q5", "q6"}
    assert "answered_at" not in told[0][2]
    assert index(closed, "SH-001", part="") == (2, pytest.approx(100 * (6 + 3) / 18))
    # and it is closed again
    assert csi(closed, capsys) == []
    closed.rows(row("R5"), name="export_3.csv")
    (problem,) = csi(closed, capsys)
    assert "export_3.csv" in problem
    assert "number = 3" in problem
    declare(closed, revision(3))
    assert csi(closed, capsys) == []
    assert (facts(closed)["status"], facts(closed)["revision"]) == ("restated", 3)
    assert changes(closed) == [("R5", "came", "")]


def test_a_revision_of_another_month_opens_nothing(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.rows(row("R9"), name="export_late.csv")
    declare(closed, revision(period="2025-09"))
    assert "export_late.csv" in csi(closed, capsys)[0]


@pytest.mark.parametrize(
    ("revisions", "key"),
    [
        ([revision(1)], "number"),
        ([revision(3)], "number"),
        ([revision(2), revision(2)], "number"),
        ([revision(2, period="2025-13")], "period"),
        ([revision(2, cutoff='"2025-11-20"')], "cutoff"),
        ([revision(2).replace('by = "Ms Li"\n', "")], "by"),
        ([revision(2).replace('reason = "late answers"\n', "")], "reason"),
    ],
)
def test_a_revision_that_cannot_be(
    revisions: list[str], key: str, closed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(closed, *revisions)
    (problem,) = csi(closed, capsys)
    assert "programme.toml" in problem
    assert "revision" in problem
    assert key in problem


# ── late answers ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cutoff", "enters"), [("2025-11-15", True), ("2025-11-20", True), ("2025-11-14", False), (None, False)]
)
def test_late_answers_enter_with_a_cutoff_that_allows_them(
    cutoff: str | None, enters: bool, closed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(closed, revision(**({"cutoff": cutoff} if cutoff else {})))
    assert csi(closed, capsys) == []
    assert changes(closed) == ([("R3", "came", "")] if enters else [])
    assert reasons(closed) == ([] if enters else [("export.csv", "4", "after_cutoff")])
    assert index(closed, "SH-001")[0] == (3 if enters else 2)


def test_late_answers_do_not_enter_by_a_longer_cutoff_of_the_programme(
    closed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exports are the same, but the month is closed: R3 may not slip in without a revision."""
    closed.replace("programme.toml", 'status = "final"', 'status = "final"\ncutoff_days = 30')
    problems = csi(closed, capsys)
    assert problems, f"R3 entered: {index(closed, 'SH-001')}, {facts(closed)['status']} {facts(closed)['revision']}"


def test_a_correction_does_not_change_a_closed_month(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.replace("programme.toml", 'status = "final"', 'status = "final"\ncorrections = "corrections.toml"')
    closed.file(
        "corrections.toml",
        '[[correction]]\nperiod = "2025-10"\nsource = "src"\nrespondent = "R2"\nfield = "q1"\n'
        'expect = "1"\nvalue = "10"\nreason = "r"\nprovider = "p"\n',
    )
    problems = csi(closed, capsys)
    assert problems, f"the index moved from 50 to {index(closed, 'SH-001')}, still revision {facts(closed)['revision']}"


def test_late_answers_do_not_enter_a_revision_that_was_published_without_them(
    closed: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """Revision 2 was published with its cut-off; to move that afterwards takes revision 3."""
    declare(closed, revision(cutoff="2025-11-12"))
    assert csi(closed, capsys, "run") == []
    assert facts(closed, "")["responses"]["accepted"] == 2
    closed.replace("programme.toml", "cutoff = 2025-11-12", "cutoff = 2025-11-30")
    problems = csi(closed, capsys)
    assert problems, f"R3 entered revision 2: {index(closed, 'SH-001')}"


# ── months before ────────────────────────────────────────────────────────────────────────


def test_a_closed_month_before_that_changed_stops_this_one(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    closed.rows(september("S9", "1"), month="2025-09", name="export_late.csv")
    closed.rows(row("N1", day="2025-11-05", answered="2025-11-06 12:00:00"), month="2025-11")
    for month in ("2025-10", "2025-11"):
        (problem,) = csi(closed, capsys, month=month)
        assert month in problem
        assert "2025-09" in problem
        assert "export_late.csv" in problem
    declare(closed, revision(period="2025-09"))
    assert csi(closed, capsys, month="2025-11") == []


def test_a_provisional_month_is_not_closed(closed: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was published of November: its exports may come and go."""
    closed.rows(row("N1", day="2025-11-05", answered="2025-11-06 12:00:00"), month="2025-11")
    assert csi(closed, capsys, month="2025-11") == []
    closed.rows(row("N2", day="2025-11-05", answered="2025-11-06 12:00:00"), month="2025-11", name="export_2.csv")
    assert csi(closed, capsys, month="2025-11") == []
    assert facts(closed, month="2025-11")["revision"] == 1


def test_what_is_noted_names_no_path_of_the_machine(tmp_path: Path) -> None:
    shop = make(tmp_path, top='waivers = "waivers.toml"').file(
        "waivers.toml",
        '[[waiver]]\nperiod = "2025-10"\nsource = "src"\nallow = "new_column"\nwhat = "x"\nreason = "r"\nby = "b"\n',
    )
    shop.rows({}, {})
    (note,) = admit(shop).notes
    assert note.startswith("waivers.toml, line 1, waiver[1]: nothing in 2025-10 needs this waiver")
