"""What an intake found, in the form in which the operator gets it."""

from pathlib import Path

import polars as pl

from pipeline import quality
from pipeline.admitted import Admitted
from pipeline.intake import SOFT_FLAGS, Intake
from pipeline.intake_book import write_xlsx
from pipeline.intake_page import write_html
from pipeline.plan import Plan
from pipeline.spreadsheet import write_csv

FILES = ("intake.html", "intake.xlsx", "quarantine.csv", "changes.csv")


def write(folder: Path, planned: Plan, admitted: Admitted, gate: str | None) -> None:
    """FILES, in `folder`. gate: why the month may not be scored, else None."""
    language = planned.languages[0]
    found = _intake(planned, admitted, gate)
    write_html(found, language, folder / "intake.html")
    write_xlsx(found, language, folder / "intake.xlsx")
    write_csv(admitted.quarantine.drop("known"), folder / "quarantine.csv")
    write_csv(admitted.changes.filter(pl.col("change") != "same"), folder / "changes.csv")


def _intake(planned: Plan, admitted: Admitted, gate: str | None) -> Intake:
    site, month = planned.site, planned.month
    waived = admitted.quarantine.filter("waived").group_by("file", "value").agg(pl.col("row").n_unique())
    sources = {one.file: one.source for one in admitted.files}
    rows: dict[tuple[str, str], int] = {}
    for file, value, count in waived.iter_rows():
        key = sources[file], value
        rows[key] = rows.get(key, 0) + count
    used = {
        one: rows.get((one.source or "", one.what or ""), 0)
        for one in planned.rules.waivers
        if one.period == str(month) and one.allow == "unknown_branch"
    }
    return Intake(
        programme=site.programme.name,
        period=str(month),
        run_id=planned.run_id,
        cutoff=site.cutoff(month).isoformat(),
        revision=site.revision(month),
        gate=gate,
        percent=site.programme.thresholds.max_quarantined_percent,
        files=admitted.files,
        quarantine=admitted.quarantine,
        flags=_flags(planned, admitted),
        resent=_resent(admitted.changes),
        changes=admitted.changes.filter(pl.col("change") != "same").select("file", "respondent", "change", "fields"),
        corrections=pl.DataFrame(
            admitted.fixed,
            schema={name: pl.Int64 if name == "row" else pl.String for name in _FIXED},
            orient="row",
        ),
        waivers=admitted.waivers.table(used).select("allow", "source", "what", "reason", "by", "rows"),
        notes=admitted.notes,
        against=admitted.rows(),
    )


_FIXED = ("file", "row", "field", "old", "new", "reason", "provider")


def _flags(planned: Plan, admitted: Admitted) -> pl.DataFrame:
    """instrument, branch, its names, accepted responses, and how many have each soft flag."""
    table = quality.flags(admitted.folder, planned.asked, admitted.month)
    names = {language: planned.hierarchy.names(planned.month, language) for language in ("zh", "en")}
    return table.select(
        "instrument",
        "branch",
        *(
            pl.col("branch").replace_strict(known, default="", return_dtype=pl.String).alias(f"name_{language}")
            for language, known in names.items()
        ),
        *("accepted", *SOFT_FLAGS, "flagged"),
    )


def _resent(changes: pl.DataFrame) -> pl.DataFrame:
    """file, earlier and how many responses are same, changed, came, went."""
    kinds = ("same", "changed", "came", "went")
    return changes.group_by("file", "earlier", maintain_order=True).agg(
        (pl.col("change") == one).sum().alias(one) for one in kinds
    )
