"""Branches over time: in which unit of a level a response counts, and which units there are."""

from collections import defaultdict
from collections.abc import Iterable

from pipeline.recompute.case import BRANCH_FIELDS, Branch, Case, Instrument, Row
from pipeline.recompute.months import first_day, last_day

Unit = tuple[str, str]  # level, unit

NETWORK: Unit = ("network", "network")
AS_IS = {"branch_as_is": "branch", "region_as_is": "region"}
PEERS = "peers"  # not a level of the tables: the other branches of a branch's peer group


class Places:
    """Where responses count, as it was in their month, and as it is in the month of the run."""

    def __init__(self, case: Case, period: str) -> None:
        self.case = case
        self.period = period
        self._in_force: dict[str, dict[str, Branch]] = {}
        self._groupings = {one.id: one.by for one in case.groupings}

    def in_force(self, period: str) -> dict[str, Branch]:
        """Where each branch is in a month: its last stretch in force in it."""
        if period not in self._in_force:
            self._in_force[period] = {
                one.id: one
                for one in sorted(self.case.branches, key=lambda one: one.valid_from)
                if one.valid_from <= last_day(period) and one.valid_to >= first_day(period)
            }
        return self._in_force[period]

    def levels(self, instrument: Instrument) -> tuple[str, ...]:
        part = ("part",) if instrument.rule == "mean_of_dimensions" else ()
        return ("branch", *part, "region", "division", "network", *self._groupings, *AS_IS)

    def ranked(self, level: str) -> bool:
        return level in ("branch", "region", "division") or level in self._groupings

    # ── a response ───────────────────────────────────────────────────────────────────────

    def field(self, row: Row, name: str) -> str:
        """What a response has in a field; '' where nothing is known."""
        if name not in BRANCH_FIELDS or name == "branch":
            return str(row.get(name) or "")
        return self.branch_field(row["branch"], name, row["period"])

    def branch_field(self, branch: str, name: str, period: str) -> str:
        here = self.in_force(period).get(branch)
        if here is None:
            return ""
        return {"branch": here.id, "region": here.region, "branch_tier": here.tier, "peer": here.peer}[name]

    def unit(self, level: str, row: Row) -> str | None:
        """The unit of a level that a response counts in, None if in none."""
        branch, division = str(row["branch"]), str(row["division"] or "")
        if level == "branch":
            return branch
        if level == "network":
            return "network"
        if level == "part":
            return f"{branch}/{division}"
        if level == "division":
            return division or None
        if level in AS_IS:
            return self._now(level, branch)
        by = ("region",) if level == "region" else self._groupings[level]
        values = [self.field(row, name) for name in by]
        return "/".join(values) if all(values) else None  # no unit of what is not known

    def _now(self, level: str, branch: str) -> str | None:
        """The unit of a branch in the month of the run; None where it is closed and nobody is its heir."""
        here = self.in_force(self.period).get(self.seen_now(branch))
        return None if here is None else here.id if level == "branch_as_is" else here.region

    def seen_now(self, branch: str) -> str:
        """Which branch a branch's responses count for now: itself while it is open, its successor, and
        that one's, where it is closed and its row says that the successor inherits."""
        seen = {branch}
        while branch not in self.in_force(self.period):
            rows = [one for one in self.case.branches if one.id == branch]
            last = max(rows, key=lambda one: one.valid_from, default=None)
            if last is None or last.valid_from > last_day(self.period) or not last.inherits:
                break
            if not last.successor or last.successor in seen:
                break
            branch = last.successor
            seen.add(branch)
        return branch

    def are_peers(self, branch: str, other: str, period: str) -> bool:
        """Whether another branch is of the same peer group in a month; without fields all are."""
        return branch != other and all(
            self.branch_field(branch, name, period) == self.branch_field(other, name, period)
            for name in self.case.peers
        )

    # ── units ────────────────────────────────────────────────────────────────────────────

    def roster(self, instrument: Instrument, period: str, heard: Iterable[Row]) -> dict[Unit, set[str]]:
        """Every unit a month must account for -> the divisions it serves. heard: the responses of the
        windows that end in it; they make the units of groupings by what only a response knows."""
        found: dict[Unit, set[str]] = defaultdict(set)
        found[NETWORK] = set()
        for level in self.levels(instrument):
            for branch in self.in_force(period).values():
                for division in branch.divisions:
                    unit = self._placed(level, branch, division)
                    if unit is not None:
                        found[level, unit].add(division)
        by_answer = [one.id for one in self.case.groupings if not {*one.by} <= {*BRANCH_FIELDS, "division"}]
        for row in heard if by_answer else ():
            for level in by_answer:
                unit = self.unit(level, row)
                if unit is not None:
                    found[level, unit] |= set()
        return dict(found)

    def branches_of(self, level: str, unit: str, period: str) -> set[str]:
        """The branches that are in a unit in a month, so far as that follows from the branch and what it
        serves; of a unit by what only a response knows, all."""
        open_now = self.in_force(period).values()
        if not {*self._groupings.get(level, ())} <= {*BRANCH_FIELDS, "division"}:
            return {one.id for one in open_now}
        return {one.id for one in open_now if any(self._placed(level, one, d) == unit for d in one.divisions)}

    def _placed(self, level: str, branch: Branch, division: str) -> str | None:
        """The unit of a branch and a division; None of a grouping by what only a response knows."""
        built_in = {
            "branch": branch.id, "part": f"{branch.id}/{division}", "region": branch.region, "division": division,
            "network": "network",
        }  # fmt: skip
        if level in built_in:
            return built_in[level]
        if level in AS_IS:
            return self._now(level, branch.id)
        known = {
            "branch": branch.id, "region": branch.region, "branch_tier": branch.tier, "peer": branch.peer,
            "division": division,
        }  # fmt: skip
        by = self._groupings[level]
        if not set(by) <= set(known) or not all(known[name] for name in by):
            return None
        return "/".join(known[name] for name in by)
