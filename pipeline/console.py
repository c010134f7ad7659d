"""What a person sees while a month is made: progress, then one short table. 80 columns."""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console as Rich
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from pipeline.admitted import Admitted
from pipeline.figures import Tables
from pipeline.ledger import NAME, Entry
from pipeline.plan import Plan
from pipeline.refusal import Refusal
from pipeline.review import Standing

if TYPE_CHECKING:  # reads PDFs
    from pipeline.read_numbers import Finding


class Console:
    """Progress bars on a terminal; plain lines elsewhere. Results to stdout, errors to stderr."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that cannot show Chinese stops no run
            sys.stdout.reconfigure(errors="backslashreplace")
        self._out = Rich(highlight=False, soft_wrap=True, emoji=False)
        self._err = Rich(stderr=True, highlight=False, soft_wrap=True, emoji=False)
        self._live = sys.stdout.isatty()

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
        """A stage under way; call what it yields with the name of each thing done."""
        if not self._live:
            self._out.print(name, markup=False)
            yield lambda _: None
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(20),
            TextColumn("{task.fields[item]}", markup=False),
        )
        with Progress(*columns[:3], MofNCompleteColumn(), columns[3], console=self._out, transient=True) as progress:
            task = progress.add_task(name, total=total, item="")
            yield lambda item: progress.update(task, advance=1, item=item[-40:])
        self._out.print(f"[green]✓[/] {name}")

    def intake(self, admitted: Admitted) -> None:
        """Per file: rows read, accepted, quarantined; then the reasons."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("File", overflow="fold")
        for head in ("read", "accepted", "quarantined"):
            table.add_column(head, justify="right")
        for one in admitted.files:
            if one.same_as:
                table.add_row(Text(f"{one.file}\n  same bytes as {one.same_as}"), "", "", "")
            else:
                table.add_row(Text(one.file), *(f"{count:,}" for count in (one.read, one.accepted, one.quarantined)))
        table.add_section()
        totals = [sum(getattr(one, name) for one in admitted.files) for name in ("read", "accepted", "quarantined")]
        table.add_row("together", *(f"{total:,}" for total in totals), style="bold")
        self._out.print()
        self._out.print(table)
        if admitted.reasons:
            self._out.print()
            why = Table(box=None, pad_edge=False, header_style="bold")
            why.add_column("Quarantined because")
            why.add_column("rows", justify="right")
            for reason, rows in admitted.reasons.items():
                why.add_row(reason.replace("_", " "), f"{rows:,}")
            self._out.print(why)
        self._decided(admitted)

    def _decided(self, admitted: Admitted) -> None:
        """What was re-sent, corrected and waived, and what there is to note; a line each."""
        lines = []
        told = admitted.changes.group_by("file", "change").len()
        counts = {(file, change): rows for file, change, rows in told.iter_rows()}
        for file in dict.fromkeys(admitted.changes["file"]):
            parts = [f"{counts.get((file, change), 0):,} {change}" for change in ("same", "changed", "came", "went")]
            lines.append(f"{file}: re-sent; {', '.join(parts)}.")
        if admitted.fixed:
            lines.append(f"Cells corrected as declared: {len(admitted.fixed):,}.")
        waived = admitted.quarantine.filter("waived").select("file", "row").n_unique()
        if waived:
            lines.append(f"Quarantined rows that are waived and do not count at the gate: {waived:,}.")
        lines += admitted.notes
        if lines:
            self._out.print()
        for line in lines:
            self._out.print(Text(line))

    def scored(self, tables: Tables, planned: Plan) -> None:
        """Per instrument: the network's index and how many branches are shown."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for head, justify in (("Instrument", "left"), ("index", "right"), ("95 % interval", "right"), ("n", "right"),
                              ("ranked", "right"), ("unranked", "right"), ("withheld", "right")):  # fmt: skip
            table.add_column(head, justify="right" if justify == "right" else "left")
        period = str(planned.month)
        for one in planned.asked:
            network = tables.figure(period, one.id, "network", "network")
            flags = [
                row["flag"] for key, row in tables.scores.items()
                if key[:3] == (period, one.id, "branch") and key[4:] == ("index", "mean", "month")
            ]  # fmt: skip
            ranked, withheld = flags.count("ok"), flags.count("withheld") + flags.count("none")
            table.add_row(
                one.id, str(network.estimate or "—"),
                "—" if network.low is None else f"{network.low} to {network.high}", f"{network.n:,}",
                str(ranked), str(len(flags) - ranked - withheld), str(withheld),
            )  # fmt: skip
        self._out.print()
        self._out.print(table)
        if tables.restated is not None:
            number = planned.site.revision(planned.month)
            self._out.print()
            self._out.print(
                f"Revision {number} of {period}: figures that differ from the revision before: "
                f"{len(tables.restated):,} (restatement.csv).",
                markup=False,
            )

    def where(self, folder: Path, names: tuple[str, ...]) -> None:
        """Where to look."""
        self._out.print()
        self._out.print(f"In {_near(folder)}:", markup=False)
        for name in names:
            self._out.print(f"  {name}{self._count(folder / name)}", markup=False)

    def found(self, name: str, findings: Sequence["Finding"]) -> None:
        """A sentence each, and the verdict."""
        for one in findings:
            self._out.print(Text(f"{'✓' if one.agrees else '✗'} {one.sentence}"))
        wrong = sum(not one.agrees for one in findings)
        self._out.print()
        told = f"{wrong} of {len(findings)} checks do not agree." if wrong else "Everything agrees."
        self._out.print(Text(f"{name}: {told}"))

    def noted(self, entry: Entry) -> None:
        """What was added to the ledger."""
        what = f"{entry.branch} {entry.act}" if entry.branch else "signed off"
        self._out.print(Text(f"{entry.period}: {what} by {entry.by}, {entry.at}. Noted in {NAME}."))
        if not entry.branch:
            self._out.print("csi report prints its pages as final.", markup=False)

    def standing(self, now: Standing) -> None:
        """Each scorecard's state; then how far the month is."""
        table = Table(box=None, pad_edge=False, header_style="bold", width=80)
        for head in ("Branch", "State", "By", "At", "Note"):
            table.add_column(head, overflow="fold", no_wrap=head == "Branch")
        for one in now.states:
            entry = one.entry
            if entry is None:
                table.add_row(one.branch, "not reviewed")
            else:
                state = f"{entry.act}, stale" if one.stale else entry.act
                table.add_row(*map(Text, (one.branch, state, entry.by, entry.at[:16], entry.note)))
        self._out.print(table)
        self._out.print()
        reviewed = sum(one.reviewed for one in now.states)
        revision = f", revision {now.revision}" if now.revision > 1 else ""
        lines = [
            f"{now.period}{revision}: {reviewed} of {len(now.states)} reviewed. Its pages are printed as {now.printed}."
        ]
        if any(one.stale for one in now.states):
            lines.append("Stale: printed anew with other bytes since it was looked at.")
        if now.signed_off is not None:
            lines.append(f"Signed off by {now.signed_off.by}, {now.signed_off.at}.")
            if now.printed == "provisional":
                lines.append("Its pages still say provisional: print them with csi report.")
        if now.cut_off:
            cut = ", ".join(map(str, now.cut_off))
            lines.append(f"{NAME}: cut off by a crash, so nothing was noted: line {cut}.")
        for line in lines:
            self._out.print(Text(line))

    def refused(self, refusal: Refusal) -> None:
        """Every problem on a line of its own."""
        self._err.print()
        for one in refusal.problems:
            self._err.print(f"✗ {one}", markup=False, style="red" if self._err.is_terminal else None)

    @staticmethod
    def _count(path: Path) -> str:
        return f"/  {sum(1 for _ in path.iterdir())} files" if path.is_dir() else ""


def _near(folder: Path) -> str:
    """A path as short as it can be told from here."""
    here = Path.cwd()
    inside = folder.is_relative_to(here) and here != Path(here.anchor)
    return str(folder.relative_to(here) if inside else folder)
