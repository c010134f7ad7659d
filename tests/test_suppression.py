"""No withheld figure follows from what is published, in this month's run and in those before it.

The sums behind the figures are unknowns, one for each atom and variable; what is published is a linear
function of them with known coefficients, as an attacker would know who knows every base. `Span` says
exactly what follows from that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import instrument, kept_back, programme, score, warehouse
from pipeline.month import Month
from pipeline.recompute.case import Branch, Case, Factor, Instrument, Item
from pipeline.recompute.months import months_before
from tests.build import frame, read, response, score_accepted
from tests.linear import Span
from tests.trials import tried

RULE = (score.SQL / "78_suppression.sql").read_text("utf-8")
AGAIN = (score.SQL / "79_revised.sql").read_text("utf-8")
SINGLE = Instrument("single", (Factor("all", (Item("q1"),)),))
JANUARY = 12 * 2025 + 1
Atom = tuple[int, str, str]  # month, branch, rest
Cell = tuple[str, str, str, int, int]  # measure, level, unit, months after `start` up to `month_no`
Places = Callable[[Atom], dict[str, str]]
WINDOWS = {"month": 1, "rolling_3": 3, "rolling_12": 12}


def plain(atom: Atom) -> dict[str, str]:
    """One region, and divisions."""
    return {"branch": atom[1], "region": "R", "division": atom[2], "network": "network"}


@dataclass(frozen=True)
class World:
    """counts: responses of each atom; of several variables if `variables` says in how many of ten a
    variable is answered. parted: figures are means over the divisions."""

    counts: Mapping[Atom, int]
    places: Places = plain
    parted: bool = False
    variables: Mapping[str, int] = field(default_factory=lambda: {"v": 10})
    indexed: bool = False
    below: int = 10

    def n(self, atom: Atom, variable: str) -> int:
        return self.counts[atom] * self.variables[variable] // 10

    def months(self) -> range:
        return range(min(atom[0] for atom in self.counts), max(atom[0] for atom in self.counts) + 1)

    def windows(self, last: int) -> dict[tuple[str, int], int]:
        """(window, end) -> start, of what a run of month `last` publishes. It reads 14 months, also what is before a
        window."""
        first = max(last - 13, self.months()[0])
        found = {}
        for end in range(first, last + 1):
            for name, length in {**WINDOWS, "year_to_date": (end - 1) % 12 + 1}.items():
                if end - length >= max(last - 13, first - 1) and all(
                    any(atom[0] == month for atom in self.counts) for month in range(end - length + 1, end + 1)
                ):
                    found[name, end] = end - length
        return found


def withheld(
    world: World,
    last: int,
    rule: str = RULE,
    before: Mapping[Cell, int] | None = None,
    now: Mapping[str, str] | None = None,
) -> set[Cell]:
    """What the SQL withholds in a run of month `last`. before: what revisions before withheld, and its base. now: the
    region of each branch as is."""
    before = before or {}
    connection = duckdb.connect()
    connection.execute(f"SET threads = 1; SET VARIABLE withheld_below = {world.below}")
    connection.execute(
        """CREATE MACRO month_number(period) AS 12 * CAST(period[1:4] AS INTEGER) + CAST(period[6:7] AS INTEGER);
        CREATE TABLE atom (instrument VARCHAR, variable VARCHAR, month_no INTEGER, branch VARCHAR, rest VARCHAR,
                           n HUGEINT);
        CREATE TABLE seat (instrument VARCHAR, month_no INTEGER, branch VARCHAR, rest VARCHAR,
                           part VARCHAR, level VARCHAR, unit VARCHAR, as_is BOOLEAN);
        CREATE TABLE span (instrument VARCHAR, window_id VARCHAR, period VARCHAR, month_no INTEGER, start INTEGER,
                           last BOOLEAN);
        CREATE TABLE made_of (instrument VARCHAR, measure VARCHAR, variable VARCHAR, item BOOLEAN);
        CREATE TABLE before (instrument VARCHAR, measure VARCHAR, window_id VARCHAR, period VARCHAR, level VARCHAR,
                             unit VARCHAR, n BIGINT, small BOOLEAN)"""
    )
    load(connection, "before", [
        ("i", measure, name, period(end), level, unit, n, n < world.below)
        for (measure, level, unit, *window), n in before.items()
        for (name, end), start in world.windows(last).items() if [start, end] == window
    ])  # fmt: skip
    seen = [atom for atom in world.counts if last - 13 <= atom[0] <= last]
    load(connection, "atom", [
        ("i", variable, *atom, world.n(atom, variable))
        for atom in seen for variable in world.variables if world.n(atom, variable)
    ])  # fmt: skip
    load(connection, "seat", [
        ("i", *atom, atom[2] if world.parted else "", level, unit, False)
        for atom in seen for level, unit in world.places(atom).items()
    ] + [("i", *atom, "", "region_as_is", now[atom[1]], True) for atom in seen if now])  # fmt: skip
    load(connection, "span", [
        ("i", name, period(end), end, start, end == last) for (name, end), start in world.windows(last).items()
    ])  # fmt: skip
    load(connection, "made_of", [
        ("i", measure, variable, False) for variable in world.variables
        for measure in (variable, *(["index"] if world.indexed else []))
    ])  # fmt: skip
    connection.execute(rule)
    connection.execute(AGAIN)
    starts = world.windows(last)
    rows = connection.execute("SELECT measure, level, unit, window_id, month_number(period) FROM withheld").fetchall()
    return {(measure, level, unit, starts[window, end], end) for measure, level, unit, window, end in rows}


def load(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        connection.execute(f"INSERT INTO {table} VALUES {', '.join(map(str, rows))}")  # plain ids and numbers


def period(month: int) -> str:
    return f"{(month - 1) // 12:04d}-{(month - 1) % 12 + 1:02d}"


def figures(world: World, last: int) -> dict[Cell, tuple[int, dict[tuple[Atom, str], Fraction]]]:
    """Every figure of a run before anything is withheld: its base, and its coefficients. An index weighs its
    variables 1, 2, 3 ..., and there each respondent weighs 1; the bases of parts are made uneven."""
    found: dict[Cell, tuple[int, dict[tuple[Atom, str], Fraction]]] = {}
    units: dict[tuple[str, str], list[Atom]] = {}
    for atom in world.counts:
        for place in world.places(atom).items():
            units.setdefault(place, []).append(atom)
    for start, end in {(start, end) for (_, end), start in world.windows(last).items()}:
        for (level, unit), atoms in units.items():
            index: dict[tuple[Atom, str], Fraction] = {}
            for weight, variable in enumerate(world.variables, start=1):
                inside = [atom for atom in atoms if start < atom[0] <= end and world.n(atom, variable)]
                bases: dict[str, int] = {}
                for atom in inside:
                    part = atom[2] if world.parted else ""
                    bases[part] = bases.get(part, 0) + world.n(atom, variable)
                row = {
                    (atom, variable): Fraction(1, len(bases) * bases[atom[2] if world.parted else ""])
                    for atom in inside
                }
                if row:
                    found[variable, level, unit, start, end] = (sum(bases.values()), row)
                    index |= {key: weight * value for key, value in row.items()}
            if index and world.indexed:
                bases_of = [found.get((v, level, unit, start, end), (0, {}))[0] for v in world.variables]
                found["index", level, unit, start, end] = (max(bases_of), index)
    return found


@dataclass(frozen=True)
class Outcome:
    small: int  # figures of a small base
    beside: int  # withheld with them
    shown: int
    recovered: list[Cell]
    reopened: list[Cell]  # withheld by one run, published by another
    naked: list[Cell]  # small and not withheld by the rule


def publish(world: World, runs: Iterable[int], rule: str | None = RULE) -> Outcome:
    """rule None: only what has a small base is withheld."""
    published: dict[Cell, dict[tuple[Atom, str], Fraction]] = {}
    hidden: dict[Cell, dict[tuple[Atom, str], Fraction]] = {}
    small: set[Cell] = set()
    naked = []
    for last in runs:
        kept = withheld(world, last, rule) if rule else set()
        for cell, (n, row) in figures(world, last).items():
            if n < world.below:
                small.add(cell)
                if rule and cell not in kept:
                    naked.append(cell)
            if n < world.below or cell in kept:
                hidden[cell] = row
            else:
                published[cell] = row
    known = Span(published.values())
    return Outcome(
        len(small), len(hidden) - len(small), len(published),
        sorted(cell for cell, row in hidden.items() if known.holds(row)),
        sorted(hidden.keys() & published.keys()), sorted(naked),
    )  # fmt: skip


def safe(world: World, runs: Iterable[int]) -> Outcome:
    outcome = publish(world, runs)
    assert outcome.naked == [], "a small base is not withheld"
    assert outcome.reopened == [], "one run publishes what another withholds"
    assert outcome.recovered == [], "a withheld figure follows from the published ones"
    return outcome


def steady(branches: Mapping[str, int], months: int, rests: tuple[str, ...] = ("PC",)) -> dict[Atom, int]:
    return {
        (JANUARY + month, branch, rest): n
        for month in range(months)
        for branch, n in branches.items()
        for rest in rests
    }


# ── cases made by hand ───────────────────────────────────────────────────────────────────


def one_small_branch() -> World:
    return World(steady({"A": 4, "B": 30, "C": 40}, 1))


def two_small_branches() -> World:
    return World(steady({"A": 4, "B": 5, "C": 40, "D": 50}, 1))


def small_month_inside_windows() -> World:
    return World({**steady({"A": 20, "B": 30, "C": 40}, 6), (JANUARY + 3, "A", "PC"): 4})


def always_small() -> World:
    return World(steady({"A": 5, "B": 30, "C": 40}, 15))


def tiny_for_ever() -> World:
    return World(steady({"A": 1, "B": 30, "C": 40}, 15))


def small_for_a_year() -> World:
    return World(steady({"A": 1, "B": 30, "C": 40}, 15), below=20)


def quarters_about_the_limit() -> World:
    """Three quarters and their year would give the fourth quarter away."""
    last = {(JANUARY + month, "A", "PC"): 1 for month in (12, 13, 14)}
    return World(steady({"A": 4, "B": 30, "C": 40}, 15) | last)


def a_division_ends() -> World:
    """What comes after a month is not known when it is published."""

    def places(atom: Atom) -> dict[str, str]:
        return {**plain(atom), "cross": f"{atom[1]}/{atom[2]}"}

    counts = {**steady({"A": 2}, 4, ("CV",)), (JANUARY + 3, "A", "NEV"): 4, (JANUARY + 4, "A", "NEV"): 2}
    return World(counts, places)


def lonely_branch() -> World:
    """The only branch of its region: the region's figure is the branch's."""

    def places(atom: Atom) -> dict[str, str]:
        return {"branch": atom[1], "region": {"A": "R1"}.get(atom[1], "R2"), "network": "network"}

    return World({**steady({"A": 20, "B": 30, "C": 40}, 4), (JANUARY + 2, "A", "PC"): 4}, places)


def overlapping_partitions() -> World:
    """Regions, peers, divisions and branch by division, all published."""

    def places(atom: Atom) -> dict[str, str]:
        _, branch, rest = atom
        return {
            "branch": branch, "region": branch[0], "peer": branch[1], "division": rest, "network": "network",
            "cross": f"{branch}/{rest}", "regional": f"{branch[0]}/{rest}",
        }  # fmt: skip

    counts = {
        (JANUARY + month, branch, rest): 12 + 3 * month + 5 * place
        for month in range(4)
        for place, branch in enumerate(("E1", "E1x", "E2", "W1", "W1x", "W2"))
        for rest in ("PC", "CV", "NEV")
    }
    return World({**counts, (JANUARY + 1, "E1", "CV"): 3, (JANUARY + 1, "W2", "PC"): 2}, places)


def means_over_divisions() -> World:
    """A branch's figure is the mean of its divisions': a small one follows from the others."""

    def places(atom: Atom) -> dict[str, str]:
        return {**plain(atom), "part": f"{atom[1]}/{atom[2]}"}

    counts = {
        (JANUARY + month, branch, rest): 13 + month + 7 * place
        for month in range(4)
        for place, branch in enumerate("ABC")
        for rest in ("PC", "CV")
    }
    return World({**counts, (JANUARY + 1, "A", "CV"): 3}, places, parted=True)


def chain_of_cycles() -> World:
    """Each branch is small in one month, its neighbour in the next."""
    counts = steady({"A": 20, "B": 21, "C": 22, "D": 23}, 8)
    return World({**counts, **{(JANUARY + month, "ABCD"[month % 4], "PC"): 4 + month % 3 for month in range(8)}})


def closes_and_moves() -> World:
    """The small branch is gone in the next month; another small one moves to another region."""

    def places(atom: Atom) -> dict[str, str]:
        month, branch, _ = atom
        moved = branch == "B" and month > JANUARY + 4
        return {"branch": branch, "region": "R2" if branch in "EF" or moved else "R1", "network": "network"}

    counts = steady({"A": 20, "B": 25, "C": 30, "D": 40, "E": 35, "F": 45}, 8)
    counts |= {(JANUARY + 2, "A", "PC"): 4, (JANUARY + 4, "B", "PC"): 6}
    return World({atom: n for atom, n in counts.items() if atom[1] != "A" or atom[0] <= JANUARY + 2}, places)


def small_before_what_a_run_reads() -> World:
    """What was withheld for a month stays so in the runs that do not read that month any more."""
    return World({**steady({"A": 20, "B": 30, "C": 40}, 17), (JANUARY + 2, "A", "PC"): 4})


def always_small_and_moves() -> World:
    """What ends with its last month in a region stays when another month is added to it."""

    def places(atom: Atom) -> dict[str, str]:
        month, branch, _ = atom
        moved = branch == "A" and month > JANUARY + 9
        return {"branch": branch, "region": "R2" if branch in "DE" or moved else "R1", "network": "network"}

    return World(steady({"A": 5, "B": 30, "C": 40, "D": 35, "E": 45}, 14), places)


def a_factor_few_answer() -> World:
    """The index and the other factor would give the small factor away."""
    return World(steady({"A": 20, "B": 60, "C": 70}, 4), variables={"v": 10, "w": 4}, indexed=True)


BY_HAND = [
    one_small_branch, two_small_branches, small_month_inside_windows, always_small, tiny_for_ever,
    small_for_a_year, quarters_about_the_limit, a_division_ends, lonely_branch,
    overlapping_partitions, means_over_divisions, chain_of_cycles, closes_and_moves, always_small_and_moves,
    small_before_what_a_run_reads, a_factor_few_answer,
]  # fmt: skip


@pytest.mark.parametrize("make", BY_HAND)
def test_nothing_withheld_follows_from_what_all_months_publish(make: Callable[[], World]) -> None:
    world = make()
    outcome = safe(world, world.months())
    assert outcome.small > 0
    assert outcome.shown > outcome.beside or make is a_division_ends


@pytest.mark.parametrize("make", [m for m in BY_HAND if m not in (two_small_branches, a_division_ends)])
def test_without_the_rule_it_does_follow(make: Callable[[], World]) -> None:
    world = make()
    assert publish(world, world.months(), None).recovered != []


@pytest.mark.parametrize(
    ("part", "instead", "make"),
    [
        ("n.cell IS NOT NULL AS again", "true AS again", closes_and_moves),
        ("s.rest, s.places)", "s.rest, n.places)", closes_and_moves),
        ("m.again = (m.month_no = w.start)", "NOT m.again AND m.month_no > w.start", small_month_inside_windows),
        ("m.again = (m.month_no = w.start)", "m.again AND m.month_no = w.start", a_division_ends),
        ("even AND j.start IS NOT NULL", "even", always_small),
        ("= 12 AND count(q.month_no) = 0", "= 12", quarters_about_the_limit),
        ("WHERE p.enough GROUP", "GROUP", small_for_a_year),
        ("viewer, part, sum(sign)", "viewer, '' AS part, sum(sign)", means_over_divisions),
    ],
)
def test_no_part_of_the_rule_can_go(part: str, instead: str, make: Callable[[], World]) -> None:
    assert RULE.count(part) == 1
    world = make()
    outcome = publish(world, world.months(), RULE.replace(part, instead))
    assert outcome.recovered or outcome.naked or outcome.reopened


def test_a_branch_that_is_always_small_keeps_its_quarters_and_years() -> None:
    world = always_small()
    last = world.months()[-1]
    gone = {cell[3:] for cell in withheld(world, last) if cell[2] == "A"}
    lengths = {end - start for start, end in gone}
    assert all((last - back - 3, last - back) not in gone for back in range(9))
    assert (last - 12, last) not in gone
    assert 1 in lengths
    tiny = {cell[3:] for cell in withheld(tiny_for_ever(), last) if cell[2] == "A"}
    assert (last - 3, last) in tiny
    assert (last - 12, last) not in tiny


def test_the_smallest_neighbour_of_the_region_keeps_it_company() -> None:
    world = one_small_branch()
    assert {cell[2] for cell in withheld(world, JANUARY)} == {"A", "B"}
    assert {cell[2] for cell in withheld(two_small_branches(), JANUARY)} == {"A", "B"}


# ── programmes of any kind ───────────────────────────────────────────────────────────────


@st.composite
def worlds(draw: st.DrawFn) -> World:
    months = draw(st.sampled_from([2, 4, 5]))
    branches = "ABCDE"[: draw(st.integers(1, 5))]
    rests = ("PC", "CV", "NEV")[: draw(st.integers(1, 3))]
    parted = draw(st.booleans())
    region = {branch: draw(st.sampled_from("RS")) for branch in branches}
    moves = {branch: draw(st.sampled_from([0, 0, 0, 2])) for branch in branches}
    peer = {branch: draw(st.sampled_from("pq")) for branch in branches}
    levels = {"branch", "network", *draw(st.sets(st.sampled_from(["region", "division", "peer", "cross", "regional"])))}

    def places(atom: Atom) -> dict[str, str]:
        month, branch, rest = atom
        home = "T" if 0 < moves[branch] <= month - JANUARY else region[branch]
        every = {
            "branch": branch, "region": home, "division": rest, "peer": peer[branch], "network": "network",
            "cross": f"{branch}/{rest}", "regional": f"{home}/{rest}",
        }  # fmt: skip
        return {level: unit for level, unit in every.items() if level in levels}

    size = st.sampled_from([0, 2, 4, 7, 9, 12, 15, 20, 33])
    counts = {
        (JANUARY + 9 + month, branch, rest): draw(size)
        for month in range(months) for branch in branches for rest in rests
    }  # fmt: skip
    kept = {atom: n for atom, n in counts.items() if n}
    two = draw(st.booleans())
    return World(
        kept or {(JANUARY, "A", "PC"): 5}, places, parted,
        {"v": 10, "w": draw(st.sampled_from([10, 5]))} if two else {"v": 10}, two,
    )  # fmt: skip


@given(data=st.data())
@tried(20)
def test_what_is_withheld_of_units_as_they_were_does_not_hang_on_the_hierarchy_of_the_run(data: st.DataObject) -> None:
    """Else two runs with a move between them would withhold other figures, and one tell what the other does not."""
    world = data.draw(worlds())
    now = {branch: data.draw(st.sampled_from("RST")) for branch in sorted({atom[1] for atom in world.counts})}
    last = world.months()[-1]
    assert withheld(world, last) <= withheld(world, last, now=now)


@given(world=worlds())
@tried(20)
def test_nothing_follows_in_any_programme(world: World) -> None:
    safe(world, world.months())


@given(data=st.data())
@tried(3)
def test_nothing_follows_in_two_years_of_small_branches(data: st.DataObject) -> None:
    sizes = {branch: data.draw(st.sampled_from([(0, 1, 2), (2, 3, 4), (8, 9, 11), (15, 20)])) for branch in "ABC"}
    counts = {
        (JANUARY + month, branch, "PC"): data.draw(st.sampled_from(sizes[branch]))
        for month in range(20) for branch in "ABC"
    }  # fmt: skip
    counts = {atom: n for atom, n in counts.items() if n} or {(JANUARY, "A", "PC"): 5}
    world = World(counts)
    safe(world, list(world.months())[-7:])


# ── revisions ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Revision:
    """came, went: responses of the last month's atoms that are in the second revision alone, or the first alone."""

    first: World
    came: Mapping[Atom, int]
    went: Mapping[Atom, int]
    later: int = 0  # months after it, as many responses in each as in the first revision

    @property
    def month(self) -> int:
        return self.first.months()[-1]

    def world(self, revised: bool) -> World:
        counts = dict(self.first.counts)
        for atom, n in [*self.came.items(), *((atom, -n) for atom, n in self.went.items())] if revised else ():
            counts[atom] = counts.get(atom, 0) + n
        for (month, *rest), n in self.first.counts.items():
            if month == self.month and revised:
                counts |= {(month + later, *rest): n for later in range(1, self.later + 1)}  # type: ignore[misc]
        return replace(self.first, counts={atom: n for atom, n in counts.items() if n > 0})

    def split(self, row: Mapping[tuple[Atom, str], Fraction], revised: bool) -> dict[object, Fraction]:
        """A figure's form by what the two revisions have in common and what they do not."""
        found: dict[object, Fraction] = {}
        for (atom, variable), value in row.items():
            common = self.first.counts.get(atom, 0) - self.went.get(atom, 0)
            own = (self.came if revised else self.went).get(atom, 0)
            if atom[0] != self.month or common > 0:
                found[atom, variable, "common"] = value
            if own and atom[0] == self.month:
                found[atom, variable, revised] = value
        return found


