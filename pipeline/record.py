"""What a run writes down of itself: run.json, and the quarantine as a table to work from."""

import json
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl

from pipeline import accepted, provenance
from pipeline.admit import Admitted
from pipeline.plan import Plan


def record(planned: Plan, folder: Path, admitted: Admitted) -> dict[str, Any]:
    """What run.json says of the inputs."""
    site = planned.site
    responses = [one for one in admitted.files if one.role == "responses"]
    return {
        "programme": site.programme.id,
        "period": str(planned.month),
        "run_id": planned.run_id,
        "status": site.programme.status,
        "cutoff": planned.month.cutoff(site.programme.cutoff_days, site.zone).isoformat(),
        "responses": {
            "read": sum(one.read for one in responses),
            "accepted": sum(one.accepted for one in responses),
            "quarantined": sum(one.quarantined for one in responses),
            "superseded": sum(one.superseded for one in responses),
        },
        "reasons": admitted.reasons,
        "files": [asdict(one) for one in admitted.files],
        "definitions": dict(provenance.definitions(site, planned.instruments)),
        "history": dict(provenance.inbox(site, planned.month.with_history()[:-1])),
        "accepted": {
            path.relative_to(folder).as_posix(): provenance.file_digest(path)
            for path in sorted((folder / accepted.FOLDER).rglob("*.parquet"))
        },
        "program": provenance.identity(provenance.program()),
        "version": metadata.version("csi"),
    }


def write_run(folder: Path, facts: dict[str, Any]) -> None:
    """run.json, last of all: it lists the SHA-256 of what stands beside it."""
    outputs = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".pdf", ".csv", ".sql") or (path.suffix == ".parquet" and accepted.FOLDER not in path.parts)
    ]
    facts["outputs"] = {path.relative_to(folder).as_posix(): provenance.file_digest(path) for path in outputs}
    text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")


def write_quarantine(folder: Path, admitted: Admitted) -> None:
    """quarantine.csv; a cell that a spreadsheet would take for a formula gets a ' before it."""
    texts = [name for name, kind in admitted.quarantine.schema.items() if kind == pl.String]
    safe = admitted.quarantine.with_columns(
        pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]")).then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name)).alias(name)
        for name in texts
    )  # fmt: skip
    safe.write_csv(folder / "quarantine.csv", include_bom=True)


def current(planned: Plan) -> dict[str, Any] | None:
    """The record of the published month if it was made from just this, and is whole."""
    try:
        facts = json.loads((planned.target / "run.json").read_text(encoding="utf-8"))
        same = facts["run_id"] == planned.run_id
        whole = all(
            provenance.file_digest(planned.target / name) == digest for name, digest in facts["outputs"].items()
        )
    except (OSError, ValueError, KeyError):
        return None
    return facts if same and whole else None


def software() -> str:
    """The versions a figure or a page depends on most, for the foot of the pages."""
    names = ("csi", "duckdb", "polars", "weasyprint")
    return " · ".join(f"{name} {metadata.version(name)}" for name in names)
