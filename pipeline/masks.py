"""What personal data looks like in free text, and what stands in its place.

Texts are in NFKC. What only a word tells, such as a passport or a WeChat id, is masked after that word alone.
"""

import re
from collections.abc import Callable

# Digits and look-arounds, never \b: Chinese characters count as word characters. People put
# up to two spaces, hyphens, dots or brackets between the digits of a number.
_GAP = r"[ \-.·‐−—–_/()]{0,2}"
# Between its three groups anything may stand, a line break too; and it may be written in hanzi.
_GROUPED = r"1[3-9][0-9]\W{1,3}[0-9]{4}\W{1,3}[0-9]{4}"
_NUMERALS = "〇零一幺二两三四五六七八九"
_SPELLED = rf"[一幺]\W?[三四五六七八九](?:\W?[{_NUMERALS}]){{9}}"
_UNITS = (
    "(?: ?[多余来几]?(?:公里|千米|里|km|元|块|万|千|年|款|分|次))"  # what such a number counts is no number to call
)
_SAYING = r"[ :#是为加]{0,3}"  # between the word and the number
# An area code and seven or eight digits; after +86 without its 0; without it after a word.
_AREA = rf"\(?0(?:10|2[0-9]|[3-9][0-9]{{2}})[ \-.·‐−—–_/()]{{0,3}}\d{{3,4}}{_GAP}\d{{4}}(?!\d)"
_ABROAD = rf"(?:\+|00)86{_GAP}(?:10|2[0-9]|[3-9][0-9]{{2}}){_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)"
_CALLED = "电话|座机|固话|传真|tel|phone"
_LOCAL = (rf"(?:{_CALLED})号?码?{_SAYING}", rf"(?!20\d\d[01]\d[0-3]\d)[2-9]\d{{2,3}}[ \-]?\d{{4}}(?!\d|{_UNITS})")

_PLACES = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PROVINCES = f"{_PLACES}新"  # 新 is also the word for new: 新GLC260, 新ES300h are cars
_ARMY = "军空海北沈兰济南广成"  # before 2013: services and regions; since then two letters
PLATE_SIGNS = f"{PROVINCES}{_ARMY}"
_DOT_SIGNS = "·•‧・∙⋅●"
_MARK = f"[ {_DOT_SIGNS}.\\-]?"
_END = "(?![A-Z0-9])"
_PLATES = (
    rf"[{_PLACES}] ?[A-HJ-NP-Z]{_MARK}[A-HJ-NP-Z0-9]{{4,5}}(?:[A-HJ-NP-Z0-9]|[ ·]?[挂学警港澳使领试]){_END}",
    rf"新 ?(?![A-Z]{{2,4}}\d{{3}}[A-Z]{{0,2}}{_END})[A-HJ-NP-Z]{_MARK}(?:(?=(?:[A-Z]*\d){{3}})[A-HJ-NP-Z0-9]{{4}}"
    rf"[A-HJ-NP-Z0-9挂学警]|[A-HJK][A-HJ-NP-Z0-9]\d{{4}}|\d{{5}}[A-HJK]){_END}(?! ?[款年型])",
    rf"(?<![即假促致驱行驾大公天特])使 ?\d{{3}}{_MARK}\d{{3}}(?!\d|{_UNITS})",
    r"(?<!\d)\d{3}[ ·.\-]?\d{3} ?使(?=$|[^\u4e00-\u9fff]|[的号牌车])",
    rf"(?<![A-Z])WJ{_MARK}[{PROVINCES}]{_MARK}\d{{4}}[A-Z0-9]?{_END}",
    rf"(?<![完构组达])[{_ARMY}] ?[A-Z]{_MARK}\d{{5}}{_END}",
    rf"(?<![A-Z0-9])[A-Z]{{2}} ?[{_DOT_SIGNS}] ?\d{{5}}{_END}",
)
PLATE = f"(?:{'|'.join(_PLATES)})"
_PLATED = "车牌|牌照|车号|军牌"
_TOLD_PLATE = (  # the army's, and one without its province
    rf"(?:{_PLATED})号?码?{_SAYING}",
    rf"(?=(?:\W?[A-Z]*\d){{3}})[A-HJ-NP-Z][A-Z]?{_MARK}[A-HJ-NP-Z0-9]{{4,6}}{_END}",
)
_OLD_POLICE = rf"(?<![A-Z])WJ{_MARK}\d{{2}}{_MARK}\d{{5}}{_END}"  # ASCII alone: as an id it may be anything

