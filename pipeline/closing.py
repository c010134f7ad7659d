"""A closed month stays as it was published: what comes later enters only with a declared revision."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, provenance
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.settings import Status
from pipeline.spreadsheet import write_csv

CLOSED = ("final", "restated")


def status(site: Site, month: Month) -> Status:
    """provisional, final or restated."""
    given = site.programme.status
    return "restated" if given == "final" and site.revision(month) > 1 else given


def check(site: Site, month: Month) -> None:
    """Raises Refusal where the exports of a closed month are not those it was published from, and
    no new revision is declared."""
    facts = _closed(site, month)
    if facts is None:
        return
    before, now = facts.get("inbox", {}), dict(provenance.inbox(site, [month]))
    if before == now:
        return
    came = sorted(name for name in now if name not in before)
    went = sorted(name for name in before if name not in now)
    changed = sorted(name for name in now if name in before and now[name] != before[name])
    told = [
        f"{word} {', '.join(names)}" for word, names in (("new", came), ("gone", went), ("changed", changed)) if names
    ]
    raise Refusal(
        f"{month} is closed as revision {_number(facts)}, and its exports are no longer the same: {'; '.join(told)}. "
        f"Put them back as they were, or {_open(site, month, facts)}"
    )


def verify(site: Site, month: Month, folder: Path) -> None:
    """Raises Refusal where the accepted responses in `folder` are not those that a closed month was
    published with, for whatever reason, and no new revision is declared."""
    facts = _closed(site, month)
    if facts is None:
        return
    found = differences(site, month, folder)
    if found.is_empty():
        return
    counts = dict(found.group_by("change").len().iter_rows())
    told = ", ".join(f"{counts.get(one, 0):,} {one}" for one in ("changed", "came", "went"))
    raise Refusal(
        f"{month} is closed as revision {_number(facts)}, and its responses would no longer be the same ({told}): "
        f"a mapping, a correction, a waiver, the cut-off or the key is not what it was. Put it back, or "
        f"{_open(site, month, facts)}"
    )


def _closed(site: Site, month: Month) -> dict[str, Any] | None:
    """The record of a month that is closed and not opened again, else None."""
    facts = published(site, month)
    closed = facts is not None and facts.get("status") in CLOSED and site.revision(month) <= _number(facts)
    return facts if closed else None


def _number(facts: dict[str, Any]) -> int:
    """The revision a month was published as."""
    return int(facts.get("revision", 1))


def _open(site: Site, month: Month, facts: dict[str, Any]) -> str:
    number = _number(facts)
    return (
        f'open revision {number + 1}: [[revision]] period = "{month}", number = {number + 1}, reason and by, in '
        f"{site.file.name}."
    )


def published(site: Site, month: Month) -> dict[str, Any] | None:
    """The record of a published month, None if there is none."""
    try:
        found = json.loads((site.output / str(month) / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def carry_over(site: Site, month: Month, folder: Path) -> None:
    """Of a revision, into `folder`: the records of the revisions before, run-r1.json and so on, and
    revision.csv, how its responses differ from those of the one before."""
    facts, place = published(site, month), site.output / str(month)
    if site.revision(month) == 1 or facts is None:
        return
    for name in sorted(one.name for one in place.iterdir() if one.match("run-r*.json") or one.name == "revision.csv"):
        shutil.copy2(place / name, folder / name)
    before = _number(facts)
    if before < site.revision(month):
        shutil.copy2(place / "run.json", folder / f"run-r{before}.json")
        write_csv(differences(site, month, folder), folder / "revision.csv")


def differences(site: Site, month: Month, folder: Path) -> pl.DataFrame:
    """instrument, respondent, change (changed, came, went), fields: how the accepted responses in
    `folder` differ from those of the published month."""
    found = []
    before = accepted.read(site.output / str(month), "responses", month)
    for instrument, now in accepted.read(folder, "responses", month).items():
        then = before.get(instrument, now.clear())
        shared = [one for one in now.columns if one in then.columns and one not in ("respondent", "source", "row")]
        both = then.select("respondent", *shared).join(
            now.select("respondent", *shared), on="respondent", how="full", suffix=" now", coalesce=True
        )
        came = pl.col("respondent").is_in(then["respondent"].implode()).not_()
        went = pl.col("respondent").is_in(now["respondent"].implode()).not_()
        fields = pl.concat_list(
            pl.when(pl.col(one).ne_missing(pl.col(f"{one} now"))).then(pl.lit(one)) for one in shared
        ).list.drop_nulls()
        found.append(
            both.select(
                pl.lit(instrument).alias("instrument"),
                "respondent",
                pl.when(came)
                .then(pl.lit("came"))
                .when(went)
                .then(pl.lit("went"))
                .otherwise(pl.lit("changed"))
                .alias("change"),
                pl.when(came | went).then(pl.lit("")).otherwise(fields.list.join("; ")).alias("fields"),
            ).filter((pl.col("change") != "changed") | (pl.col("fields") != ""))
        )
    schema = dict.fromkeys(("instrument", "respondent", "change", "fields"), pl.String)
    return pl.concat([pl.DataFrame(schema=schema), *found]).sort("instrument", "respondent")