def side_by_side(revision: Revision, sticky: bool = True) -> tuple[list[Cell], int]:
    """What follows from both revisions and the runs after them, and how many figures are withheld."""
    month = revision.month
    first, second = revision.world(False), revision.world(True)
    gone = withheld(first, month)
    bases = {cell: n for cell, (n, _) in figures(first, month).items()}
    kept = {cell: bases[cell] for cell in gone if cell[4] == month} if sticky else {}
    hidden: list[tuple[Cell, dict[object, Fraction]]] = []
    published = []
    runs = [(first, month, gone, False)]
    runs += [(second, end, withheld(second, end, before=kept), True) for end in second.months() if end >= month]
    for world, end, cells, revised in runs:
        for cell, (n, row) in figures(world, end).items():
            form = revision.split(row, revised)
            if cell in cells:
                hidden.append((cell, form))
            else:
                assert n >= world.below
                published.append(form)
    known = Span(published)
    return sorted({cell for cell, form in hidden if known.holds(form)}), len(hidden)


def the_twin_grows() -> Revision:
    """B kept A company and is no longer the smallest that could."""
    first = World(steady({"A": 4, "B": 12, "C": 14, "D": 40}, 2))
    return Revision(first, {(JANUARY + 1, "B", "PC"): 5}, {}, later=1)


