"""What a file of the inbox is called in everything that is written: as on disk, personal data masked.

An export may be named after a customer's number. The file keeps its name; its SHA-256 tells which it is.
"""

from pathlib import Path

from pipeline.masks import LABELS
from pipeline.privacy import mask


def hidden(name: str) -> str:
    """The name as it stands where nothing in it is personal, else masked."""
    masked = mask(name)
    return masked if any(masked.count(one) > name.count(one) for one in LABELS) else name


def told(path: Path) -> str:
    """The file's name, masked; files of one folder that would be called the same are numbered, by their own names."""
    name = hidden(path.name)
    if name == path.name:
        return name
    twins = [one.name for one in path.parent.iterdir() if hidden(one.name) == name] if path.parent.is_dir() else []
    place = sorted(twins).index(path.name) if path.name in twins else len(twins)
    return f"{Path(name).stem} ({place + 1}){Path(name).suffix}" if place else name


def found(folder: Path, name: str) -> Path:
    """The file of a folder that is told so; where there is none, the one of this name."""
    return next((one for one in folder.iterdir() if told(one) == name) if folder.is_dir() else iter(()), folder / name)
