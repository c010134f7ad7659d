"""Free text keeps what was said and loses who said it; an id is told from a person's data."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import privacy
from pipeline.privacy import mask, mask_series, personal, personal_series, short_ids
from tests.trials import tried

DIGITS = "13900006688"
SEVEN_SPELLINGS = (
    "13900006688",
    "139 0000 6688",
    "139-0000-6688",
    "+86 139 0000 6688",
    "0086-13900006688",
    "１３９００００６６８８",
    "139·0000·6688",
)
AROUND = ("{}", "请回电{}谢谢", "电话:{}。", "手机{}转2", "我姓王{}", "a{}b", "（{}）", "第1次说了，{}，第2次又说")


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("spelling", SEVEN_SPELLINGS)
def test_a_mobile_number_in_seven_spellings(spelling: str, around: str) -> None:
    masked = mask(around.format(spelling))
    assert "〔电话〕" in masked
    assert "".join(one for one in masked if one.isdigit()) in ("", "2", "12")


@pytest.mark.parametrize(
    "spelling",
    [
        "86-139-0000-6688",
        "139.0000.6688",
        "139－0000－6688",
        "139—0000—6688",
        "139 00 00 66 88",
        "139\u00a00000\u00a06688",
        "139 - 0000 - 6688",
        "139，0000，6688",
        "139、0000、6688",
        "139：0000：6688",
        "139\n0000\n6688",
        "139\u20110000\u20116688",
        "139−0000−6688",
        "139】0000~6688",
        "（+86）139 0000 6688",
        "一三九零零零零六六八八",
        "幺三九，〇〇〇〇，六六八八",
    ],
)
def test_further_spellings(spelling: str) -> None:
    assert mask(f"请打{spelling}找我") == "请打〔电话〕找我"


@pytest.mark.parametrize("number", ["010-62345678", "02162345678", "0755 1234567", "(021)62345678", "（0571）87654321"])
def test_a_number_of_a_fixed_line(number: str) -> None:
    assert mask(f"座机{number}。") == "座机〔电话〕。"


@pytest.mark.parametrize(
    "plate",
    [
        "京A12345",
        "粤B·12345",
        "沪AD12345",
        "浙A D12345",
        "鄂A．12345",
        "渝BF88888",
        "粤Z1234港",
        "苏E-8F88挂",
        "京A1234警",
    ],
)
def test_a_number_plate(plate: str) -> None:
    assert mask(f"我的车是{plate}，白色") in ("我的车是〔车牌〕,白色", "我的车是〔车牌〕，白色")


@pytest.mark.parametrize(
    "card", ["110101199003077777", "11010119900307777X", "11010119900307777x", "１１０１０１１９９００３０７７７７７"]
)
def test_an_identity_card(card: str) -> None:
    assert mask(f"身份证{card}号") == "身份证〔证件〕号"


@pytest.mark.parametrize("address", ["a.b+c@qq.com.cn", "zhang_san@163.com", "zhang＠163.com", "ZHANG-9@mail.example"])
def test_an_e_mail_address(address: str) -> None:
    assert mask(f"写信到{address}吧") == "写信到〔邮箱〕吧"


def test_an_e_mail_address_with_hanzi_before_it() -> None:
    assert mask("写信给张三@163.com吧") == "写信给张三〔邮箱〕吧"


def test_several_in_one_text() -> None:
    text = "京A12345，13900006688或010-62345678，a@b.cn，110101199003077777"
    assert mask(text) == "〔车牌〕,〔电话〕或〔电话〕,〔邮箱〕,〔证件〕"


NOT_PERSONAL = """订单号20251031123456 | 2025-10-31 09:05:07 | 等了139分钟花了1390元 | 13900006688000 | 第139次 |
12315投诉 | 1,390,000元 | 400-800-8888 | VIN LSVAM4187C2184841 | 10分 | A4打印 | 在京A店 | @服务顾问 | 满意!"""


@pytest.mark.parametrize("text", [one.strip() for one in NOT_PERSONAL.split("|")])
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask(text) == text


def test_invisible_characters_go_and_line_breaks_stay() -> None:
    assert mask(" 好\u200b\u202e的\x07\r\n再\u00a0来 ") == "好的\n再 来"


@pytest.mark.parametrize("invisible", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\x00", "\u202e"])
def test_invisible_characters_do_not_hide_a_number(invisible: str) -> None:
    assert mask(f"请打{invisible.join(DIGITS)}找我") == "请打〔电话〕找我"


@pytest.mark.parametrize(
    "spelling",
    [
        "（139）0000-6688",
        "139  0000  6688",
        "139_0000_6688",
        "139/0000/6688",
        "1 3 9 0 0 0 0 6 6 8 8",
        "021-6234 5678",
        "0571—87654321",
    ],
)
def test_spellings_with_other_gaps(spelling: str) -> None:
    assert mask(f"请打{spelling}找我") == "请打〔电话〕找我"


@pytest.mark.parametrize("text", ["京a12345", "沪ad12345", "沪 A12345", "110101 19900307 7777"])
def test_plates_and_cards_as_people_type_them(text: str) -> None:
    assert not any(one.isdigit() for one in mask(f"我的是{text}，谢谢"))


@tried(100)
@given(
    st.text(st.sampled_from("好的，车ab 。\n"), max_size=5),
    st.sampled_from("3456789"),
    st.text(st.sampled_from("0123456789"), min_size=9, max_size=9),
    st.lists(st.sampled_from(["", "", " ", "-", ".", "·", "—"]), min_size=8, max_size=8),
    st.text(st.sampled_from("好的，车ab 。\n"), max_size=5),
)
def test_any_mobile_number_with_any_gaps(before: str, second: str, rest: str, gaps: list[str], after: str) -> None:
    number = "".join(digit + gap for digit, gap in zip(f"1{second}{rest}", ["", "", *gaps, ""], strict=True))
    masked = mask(before + number + after)
    assert "〔电话〕" in masked
    assert not any(one.isdigit() for one in masked)


# ── a whole column at once ───────────────────────────────────────────────────────────────


def test_a_column_is_masked_and_what_is_empty_is_null() -> None:
    texts = [None, "", "  ", "\u200b", "好，", "请打13900006688", "😀 13900006688", "京A12345", " a@b.cn\n"]
    wanted = [None, None, None, None, "好,", "请打〔电话〕", "😀 〔电话〕", "〔车牌〕", "〔邮箱〕"]
    found = mask_series(pl.Series("v", texts))
    assert found.to_list() == wanted
    assert (found.name, found.dtype) == ("v", pl.String)


@pytest.mark.parametrize("texts", [[], [None], [None, ""]])
def test_a_column_without_text(texts: list[str | None]) -> None:
    column = pl.Series("v", texts, dtype=pl.String)
    assert mask_series(column).equals(pl.Series("v", [None] * len(texts), dtype=pl.String), check_dtypes=True)
    assert personal_series(column).equals(pl.Series("v", [False] * len(texts), dtype=pl.Boolean), check_dtypes=True)


# Pieces that personal data is made of, whole and broken, and characters that NFKC changes.
PIECES = (
    "139", "0000", "6688", "+86", "0086", "86", "1", "0", "021", "6234", "5678", "110101", "19900307", "7777",
    "077X", "京", "粤", "Ａ", "A", "a", "D12345", "１２３４５", "学", "zhang", "@", "＠", "163.com", ".", "·", "-",
    "－", "—", "_", "/", "(", "（", "）", " ", "\u3000", "\u00a0", "\t", "\r\n", "\n", "\x00", "\u200b", "，", "。",
    "…", "“", "①", "²", "½", "😀", "é", "e\u0301", "\u0663", "𝟏𝟑𝟗", "㈱", "ſ", "K", "\ufe0f", "\u2028", "好",
    "192.168", ".1.20", "::", "fe80", "~", "WJ", "使", "领", "微信", "号", ":", "QQ", "加v", "abc12345", "护照",
    "E12345678", "卡号", "6222", "0212", "7890128", "电话", "62345678", " at", "(at)", "com", "新",
    "3201068", "0010112",
)  # fmt: skip
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MIXED = st.lists(st.sampled_from(PIECES) | st.text(st.sampled_from("0123456789"), max_size=4), max_size=12).map("".join)


@tried(100)
@given(st.lists(st.none() | ANY_TEXT | MIXED, max_size=6))
@example(list(PIECES))
@example([f"请打{one}" for one in SEVEN_SPELLINGS])
@example(
    ["座机010-2345678，", "(0571)87654321", "1 3 9 0 0 0 0 6 6 8 8", "a_b@c.d", "粤 b12345", "110101 19900307 7777"]
)
def test_a_column_is_masked_as_its_texts_are(texts: list[str | None]) -> None:
    wanted = [mask(one) or None if one is not None else None for one in texts]
    assert mask_series(pl.Series(texts, dtype=pl.String)).to_list() == wanted


def test_every_character_is_masked_in_a_column_as_it_is_alone() -> None:
    characters = [f"1{chr(one)}2" for one in range(0x110000) if not 0xD800 <= one < 0xE000]
    found = mask_series(pl.Series(characters)).to_list()
    assert [one for one, masked in zip(characters, found, strict=True) if masked != mask(one)] == []


# ── personal data where an id should be ──────────────────────────────────────────────────


def card(first: str) -> str:
    """An identity card of 17 digits with its check digit, computed from the standard's weights."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    remainder = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11
    return first + "10X98765432"[remainder]


