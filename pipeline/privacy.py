"""Personal data in free text is masked before anything is stored."""

import re
import unicodedata

# Digits and look-arounds, never \b: Chinese characters count as word characters. People put
# up to two spaces, hyphens, dots or brackets between the digits of a number.
_GAP = r"[ \-.·—–_/()]{0,2}"
_PLATE = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领] ?[A-HJ-NP-Z]"
    r"[ ·.\-]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Z0-9])"
)
_PATTERNS = (
    ("〔邮箱〕", re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")),
    ("〔证件〕", re.compile(r"(?<!\d)\d{6}[ \-]?\d{8}[ \-]?\d{3}[\dXx](?!\d)")),
    ("〔电话〕", re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?\(?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)")),
    ("〔电话〕", re.compile(rf"(?<!\d)\(?0\d{{2,3}}{_GAP}\d{{3,4}}[ \-]?\d{{4}}(?!\d)")),
    ("〔车牌〕", re.compile(_PLATE, re.IGNORECASE)),
)


def mask(text: str) -> str:
    """The text in NFKC without invisible characters, with phone numbers, ID cards, e-mail
    addresses and plates replaced."""
    plain = "".join(
        one for one in unicodedata.normalize("NFKC", text) if one == "\n" or unicodedata.category(one)[0] != "C"
    )
    for label, pattern in _PATTERNS:
        plain = pattern.sub(label, plain)
    return plain.strip()
