"""How delimited text is written, told by its first block: its lines, its delimiter, its quotes."""

import io
from collections.abc import Iterator
from itertools import islice

from pipeline.sources.raw import HEAD_RECORDS

SIGN = "one sign of ASCII such as ; or | or a tab"  # that may part the cells of text


def lines(start: bytes, newline: str = "\n") -> Iterator[str]:
    """The lines of the first block, decoded as they are asked for."""
    return io.TextIOWrapper(io.BytesIO(start), "utf-8", "ignore", newline)


def delimiter(start: Iterator[str]) -> str:
    """The separator that stands most often in the first line that has one, quoted ones left out."""
    for line in islice(start, HEAD_RECORDS):
        unquoted = "".join(line.split('"')[::2])
        found = max(",\t;", key=unquoted.count)
        if found in unquoted:
            return found
    return ","


def all_quoted(line: str, separator: str) -> bool:
    """Whether every cell of a line stands in quotes."""
    first = line.strip("\r\n")
    return first.count('"') >= 2 and all(
        len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in first.split(separator)
    )


def one_sign(text: str) -> bool:
    """Whether a text may stand between the cells of a line."""
    return len(text) == 1 and text.isascii() and not text.isalnum() and text not in '"\r\n\0'
