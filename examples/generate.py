"""Write the example programme's inbox: fourteen months of survey exports of sixty dealers.

    python examples/generate.py [--out examples/dealers/inbox] [--months 14]
                                [--responses 60] [--branches 60]

The same arguments give the same bytes on every machine: no clock, no locale, and no source of
chance but `random.Random(seed).random()`. The months end with 2025-10; fewer months leave out the
oldest and change nothing in the others.

Beside the inbox a folder `planted` says what is wrong in each file, row by row, for tests; an
operator's inbox holds exports only. Both folders are built aside and renamed into place. What the
exports should show is told in `dealers/STORIES.md`.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from answers import Response, respond, responses_of
from exports import CODED, SHEET, TEXT, Layout, spoil, table
from network import (
    BRANCHES_FILE,
    CORRECTED,
    HISTORY,
    STORIES,
    Branch,
    Month,
    Traits,
    all_months,
    load_branches,
    means,
    stream,
    traits,
)
from words import pick
from writers import Row, write_csv, write_workbook

INBOX = BRANCHES_FILE.parent / "inbox"
SEED = 2005
DIRTY = 0.015
RESENT_MONTH, RESENT_FILE = "2025-06", "华北"
FILE_OF_REGION = {
    "NORTH": "华北",
    "EAST": "华东",
    "CENTRAL": "中西南",
    "SOUTH": "中西南",
    "WEST": "中西南",
}
STAMP = ".generated"
BUILDING = ".building-"
Planted = tuple[str, int, str]  # file, row as a spreadsheet shows it, reason


@dataclass(frozen=True)
class Plan:
    """What every month is drawn from."""

    network: tuple[Branch, ...]
    own: dict[str, Traits]
    responses: int
    seed: int


def generate(
    out: Path,
    months: int = HISTORY,
    responses: int = 60,
    seed: int = SEED,
    branches: int = 60,
) -> None:
    """Write the last `months` months into `out`, and the faults in them into `out/../planted`."""
    if not 1 <= months <= HISTORY:
        raise ValueError(f"months: from 1 to {HISTORY}, not {months}")
    if responses < 1:
        raise ValueError(f"responses: at least 1, not {responses}")
    network = load_branches(branches)
    own = {branch.id: traits(branch, seed) for branch in network}
    plan = Plan(network, own, responses, seed)
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=BUILDING, dir=out.parent) as room:
        inbox, planted = Path(room, "inbox"), Path(room, "planted")
        planted.mkdir()
        for month in all_months()[-months:]:
            folder = inbox / month.id
            folder.mkdir(parents=True)
            faults = _write_csi(folder, plan, month)
            faults += _write_dealer(folder, plan, month)
            with (planted / f"{month.id}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows([("file", "row", "reason"), *sorted(faults)])
            if sys.stderr.isatty():
                print(f"{month.id}  {len(faults):>5} rows planted", file=sys.stderr)
        (planted / STAMP).write_text(_stamp(months, responses, seed, branches), encoding="utf-8")
        for name, place in (("planted", planted_of(out)), ("inbox", out)):
            if place.exists():
                place.rename(Path(room, f"old-{name}"))
        inbox.rename(out)
        planted.rename(planted_of(out))  # last: the stamp in it says that all is there


def planted_of(out: Path) -> Path:
    """Where the truth about an inbox stands."""
    return out.parent / "planted"


def is_current(out: Path, months: int = HISTORY, responses: int = 60, seed: int = SEED, branches: int = 60) -> bool:
    """Whether this very generator wrote this inbox with these arguments."""
    stamp = planted_of(out) / STAMP
    wanted = _stamp(months, responses, seed, branches)
    return out.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def _stamp(months: int, responses: int, seed: int, branches: int) -> str:
    """A hash of the generator's own files and its arguments."""
    digest = hashlib.sha256(f"{months} {responses} {seed} {branches}".encode())
    for path in (*sorted(Path(__file__).parent.glob("*.py")), BRANCHES_FILE):
        digest.update(path.read_bytes())
    return digest.hexdigest() + "\n"


def _refuse_foreign(out: Path) -> None:
    """Nothing that someone else put into the folder is ever replaced."""
    months = {month.id for month in all_months()}
    places = [(out, months), (planted_of(out), {f"{month}.csv" for month in months} | {STAMP})]
    for place, ours in places:
        foreign = sorted({path.name for path in place.iterdir()} - ours) if place.exists() else []
        if foreign:
            raise ValueError(f"{place} holds {foreign[0]}, which this generator did not write")


def _write_csi(folder: Path, plan: Plan, month: Month) -> list[Planted]:
    """The CSI exports of a month, one file per group of regions, and its invitations."""
    layout = TEXT if month.labels else CODED
    kind = "text" if month.labels else "codes"
    resent = month.id == RESENT_MONTH
    spared = RESENT_FILE if resent else ""  # its rows have one reason already
    clean = _clean(plan, month, dealer=False)
    dirty = _dirty(plan, month, layout, len(clean), dealer=False, spared=spared)
    first = 104_200_000 + (month.step + 1) * 10_000_000
    everyone = _numbered(clean + dirty, first, "" if month.labels else "R")
    planted: list[Planted] = []
    for number, name in enumerate(sorted(set(FILE_OF_REGION.values()))):
        group = [response for response in everyone if _file_of(response.branch, month) == name]
        path = folder / f"csi_{kind}_{month.id}_{name}.csv"
        rng = stream(plan.seed, 5, month.step, number)
        rows, faults = table(group, layout, rng)
        planted += [(path.name, row, reason) for row, reason in faults]
        if resent and name == RESENT_FILE:
            right = path.with_stem(path.stem + "_r2")
            write_csv(right, layout.headers, rows, gb18030=month.labels)
            _turn_scale(group)
            rows, _ = table(group, layout, rng)
            planted += [(path.name, row, "superseded") for row in range(2, len(rows) + 2)]
        write_csv(path, layout.headers, rows, gb18030=month.labels)
    rng = stream(plan.seed, 6, month.step)
    _write_invitations(folder / f"invited_csi_{month.id}.csv", plan, clean, rng)
    return planted


