"""Reviews and sign-off: what may be noted, what is shown of it, and a ledger that only grows."""

import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from conftest import Called, Network
from network import load_branches
from rich.cells import cell_len

from pipeline import ledger, provenance, render, review
from pipeline.ledger import Entry
from pipeline.refusal import Refusal
from pipeline.render import Job, Renderer, Result
from pipeline.review import Asked

Csi = Callable[..., Called]
MONTH = "2025-10"
ONE = Entry("2025-11-12T09:00:00+08:00", "reviewed", MONTH, 1, "abc", "SH-001", "王芳", "", "0" * 64)


# ── the ledger ───────────────────────────────────────────────────────────────────────────


def filled(folder: Path, count: int = 3) -> Path:
    for place in range(count):
        ledger.append(folder, replace(ONE, branch=f"SH-{place:03d}"))
    return folder / ledger.NAME


def test_entries_come_back_as_they_were_noted(tmp_path: Path) -> None:
    assert ledger.read(tmp_path) == ledger.Ledger()
    noted = ledger.append(tmp_path, replace(ONE, act="returned", by="=cmd", note='two\nlines, "quoted"\u2028and 1,000'))
    (found,) = ledger.read(tmp_path).entries
    assert found == noted
    assert (found.by, found.note) == ("'=cmd", 'two lines, "quoted" and 1,000')
    assert (tmp_path / ledger.NAME).read_text(encoding="utf-8").count("\n") == 2


