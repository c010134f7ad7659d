"""Which key of a settings file was probably meant by one that is not known."""

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

_ALIKE = 0.6  # share of a key that must be the same


def meant(kind: type[Any], way: Sequence[str | int]) -> str:
    """' Did you mean …?', or where the key belongs, or ''. kind: the dataclass that the file is read into. way: the
    keys down to the unknown one."""
    table, key = _table(kind, way[:-1]), str(way[-1])
    close = like(key, _names(table)) if table else ""
    return close or (above(key) if len(way) > 1 and key in _names(kind) else "")


def like(key: str, names: Collection[str]) -> str:
    """' Did you mean …?' the name most like it, or '' where none is."""
    close = difflib.get_close_matches(key, names, n=1, cutoff=_ALIKE)
    return f" Did you mean {close[0]}?" if close else ""


def above(key: str) -> str:
    """What to do with a key of the whole file that stands in one of its tables."""
    return f" The key {key} is one of the whole file: write it above the first [table]."


def _names(kind: type[Any]) -> Collection[str]:
    return [one.name for one in fields(kind)]


def _table(kind: type[Any], way: Sequence[str | int]) -> type[Any] | None:
    """The dataclass at the end of a way: keys, positions in lists, keys of tables that may have any."""
    found: Any = kind
    any_key = False
    for step in way:
        if isinstance(step, int) or any_key:
            any_key = False
        elif is_dataclass(found):
            hint = get_type_hints(found).get(step)
            found, any_key = next(_dataclasses(hint), None), get_origin(hint) is dict
    return found if is_dataclass(found) and isinstance(found, type) else None


def _dataclasses(hint: Any) -> Iterator[Any]:
    if is_dataclass(hint):
        yield hint
    for one in get_args(hint):
        yield from _dataclasses(one)