def _write_dealer(folder: Path, plan: Plan, month: Month) -> list[Planted]:
    """The dealer-satisfaction workbook of a month and its invitations."""
    clean = _clean(plan, month, dealer=True)
    dirty = _dirty(plan, month, SHEET, len(clean), dealer=True)
    first = (month.year % 100 * 100 + month.month) * 100_000
    everyone = _numbered(clean + dirty, first, "D")
    rows, faults = table(everyone, SHEET, stream(plan.seed, 7, month.step))
    path = folder / f"dealer_satisfaction_{month.id}.xlsx"
    write_workbook(
        path,
        title=f"经销商服务总体满意度调查 {month.id}",
        notes="分值为1至10分；“不适用”表示没有用到该项服务；日期为文本。",
        sheet_name="答卷数据",
        headers=SHEET.headers,
        rows=rows,
        created=month.closes,
    )
    rng = stream(plan.seed, 8, month.step)
    _write_invitations(folder / f"invited_dealer_{month.id}.csv", plan, clean, rng)
    return [(path.name, row, reason) for row, reason in faults]


def _file_of(branch: Branch, month: Month) -> str:
    return FILE_OF_REGION[branch.latest(month).region]


def _clean(plan: Plan, month: Month, dealer: bool) -> list[Response]:
    drawn: list[Response] = []
    for branch in plan.network:
        own = plan.own[branch.id]
        drawn += responses_of(branch, own, month, plan.responses, plan.seed, dealer)
    return drawn


def _dirty(plan: Plan, month: Month, layout: Layout, clean: int, dealer: bool, spared: str = "") -> list[Response]:
    """Further responses, each with one fault, from branches without a story: every fault of the
    layout in turn, until they are 1.5 % of the rows and each has come up at least once."""
    plain = [branch for branch in plan.network if branch.id not in STORIES and _file_of(branch, month) != spared]
    narrow = [branch for branch in plain if len(branch.latest(month).divisions) < 3]
    rng = stream(plan.seed, 4 if dealer else 3, month.step)
    drawn: list[Response] = []
    wanted, rows = round(DIRTY * clean), 0
    while rows < wanted or len(drawn) < len(layout.faults):
        fault = layout.faults[len(drawn) % len(layout.faults)]
        branch = pick(rng, narrow if fault == "division_not_served" else plain)
        own = plan.own[branch.id]
        divisions = branch.latest(month).divisions
        factors = {each: means(branch, own, each, month, dealer) for each in divisions}
        days = branch.open_days(month)
        response = respond(rng, branch, own, month, days, factors, dealer)
        spoil(response, fault, rng, month, plan.network)
        drawn.append(response)
        rows += 2 if fault == "conflicting_duplicate" else 1
    return drawn


def _numbered(responses: list[Response], first: int, prefix: str) -> list[Response]:
    """In the order they were handed in, as a tool numbers and exports them."""
    ordered = sorted(responses, key=lambda response: response.answered_at)
    for number, response in enumerate(ordered):
        response.respondent = f"{prefix}{first + 7 * number + number * number % 7}"
    return ordered


def _turn_scale(group: list[Response]) -> None:
    """The mistake that the re-sent file puts right: twelve questionnaires of one branch were keyed
    with 1 as the best answer."""
    for response in [each for each in group if each.branch.id == CORRECTED][:12]:
        response.answers = [11 - a if a > 0 else a for a in response.answers]


def _write_invitations(path: Path, plan: Plan, clean: Sequence[Response], rng: Random) -> None:
    """How many customers each branch invited: from 20 to 45 % of them answered."""
    answered = Counter(response.branch for response in clean)
    rows: list[Row] = []
    for branch, count in answered.items():
        rate = plan.own[branch.id].response_rate + 0.03 * (rng.random() - 0.5)
        rows.append([branch.id, branch.name, int(count / rate + 0.5)])
    write_csv(path, ("经销商代码", "经销商名称", "发出邀请数"), rows, gb18030=False)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One run at a time in a folder: the next one waits, and clears what a killed one left."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left in folder.glob(f"{BUILDING}*"):
            shutil.rmtree(left)
        yield
    finally:
        os.close(handle)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the example programme's inbox.")
    parser.add_argument("--out", type=Path, default=INBOX, help="the inbox to write")
    parser.add_argument("--months", type=int, default=HISTORY, help="up to 14, ending 2025-10")
    parser.add_argument("--responses", type=int, default=60, help="per branch and month, about")
    parser.add_argument("--branches", type=int, default=60, help="up to 60, stories first")
    given = parser.parse_args(arguments)
    wanted = {
        "months": given.months,
        "responses": given.responses,
        "branches": given.branches,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with _alone(given.out.parent):
        if is_current(given.out, **wanted):
            print(f"{given.out} is up to date")
            return
        try:
            generate(given.out, **wanted)
        except ValueError as error:
            parser.error(str(error))
    files = sum(path.is_file() for path in given.out.rglob("*"))
    print(f"{given.out}: {given.months} months, {files} files")


if __name__ == "__main__":
    main()
