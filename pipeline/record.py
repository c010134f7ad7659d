"""What a run writes down of itself: run.json."""

import json
from dataclasses import asdict
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline import accepted, closing, provenance
from pipeline.admitted import Admitted
from pipeline.plan import Plan, history_of
from pipeline.settings import Revision


def record(planned: Plan, folder: Path, admitted: Admitted) -> dict[str, Any]:
    """What run.json says of the inputs."""
    site = planned.site
    responses = [one for one in admitted.files if one.role == "responses"]
    return {
        "programme": site.programme.id,
        "period": str(planned.month),
        "run_id": planned.run_id,
        "status": closing.status(site, planned.month),
        "revision": site.revision(planned.month),
        "revisions": [_revision(one) for one in site.programme.revision if one.period == str(planned.month)],
        "cutoff": site.cutoff(planned.month).isoformat(),
        "inbox": dict(provenance.inbox(site, [planned.month])),
        "key": planned.rules.key.fingerprint if planned.rules.key else None,
        "corrections": [one._asdict() for one in admitted.fixed],
        "waivers": admitted.waivers.table({}).drop("rows").to_dicts(),
        "notes": list(admitted.notes),
        "resent": admitted.changes.group_by("file", "earlier", "change", maintain_order=True).len().to_dicts(),
        "responses": {
            "read": sum(one.read for one in responses),
            "accepted": sum(one.accepted for one in responses),
            "quarantined": sum(one.quarantined for one in responses),
            "superseded": sum(one.superseded for one in responses),
        },
        "reasons": admitted.reasons,
        "files": [asdict(one) for one in admitted.files],
        "definitions": dict(provenance.definitions(site, planned.instruments)),
        "settings": provenance.settings(site.programme),
        "history": dict(provenance.inbox(site, history_of(site, planned.month)[:-1])),
        "accepted": {
            path.relative_to(folder).as_posix(): provenance.file_digest(path)
            for path in sorted((folder / accepted.FOLDER).rglob("*.parquet"))
        },
        "program": provenance.identity(provenance.program()),
        "version": metadata.version("csi"),
    }


def _revision(one: Revision) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in vars(one).items()}


def write_run(folder: Path, facts: dict[str, Any]) -> None:
    """run.json, last of all: it lists the SHA-256 of what stands beside it."""
    outputs = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".pdf", ".csv", ".sql", ".html", ".js", ".css", ".txt", ".xlsx")
        or (path.suffix == ".parquet" and accepted.FOLDER not in path.parts)
    ]
    facts["outputs"] = {path.relative_to(folder).as_posix(): provenance.file_digest(path) for path in outputs}
    text = json.dumps(facts, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")


def current(planned: Plan) -> dict[str, Any] | None:
    """The record of the published month if it was made from just this, and is whole."""
    facts = closing.published(planned.site, planned.month)
    if facts is None:
        return None
    try:
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
