"""Read a TOML file into a frozen dataclass, or say in which line what was expected."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar
from unicodedata import normalize

from pydantic import ConfigDict, Field, Strict, StringConstraints, TypeAdapter, ValidationError

from pipeline import near, privacy
from pipeline.refusal import Refusal

T = TypeVar("T")

# Every dataclass read from a file refuses unknown keys; its values are of these types,
# which convert nothing silently ("10" is not 10).
CLOSED = ConfigDict(extra="forbid")
_SENSIBLE = Field(gt=-(10**15), lt=10**15)
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Number = Annotated[Decimal, Strict(), _SENSIBLE] | Annotated[int, Strict(), _SENSIBLE]
Day = Annotated[date, Strict()]
Text = Annotated[str, StringConstraints(strict=True, min_length=1)]
Id = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]{0,39}$")]
SourceId = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
UnitId = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z0-9_-]{1,32}$")]

_EXPECTED = {
    "missing": "this key is missing",
    "unexpected_keyword_argument": "this key is not known here",
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list in [ ]",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table of key = value",
    "dataclass_type": "a table of key = value",
    "date_type": "a date such as 2025-10-31, without quotes",
    "is_instance_of": "a number",
    "decimal_type": "a number",
    "too_short": "at least one entry",
    "string_too_short": "a text that is not empty",
    "finite_number": "a number",
    "less_than": "a smaller number",
    "greater_than": "a larger number",
}
_ABOUT_SIZE = ("finite_number", "greater_than", "less_than")
_ABOUT_KEYS = ("missing", "unexpected_keyword_argument")
_PYDANTIC_WORDS = ("[key]", "constrained-int", "constrained-str", "decimal", "int")  # kinds of a value, in a location
_KEY = r"""(?P<key>(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*'))*)"""
_PAIR = re.compile(rf"\s*{_KEY}\s*=")
_HEADER = re.compile(rf"\s*\[(?P<list>\[)?\s*{_KEY}\s*\]")


_HINTS = (
    ("“”‘’＂＇", ' Write quotes as ", not as “ or ”.'),
    ("，", " Write a comma as , and not as ，."),
    ("＝：［］【】", " Write = [ ] as signs of ASCII."),
    ("\\", " Write a path with /, or in '…' quotes."),
)
"""What a person may have typed in a line that is no TOML, and what to write instead."""


class Misfit(ValueError):
    """Keys that do not fit together. expected: as in "expected one of a, b, found 'c'".
    where: the way from the table that was checked to the wrong key."""

    def __init__(self, expected: str, *where: str | int) -> None:
        super().__init__(expected)
        self.where = where


def read(path: Path, kind: type[T], quote: bool = True) -> T:
    """The file as `kind`, a pydantic dataclass with CLOSED. Numbers with a point are Decimal. quote:
    whether a line that is no TOML may be shown; not where it may name a person.

    Raises Refusal naming file, line, key, what was found and what was expected, for
    every wrong key at once.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"{path}{_not_toml(str(error), text.splitlines(), quote)}") from None
    try:
        return TypeAdapter(kind).validate_python(_lists_to_tuples(data))
    except ValidationError as error:
        lines = _lines(text)
        found: dict[tuple[str | int, ...], list[Any]] = {}
        for one in error.errors(include_url=False):
            found.setdefault(_way(one), []).append(one)
        raise Refusal(
            f"{path}{_line(lines, way)}, {_dotted(way)}: {_sentence(errors)}{_meant(kind, way, errors)}"
            for way, errors in found.items()
        ) from None


def place(path: Path, *way: str | int) -> str:
    """'file, line N, key' of a key in a file that could be read. way: keys, and positions from 0
    in a list."""
    return f"{path}{_line(_lines(_text(path)), way)}, {_dotted(way)}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refusal(f"{path}: there is no such file. Check the path.") from None
    except UnicodeDecodeError as error:
        line = bytes(error.object[: error.start]).count(b"\n") + 1
        raise Refusal(f"{path}, line {line}: not UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        raise Refusal(f"{path}: cannot be read ({error.strerror}).") from None


def _not_toml(message: str, lines: list[str], quote: bool) -> str:
    """', line N: …' from what the parser says, with the line itself."""
    what, _, where = message.partition(" (at line ")
    if what == "Cannot overwrite a value" or (what.startswith("Cannot declare") and what.endswith("twice")):
        what = "this key stands twice"
    number = int(where.partition(",")[0]) if where else len(lines)
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    hint = next((told for signs, told in _HINTS if any(sign in line for sign in signs)), "")
    return f", line {number}: not valid TOML: {what}{f', in {_shown(line)}' if quote else ''}.{hint if quote else ''}"


def _lists_to_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists_to_tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_lists_to_tuples(inner) for inner in value)
    return value


def _way(error: Any) -> tuple[str | int, ...]:
    """The keys that lead to what is wrong; pydantic's own words at the end are left out."""
    way: tuple[str | int, ...] = error["loc"]
    way = tuple(step for step in way if not str(step).startswith("tuple["))
    if way and way[-1] in _PYDANTIC_WORDS and error["type"] not in _ABOUT_KEYS:
        way = way[:-1]
    raised = error.get("ctx", {}).get("error")
    return (*way, *raised.where) if isinstance(raised, Misfit) else way


def _meant(kind: type[Any], way: Sequence[str | int], errors: Sequence[Any]) -> str:
    return near.meant(kind, way) if errors[0]["type"] == "unexpected_keyword_argument" else ""


def _dotted(way: Iterable[str | int]) -> str:
    parts = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in way)
    return "".join(parts).lstrip(".") or "the file"


def _sentence(errors: Sequence[Any]) -> str:
    """What was expected at one place; several where a value may be of one kind or another."""
    errors = [one for one in errors if one["type"] in _ABOUT_SIZE] or errors
    expected = list(dict.fromkeys(map(_expected, errors)))
    if "a number" in expected:
        expected = [one for one in expected if one != "a whole number"]
    kind, value = errors[0]["type"], errors[0]["input"]
    if kind in _ABOUT_KEYS:
        return f"{expected[0]}."
    sentence = f"expected {' or '.join(expected)}"
    told = isinstance(errors[0].get("ctx", {}).get("error"), Misfit) or isinstance(value, dict)
    return f"{sentence}." if told else f"{sentence}, found {_shown(value)}."


def _expected(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        options = str(context["expected"])
        return f"one of {options}".replace(" or ", ", ") if " or " in options else options
    if kind == "string_pattern_mismatch":
        return f"an id of the form {context['pattern'].strip('^$')}"
    if kind == "value_error":
        return str(context["error"]).removeprefix("expected ")
    return _EXPECTED.get(kind, str(error["msg"]))


def _shown(value: Any) -> str:
    """A value as TOML writes it, or nearly so."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, tuple):
        text = f"[{', '.join(map(_shown, value))}]"
    elif isinstance(value, bool):
        text = str(value).lower()
    else:
        text = repr(_masked(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _masked(text: str) -> str:
    """A text as it stands, unless something in it is masked: a wide sign may be what is wrong."""
    masked = privacy.mask(text)
    return text if masked == normalize("NFKC", text).strip() else masked


def _line(lines: Mapping[tuple[str | int, ...], int], way: Sequence[str | int]) -> str:
    """', line N' of a key, or of the nearest table round it that has a line."""
    ways = (tuple(way[:length]) for length in range(len(way), 0, -1))
    return next((f", line {lines[one]}" for one in ways if one in lines), "")


def _lines(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of every key and table that begins a line; keys inside { } have their line."""
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header, pair = _HEADER.match(line), _PAIR.match(line)
        try:
            keys = _split((header or pair or {"key": ""})["key"])
        except tomllib.TOMLDecodeError:
            continue  # a line within a text or a list of several lines
        if header:
            table = ()
            for key in keys[:-1]:
                table = (*table, key)
                if table in counts:
                    table = (*table, counts[table] - 1)
            table = (*table, keys[-1])
            if header["list"]:
                counts[table] = counts.get(table, 0) + 1
                table = (*table, counts[table] - 1)
        way = table if header else (*table, *keys)
        for length in range(1, len(way) + 1):
            found.setdefault(way[:length], number)
    return found


def _split(key: str) -> tuple[str, ...]:
    """The parts of a key such as labels."a.b"."""
    value, parts = tomllib.loads(f"{key} = 0") if key else {}, []
    while isinstance(value, dict) and value:
        part, value = next(iter(value.items()))
        parts.append(part)
    return tuple(parts)
