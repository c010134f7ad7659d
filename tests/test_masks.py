"""Personal data of other kinds than mobile numbers in free text, and the ordinary sentences beside it that stay."""

import re
import unicodedata

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.masks import PATTERNS
from pipeline.privacy import mask, mask_series
from tests.trials import tried

# label: a sentence, and what may stand in it; one a line, or several parted by |
PERSONAL = """
证件: 身份证{}，谢谢
    110105491231002 | 320106 800101 123 | ３２０１０６８００１０１１２３
证件: 护照号{}，谢谢
    E12345678 | EA1234567 | :G 12345678 | 码：e12345678
证件: 港澳通行证{}，谢谢
    C12345678 | 号是H12345678 | H1234567801
证件: 客户王{}，谢谢
    E12345678 | ED1234567 | ，g12345678 | PE1234567
邮箱: 请写{}，谢谢
    a @ b.com | zhang.san @163.com | li-na@ mail . example . cn
    wang(at)example.com | wang [at] mail [dot] example.com
车牌: 我的车{}，谢谢
    WJ京1234X | wj 京·1234X | WJ01-12345 | WJ沪 1234B
    使014578 | 使 224·578 | 224578使 | 沪A0023领
    粤Z1234澳 | 粤Z·1234港 | 京A1234学 | 京A1234 警 | 苏E8F88挂 | 沪A1234试
    新A12345 | 新AD12345 | 新A·LA200 | 新B12D45
    军A·12345 | 南A12345 | 空K 12345 | 海D-54321 | 成A•12345 | VA·12345 | KB ・12345 | 沪A•12345 | 京A●D1234
车牌: 车牌{}，谢谢
    VA12345 | 号：A12345 | 是B8888X | 号码 SD12345
电话: 座机{}，谢谢
    021-12345678 | (0755) 8888 8888 | （021）12345678 | 0755 - 8888 8888 | 0898－66661234
    +86 21 6234 5678 | 0086-755-88888888 | +86(755)88888888
电话: 请打电话{}，谢谢
    62345678 | ：8765432 | 号码是6234 5678
账号: 请找{}，谢谢
    微信：zhangsan | 微信号zhang_san88 | 微信abc12345 | 加微abc12345 | 加V：abc12345
    vx abc12345 | wechat: li-na-2020 | 微信号：123456789 | weixin号 lina_1990 | 微信是lina1990
    QQ12345 | QQ号：1234567890 | qq 123456789 | 扣扣88888888
卡号: 退到{}，谢谢
    6222021234567890128 | 6222 0212 3456 7890 128 | 4111111111111111 | 5500-0000-0000-0004
    卡号1234567890123456 | 账号：1234 5678 9012 34 | 622202 1234567890128
"""
# What customers write, with the numbers that cars, prices, times and orders have.
ORDINARY = """
买的Q5 e-tron，续航520公里 | 新Q5L 45TFSI落地38万 | 新ES300h很安静 | 新GLC260L比老款贵2万 | 新A6L2023款
完成A12345号工单 | 海A级 | 空调A12345 | 成都A12座 | 车牌照A级 | 车牌Q5的 | 宝马X5·12345公里 | 型号E12345678
配件号 G12345678 | 订单EA1234567 | VIN: E12345678 | E20251031
新Q52022款 | 新GLA200开了15000公里 | 新RX350保养花了3,280元 | A4L 40TFSI | Model 3、Model Y | 宝马X5 xDrive40i
五菱宏光MINI | 比亚迪秦PLUS DM-i 120KM | 理想L9 Max | 深蓝SL03 | 问界M7 2024款 | 星途VX 2.0T
跑了123456公里才保养 | 行驶12345678米 | 里程表87654公里 | 即使100000公里也没问题 | 驾驶200000公里
行使123456公里 | 里程123456使用正常 | 大使300400很好 | 使800000元的车也一样
QQ车很小，QQ3也一样 | 奇瑞QQ 30000公里 | QQ跑了100000多公里 | QQ 2020款
花了138.50元 | 打8.5折 | 15.8万 | 100% | 1/3 | 95号汽油7.89元 | 信用卡付了12345元 | 银行卡刷了2次
等了45分钟 | 9:30到，11:45取车 | 上午0900-1030 | 2025年10月31日9点 | 2025-10-31 | 20251031下单
10月01-07日休息 | 二〇二五年十月 | 3-5天 | 满分10分给9分 | 打10分 | 评分4.5@店 | @ 3.5折 | 速度80 @ 3.5L
4S店3号工位 | 5W-30机油4L | 205/55R16轮胎 | 在京A店 | 川菜A套餐 | 一三五七九号店 | 零零七一二三四
12345热线打了3次 | 400-820-8888 | 4008208888 | 95566 | 12306 | 电话打了20次 | 电话20251031打的 | 电话 5000元套餐
微信支付300元 | 微信APP很慢 | 微信通知2次 | 微信回访第3次 | 用微信 iPhone15扫码 | 加微信群有优惠
微信公众号 service好 | 护照办理很快，花了20分钟 | 保单尾号1234
工单号E20251031 | 编号G12345678 | 合同A1234567890 | 订单20251031123456 | 订单号202510311234567
单号162345678901234 | 配件号WJ12345 | 发票12345678 | VIN码LFV3A23C8K3123456 | 3.14159265358979
"""


