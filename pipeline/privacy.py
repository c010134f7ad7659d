"""Personal data in free text is masked before anything is stored; in a field that should hold an
id it is recognised."""

import re
import unicodedata
from datetime import date
from ipaddress import ip_address

import polars as pl

from pipeline.masks import LABELS, NUMBERS, PATTERNS, PLATE, PLATE_SIGNS, PROVINCE_CODES, SIGN, SUSPECT, WORD, WORDLESS

HIDDEN = "〔隐去〕"
"""What stands in the place of a whole cell that is not shown."""

# Texts of these characters alone are the same in NFKC by Polars and by Python, and hold no
# invisible ones: ASCII, quotation marks and dashes, hanzi and their punctuation, full-width forms.
_UNUSUAL = (
    r"[^\n\x20-\x7e·×\x{2014}\x{2018}\x{2019}\x{201c}\x{201d}\x{2026}"
    r"\x{3000}-\x{3002}\x{3008}-\x{3011}\x{4e00}-\x{9fa5}\x{ff01}-\x{ff5e}]"
)
# All that NFKC changes in such a text, and what it makes of it.
_WIDE = {"\u3000": " ", "\u2026": "...", **{chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)}}

# What stays as it is, widths and outer space aside, holds none of this.
_LOOKED_AT = f"{_UNUSUAL}|{SUSPECT}"

# A whole cell. Stricter than in free text: an id may be a long number.
_SPACED = r"1[3-9]\d(?P<gap> {0,2}|[\-.·—_/])\d{4}(?P=gap)\d{4}"
_MOBILE = re.compile(
    rf"(?:(?:\+|00)?86[ \-.·—]?|\((?:\+|00)?86\) ?)?(?:{_SPACED}|\(1[3-9]\d\)[ \-]?\d{{4}}[ \-]?\d{{4}})", re.ASCII
)
_CARD = re.compile(r"([1-9]\d{5})[ \-]?((?:19|20)\d\d)(\d\d)(\d\d)[ \-]?(\d{3})([\dXx])", re.ASCII)
_MAIL = re.compile(r"[a-z0-9._%+\-]+ {0,2}@ {0,2}(?:[a-z0-9\-]+\.)+[a-z]{2,}", re.IGNORECASE | re.ASCII)
_WHOLE_PLATE = re.compile(rf"(?=.*[0-9]){PLATE}", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9a-f]*[:.][0-9a-f:.]+", re.IGNORECASE)
# What every cell that is personal fits, and few others do.
_MAYBE_PERSONAL = "|".join(
    (
        "@",
        rf"^[{PLATE_SIGNS}] ?[A-Za-z]",
        r"^[A-Za-z]{2} ?[^0-9A-Za-z] ?[0-9]{5}$",
        "使",
        r"^(?i:wj).?[^0-9]",
        r"^(?:\(?(?:\+|00)?86[^0-9]{0,2})?\(?1[3-9][0-9][^0-9]{0,2}[0-9]{4}[^0-9]{0,2}[0-9]{4}$",
        r"^[1-9][0-9]{5}[ \-]?(?:19|20)[0-9]{6}[ \-]?[0-9]{3}[0-9Xx]$",
        r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$",
        r"^[0-9A-Fa-f:.]*(?:::|(?:[0-9A-Fa-f]+:){6})[0-9A-Fa-f:.]*$",
    )
)
_LABEL = "|".join(LABELS)
_NEVER_PERSONAL = r"^[0-9A-Za-z_\-]{0,10}$"  # too short for all of these that have no other sign
_SHORT_ID = r"^[0-9A-Za-z_\-]{1,10}$"
_GROWN_UP = re.compile(rf"(?:{PROVINCE_CODES})[0-9]{{4}}(?:19[2-9][0-9]|200[0-9])")
_CHECK_DIGITS = "10X98765432"  # of a card: by the remainder of the weighted sum of its other digits (ISO 7064)