_NAME = r"[A-Za-z0-9._%+\-]"
_AT = r"(?:@|[\[(] ?at ?[\])])"
_DOT = r"(?:\.| \. |[\[(] ?dot ?[\])]| [\[(] ?dot ?[\])] )"
_MAILS = (
    r"@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+",
    rf"{_AT} {{0,2}}[A-Za-z0-9\-]+(?:{_DOT}[A-Za-z0-9\-]+)*{_DOT}[A-Za-z]{{2,}}",
)
_MAIL = rf"(?:(?<!{_NAME}){_NAME}+ {{0,2}})?(?:{'|'.join(_MAILS)})"

_CITIZEN = r"(?<!\d)\d{6}[ \-]?\d{8}[ \-]?\d{3}[\dXx](?!\d)"
# Fifteen digits, until 1999: a province, a day of birth, an order.
PROVINCE_CODES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]"
_BORN = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_OLD_CITIZEN = rf"(?<![\d.])(?:{PROVINCE_CODES})\d{{4}}[ \-]?{_BORN}[ \-]?\d{{3}}(?![\d.])"
_PAPERS = "护照|通行证|回乡证|台胞证|passport"
_PAPER = (rf"(?:{_PAPERS})(?:号码?|编号| ?no\.?)?{_SAYING}", rf"[A-Z]{{1,2}} ?\d{{6,10}}{_END}")
# A passport, by its letters and length alone; not after the word for a number of something else, nor a date.
BARE_PASSPORT = r"(?<![A-Z0-9_.\-])(?:[EG]\d{8}|E[A-HJ-NP-Z]\d{7}|[DPS]E\d{7})(?![A-Z0-9_\-])"
_ANOTHER_NUMBER = re.compile(
    r"(?:[单编型款批票货机工]|[配零部邮]件|合同|流水|识别|vin|no|id)(?:号码?|码|编号)?[ :#.是为]{0,3}$", re.IGNORECASE
)
_DATED = re.compile(r"[A-Z]20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.IGNORECASE)

_CARDS = "卡号|银行卡|信用卡|储蓄卡|账号|帐号|账户"
_TOLD_CARD = (rf"(?:{_CARDS})号?码?{_SAYING}", r"\d(?:[ \-]?\d){11,22}(?!\d)")
_BANK = r"(?<![\d.])(?:\d{4}(?:[ \-]\d{4}){3}(?:[ \-]\d{1,3})?|\d{6}[ \-]\d{10,13}|\d{16,19})(?![\d.])"
_ISSUERS = re.compile(r"6[02]|65|4|5[1-5]|35")

_CHATS = "微信|薇信|威信|weixin|wechat"
_SHORT_CHATS = "vx|wx|v信"
_HANDLE = r"(?!wechat|weixin|alipay|service|official|account|iphone|ipad|android)[A-Z][A-Z0-9_\-]{5,19}(?![A-Z0-9_\-])"
_ODD_HANDLE = rf"(?=[A-Z\-]*[0-9_]){_HANDLE}"  # with a digit in it: no word
_ACCOUNTS = (
    (
        rf"(?:{_CHATS})(?:(?:号码?|id|账号|帐号)[ :是为]{{0,3}}| {{0,2}}[:是为] {{0,2}})",
        rf"(?:{_HANDLE}|[1-9]\d{{4,10}}(?!\d|{_UNITS}))",
    ),
    (rf"(?:(?:{_CHATS})|(?<![A-Z])(?:{_SHORT_CHATS})号?|[加+] ?[微v]){_SAYING}", _ODD_HANDLE),
    (rf"(?:(?<![A-Z])qq|扣扣|企鹅)(?:号码?|群号?)?{_SAYING}", rf"[1-9]\d{{4,10}}(?!\d|{_UNITS})"),
)


def _is_bank_card(digits: str) -> bool:
    """Whether the first digits are those of issuers of cards, and the last the check digit (Luhn)."""
    turned = [int(one) for one in reversed(digits)]
    doubled = sum(sum(divmod(2 * one, 10)) for one in turned[1::2])
    return _ISSUERS.match(digits) is not None and (sum(turned[::2]) + doubled) % 10 == 0


def _pattern(text: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(text, flags)


def _if_card(found: re.Match[str]) -> str:
    return "〔卡号〕" if _is_bank_card(re.sub(r"\D", "", found[0])) else found[0]


def _if_passport(found: re.Match[str]) -> str:
    another = _ANOTHER_NUMBER.search(found.string, max(0, found.start() - 12), found.start())
    return found[0] if another or _DATED.fullmatch(found[0]) else "〔证件〕"


def _after(told: tuple[str, str], label: str) -> tuple[re.Pattern[str], str]:
    """told: a word, and what it tells of."""
    word, rest = told
    return _pattern(f"(?P<word>{word}){rest}"), rf"\g<word>{label}"


PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_pattern(_MAIL), "〔邮箱〕"),
    (_pattern(_CITIZEN), "〔证件〕"),
    (_pattern(_OLD_CITIZEN), "〔证件〕"),
    _after(_PAPER, "〔证件〕"),
    (_pattern(BARE_PASSPORT), _if_passport),
    _after(_TOLD_CARD, "〔卡号〕"),
    (_pattern(_BANK), _if_card),
    (_pattern(rf"(?<!\d)(?:\(?(?:\+|00)?86{_GAP})?\(?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)"), "〔电话〕"),
    (_pattern(rf"(?<!\d){_GROUPED}(?!\d)"), "〔电话〕"),
    (_pattern(rf"(?<![{_NUMERALS}]){_SPELLED}(?![{_NUMERALS}])"), "〔电话〕"),
    (_pattern(rf"(?<!\d)(?:{_AREA}|{_ABROAD})"), "〔电话〕"),
    _after(_LOCAL, "〔电话〕"),
    (_pattern(PLATE), "〔车牌〕"),
    _after(_TOLD_PLATE, "〔车牌〕"),
    (_pattern(_OLD_POLICE), "〔车牌〕"),
    *(_after(one, "〔账号〕") for one in _ACCOUNTS),
)
"""What is replaced, in this order, and by what."""