def personal() -> list[tuple[str, str, str]]:
    """(label, sentence, what stands in it)."""
    found, label, sentence = [], "", ""
    for line in filter(None, PERSONAL.split("\n")):
        if line.startswith(" "):
            found += [(label, sentence, one.strip()) for one in line.split("|")]
        else:
            label, _, sentence = line.partition(": ")
    return found


@pytest.mark.parametrize(("label", "sentence", "told"), personal())
def test_it_is_masked_and_the_words_round_it_stay(label: str, sentence: str, told: str) -> None:
    masked = mask(sentence.format(told))
    assert masked.startswith(sentence.partition("{")[0])
    assert f"〔{label}〕,谢谢" in masked
    assert not re.search("[0-9A-Za-z]", re.sub("wechat|weixin|vx|V|QQ|qq", "", masked))
    assert mask_series(pl.Series([sentence.format(told)])).to_list() == [masked]


@pytest.mark.parametrize("text", [one.strip() for line in ORDINARY.split("\n") for one in line.split("|") if one])
def test_ordinary_sentences_stay(text: str) -> None:
    plain = unicodedata.normalize("NFKC", text)
    assert mask(text) == plain
    assert mask_series(pl.Series([f"好。{text}。"])).to_list() == [f"好。{plain}。"]


def test_a_bank_card_has_its_check_digit() -> None:
    assert [one for one in "0123456789" if "卡号" in mask(f"退到622202123456789012{one}吧")] == ["8"]


def test_a_card_of_fifteen_digits_has_a_province_and_a_day_of_birth() -> None:
    for other in ("990105491231002", "110105491331002", "110105491232002", "1.110105491231002"):
        assert mask(f"号{other}。") == f"号{other}。"


PIECES = """
138 0013 8000|110105|19491231|002X|6222|1234|12345678|A12345|E12345678|WJ|使 014 578|京|沪A|5@2.3|@|a.cn|(at)|电话
座机|传真|微信|威信|vx|加|扣扣|企鹅|卡号|储蓄卡|账户|护照|回乡证|车牌|牌照|ı
"""


@tried(300)
@given(
    st.lists(st.sampled_from(re.split(r"[|\n]", PIECES)) | st.text("0123456789-. ()+ABG号是", max_size=4), max_size=6)
)
@example(["5@2.3"])
@example(["使 014 578"])
@example(["扣扣", "12345678"])
@example(["企鹅", "12345678"])
@example(["微信: ", "12345678"])
def test_a_pattern_is_left_out_only_where_it_matches_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)
    plain = unicodedata.normalize("NFKC", text)
    for pattern, label in PATTERNS:
        plain = pattern.sub(label, plain)
    assert mask(text) == plain.strip()
