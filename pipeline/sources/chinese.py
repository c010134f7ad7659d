"""Whether bytes that two encodings take are meant in one of them: by the characters they then are."""

import re
from typing import BinaryIO

_WIDE = re.compile("[\u0800-\ufffc]")  # three bytes in UTF-8
_BEYOND = re.compile(r"[^\x00-\x7f]+")
_SAMPLE = 1 << 16  # bytes or characters looked at
_COMMON_SHARE = 0.6


def nearly_utf_8(handle: BinaryIO, wrong: int) -> bool:
    """Whether bytes that are not UTF-8 are so but for a few, round the first: GB18030 would take
    most of such a file too, as other characters. Real GB18030 is hardly ever three valid bytes of
    UTF-8."""
    handle.seek(max(0, wrong - _SAMPLE))
    text = handle.read(2 * _SAMPLE).decode("utf-8", "replace")
    return len(_WIDE.findall(text)) > text.count("\ufffd")


def reads_like_it(handle: BinaryIO, first: int) -> bool:
    """Whether most characters beyond ASCII, from the line of the first on, are common in simplified
    or traditional Chinese or are Chinese punctuation, and some stand together. European letters
    read as GB18030 are lone or rare characters."""
    handle.seek(max(0, first - _SAMPLE))
    before = handle.read(min(first, _SAMPLE)).rpartition(b"\n")[2]  # no character holds this byte
    sample = (before + handle.read(_SAMPLE)).decode("gb18030", "ignore")
    runs = _BEYOND.findall(sample)
    beyond = "".join(runs)
    return any(len(run) > 1 for run in runs) and sum(map(_is_common, beyond)) >= _COMMON_SHARE * len(beyond)


def _is_common(character: str) -> bool:
    """Of the first level of GB2312 (3,755 hanzi) or of Big5 (5,401), or punctuation of theirs."""
    code = character.encode("gb18030")
    if len(code) == 2 and code[1] >= 0xA1 and (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7):
        return True
    return 0xA4 <= character.encode("big5", "replace")[0] <= 0xC6
