"""Texts of a file as they may be shown: nothing personal, nothing a terminal obeys, cut to a width."""

from rich.cells import cell_len

from pipeline.privacy import mask


def told(text: str) -> str:
    """A text as it may be shown: one line, nothing personal, nothing a terminal obeys."""
    return " ".join(mask(text).split())


def shorten(text: str, cells: int) -> str:
    """A text of one line in at most so many cells, cut in the middle."""
    clean = told(text)
    if cell_len(clean) <= cells:
        return clean
    front, back, room = "", "", cells - 1
    ahead, behind = 0, len(clean) - 1
    while ahead <= behind:
        first = len(front) == 0 or cell_len(front) <= cell_len(back) * 2
        one = clean[ahead] if first else clean[behind]
        if cell_len(front) + cell_len(back) + cell_len(one) > room:
            break
        if first:
            front, ahead = front + one, ahead + 1
        else:
            back, behind = one + back, behind - 1
    return f"{front.rstrip()}…{back.lstrip()}"
