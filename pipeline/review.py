"""Headquarters looks at the scorecards of a month: reviewed, returned, signed off.

A review is of the bytes of one PDF: printed anew with other bytes it is stale. A month is signed off by its
figures: from then on it is closed, its pages are printed as final, and other figures need a revision.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import closing, ledger, programme, provenance
from pipeline.ledger import Act, Entry, Ledger
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.refusal import Refusal

_FIGURES = ("scores.csv", "comparisons.csv")
_LISTED = 5  # branches named in a refusal


@dataclass(frozen=True)
class Asked:
    """period: None for the newest published month. at: None for now."""

    programme: Path
    period: str | None
    by: str | None = None
    note: str = ""
    at: str | None = None


@dataclass(frozen=True)
class State:
    """Of one scorecard. entry: what was last noted of it. stale: it was printed anew with other bytes since."""

    branch: str
    entry: Entry | None
    stale: bool

    @property
    def reviewed(self) -> bool:
        return self.entry is not None and self.entry.act == "reviewed" and not self.stale


@dataclass(frozen=True)
class Standing:
    """Of a published month. printed: the status its pages bear."""

    period: str
    revision: int
    run_id: str
    printed: str
    states: tuple[State, ...]
    signed_off: Entry | None
    cut_off: tuple[int, ...]


def standing(asked: Asked) -> Standing:
    """Raises Refusal where no such month is published, or its ledger was meddled with."""
    site, month, facts = _published(asked)
    return _standing(month, facts, ledger.read(site.output))


def note(asked: Asked, branch: str, act: Act) -> Entry:
    """Notes that a scorecard was reviewed or returned. Raises Refusal where that cannot be."""
    site, month, facts = _published(asked)
    now = _standing(month, facts, ledger.read(site.output))
    cards = _cards(facts)
    by = _by(asked)
    if branch not in cards:
        raise Refusal(f"{branch!r} has no scorecard of {month}. There are {len(cards):,}: {_some(sorted(cards))}.")
    if now.signed_off is not None:
        raise Refusal(
            f"{month} is signed off ({now.signed_off.by}, {now.signed_off.at}). What comes to light now needs a "
            f"[[revision]] in {site.file.name}."
        )
    if act == "returned" and not asked.note.strip():
        raise Refusal("A scorecard that is returned needs a reason: --note TEXT.")
    name, digest = cards[branch]
    path = site.output / str(month) / name
    if not path.is_file() or provenance.file_digest(path) != digest:
        raise Refusal(f"{site.shown(path)}: not as it was published. Print the month again with csi report.")
    return ledger.append(site.output, _entry(site, asked, now, act, by, branch, digest))


def sign_off(asked: Asked) -> Entry:
    """Signs a month off. Raises Refusal naming the scorecards that stand in the way."""
    site, month, facts = _published(asked)
    now = _standing(month, facts, ledger.read(site.output))
    by = _by(asked)
    if now.signed_off is not None:
        raise Refusal(f"{month} was signed off already ({now.signed_off.by}, {now.signed_off.at}).")
    if now.printed in closing.CLOSED:
        raise Refusal(
            f'{month} was published as {now.printed}: status = "final" in {site.file.name} needs no sign-off.'
        )
    problems = [*_in_the_way(now), *(f"{name} could not be printed." for name in facts.get("failed", {}))]
    if problems:
        raise Refusal([*problems, f"{month} is not signed off: every scorecard must be reviewed and none returned."])
    folder = site.output / str(month)
    if any(provenance.file_digest(folder / name) != facts["outputs"].get(name) for name in _FIGURES):
        raise Refusal(f"{site.shown(folder)}: its figures are not as they were published. Run the month again.")
    return ledger.append(site.output, _entry(site, asked, now, "signed_off", by, "", figures(folder)))


def check(site: Site, month: Month, folder: Path) -> Entry | None:
    """The sign-off that the pages in `folder` are printed under, if any. Raises Refusal where the month is signed
    off and the figures in `folder` are others; or was published as signed off, and the ledger has lost it."""
    revision = site.revision(month)
    signed = ledger.read(site.output).signed_off(str(month), revision)
    facts = closing.published(site, month) or {}
    told = facts.get("signed_off")
    if told and facts.get("revision") == revision and (signed is None or signed.sha256 != told.get("sha256")):
        raise Refusal(
            f"{site.shown(site.output / ledger.NAME)}: lacks the line by which {month} was signed off "
            f"({told.get('by')}, {told.get('at')}). Put the file back from a copy."
        )
    if signed is not None and signed.subject != figures(folder):
        raise Refusal(
            f"{month} is signed off as revision {revision} ({signed.by}, {signed.at}), and its figures would no longer "
            f"be the same: a definition, a setting or the program is not what it was. Put it back, or open revision "
            f"{revision + 1} in {site.file.name}."
        )
    return signed


def figures(folder: Path) -> str:
    """SHA-256 that stands for the figures of a month."""
    digests = "".join(provenance.file_digest(folder / name) for name in _FIGURES)
    return hashlib.sha256(digests.encode()).hexdigest()


def _published(asked: Asked) -> tuple[Site, Month, dict[str, Any]]:
    site = programme.load(asked.programme)
    months = sorted(Month.parse(one.name) for one in site.output.glob("[0-9]*-[0-9]*") if (one / "run.json").is_file())
    month = Month.parse(asked.period) if asked.period else max(months, default=None)
    facts = closing.published(site, month) if month else None
    if month is None or facts is None:
        known = ", ".join(map(str, months[-3:])) or "none"
        raise Refusal(f"{site.shown(site.output)}: {month or 'no month'} is not published. Published: {known}.")
    return site, month, facts


def _standing(month: Month, facts: dict[str, Any], known: Ledger) -> Standing:
    revision = int(facts.get("revision", 1))
    last = {one.branch: one for one in known.of(str(month), revision) if one.branch}
    signed = known.signed_off(str(month), revision)
    states = tuple(
        State(branch, entry := last.get(branch), entry is not None and signed is None and entry.subject != digest)
        for branch, (_, digest) in sorted(_cards(facts).items())
    )
    return Standing(str(month), revision, facts["run_id"], facts["status"], states, signed, known.cut_off)


def _cards(facts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """branch -> (file, SHA-256): the scorecards in the programme's first language, else in the first there is."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name, digest in sorted(facts["outputs"].items()):
        folder, _, file = name.rpartition("/")
        if folder.startswith("scorecards") and file.endswith(".pdf"):
            found.setdefault(folder, {})[file.removesuffix(".pdf")] = (name, digest)
    return found.get("scorecards") or next(iter(found.values()), {})