def test_what_stands_there_is_never_written_again(tmp_path: Path) -> None:
    path = filled(tmp_path)
    before, inode = path.read_bytes(), path.stat().st_ino
    ledger.append(tmp_path, ONE)
    assert path.read_bytes().startswith(before)
    assert path.stat().st_ino == inode


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [*lines[:2], lines[2].replace("SH-001", "SH-009"), *lines[3:]], 3),
        (lambda lines: [*lines[:2], *lines[3:]], 3),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2),
        (lambda lines: [*lines, lines[3]], 5),
        (lambda lines: [*lines[:2], lines[2].replace("reviewed", "returned"), *lines[3:]], 3),
    ],
    ids=["changed", "taken out", "moved", "put in", "another act"],
)
def test_a_line_that_was_meddled_with_is_named(change: Any, line: int, tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_text("\n".join(change(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    with pytest.raises(Refusal, match=rf"reviews\.csv, line {line}: "):
        ledger.read(tmp_path)
    before = path.read_bytes()
    with pytest.raises(Refusal):
        ledger.append(tmp_path, ONE)
    assert path.read_bytes() == before


@pytest.mark.parametrize("cut", [1, 40, 64, 65, 70, 150])
def test_a_line_that_a_crash_cut_off_is_passed_over_and_told(cut: int, tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    whole = cut == 1  # only the line's end is missing
    assert [one.branch for one in ledger.read(tmp_path).entries] == ["SH-000", "SH-001", *(["SH-002"] if whole else [])]
    assert ledger.read(tmp_path).cut_off == (() if whole else (4,))
    ledger.append(tmp_path, replace(ONE, branch="SH-100"))
    found = ledger.read(tmp_path)
    assert found.entries[-1].branch == "SH-100"
    assert found.cut_off == (() if whole else (4,))


def test_a_first_line_that_was_cut_off_loses_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:20])
    ledger.append(tmp_path, ONE)
    assert [one.branch for one in ledger.read(tmp_path).entries] == ["SH-001"]


def note_some(folder: Path, who: str) -> None:
    for _ in range(25):
        ledger.append(folder, replace(ONE, by=who))


def test_several_at_once_make_one_chain(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    people = [spawn.Process(target=note_some, args=(tmp_path, who)) for who in "abc"]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(ledger.read(tmp_path).entries) == 75


# ── reviews of a published month ─────────────────────────────────────────────────────────


@pytest.fixture
def month(pristine: Network, tmp_path: Path) -> Network:
    """A programme with a published month of three scorecards, whatever is in them."""
    folder = tmp_path / "dealers"
    shutil.copytree(pristine.folder, folder, ignore=shutil.ignore_patterns("out", "inbox"))
    place = folder / "out" / MONTH
    (place / "scorecards").mkdir(parents=True)
    for name in ("scores.csv", "comparisons.csv", "scorecards/A.pdf", "scorecards/B.pdf", "scorecards/C.pdf"):
        (place / name).write_text(name, encoding="utf-8")
    record(place)
    return Network(folder)


def record(place: Path, **more: Any) -> None:
    names = [*sorted(place.glob("scorecards/*.pdf")), *place.glob("*.csv")]
    outputs = {path.relative_to(place).as_posix(): provenance.file_digest(path) for path in names}
    facts = {"run_id": "abc", "status": "provisional", "revision": 1, "outputs": outputs} | more
    (place / "run.json").write_text(json.dumps(facts), encoding="utf-8")


AT = ("--at", "2025-11-12T09:30")
BY = ("--by", "王芳", *AT)


def states(network: Network) -> dict[str, tuple[str, bool]]:
    found = review.standing(Asked(network.folder, None)).states
    return {one.branch: (one.entry.act if one.entry else "", one.stale) for one in found}


def test_a_review_is_noted_with_who_when_what_and_of_which_bytes(month: Network, csi: Csi) -> None:
    called = csi("review", month, "A", "--reviewed", *BY)
    assert (called.status, called.err) == (0, "")
    assert called.out == f"{MONTH}: A reviewed by 王芳, 2025-11-12T09:30:00+08:00. Noted in reviews.csv.\n"
    csi("review", month, "B", "--returned", "--note", "图表有误", *BY)
    one, other = ledger.read(month.out).entries
    assert (one.period, one.revision, one.run_id, one.branch, one.note) == (MONTH, 1, "abc", "A", "")
    assert one.subject == provenance.file_digest(month.out / MONTH / "scorecards" / "A.pdf")
    assert (other.act, other.branch, other.note, other.at) == ("returned", "B", "图表有误", "2025-11-12T09:30:00+08:00")
    assert states(month) == {"A": ("reviewed", False), "B": ("returned", False), "C": ("", False)}


def test_the_list_shows_every_state_in_80_columns(month: Network, csi: Csi) -> None:
    csi("review", month, "A", "--reviewed", *BY)
    csi("review", month, "B", "--returned", "--note", "请核对第二页的投诉数据，" * 9, *BY)
    (month.out / MONTH / "scorecards" / "A.pdf").write_text("printed anew", encoding="utf-8")
    record(month.out / MONTH)
    lines = csi("review", month).out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert [line.split()[:3] for line in lines if line[:2] in ("A ", "B ", "C ")] == [
        ["A", "reviewed,", "stale"], ["B", "returned", "王芳"], ["C", "not", "reviewed"],
    ]  # fmt: skip
    assert f"{MONTH}: 0 of 3 reviewed. Its pages are printed as provisional." in lines
    assert "Stale: printed anew with other bytes since it was looked at." in lines
    path = month.out / ledger.NAME
    path.write_bytes(path.read_bytes()[:-30])
    assert "reviews.csv: cut off by a crash, so nothing was noted: line 3." in csi("review", month).out


REFUSED = {
    "no such branch": (("D", "--reviewed", *BY), "'D' has no scorecard of 2025-10. There are 3: A, B, C."),
    "nobody": (("A", "--reviewed"), "Say who: --by NAME."),
    "blank name": (("A", "--reviewed", "--by", " "), "Say who: --by NAME."),
    "no reason": (("A", "--returned", *BY), "A scorecard that is returned needs a reason: --note TEXT."),
    "no act": (("A", *BY), "To note a review, name the branch and say --reviewed or --returned."),
    "no branch": (("--reviewed", *BY), "To note a review, name the branch and say --reviewed or --returned."),
    "no month": (("A", "--reviewed", "--period", "2025-09", *BY), "out: 2025-09 is not published. Published: 2025-10."),
    "no time": (("A", "--reviewed", "--by", "x", "--at", "soon"), "--at soon: not a time such as 2025-11-12T09:30."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_noted(case: str, month: Network, csi: Csi) -> None:
    arguments, sentence = REFUSED[case]
    called = csi("review", month, *arguments)
    assert (called.status, called.problems) == (1, [sentence])
    assert not (month.out / ledger.NAME).exists()


def test_other_bytes_than_published_are_not_reviewed(month: Network, csi: Csi) -> None:
    (month.out / MONTH / "scorecards" / "A.pdf").write_text("swapped", encoding="utf-8")
    (problem,) = csi("review", month, "A", "--reviewed", *BY).problems
    assert problem.startswith("out/2025-10/scorecards/A.pdf: not as it was published.")


def test_sign_off_names_what_stands_in_its_way(month: Network, csi: Csi) -> None:
    for branch in "AB":
        csi("review", month, branch, "--reviewed", *BY)
    csi("review", month, "B", "--returned", "--note", "no", *BY)
    (month.out / MONTH / "scorecards" / "A.pdf").write_text("printed anew", encoding="utf-8")
    record(month.out / MONTH, failed={"scorecards/D.pdf": "D: no glyph"})
    assert csi("sign-off", month, *BY).problems == [
        "1 returned: B.",
        "1 printed anew since they were reviewed: A.",
        "1 not reviewed: C.",
        "scorecards/D.pdf could not be printed.",
        "2025-10 is not signed off: every scorecard must be reviewed and none returned.",
    ]


def test_a_month_is_signed_off_once_and_then_closed_to_reviews(month: Network, csi: Csi) -> None:
    for branch in "ABC":
        csi("review", month, branch, "--reviewed", *BY)
    assert csi("sign-off", month, *BY).status == 0
    assert csi("sign-off", month, *BY).problems == ["2025-10 was signed off already (王芳, 2025-11-12T09:30:00+08:00)."]
    (problem,) = csi("review", month, "A", "--returned", "--note", "late", *BY).problems
    assert problem.startswith("2025-10 is signed off (王芳, 2025-11-12T09:30:00+08:00).")
    assert "Its pages still say provisional: print them with csi report." in csi("review", month).out


def test_changed_figures_are_not_signed_off(month: Network, csi: Csi) -> None:
    for branch in "ABC":
        csi("review", month, branch, "--reviewed", *BY)
    (month.out / MONTH / "scores.csv").write_text("other", encoding="utf-8")
    (problem,) = csi("sign-off", month, *BY).problems
    assert problem == "out/2025-10: its figures are not as they were published. Run the month again."


# ── from provisional to final, and one broken page ───────────────────────────────────────


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Only BJ-001 is printed for certain; the others are touched; those named in the set fail."""
    broken: set[str] = set()

    renderer = cache(Renderer)
    printed: dict[tuple[str, str], bytes] = {}  # what is the same is printed once

    def some(jobs: Sequence[Job], _: int, fonts: Any) -> Iterator[Result]:
        for job in jobs:
            if job.id in broken:
                yield Result(job.id, job.target, 0, 0, f"{job.id}: no glyph")
                continue
            data = f"{job.view.status} {job.id}".encode()
            if job.id == "BJ-001":
                key = repr(job.view), repr(job.evidence)
                if key not in printed:
                    printed[key], _ = renderer(fonts).pdf(job.view, job.evidence)
                data = printed[key]
            job.target.parent.mkdir(parents=True, exist_ok=True)
            job.target.write_bytes(data)
            yield Result(job.id, job.target, 1, 1, "")

    monkeypatch.setattr(render, "render_all", some)
    return broken


def facts(network: Network) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((network.out / MONTH / "run.json").read_text(encoding="utf-8"))
    return found


def page(network: Network, language: str = "") -> str:
    path = network.out / MONTH / f"scorecards{language}" / "BJ-001.pdf"
    return pdfium.PdfDocument(path)[0].get_textpage().get_text_bounded()


@pytest.mark.usefixtures("bare")
def test_from_a_broken_page_to_a_month_signed_off(small_csi: Network, csi: Csi, few: set[str]) -> None:
    small = small_csi
    few |= {"DG-001", "SH-002"}
    called = csi("run", small, "--lang", "zh", "--lang", "en")
    assert called.status == 1
    assert called.problems[0] == "scorecards-en/DG-001.pdf: DG-001: no glyph"
    assert called.problems[-1] == (
        "4 pages could not be printed; all others are published. When the cause is mended: csi report --only DG-001 "
        "--only SH-002"
    )
    assert len(facts(small)["failed"]) == 4
    cards = small.out / MONTH / "scorecards"
    assert (cards / "BJ-001.pdf").exists()
    assert not (cards / "DG-001.pdf").exists()
    assert csi("report", small, "--only", "XX-001").problems[0].startswith("--only XX-001: no branch of 2025-10.")
    assert csi("report", small, "--only", "DG-001").problems == [
        "scorecards/DG-001.pdf: DG-001: no glyph", "Nothing was published anew.",
    ]  # fmt: skip
    few.clear()
    before = facts(small)["outputs"]
    assert csi("report", small, "--only", "DG-001").status == 1
    assert set(facts(small)["outputs"]) - set(before) == {"scorecards/DG-001.pdf"}
    assert len(facts(small)["failed"]) == 3
    assert csi("report", small, "--lang", "zh", "--lang", "en").status == 0
    assert facts(small)["failed"] == {}
    closed = "SZ-004"
    assert {path.stem for path in cards.iterdir()} == {one.id for one in load_branches(18)} - {closed}

    assert "暂定稿" in page(small)
    assert facts(small)["status"] == "provisional"
    for path in sorted(cards.iterdir()):
        assert csi("review", small, path.stem, "--reviewed", *BY).status == 0
    assert csi("sign-off", small, *BY).status == 0
    assert csi("report", small, "--only", "BJ-001").problems == [
        "--only: all pages of 2025-10 are to bear another status. Print them with csi report."
    ]
    run_id = facts(small)["run_id"]
    assert csi("report", small).status == 0
    assert (facts(small)["status"], facts(small)["run_id"]) == ("final", run_id)
    assert facts(small)["signed_off"]["by"] == "王芳"
    assert "暂定稿" not in page(small)
    assert "Provisional" not in page(small, "-en")
    assert not [one for one in review.standing(Asked(small.folder, MONTH)).states if not one.reviewed]
    final = facts(small)["outputs"]
    assert csi("run", small, "--lang", "zh", "--lang", "en").status == 0
    assert facts(small)["outputs"] == final

    small.replace("programme.toml", "withheld_below = 10", "withheld_below = 25")
    (problem,) = csi("run", small).problems
    assert problem.startswith("2025-10 is signed off as revision 1 (王芳, 2025-11-12T09:30:00+08:00), and its figures")
    small.replace("programme.toml", "withheld_below = 25", "withheld_below = 10")
    late = small.inbox() / "csi_text_2025-10_late.csv"
    late.write_text("late", encoding="utf-8")
    (problem,) = csi("run", small).problems
    assert problem.startswith("2025-10 is closed as revision 1, and its exports are no longer the same: new ")
    late.unlink()
    assert facts(small)["outputs"] == final
    (small.out / ledger.NAME).unlink()
    assert "lacks the line by which 2025-10 was signed off" in " ".join(csi("report", small).problems)
