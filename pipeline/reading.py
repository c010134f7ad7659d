"""The exports of a month, and of the months before that it needs, read into accepted tables."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from pipeline import accepted, closing, history, provenance
from pipeline import admit as admission
from pipeline.admitted import HEARD, Admitted, over_gate
from pipeline.console import Console
from pipeline.month import Month
from pipeline.plan import Plan, months_heard
from pipeline.refusal import Refusal


def read(planned: Plan, folder: Path, console: Console) -> tuple[Admitted, str | None]:
    """The month with its accepted tables in `folder`, and why it may not be scored, if so."""
    with console.stage(f"Read {planned.month}") as tick:
        return _admit(planned, planned.month, folder, tick)


def read_earlier(planned: Plan, folder: Path, console: Console) -> None:
    """The accepted tables of the months before, as far as the inbox has them."""
    site = planned.site
    months = [month for month in planned.month.with_history()[:-1] if provenance.inbox(site, [month])]
    if not months:
        return
    with console.stage("Read the months before", len(months)) as tick:
        for month in months:
            files = provenance.inbox(site, (*months_heard(site, month), month))
            identity = provenance.identity(*planned.common, files)
            place = history.kept(site.output, month, identity, accepted.FOLDER, partial(_keep_month, planned, month))
            history.copy_accepted(place, folder)
            tick(str(month))


def _admit(planned: Plan, month: Month, folder: Path, progress: Callable[[str], None]) -> tuple[Admitted, str | None]:
    closing.check(planned.site, month)
    admitted = _admitted(planned, month, folder, progress)
    closing.verify(planned.site, month, folder)
    return admitted, over_gate(admitted, planned.site.programme.thresholds.max_quarantined_percent)


def _admitted(
    planned: Plan, month: Month, folder: Path, progress: Callable[[str], None], *, heard: bool = True
) -> Admitted:
    return admission.admit(
        planned.site, planned.instruments, planned.hierarchy, month, progress,
        folder=folder, given=planned.rules, earlier=partial(_heard, planned, month) if heard else None,
        threads=planned.threads,
    )  # fmt: skip


def _keep_month(planned: Plan, month: Month, folder: Path) -> None:
    try:
        _, gate = _admit(planned, month, folder, lambda _: None)
    except Refusal as refusal:
        raise Refusal(
            f"{planned.month} needs the earlier month {month}, which cannot be read: {one}" for one in refusal.problems
        ) from None
    if gate:
        raise Refusal(f"{planned.month} needs the earlier month {gate}")


def _heard(planned: Plan, month: Month, instrument: str) -> pl.DataFrame:
    """The contacts of an instrument in the months before, in the form of admitted.HEARD."""
    site = planned.site
    found = [pl.DataFrame(schema=HEARD)]
    for one in months_heard(site, month):
        files = provenance.inbox(site, [one])
        if files:
            identity = provenance.identity(*planned.common, files)
            place = history.kept(site.output, one, identity, history.CONTACTS, partial(_keep_contacts, planned, one))
            contacts = place / history.CONTACTS / f"{instrument}.parquet"
            if contacts.exists():  # the instrument was asked in that month
                found.append(pl.read_parquet(contacts).select(pl.lit(str(one)).alias("period"), pl.all()))
    return pl.concat(found)


def _keep_contacts(planned: Plan, month: Month, folder: Path) -> None:
    """Who was heard in a month, counted there or not."""
    admitted = _admitted(planned, month, folder, lambda _: None, heard=False)
    shutil.rmtree(folder / accepted.FOLDER)
    (folder / history.CONTACTS).mkdir()
    for instrument, table in admitted.contacts.items():
        table.write_parquet(folder / history.CONTACTS / f"{instrument}.parquet")
