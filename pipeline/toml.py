"""Read a TOML file into a frozen dataclass, or say in which line what was expected."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Strict, StringConstraints, TypeAdapter, ValidationError

from pipeline.refusal import Refusal

T = TypeVar("T")

# Every dataclass read from a file refuses unknown keys; its values are of these types,
# which convert nothing silently ("10" is not 10).
CLOSED = ConfigDict(extra="forbid")
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Number = Annotated[Decimal, Strict()] | Whole
Day = Annotated[date, Strict()]
Text = Annotated[str, StringConstraints(strict=True, min_length=1)]
Id = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]{0,39}$")]
SourceId = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
UnitId = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z0-9_-]{1,32}$")]

_EXPECTED = {
    "missing": "this key is missing",
    "unexpected_keyword_argument": "this key is not known here",
    "string_type": "expected a text in quotes",
    "int_type": "expected a whole number",
    "bool_type": "expected true or false",
    "list_type": "expected a list in [ ]",
    "tuple_type": "expected a list in [ ]",
    "dict_type": "expected a table of key = value",
    "dataclass_type": "expected a table of key = value",
    "date_type": "expected a date such as 2025-10-31, without quotes",
    "is_instance_of": "expected a number",
    "decimal_type": "expected a number",
    "too_short": "expected at least one entry",
    "string_too_short": "expected a text that is not empty",
}


def read(path: Path, kind: type[T]) -> T:
    """The file as `kind`, a pydantic dataclass with CLOSED. Numbers with a point are Decimal.

    Raises Refusal naming file, line, key, what was found and what was expected, for
    every wrong key at once.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refusal(f"{path}: there is no such file. Check the path.") from None
    except UnicodeDecodeError as error:
        raise Refusal(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        raise Refusal(f"{path}: cannot be read ({error.strerror}).") from None
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"{path}: not valid TOML: {error}.") from None
    try:
        return TypeAdapter(kind).validate_python(_lists_to_tuples(data))
    except ValidationError as error:
        lines = text.splitlines()
        raise Refusal(
            f"{path}{_line(lines, one['loc'])}, {_dotted(one['loc'])}: {_sentence(one)}"
            for one in error.errors(include_url=False)
        ) from None


def _lists_to_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists_to_tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_lists_to_tuples(inner) for inner in value)
    return value


def _dotted(loc: Sequence[str | int]) -> str:
    parts = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in loc)
    return "".join(parts).lstrip(".") or "the file"


def _sentence(error: Any) -> str:
    kind = error["type"]
    context = error.get("ctx", {})
    if kind == "literal_error":
        expected = f"expected one of {context['expected']}".replace(" or ", ", ")
    elif kind == "string_pattern_mismatch":
        expected = f"expected an id of the form {context['pattern'].strip('^$')}"
    elif kind == "value_error":
        expected = str(context["error"])
    else:
        expected = _EXPECTED.get(kind, error["msg"])
    if kind in ("missing", "unexpected_keyword_argument"):
        return f"{expected}."
    return f"{expected}, found {_shown(error['input'])}."


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _line(lines: list[str], loc: Iterable[str | int]) -> str:
    """', line N' of the key a location names: headers are followed in order, then the key."""
    at = found = -1
    steps = list(loc)
    for position, step in enumerate(steps):
        if isinstance(step, int):
            continue
        index = steps[position + 1] if position + 1 < len(steps) else 0
        repeats = index if isinstance(index, int) else 0
        key = rf"[\"']?{re.escape(step)}[\"']?"
        pattern = re.compile(rf"^\s*(\[+\s*([^\]]*\.)?{key}\s*\]+|([\w\"'.-]+\.)?{key}\s*[.=])|[{{,]\s*{key}\s*=")
        matches = [n for n, line in enumerate(lines) if n > at and pattern.search(line)]
        if not matches:
            break
        at = found = matches[min(repeats, len(matches) - 1)]
    return f", line {found + 1}" if found >= 0 else ""