def _in_the_way(now: Standing) -> Iterator[str]:
    if not now.states:
        yield "There is no scorecard."
    groups = {
        "returned": [one.branch for one in now.states if one.entry and one.entry.act == "returned"],
        "printed anew since they were reviewed": [
            one.branch for one in now.states if one.stale and one.entry and one.entry.act == "reviewed"
        ],
        "not reviewed": [one.branch for one in now.states if one.entry is None],
    }
    for told, branches in groups.items():
        if branches:
            yield f"{len(branches):,} {told}: {_some(branches)}."


def _some(branches: list[str]) -> str:
    more = f" and {len(branches) - _LISTED:,} more" if len(branches) > _LISTED else ""
    return ", ".join(branches[:_LISTED]) + more


def _by(asked: Asked) -> str:
    if not (asked.by or "").strip():
        raise Refusal("Say who: --by NAME.")
    return str(asked.by)


def _entry(site: Site, asked: Asked, now: Standing, act: Act, by: str, branch: str, subject: str) -> Entry:
    return Entry(_at(site, asked), act, now.period, now.revision, now.run_id, branch, by, asked.note, subject)


def _at(site: Site, asked: Asked) -> str:
    """The only clock of the program: when a person did something is no figure."""
    if asked.at is None:
        return datetime.now(site.zone).isoformat(timespec="seconds")
    try:
        given = datetime.fromisoformat(asked.at)
    except ValueError:
        raise Refusal(f"--at {asked.at}: not a time such as 2025-11-12T09:30.") from None
    local = given.replace(tzinfo=site.zone) if given.tzinfo is None else given
    return local.isoformat(timespec="seconds")
