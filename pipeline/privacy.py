"""Personal data in free text is masked before anything is stored."""

import re
import unicodedata

# Digits and look-arounds, never \b: Chinese characters count as word characters.
# Spaces, hyphens and dots between digits are common spellings of a phone number.
_GAP = r"[ \-.·—]?"
_PATTERNS = (
    ("〔邮箱〕", re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")),
    ("〔证件〕", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")),
    ("〔电话〕", re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1[3-9]\d(?:{_GAP}\d){{8}}(?!\d)")),
    ("〔电话〕", re.compile(r"(?<!\d)\(?0\d{2,3}\)?[ \-]?\d{7,8}(?!\d)")),
    (
        "〔车牌〕",
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z]"
            r"[ ·.\-]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])"
        ),
    ),
)


def mask(text: str) -> str:
    """The text in NFKC with phone numbers, ID cards, e-mail addresses and plates replaced."""
    masked = unicodedata.normalize("NFKC", text)
    for label, pattern in _PATTERNS:
        masked = pattern.sub(label, masked)
    return "".join(one for one in masked if one == "\n" or unicodedata.category(one)[0] != "C").strip()
