"""The lists of a derivation: what is left out, the exports, the responses; long ones are cut short."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.explain.derivation import Derivation
from pipeline.inspection.shown import shorten

MOST = 12  # rows of a list on the screen; --json has all


def excluded(found: Derivation) -> Group:
    """Quarantined rows, soft flags and corrections."""
    what = found.exclusions
    about = "it" if found.level == "branch" else "one of its branches"
    lines: list[RenderableType] = [
        Text("Left out and marked", style="bold"),
        Text(f"quarantined rows of {found.period} that name {about}: {len(what.quarantined):,}"),
    ]
    if what.quarantined:
        table = Table.grid(padding=(0, 2, 0, 0))
        for one in what.quarantined[:MOST]:
            told = ", ".join(reason.replace("_", " ") for reason in one.reasons)
            table.add_row("", Text(shorten(one.file, 36)), f"row {one.row:,}", Text(told))
        lines += [table, *_more(len(what.quarantined))]
    if what.unplaced:
        lines.append(Text(f"quarantined rows that name no branch there is: {what.unplaced:,}"))
    lines += [Text(f"not in the inbox as it was, and not told by branch: {shorten(one, 40)}") for one in what.unread]
    for flag in what.flagged:
        rows = _listed([f"{row:,}" for _, row in flag.rows])
        name = flag.flag.replace("_", " ")
        lines.append(Text(f"soft flag {name}, counted all the same: {flag.count:,} (rows {rows})"))
    for cell in what.corrected:
        lines.append(Text(
            f"corrected: {shorten(cell.file, 30)} row {cell.row:,}, {cell.field}: {cell.old!r} to {cell.new!r}; "
            f"{cell.reason} ({cell.provider})"
        ))  # fmt: skip
    return Group(*lines)


def inputs(found: Derivation, width: int) -> Group | None:
    if not found.inputs:
        return None
    lines: list[RenderableType] = [Text("Exports behind it, with SHA-256", style="bold")]
    for one in found.inputs:
        lines.append(Text(f"{one.period}  {shorten(one.file, width - 30)}  {one.responses:,} responses"))
        lines.append(Text(f"  {one.sha256 or 'not in run.json'}", style="dim"))
    return Group(*lines)


def responses(found: Derivation) -> Group | None:
    if not found.responses:
        return None
    ids = [f"{one.respondent} (row {one.row:,})" for one in found.responses]
    return Group(
        Text("Responses behind it", style="bold"),
        Text(_listed(ids, 2 * MOST)),
    )


def _more(count: int) -> Iterable[RenderableType]:
    return [Text(f"  and {count - MOST:,} more: --json has all", style="dim")] if count > MOST else []


def _listed(texts: list[str], most: int = MOST) -> str:
    more = f" and {len(texts) - most:,} more: --json has all" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