def late_answers() -> Revision:
    """A has a base in the second revision."""
    first = World({**steady({"A": 20, "B": 20, "C": 24}, 4), (JANUARY + 3, "A", "PC"): 9})
    return Revision(first, {(JANUARY + 3, "A", "PC"): 3}, {(JANUARY + 3, "C", "PC"): 1}, later=2)


@pytest.mark.parametrize("make", [the_twin_grows, late_answers])
def test_two_revisions_side_by_side_tell_nothing_that_one_withheld(make: Callable[[], Revision]) -> None:
    assert side_by_side(make())[0] == []
    assert side_by_side(make(), sticky=False)[0] != [], "each by itself they would"


@given(data=st.data())
@tried(8)
def test_revisions_of_any_kind(data: st.DataObject) -> None:
    """No unit that was shown gets a small base: what it then has follows from the two, as README says."""
    first = data.draw(worlds().filter(lambda one: not one.indexed or len(one.variables) > 1))
    month = first.months()[-1]
    atoms = [atom for atom in first.counts if atom[0] == month]
    came = {atom: data.draw(st.sampled_from([0, 0, 1, 5, 12])) * 2 for atom in atoms}
    went = {atom: min(first.counts[atom] - 1, data.draw(st.sampled_from([0, 0, 0, 2]))) for atom in atoms}
    revision = Revision(first, came, went, data.draw(st.sampled_from([0, 1])))
    sizes = [{cell: n for cell, (n, _) in figures(revision.world(one), month).items()} for one in (False, True)]
    if any(n < first.below <= sizes[0].get(cell, 0) for cell, n in sizes[1].items()):
        return
    assert side_by_side(revision)[0] == []


