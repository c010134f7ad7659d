"""How delimited text is written, told by its first block: its lines, its delimiter, its quotes."""

import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pipeline.sources.raw import HEAD_RECORDS

_NAMED = re.compile(r'\ufeff?"?sep=(?P<sign>[^"\r\n]);?"?[\r\n]*', re.IGNORECASE)
SIGN = "one sign of ASCII such as ; or | or a tab"  # that may part the cells of text


def lines(start: bytes, newline: str = "\n") -> Iterator[str]:
    """The lines of the first block, decoded as they are asked for."""
    return io.TextIOWrapper(io.BytesIO(start), "utf-8", "ignore", newline)


def delimiter(start: Iterator[str]) -> str:
    """The one that a first line such as sep=; names for Excel; else the separator that stands most often in the first
    line that has one, quoted ones left out."""
    for number, line in enumerate(islice(start, HEAD_RECORDS)):
        named = _NAMED.fullmatch(line)
        if number == 0 and named is not None and one_sign(named["sign"]):
            return named["sign"]
        unquoted = "".join(line.split('"')[::2])
        found = max(",\t;", key=unquoted.count)
        if found in unquoted:
            return found
    return ","


def names_it(cells: Sequence[str]) -> bool:
    """Whether the first record is none, but tells Excel the delimiter: sep=;"""
    return len(cells) > 0 and not any(cells[1:]) and _NAMED.fullmatch(f"{cells[0]};") is not None


def all_quoted(line: str, separator: str) -> bool:
    """Whether every cell of a line stands in quotes."""
    first = line.strip("\r\n")
    return first.count('"') >= 2 and all(
        len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in first.split(separator)
    )


def one_sign(text: str) -> bool:
    """Whether a text may stand between the cells of a line."""
    return len(text) == 1 and text.isascii() and not text.isalnum() and text not in '"\r\n\0'
