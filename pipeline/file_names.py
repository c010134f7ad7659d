"""What a file of the inbox is called in everything that is written: as on disk, personal data masked.

An export may be named after a customer's number. The file keeps its name; its SHA-256 tells which it is.
"""

import re
from functools import lru_cache
from pathlib import Path

from pipeline.masks import LABELS, kinds
from pipeline.privacy import mask

_NUMBER = re.compile(r" \(\d+\)(?=(\.[^.]*)?$)")


def hidden(name: str) -> str:
    """The name as it stands where nothing in it is personal, else masked."""
    masked = mask(name)
    return masked if kinds(name, masked) else name


def told(path: Path) -> str:
    """The file's name, masked; files of one folder that would be called the same are numbered, by their own names."""
    if hidden(path.name) == path.name:
        return path.name
    there = sorted(one.name for one in path.parent.iterdir()) if path.parent.is_dir() else []
    return _called((*there, *([path.name] if path.name not in there else ())))[path.name]


def found(folder: Path, name: str) -> Path:
    """The file of a folder that is told so; where there is none, the one of this name."""
    return next((one for one in folder.iterdir() if told(one) == name) if folder.is_dir() else iter(()), folder / name)


def unnumbered(name: str) -> str:
    """The name, masked, as all files of a folder share it that differ in what is hidden alone."""
    masked = hidden(name)
    return _NUMBER.sub("", masked) if any(one in masked for one in LABELS) else masked


@lru_cache(maxsize=16)
def _called(names: tuple[str, ...]) -> dict[str, str]:
    """name -> what it is called, of the files of one folder. Those that hide nothing keep their names."""
    called = {name: name for name in names if hidden(name) == name}
    taken = set(called)
    for name in names:
        if name not in called:
            masked, number = Path(hidden(name)), 1
            called[name] = masked.name
            while called[name] in taken:
                number += 1
                called[name] = f"{masked.stem} ({number}){masked.suffix}"
            taken.add(called[name])
    return called