# ── what a run publishes ─────────────────────────────────────────────────────────────────


def test_the_score_table_and_the_comparisons_show_nothing_of_what_is_withheld(tmp_path: Path) -> None:
    """Two runs of a programme with one small month: what their scores.csv and comparisons.csv say, of bases known
    from the responses, does not add up to it; without the branch that keeps it company it would."""
    sizes = {"A": [25, 24, 4], "B": [31, 35, 33], "C": [44, 40, 41]}
    months = [months_before("2025-10", back) for back in (2, 1, 0)]
    rows = [
        response(SINGLE, branch, [1 + (place * 7 + n) % 10], period=month)
        for branch, bases in sizes.items()
        for month, n in zip(months, bases, strict=True)
        for place in range(n)
    ]
    case = Case((SINGLE,), tuple(Branch(branch) for branch in sizes), {SINGLE.id: rows})
    known, all_but_company = Span(), Span()
    sums: dict[tuple[str, str], int] = {}
    for row in rows:
        sums[row["branch"], row["period"]] = sums.get((row["branch"], row["period"]), 0) + row["q1"] - 1
    for run in months:
        earlier = [row for row in rows if row["period"] <= run]
        scored = score_accepted(replace(case, rows={SINGLE.id: earlier}), tmp_path / run, run)
        for (end, _, level, unit, _, statistic, window), row in scored.scores.items():
            if statistic != "mean" or row["flag"] == "none":
                continue
            inside = months[max(0, months.index(end) + 1 - WINDOWS[window]) : months.index(end) + 1]
            of = [unit] if level in ("branch", "branch_as_is") else list(sizes)
            atoms = {(branch, month): Fraction(1) for branch in of for month in inside}
            if row["flag"] == "withheld":
                assert (end, unit) in {(months[2], "A"), (months[2], "B")}
                assert {row[name] for name in ("estimate", "n_eff", "se", "low", "high", "rank", "printed")} == {None}
            else:
                mean = Fraction(100 * sum(sums[atom] for atom in atoms), 9 * row["n"])
                assert abs(mean - Fraction(row["estimate"])) < Fraction(1, 10**9)
                known.add(atoms)
            if (unit, end) != ("A", months[2]):
                all_but_company.add(atoms)
    assert not known.holds({("A", months[2]): 1})
    assert all_but_company.holds({("A", months[2]): 1})
    for (_, level, unit, *_), row in scored.comparisons.items():
        if level == "branch" and unit in ("A", "B"):
            assert {row["difference"], row["se"], row["low"], row["contribution"]} == {None}


