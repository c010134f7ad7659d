"""What a run is made of: one identity for the same inputs, definitions and program."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline import instrument as instruments
from pipeline.file_names import told
from pipeline.instrument import Instrument
from pipeline.litter import ignored
from pipeline.month import Month
from pipeline.programme import Programme, Site

ROOT = Path(__file__).resolve().parent.parent
_PROGRAM = ("pipeline", "schemas", "reports")
_KINDS = {".py", ".sql", ".j2", ".css", ".js", ".po", ".toml"}


def program() -> tuple[tuple[str, str], ...]:
    """(file, SHA-256) of every file of this program that figures or pages depend on."""
    found = (
        path
        for part in _PROGRAM
        for path in (ROOT / part).rglob("*")
        if path.suffix in _KINDS and "__pycache__" not in path.parts
    )
    return tuple((path.relative_to(ROOT).as_posix(), file_digest(path)) for path in sorted(found))


def definitions(site: Site, used: Iterable[Instrument]) -> tuple[tuple[str, str], ...]:
    """(file, SHA-256) of the programme's own files: programme, mappings, branches, targets,
    population, corrections, waivers, actions, instruments."""
    programme = site.programme
    names = [site.file.name, programme.branches, *{one.mapping for one in programme.source}]
    optional = (programme.targets, programme.population, programme.corrections, programme.waivers, programme.actions)
    names += [one for one in optional if one is not None]
    found = [(name, site.folder / name) for name in names]
    for one in used:
        path = instruments.path(site, one.id)
        found.append((f"instruments/{one.id}.toml", path))
    return tuple((name, file_digest(path)) for name, path in sorted(found) if path.is_file())


def settings(programme: Programme) -> dict[str, str]:
    """key -> SHA-256 of what programme.toml says under it, however it is written there; but for its revisions."""
    return {
        name: hashlib.sha256(repr(value).encode()).hexdigest()
        for name, value in sorted(vars(programme).items())
        if name != "revision" and not name.startswith("_")
    }


def inbox(site: Site, months: Iterable[Month]) -> tuple[tuple[str, str], ...]:
    """(month/file, SHA-256) of every file in the inbox of these months, files called as file_names does."""
    return tuple(
        (f"{month}/{told(path)}", file_digest(path))
        for month in months
        if (site.inbox / str(month)).is_dir()
        for path in sorted((site.inbox / str(month)).iterdir())
        if path.is_file() and not ignored(path.name)
    )


def identity(*parts: Iterable[tuple[str, str]] | str) -> str:
    """Twelve hexadecimal digits that are the same if and only if all parts are."""
    digest = hashlib.sha256()
    for part in parts:
        lines = [part] if isinstance(part, str) else [f"{name}\0{value}" for name, value in part]
        digest.update("\n".join(lines).encode() + b"\0\0")
    return digest.hexdigest()[:12]


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