CARD = card("11010119900307777")
PERSONAL = {
    "phone": (
        *SEVEN_SPELLINGS,
        " 13900006688 ",
        "86-139-0000-6688",
        "(139) 0000-6688",
        "139.0000.6688",
        "8613900006688",
    ),
    "id_card": (CARD, CARD.lower(), f" {CARD[:6]} {CARD[6:14]} {CARD[14:]}", card("11010120000229001")),
    "email": ("a.b+c@qq.com.cn", "a @ b.com", "zhang＠163.com", "ZHANG-9@mail.example"),
    "plate": (
        *("京A12345", "粤B·12345", "沪AD12345", "京a12345", "渝BF88888", "粤Z1234港", "京Ａ１２３４５"),
        *("WJ京1234X", "使014578", "224578使", "沪A0023领", "新A12345"),
    ),
    "ip": ("192.168.1.20", "8.8.8.8", "255.255.255.255", "2001:db8::1", "fe80::1ff:fe23:4567:890a", "::ffff:1.2.3.4"),
}


@pytest.mark.parametrize(("kind", "cell"), [(kind, cell) for kind, cells in PERSONAL.items() for cell in cells])
def test_a_cell_that_is_personal(kind: str, cell: str) -> None:
    assert personal(cell) == kind
    assert personal_series(pl.Series([cell, "A12345"])).to_list() == [True, False]


