"""Whether text is UTF-8 without a NUL, told piece by piece."""

import polars as pl

_PIECE = 1 << 20  # bytes looked at together: they stay in the processor's cache


class Check:
    """Told the pieces of a text in their order."""

    def __init__(self) -> None:
        self._rest = b""  # the beginning of a character

    def fits(self, data: bytes | bytearray) -> bool:
        """Whether all is UTF-8 so far; a character may end in the next piece."""
        view = memoryview(data)
        return all(self._fits(self._rest + view[start : start + _PIECE]) for start in range(0, len(view), _PIECE))

    def whole(self) -> bool:
        """Whether the text may end here."""
        return not self._rest

    def _fits(self, piece: bytes) -> bool:
        end = len(piece) - _cut_off(piece)
        self._rest = piece[end:]
        return b"\0" not in piece and _is_utf_8(piece[:end])


def _cut_off(data: bytes) -> int:
    """Bytes of UTF-8 that its last character has here where it has more, else 0."""
    for count, byte in enumerate(data[:-4:-1], start=1):
        if byte >= 0xC0:
            wanted = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return count if wanted > count else 0
        if byte < 0x80:
            break
    return 0


def _is_utf_8(data: bytes) -> bool:
    """Polars checks at the speed of memory; Python has to make the text."""
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True
