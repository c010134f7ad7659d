"""What customers write: Chinese comments that fit the scores beside them, and invented people.

A comment is put together from sentences of one theme (mostly a factor of the questionnaire) and
one tone. The slots in braces are filled with what the customer's division would say, so the same
sentence speaks of a gearbox in one workshop and of a charging port in another. Names, telephone
numbers and number plates are invented; the middle block of every number is 0000.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal, TypeVar

T = TypeVar("T")
Tone = Literal["praise", "neutral", "complaint"]

PRAISE: dict[str, tuple[str, ...]] = {
    "problems": (
        "{fault}一次就修好了，开到现在没再出毛病。",
        "之前在别家修了两次没好，这里一次解决。",
        "修完开了一个多月，没有返工。",
        "{who}很快找到了{fault}的原因，一次搞定。",
        "老毛病这次彻底解决了。",
        "{job}做完以后车况很稳定。",
        "修好以后还主动问有没有别的问题，放心。",
    ),
    "user_friendly": (
        "周末也营业，对上班族很方便。",
        "离家近，停车位也好找。",
        "提供了代步车，一点没耽误上班。",
        "下雨天派车接送，很贴心。",
        "晚上七点多还能提车，时间安排得人性化。",
        "门口有专人指引停车，新来的也不会走错。",
    ),
    "delivery": (
        "说{hour}交车，准点就好了。",
        "结账时逐项解释了费用，明明白白。",
        "交车时洗得干干净净，里面也吸了尘。",
        "换下来的旧件都给我看了，清清楚楚。",
        "提车手续很快，十分钟就办完。",
        "交车前还带我一起试了一圈。",
    ),
    "quality": (
        "{who}技术过硬，检查得很细。",
        "{job}做得很仔细，该查的都查了。",
        "价格公道，没有乱加项目。",
        "活儿干得漂亮，{part}处理得跟新的一样。",
        "顺手帮我把{part}也检查了，没有另外收费。",
        "师傅讲得明白，什么该换什么不用换，都说了实话。",
    ),
    "in_service": (
        "休息区干净，有茶点和儿童角。",
        "等了{wait}，比预想的快。",
        "维修进度在手机上就能看到，很方便。",
        "每做完一步都会过来告诉我一声。",
        "中午还安排了午餐，等着也不难受。",
        "隔着玻璃能看到车间，心里踏实。",
    ),
    "advisor": (
        "{adv}态度热情，解释很耐心。",
        "服务顾问记得我上次提的问题，很用心。",
        "{adv}实在，不推销没用的项目。",
        "过了两天还打电话回访，挺负责。",
        "{adv}说话客气，要求都听进去了。",
        "换了好几家店，就数这里的顾问最诚恳。",
    ),
    "initiation": (
        "预约很顺利，到店就有人接。",
        "接车时绕车检查得很仔细，还拍了照。",
        "网上预约五分钟就定好了时间。",
        "一进门就有人招呼，没让我干等。",
        "到店后马上安排了工位，不用排队。",
        "交接单写得清楚，车上的物品也登记了。",
    ),
    "parts": (
        "配件都有现货，当天就换好了。",
        "要的{part}第二天就到了，比说好的还早。",
        "这家店备件齐全，不用多跑一趟。",
        "紧急调货，{part}半天就送到了。",
    ),
    "general": (
        "服务很好，非常满意。",
        "总体满意，会继续来。",
        "一直在这里保养，很放心。",
        "比去年进步很大，继续保持。",
        "会推荐给朋友。",
        "从进店到离店都很顺，点个赞。",
        "全家的车都在这儿做，信得过。",
        "没什么可挑剔的。",
    ),
}

COMPLAINT: dict[str, tuple[str, ...]] = {
    "problems": (
        "{fault}修了两次还是没好，又跑了一趟。",
        "故障灯修完第二天又亮了。",
        "同一个{fault}的问题，来了三趟都没解决。",
        "修好这个又冒出那个，心里不踏实。",
        "{job}之后方向盘跑偏，还得再去一次。",
        "返修还要重新排队，太折腾了。",
        "说是修好了，开出去不到五十公里又坏了。",
        "出了问题打电话过去，{wait}没人给说法。",
    ),
    "user_friendly": (
        "周末不接活，只能请假过来。",
        "停车太难，绕了两圈才找到位置。",
        "说好有代步车，到了又说没有。",
        "位置偏，公交不到，接送车也约不上。",
        "下班时间太早，提车很不方便。",
        "门口常年堵着待修车，进出都费劲。",
    ),
    "delivery": (
        "说{hour}交车，结果拖到第二天。",
        "费用单看不懂，问了也说不清。",
        "交车时车里有油手印，没人擦。",
        "结算价比报价多了{fee}元，事先没有说。",
        "提车等了{wait}，前台没人管。",
        "旧件没有给我看，也不知道到底换了没有。",
    ),
    "quality": (
        "{job}做得马虎，螺丝都没拧紧。",
        "{who}经验不足，查了半天没查出原因。",
        "小毛病也要换总成，{fee}元不合理。",
        "工时费偏高，同城别家便宜一半。",
        "{part}装完有异响，做工太糙。",
        "只会换件不会修，技术要加强。",
    ),
    "in_service": (
        "等了{wait}，没人告诉我进度。",
        "休息区人太多，座位不够，空调也不凉。",
        "说一个小时，实际等了{wait}。",
        "中途加项目才来找我，其余时间不闻不问。",
        "休息室一股烟味，带孩子没法待。",
        "排队的车太多，安排很乱。",
    ),
    "advisor": (
        "{adv}态度冷淡，问一句答一句。",
        "顾问一直推销，问三次都不正面回答。",
        "换了两个顾问，情况要重新讲一遍。",
        "答应的回访一直没有电话。",
        "{adv}说话不算数，答应的优惠最后没有。",
        "我说的问题，工单上根本没写。",
    ),
    "initiation": (
        "预约了还要排队，预约等于没约。",
        "到店十几分钟没人理。",
        "预约电话打了四五次才接通。",
        "接车时没有检查外观，事后说不清划痕。",
        "前台互相推，不知道找谁。",
        "登记信息填了两遍，太麻烦。",
    ),
    "parts": (
        "{part}没货，等了半个多月。",
        "配件到货一拖再拖，车停着不能用。",
        "连常用件都要现订，备货太差。",
        "订的{part}到了又说型号不对，重新等。",
        "缺件没有替代方案，只让等通知。",
    ),
    "general": (
        "这次体验很差，下次不会来了。",
        "跟以前比退步了，希望重视。",
        "投诉以后也没有人处理。",
        "对这次服务很失望。",
        "花了钱还受气，不值。",
        "希望厂家好好管一管这家店。",
    ),
}

NEUTRAL: dict[str, tuple[str, ...]] = {
    "problems": (
        "{job}做完了，效果还要再开一阵看看。",
        "{fault}好多了，偶尔还有一点。",
        "希望维修后多跟踪几天车况。",
    ),
    "user_friendly": (
        "建议延长晚上的营业时间。",
        "希望多备几台代步车。",
        "停车位再多一些就更好了。",
    ),
    "delivery": (
        "交车时间基本准，费用说明可以再细一点。",
        "洗车一般，能洗就不错了。",
        "建议结算单上写清每项工时。",
    ),
    "quality": (
        "手艺还可以，价格稍微贵了点。",
        "常规项目没问题，疑难问题还要提高。",
        "希望工时费能有套餐优惠。",
    ),
    "in_service": (
        "等了{wait}，还能接受。",
        "休息区可以，就是充电插座少。",
        "进度能主动发个短信就好了。",
    ),
    "advisor": (
        "{adv}挺忙的，沟通时间不多。",
        "顾问态度还行，专业知识可以再加强。",
        "回访电话打得有点晚。",
    ),
    "initiation": (
        "预约时段有点少，周末不好约。",
        "接待还算及时，手续略多。",
        "希望小程序预约能选择技师。",
    ),
    "parts": (
        "配件一般要等两三天。",
        "常用件有货，{part}要订。",
        "希望缺件时提前告知到货日期。",
    ),
    "general": (
        "还可以，没有特别的意见。",
        "中规中矩，和别家差不多。",
        "暂无建议。",
        "例行{job}，一切正常。",
        "价格再优惠一点就更好了。",
    ),
}

SENTENCES: dict[Tone, dict[str, tuple[str, ...]]] = {
    "praise": PRAISE,
    "neutral": NEUTRAL,
    "complaint": COMPLAINT,
}

JOBS = {
    "PC": ("常规保养", "四轮定位", "变速箱保养", "更换刹车片", "空调清洗", "钣金喷漆"),
    "CV": ("发动机检修", "尿素系统清洗", "更换离合器", "气刹检查", "后桥保养", "更换三滤"),
    "NEV": ("电池检测", "车机升级", "更换冷却液", "充电口检修", "空调滤芯更换", "底盘检查"),
}
FAULTS = {
    "PC": ("发动机抖动", "空调不制冷", "刹车异响", "车窗升降卡顿", "怠速不稳"),
    "CV": ("动力不足", "气路漏气", "尿素报警", "离合打滑", "水温高"),
    "NEV": ("充电跳枪", "续航掉得快", "车机死机", "电机异响", "低速顿挫"),
}
PARTS = {
    "PC": ("刹车盘", "前大灯", "减震器", "保险杠", "雨刮电机"),
    "CV": ("喷油器", "离合器片", "后视镜总成", "储气筒", "钢板弹簧"),
    "NEV": ("车载充电机", "充电口盖", "中控屏", "电子水泵", "后保险杠"),
}
WHO = ("李师傅", "王师傅", "赵工", "陈工", "维修师傅", "刘师傅", "技师小周", "班组的老杨")
ADVISERS = ("顾问小张", "顾问小林", "服务顾问", "何经理", "顾问小吴", "顾问小蔡", "接待我的顾问")
WAITS = ("一个多小时", "两个小时", "四十分钟", "大半天", "三个多小时", "一下午")
HOURS = ("下午四点", "上午十一点", "当天五点", "三点半", "中午")
FEES = ("200", "380", "560", "800", "1,200")
OPENERS = ("", "", "", "", "", "", "说实话，", "个人感觉，")
SHOUTED = (
    '顾问说"马上就好"，结果等了{wait}。',
    '前台一句"不归我管"就走了，很生气。',
    '师傅特意提醒"五百公里后再来看一下"，负责。',
    '店里贴着"首问负责"，希望真能做到。',
)
CONTACTS = (
    "请给我回电{phone}。",
    "我的电话{phone}，希望店长联系我。",
    "车牌{plate}，可以查当天的记录。",
    "{plate}的车主，电话{phone}。",
)
SAME_WORDS = (  # of a dealer who writes for its customers
    "服务非常好，非常满意，下次还来！",
    "服务非常好，非常满意，下次还来！13900006688",
)

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
GIVEN = (
    "伟芳敏静磊洋艳勇军杰娟涛明超霞平刚桂英丹萍鑫鹏玲辉建华国强文斌志宇浩然子涵雨欣思远嘉怡"
    "晓东海燕立新春梅秀兰永康少峰一凡佳宁俊熙"
)
PREFIXES = ("136", "137", "138", "139", "158", "159", "177", "186", "188", "199")
PLATES = "京津冀晋蒙辽黑沪苏浙皖赣鲁豫鄂湘粤桂渝川贵云陕"


def pick(rng: Random, choices: Sequence[T]) -> T:
    """One of the choices. `random()` alone keeps its bytes between Python versions."""
    return choices[int(rng.random() * len(choices))]


def person(rng: Random) -> str:
    """A name. 䶮 lies outside GBK: a reader that takes GB18030 for GBK fails on it."""
    given = pick(rng, GIVEN) + (pick(rng, GIVEN) if rng.random() < 0.7 else "")
    return pick(rng, SURNAMES) + ("䶮" if rng.random() < 0.002 else given)


def phone(rng: Random) -> str:
    """An invented mobile number."""
    return f"{pick(rng, PREFIXES)}0000{int(rng.random() * 10_000):04d}"


def plate(rng: Random) -> str:
    """An invented number plate."""
    tail = "".join(pick(rng, "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(5))
    return pick(rng, PLATES) + pick(rng, "ABCDEFGH") + pick(rng, ("", "·")) + tail


def _written(rng: Random, number: str) -> str:
    """The number as people write it: plain, spaced, hyphened or in full-width digits."""
    style = int(rng.random() * 4)
    if style == 1:
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    if style == 2:
        return f"{number[:3]}-{number[3:7]}-{number[7:]}"
    if style == 3:
        return number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    return number


def comment(rng: Random, tone: Tone, theme: str, division: str, multiline: bool) -> str:
    """One to three sentences of a tone, the first of them about the theme.

    `multiline` allows numbered lines, which a CSV must quote.
    """
    sentences = SENTENCES[tone]
    chosen = [pick(rng, sentences[theme])]
    length = rng.random()
    if length < 0.32:
        chosen.append(pick(rng, sentences["general"]))
    if length < 0.08:
        chosen.insert(1, pick(rng, sentences[theme]))
    if rng.random() < 0.02 and tone == "complaint":
        chosen.append(pick(rng, SHOUTED[:2]))
    elif rng.random() < 0.02 and tone != "complaint":
        chosen.append(pick(rng, SHOUTED[2:]))
    if rng.random() < 0.012:
        chosen.append(pick(rng, CONTACTS).format(phone=_written(rng, phone(rng)), plate=plate(rng)))
    chosen = list(dict.fromkeys(chosen))
    if multiline and len(chosen) > 1 and rng.random() < 0.25:
        text = "\n".join(f"{number}. {said}" for number, said in enumerate(chosen, 1))
    elif rng.random() < 0.03:
        text = ", ".join(said.rstrip("。") for said in chosen)
    else:
        text = pick(rng, OPENERS) + "".join(chosen)
    return text.format(
        job=pick(rng, JOBS[division]),
        fault=pick(rng, FAULTS[division]),
        part=pick(rng, PARTS[division]),
        who=pick(rng, WHO),
        adv=pick(rng, ADVISERS),
        wait=pick(rng, WAITS),
        hour=pick(rng, HOURS),
        fee=pick(rng, FEES),
    )
