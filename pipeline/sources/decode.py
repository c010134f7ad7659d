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


def decode(file: str, data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Nothing is replaced, nothing is guessed silently.

    Raises Refusal when the bytes fit no encoding, or fit one only as control or
    private-use characters (the mark of a wrong guess).
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(file, data[len(mark) :], encoding), encoding
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = _strict(file, data, "gb18030"), "gb18030"
    odd = (_ODD_GUESS if encoding == "gb18030" else _ODD).search(text)
    if odd is not None:
        line = text.count("\n", 0, odd.start()) + 1
        raise Refusal(
            f"{file}, line {line}: character U+{ord(odd[0]):04X} does not belong in text, and the file "
            f"was read as {encoding}. Save it as UTF-8 and put it in the inbox again."
        )
    return text, encoding


def _strict(file: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refusal(
            f"{file}, line {line}: byte {error.start} is neither UTF-8 nor {encoding}. "
            "The file is damaged or of another encoding; save it as UTF-8."
        ) from None