WORD = _pattern("|".join(word for word, _ in (_PAPER, _TOLD_CARD, _LOCAL, _TOLD_PLATE, *_ACCOUNTS)))
WORDLESS = tuple(one for one in PATTERNS if not one[0].groupindex)
"""The patterns that may match a text without any WORD: most need one."""
NUMBERS = tuple(one for one in WORDLESS if one[0].pattern not in (_MAIL, BARE_PASSPORT, PLATE, _OLD_POLICE))
"""Those of them that may match a text without any SIGN."""
_HANZI = "".join(re.findall("[\u4e00-\u9fff]", f"{_PAPERS}{_CALLED}{_PLATED}{_CARDS}{_CHATS}{_SHORT_CHATS}扣企使"))
SIGN = _pattern(f"[A-Z@{_HANZI}]")
"""A letter, or what a WORD begins with: few texts hold any."""

LABELS = {
    "〔电话〕": "phone", "〔证件〕": "ID card", "〔邮箱〕": "e-mail", "〔车牌〕": "plate", "〔卡号〕": "bank card",
    "〔账号〕": "account",
}  # fmt: skip
"""What stands in the place of what is masked: label -> what it was."""

_CHATTED = rf"{_CHATS}|{_SHORT_CHATS}|扣扣|企鹅|qq|[加+] ?[微v]"
SUSPECT = (
    rf"@|[\[(] ?(?i:at) ?[\])]|(?:[0-9][ \-.·—–_/()]{{0,3}}){{9}}[0-9]|[{PLATE_SIGNS}] ?[A-Za-z]|{_GROUPED}|{_SPELLED}"
    rf"|[0-9] ?使|使 ?[0-9]|(?i:wj)|(?i:{_PAPERS})|(?i:(?:{_CALLED})[ :#是为加号码]{{0,6}})[0-9]{{3}}[0-9 \-]"
    rf"|(?i:[EG]|E[A-Z]|[DPS]E)[0-9]{{7}}|[A-Za-z] ?[{_DOT_SIGNS}] ?[0-9]{{5}}"
    rf"|(?:{_PLATED})[ :#是为加号码]{{0,6}}[A-Za-z]"
    rf"|(?i:(?:{_CHATTED})[ :#是为加号码账帐群id]{{0,8}}[0-9a-z_\-]{{5}})"
)
"""What every text that PATTERNS change holds, and few others do; for an engine without look-arounds."""


def kinds(text: str, masked: str) -> list[str]:
    """The kinds of personal data that stand in a text and not in what it was masked to."""
    return [kind for label, kind in LABELS.items() if masked.count(label) > text.count(label)]