AN_ID = """R_3xyzABCDEF12345 | A12345 | SH-001 | BJ-A12345 | 1 | 139 | 1390000668 | 139000066880 | 12900006688 |
23900006688 | 1696118400000 | 20251031123456 | 202510311234567890 | 2025-10-31 09:05:07 | 09:05:07 | 0571-87654321 |
010-62345678 | 5f3c1b2e-7a90-4a86-9a53-1b1d1e0c7a55 | 京A店 | 京东商城 | 北京A12345 | 新A | 京ABCDEF | 上海店 |
@顾问 | a@b | x@y.1 | 1.2.3 | 1.2.3.4.5 | 256.1.1.1 | 1.2.3.04 | 10.5 | 1,390,000 | 电话13900006688 | 13900006688x |
13900006688 13900006689 | a:b:c | 00:1b:44:11:3a:b7 | 1-39-0000-6688 | 139-0000 6688 | LSVAM4187C2184841 | 满意 |
- | 0"""


@pytest.mark.parametrize("cell", ["", " ", *(one.strip() for one in AN_ID.replace("\n", " ").split("|"))])
def test_a_cell_that_is_an_id(cell: str) -> None:
    assert personal(cell) is None


def test_a_card_has_a_real_birth_date_and_its_check_digit() -> None:
    for start in ("20251019900101", "11010120251031", "99010119900101"):  # no province, not grown up
        right = card(f"{start}777")
        assert [one for one in "0123456789X" if personal(right[:17] + one)] == [right[17]]
    mistyped = [f"110101{year}0101777{one}" for year in (1920, 1990, 2009) for one in "0123456789X"]
    assert {personal(one) for one in mistyped} == {"id_card"}
    assert personal_series(pl.Series(mistyped)).all()
    for born in ("19900230", "19901301", "19900100", "18991231", "21000101", "19000229"):
        assert personal(card(f"110101{born}777")) is None


@tried(100)
@given(st.lists(st.none() | ANY_TEXT | MIXED | st.sampled_from([one for all_ in PERSONAL.values() for one in all_])))
@example(list(PIECES))
def test_a_column_is_recognised_as_its_cells_are(cells: list[str | None]) -> None:
    wanted = [one is not None and personal(one) is not None for one in cells]
    assert personal_series(pl.Series(cells, dtype=pl.String)).to_list() == wanted


@tried(100)
@given(st.integers(min_value=0, max_value=10**24))
def test_a_plain_number_is_an_id_unless_it_is_a_mobile_or_a_card(number: int) -> None:
    text = str(number)
    told = {None: True, "phone": len(text) in (11, 13) and text[-11] == "1", "id_card": len(text) == 18}
    assert told[personal(text)]


def test_what_is_usual_is_made_plain_as_nfkc_does() -> None:
    characters = pl.Series([chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000])
    usual = characters.filter(~characters.str.contains(privacy._UNUSUAL))
    assert len(usual) > 20_000
    assert usual.str.replace_many(privacy._WIDE).equals(usual.str.normalize("NFKC"))


@pytest.mark.parametrize(
    ("cells", "short"),
    [
        (["R1", "0007", "a-b_c"], True), (["R1", ""], False), (["R1", " R2"], False), (["R1\n"], False),
        (["R1", "a@b.cn"], False), (["１２"], False), (["12345678901"], False), (["::1"], False),
    ],
)  # fmt: skip
def test_short_ids_need_no_second_look(cells: list[str], short: bool) -> None:
    column = pl.Series(cells)
    assert short_ids(column) == short
    if short:
        assert column.equals(column.str.strip_chars())
        assert not personal_series(column).any()
