"""Free text keeps what was said and loses who said it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.privacy import mask

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
