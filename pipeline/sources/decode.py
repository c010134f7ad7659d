"""From bytes to text: byte order marks first, then strict UTF-8, then GB18030."""

import codecs
import re

from pipeline.refusal import Refusal

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ODD = re.compile("\x00")
# GB18030 takes almost any bytes; a wrong guess shows as control or private-use characters.
_ODD_GUESS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
_WIDE = re.compile("[\u0800-\ufffc]")  # three bytes in UTF-8


def decode(file: str, data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Nothing is replaced, nothing is guessed silently.

    Raises Refusal when the bytes fit no encoding, fit one only as control or private-use
    characters (the mark of a wrong guess), or are UTF-8 but for a few damaged ones.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _clean(file, _strict(file, data, encoding, len(mark)), encoding, _ODD), encoding
    try:
        return _clean(file, data.decode("utf-8"), "utf-8", _ODD), "utf-8"
    except UnicodeDecodeError as error:
        if _nearly_utf_8(data):
            raise _damaged(file, data[: error.start].decode("utf-8"), error.start, "UTF-8") from None
    return _clean(file, _strict(file, data, "gb18030"), "gb18030", _ODD_GUESS), "gb18030"


def _strict(file: str, data: bytes, encoding: str, skip: int = 0) -> str:
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-8 or GB18030" if encoding == "gb18030" else encoding.upper()
        before = data[skip : skip + error.start].decode(encoding)
        raise _damaged(file, before, skip + error.start, name) from None


def _clean(file: str, text: str, encoding: str, odd: re.Pattern[str]) -> str:
    found = odd.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise Refusal(
            f"{file}, line {line}: character U+{ord(found[0]):04X} does not belong in text, and the file "
            f"was read as {encoding.upper()}. Save it as UTF-8 and put it in the inbox again."
        )
    return text


def _nearly_utf_8(data: bytes) -> bool:
    """Whether bytes that are not UTF-8 are so but for a few: GB18030 would take most of such a
    file too, as other characters. Real GB18030 is hardly ever three valid bytes of UTF-8."""
    text = data.decode("utf-8", "replace")
    return len(_WIDE.findall(text)) > text.count("\ufffd")


def _damaged(file: str, before: str, place: int, encoding: str) -> Refusal:
    line = before.count("\n") + 1
    return Refusal(
        f"{file}, line {line}: byte {place} is not {encoding}. "
        "The file is damaged or of another encoding; export it again as UTF-8."
    )