def test_a_run_goes_on_with_what_its_kept_tables_withheld(tmp_path: Path) -> None:
    """From scores-r1.csv and comparisons-r1.csv to the flags of the second revision; the first without late answers."""
    sizes = {"A": 9, "B": 20, "C": 24, "D": 41}
    rows = [
        response(SINGLE, branch, [1 + (place * 7) % 10]) for branch, count in sizes.items() for place in range(count)
    ]
    branches = tuple(Branch(branch, tier="XY"[branch in "CD"]) for branch in sizes)
    case = Case((SINGLE,), branches, {SINGLE.id: rows}, peers=("branch_tier",))
    first = score_accepted(case, tmp_path)
    gone = {key[3] for key, row in first.scores.items() if key[2] == "branch" and row["flag"] == "withheld"}
    assert gone == {"A", "B"}
    for name in ("scores", "comparisons"):
        (tmp_path / f"{name}.csv").rename(tmp_path / f"{name}-r1.csv")
    site, month = programme.load(tmp_path / "programme"), Month.parse("2025-10")
    late = [*rows, *(response(SINGLE, "A", [3]) for _ in range(5))]
    frame(SINGLE, late).write_parquet(tmp_path / "accepted" / "responses" / SINGLE.id / "2025-10.parquet")
    for kept, expected in ((True, {"A", "B"}), (False, set())):
        revised = kept and kept_back.write(site, month, tmp_path)
        assert revised == kept
        steps = score.render(site.programme, instrument.load(site), month, (), revised=revised)
        warehouse.build(tmp_path, steps, score.TABLES)
        again = read(tmp_path)
        flags = {key[3]: row["flag"] for key, row in again.scores.items() if key[2] == "branch"}
        assert {branch for branch, flag in flags.items() if flag == "withheld"} == expected
        assert again.score("2025-10", SINGLE.id, "branch", "A")["n"] == 14
        beside = {branch: again.comparison(SINGLE.id, "branch", branch, "index", "peers") for branch in sizes}
        assert {branch for branch, row in beside.items() if row["reference"] is None} == expected
    told = pl.read_parquet(tmp_path / "accepted" / "before.parquet")
    assert set(told.filter(pl.col("small"))["unit"]) == {"A"}
    assert set(told.filter(level="peers")["unit"]) >= {"A", "B"}


def test_an_item_that_few_answered_in_the_month_before_a_year_keeps_the_year_back(tmp_path: Path) -> None:
    """Two years that end a month apart share eleven months: with both, and this month, the first of them follows."""
    of = Instrument("pair", (Factor("f", (Item("q1"), Item("q2"))),))
    rows = [
        response(of, branch, [7, "n" if (back, branch) == (12, "A") and place > 3 else 8], period=month)
        for back, month in enumerate(months_before("2025-10", back) for back in range(13))
        for branch in "ABC" for place in range(12)
    ]  # fmt: skip
    scored = score_accepted(Case((of,), tuple(map(Branch, "ABC")), {"pair": rows}), tmp_path)
    flags = {unit: scored.score("2025-10", "pair", "branch", unit, "q2", window="rolling_12")["flag"] for unit in "ABC"}
    assert flags["A"] == "withheld"
    assert sorted(flags.values()) == ["ok", "withheld", "withheld"]
