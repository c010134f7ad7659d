"""Lines of a drafted TOML file: quoted texts, comments under one another, nothing personal."""

import unicodedata
from collections.abc import Iterable, Iterator

from rich.cells import cell_len

from pipeline.inspection.roles import personal
from pipeline.inspection.shown import told

Line = tuple[str, str]  # what stands before the comment, the comment
BLANK: Line = ("", "")
TODO = '"TODO"'  # no code, no state, no id: what holds it refuses to load
TODO_TEXT = "0"  # where any text would load
WORDING = 50  # cells of a wording in a comment
_FAR = 48  # cells; a longer line does not push the comments of the others away


def aligned(lines: Iterable[Line]) -> Iterator[str]:
    """Lines with their comments under one another; no blank line at the end."""
    kept = list(lines)
    while kept and kept[-1] == BLANK:
        kept.pop()
    widest = max((cell_len(code) for code, comment in kept if comment and cell_len(code) <= _FAR), default=0)
    for code, comment in kept:
        yield f"{code}{' ' * max(widest - cell_len(code), 0)}  # {comment}" if comment else code


def quoted(text: str) -> str:
    """A text as TOML writes it; invisible characters as escapes, personal data never."""
    shown = told(text) if personal(text) else text
    parts = (f"\\U{ord(one):08X}" if unicodedata.category(one)[0] == "C" else one for one in shown)
    return '"' + "".join({"\\": "\\\\", '"': '\\"'}.get(one, one) for one in parts) + '"'


def rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