def mask(text: str) -> str:
    """The text in NFKC without invisible characters, with phone numbers, ID cards, passports, e-mail
    addresses, plates, bank cards, WeChat and QQ ids replaced."""
    plain = _visible(text)
    likely = NUMBERS if SIGN.search(plain) is None else PATTERNS if WORD.search(plain) else WORDLESS
    for pattern, label in likely:
        plain = pattern.sub(label, plain)
    return plain.strip()


def mask_series(column: pl.Series) -> pl.Series:
    """`mask` of every text; null where nothing is left."""
    said = column != ""
    if said.all():
        return _masked(column)
    nothing = pl.repeat(None, len(column), dtype=pl.String, eager=True)  # most say nothing
    return nothing.scatter(said.arg_true(), _masked(column.filter(said))).alias(column.name)


def holds_personal(column: pl.Series) -> pl.Series:
    """Whether anything would be masked in each text; false where there is none."""
    return mask_series(column).str.count_matches(_LABEL).fill_null(0) > column.str.count_matches(_LABEL).fill_null(0)


def _masked(column: pl.Series) -> pl.Series:
    plain = column.str.replace_many(_WIDE).str.strip_chars()
    slow = plain.str.contains(_LOOKED_AT).arg_true()
    texts = column.gather(slow)
    distinct = texts.unique()
    masked = pl.Series(map(mask, distinct.to_list()), dtype=pl.String)
    return plain.scatter(slow, texts.replace_strict(distinct, masked, default=None)).replace("", None)


def _plain(column: pl.Series) -> pl.Series:
    """In NFKC and stripped. ASCII is in NFKC already."""
    ascii_only = (column.str.len_bytes() == column.str.len_chars()).all()
    return (column if ascii_only else column.str.normalize("NFKC")).str.strip_chars()


def personal(text: str) -> str | None:
    """What a whole cell is where an id should be: phone (a mobile), id_card, email, plate or ip;
    None for anything else, long numbers and codes included."""
    cell = _visible(text).strip()
    card = _CARD.fullmatch(cell)
    if card is not None and _is_card(*card.groups()):
        return "id_card"
    for kind, pattern in (("phone", _MOBILE), ("email", _MAIL), ("plate", _WHOLE_PLATE)):
        if pattern.fullmatch(cell):
            return kind
    return "ip" if _ADDRESS.fullmatch(cell) and _is_address(cell) else None


def short_ids(column: pl.Series) -> bool:
    """Whether every cell is a short id as it stands: not blank, no space round it, not personal."""
    return column.str.contains(_SHORT_ID).all()


def personal_series(column: pl.Series) -> pl.Series:
    """Whether each cell is personal; false where there is none."""
    longer = column.filter(~column.str.contains(_NEVER_PERSONAL))
    texts = longer.filter(longer.str.contains(_UNUSUAL) | _plain(longer).str.contains(_MAYBE_PERSONAL)).unique()
    found = [text for text in texts.to_list() if personal(text)]
    if not found:
        return pl.repeat(False, len(column), eager=True)
    return column.is_in(found).fill_null(False)


def _visible(text: str) -> str:
    spaced = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    plain = unicodedata.normalize("NFKC", spaced)
    if plain.isprintable():
        return plain
    return "".join(one for one in plain if one == "\n" or unicodedata.category(one)[0] != "C")


def _is_card(region: str, year: str, month: str, day: str, order: str, check: str) -> bool:
    """Whether the birth date exists and the check digit is right; of a grown-up born in a province the card counts with
    a mistyped one too, as in free text. Orders numbered by place and day are of later years."""
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    if _GROWN_UP.fullmatch(region + year):
        return True
    digits = f"{region}{year}{month}{day}{order}"
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(digits))
    return _CHECK_DIGITS[total % 11] == check.upper()


def _is_address(cell: str) -> bool:
    try:
        ip_address(cell)
    except ValueError:
        return False
    return True
