"""A closed month stays as it was published: what comes later enters only with a declared revision."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, ledger, provenance
from pipeline.file_names import unnumbered
from pipeline.month import Month
from pipeline.programme import Site
from pipeline.refusal import Refusal
from pipeline.settings import Status
from pipeline.spreadsheet import write_csv
from pipeline.weighting import BRANCH_FIELDS

CLOSED = ("final", "restated")


def status(site: Site, month: Month) -> Status:
    """provisional, final or restated. Final are months of a programme that says so, and those signed off."""
    given = site.programme.status
    if given == "provisional" and _signed_off(site, month, site.revision(month)):
        given = "final"
    return "restated" if given == "final" and site.revision(month) > 1 else given


def check(site: Site, month: Month) -> None:
    """Raises Refusal where the exports of a closed month are not those it was published from, and
    no new revision is declared."""
    facts = _closed(site, month)
    if facts is None:
        return
    if _number(facts) > site.revision(month):
        raise Refusal(
            f"{month} is published as revision {_number(facts)}, which {site.file.name} does not declare. Put its "
            "[[revision]] back: what was published stays."
        )
    before, now = _files(facts.get("inbox", {}).items()), _files(provenance.inbox(site, [month]))
    if before == now:
        return
    new, gone = ({name for name, _ in some - others} for some, others in ((now, before), (before, now)))
    came, went, changed = sorted(new - gone), sorted(gone - new), sorted(new & gone)
    told = [
        f"{word} {', '.join(names)}" for word, names in (("new", came), ("gone", went), ("changed", changed)) if names
    ]
    raise Refusal(
        f"{month} is closed as revision {_number(facts)}, and its exports are no longer the same: {'; '.join(told)}. "
        f"Put them back as they were, or {_open(site, month, facts)}"
    )


def _files(inbox: Iterable[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """(month/file, SHA-256) of files called as file_names does, or as they are on disk. Which of those that are called
    the same has which number is told by what is hidden, and does not matter."""
    parts = ((*name.rpartition("/"), digest) for name, digest in inbox)
    return Counter((f"{folder}/{unnumbered(name)}", digest) for folder, _, name, digest in parts)


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
    if facts is None or site.revision(month) > _number(facts):
        return None
    closed = facts.get("status") in CLOSED or _signed_off(site, month, _number(facts))
    return facts if closed else None


def _signed_off(site: Site, month: Month, revision: int) -> bool:
    return ledger.read(site.output).signed_off(str(month), revision) is not None


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


# What stays of a revision, as run-r1.json and so on, once the month is published again.
KEPT = (
    "run.json",
    "scores.csv",
    "comparisons.csv",
    "reliability.csv",
    "change_split.csv",
    "bridged.csv",
    "standing.csv",
    "integrity.csv",
    "revision.csv",
    "restatement.csv",
)


def carry_over(site: Site, month: Month, folder: Path) -> None:
    """Of a revision, into `folder`: KEPT of the revisions before, and revision.csv, how its responses
    differ from those of the one before. Raises Refusal where a kept file is not as it was published."""
    facts, place = published(site, month), site.output / str(month)
    if site.revision(month) == 1 or facts is None:
        return
    before = _number(facts)
    opened = before < site.revision(month)
    wanted = {one.name: one.name for name in KEPT for one in place.glob(name.replace(".", "-r*."))}
    if opened:
        wanted |= {name: name.replace(".", f"-r{before}.") for name in KEPT if (place / name).exists()}
    elif (place / "revision.csv").exists():
        wanted["revision.csv"] = "revision.csv"
    listed = facts.get("outputs", {})
    for name in {*wanted, *(("scores.csv",) if opened else ())}:
        path = place / name
        if not path.exists() or listed.get(name) not in (None, provenance.file_digest(path)):
            raise Refusal(
                f"{site.shown(path)}: not as it was published, and a revision keeps what was published before. Put "
                "the file back from a copy."
            )
    for name, kept in wanted.items():
        shutil.copy2(place / name, folder / kept)
    if opened:
        write_csv(differences(site, month, folder), folder / "revision.csv")


def places(site: Site) -> tuple[str, ...]:
    """The columns of a response that say in which units it counts."""
    grouped = (one for grouping in site.programme.grouping for one in grouping.by if one not in BRANCH_FIELDS)
    return tuple(dict.fromkeys(("branch", "division", *grouped)))


def differences(site: Site, month: Month, folder: Path) -> pl.DataFrame:
    """instrument, respondent, change (changed, came, went), fields: how the accepted responses in
    `folder` differ from those of the published month; and where they count, as branch_before, branch_now."""
    told = [f"{one}_{side}" for one in places(site) for side in ("before", "now")]
    found = []
    before = accepted.read(site.output / str(month), "responses", month)
    for instrument, now in accepted.read(folder, "responses", month).items():
        then = before.get(instrument, now.clear())
        shared = [one for one in now.columns if one in then.columns and one not in ("respondent", "source", "row")]
        both = then.select("respondent", *shared).join(
            now.select("respondent", *shared), on="respondent", how="full", suffix=" now", coalesce=True
        )
        both = both.with_columns(
            (pl.col(f"{one}{suffix}") if one in shared else pl.lit("")).fill_null("").alias(f"{one}_{side}")
            for one in places(site)
            for suffix, side in (("", "before"), (" now", "now"))
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
                *told,
            ).filter((pl.col("change") != "changed") | (pl.col("fields") != ""))
        )
    schema = dict.fromkeys(("instrument", "respondent", "change", "fields", *told), pl.String)
    return pl.concat([pl.DataFrame(schema=schema), *found]).sort("instrument", "respondent")
