"""An order made definite: everything of a run that is known before an export is read."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipeline import actions, bridge, hierarchy, in_force, instrument, population, programme, provenance
from pipeline.admitted import Rules
from pipeline.hierarchy import Hierarchy
from pipeline.instrument import Instrument
from pipeline.month import Month
from pipeline.population import Population
from pipeline.programme import Site
from pipeline.refusal import Refusal
from schemas.actions import SCHEMA as ACTIONS


@dataclass(frozen=True)
class Order:
    """What a person asked for. languages: () means the programme's first. only: branches whose scorecards are to
    be printed; () means all, and the headquarters report."""

    programme: Path
    period: str | None = None
    languages: tuple[str, ...] = ()
    threads: int | None = None
    workers: int = 2
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """An order made definite: everything read but the exports."""

    site: Site
    instruments: tuple[Instrument, ...]
    hierarchy: Hierarchy
    population: Population
    month: Month
    languages: tuple[str, ...]
    run_id: str
    rules: Rules
    threads: int | None = None
    actions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ACTIONS))

    @property
    def common(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """What every month of the programme depends on beside its exports."""
        return common(self.site, self.instruments, self.rules)

    @property
    def asked(self) -> tuple[Instrument, ...]:
        """The instruments that are in force in the month."""
        return tuple(one for one in self.instruments if in_force.days(one, self.month))

    @property
    def target(self) -> Path:
        return self.site.output / str(self.month)


def plan(order: Order) -> Plan:
    """Raises Refusal for everything wrong in the programme's own files."""
    site = programme.load(order.programme)
    used = instrument.load(site)
    in_force.check(site, used)
    bridge.check(site, used)
    branches = hierarchy.load(site, used)
    customers = population.load(site, used, set(branches.branches["branch"]))
    taken = actions.load(site, used, set(branches.branches["branch"]))
    rules = Rules.load(site)
    months = site.months()
    month = Month.parse(order.period) if order.period else max(months, default=None)
    if month is None:
        raise Refusal(f"{site.inbox}: the inbox is empty. Put a month's exports into a folder like 2025-10 in it.")
    if month not in months:
        some = f"{months[0]} to {months[-1]}" if len(months) > 1 else "".join(map(str, months))
        known = f"It has {some}: correct --period, or make the folder." if months else "It is empty."
        raise Refusal(f"{site.inbox}: there is no folder {month}. {known}")
    for language in order.languages:
        if language not in site.programme.languages:
            raise Refusal(
                f"--lang {language}: {site.file.name} has the languages {', '.join(site.programme.languages)}."
            )
    run_id = provenance.identity(
        str(month), *common(site, used, rules), provenance.inbox(site, history_of(site, month))
    )
    return Plan(
        site,
        used,
        branches,
        customers,
        month,
        order.languages or site.programme.languages[:1],
        run_id,
        rules,
        order.threads,
        taken,
    )


def common(site: Site, instruments: tuple[Instrument, ...], rules: Rules) -> tuple[tuple[tuple[str, str], ...], ...]:
    """(name, SHA-256) of the program, the definitions, and the key by its fingerprint."""
    key = (("key", rules.key.fingerprint),) if rules.key else ()
    return provenance.program(), provenance.definitions(site, instruments), key


def history_of(site: Site, month: Month) -> tuple[Month, ...]:
    """The months a run reads, oldest first: those of the trend, and where there is a contact rule
    those before them in which a contact may have been heard."""
    history = month.with_history()
    return (*months_heard(site, history[0]), *history)


def months_heard(site: Site, month: Month) -> tuple[Month, ...]:
    """The months before in which a contact may have been heard, oldest first."""
    rule = site.programme.contact
    return tuple(month.plus(-back) for back in range(rule.months, 0, -1)) if rule else ()
