"""The accepted tables on disk: what the figures rest on, and all that the SQL reads.

accepted/responses/<instrument>/<period>.parquet      schemas.responses, by respondent
accepted/invitations/<instrument>/<period>.parquet    schemas.invitations, by branch
accepted/branches.parquet, accepted/targets.parquet   schemas.branches; hierarchy.TARGETS
"""

from pathlib import Path

import polars as pl

from pipeline.admit import Admitted
from pipeline.hierarchy import Hierarchy

FOLDER = "accepted"


def write_month(folder: Path, admitted: Admitted) -> None:
    """The month's responses and invitations, under folder/accepted."""
    for kind, tables in (("responses", admitted.responses), ("invitations", admitted.invitations)):
        for instrument, frame in tables.items():
            if frame.is_empty() and kind == "invitations":
                continue
            place = folder / FOLDER / kind / instrument
            place.mkdir(parents=True, exist_ok=True)
            _write(frame, place / f"{admitted.month}.parquet")


def write_hierarchy(folder: Path, hierarchy: Hierarchy) -> None:
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    _write(hierarchy.branches, place / "branches.parquet")
    _write(hierarchy.targets, place / "targets.parquet")


def invited(folder: Path) -> tuple[str, ...]:
    """The instruments that have accepted invitations in any month."""
    place = folder / FOLDER / "invitations"
    return tuple(sorted(one.name for one in place.iterdir())) if place.is_dir() else ()


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", statistics=True)
