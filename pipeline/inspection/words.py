"""Words of column heads: which field, which personal data, what kind of question."""

import re
import unicodedata
from collections.abc import Sequence

# Words of heads -> kind of personal data; the first that fits counts.
PERSONAL = (
    ("IP address", r"\bip\b|来自ip|ip.?address|ip.?adresse|ip地址"),
    ("e-mail", r"邮箱|e-?mail|电子邮件"),
    ("phone", r"手机$|手机号|电话$|电话号|联系方式|mobile|phone$|phone.?(no|num)|\btel\b|\bcell"),
    ("ID card", r"身份证|证件号|id.?card|passport|护照"),
    ("plate", r"车牌|plate|licen[cs]e.?(no|num)"),
    ("WeChat", r"微信|openid|open.?id|unionid|wechat|\bqq"),
    ("name", r"姓名|客户名|联系人|称呼|昵称|车主|经办人|访问员|服务顾问$|interviewer|username|^name$|"
             r"^recipient.*(name|nachname|vorname)|(first|last|full|sur|customer|contact|client|user|nick)[_ .]?name"),
    ("position", r"latitude|longitude|经度|纬度|经纬|gps|^location(accuracy)?$"),
    ("address", r"地址|住址|\baddress"),
    ("date of birth", r"出生日期|生日|birth.?da|date.?of.?birth"),
)  # fmt: skip

# Words of heads -> field of the mapping, the better word first.
_SITE = "经销商|门店|网点|营业厅|分店|店铺|代理商|服务站"
_OWN = "[您你]?(所属|所在|[所常]?(光临|服务|维修|保养|购车|办理|就近|光顾|到访|到店|去|前往)的?)?"
_SITE_EN = "dealer|branch|store|outlet|shop|site"
_FIELDS: dict[str, tuple[str, ...]] = {
    "respondent": (
        r"^(答卷|问卷|样本|受访者|记录|订单|工单)(编号|id|序号|号)$|^respon(se|dent).?id$|^id\.|"
        r"^(id|_id|_uuid|_?instance.?id|#|token)$",
        r"^(序号|编号|uuid|network id|record.?(no|id)|serial)$|_id$|respnum|caseid",
    ),
    "branch": (
        rf"({_SITE}|店)_?(代码|编码|编号|id|号)|^({_SITE_EN})[ _.-]?(code|id|no|number)$",
        rf"^{_OWN}({_SITE}|4s店)(名称|名)?[是为]?[:?]?$|"
        rf"^({_SITE_EN})([ _.-]?name)?$|^which ({_SITE_EN})\b",
    ),
    "division": (r"^(所属)?(事业部|业务线)(代码|名称)?$|^(business[ _]?)?division$|^business[ _]?unit$",),
    "duration_s": (r"所用时间|答题时[长间]|作答时长|填写时长|耗时|用时|^duration|^interview.?time|^总?时长",),
    "weight": (r"^(样本)?(权重|加权)$|^(base[ _]?|design[ _]?)?weight|^wt$|^wgt",),
    "invited": (r"邀请数|发出邀请|发送量|下发量|^invited|^invitations",),
    "tier": (r"^(客户|用户|会员)?(星级|等级|级别)$|^(customer[ _]?)?(tier|star level)$",),
    "segment": (r"^(客户|用户)(类型|群|分群|类别)$|^客群$|^(customer[ _]?)?segment$",),
    "vehicle": (r"车架号|^vin\b|^(购买)?车型$|^(vehicle|car)([ _]?(model|id))?$|^model$",),
    "contract": (r"^(合同|合约|套餐)(号|编号|名称|类型)?$|^contract([ _]?(id|no|type))?$",),
}
_DATES = {
    "answered_at": (
        r"提交|submitt?|^end.?(da|time)|recorded|erfassung|完成时间|填写时间|答卷时间",
        r"时间戳|timestamp|datestamp|submission|^end\b|结束|answered|completed",
    ),
    "serviced_on": (
        r"(服务|进站|进厂|到店|光临|来店|维修|保养|交车|办理|业务)的?(日期|时间|日)|visit.?da|"
        r"da(y|te).?of.?(the|your)?.?visit|servi[cs]ed?.?(date|on)|date.?of.?(visit|service)",
    ),
}
DEMOGRAPHIC = re.compile(
    r"年龄|性别|学历|收入|职业|城市|省份|总分|来源|渠道|浏览器|\bage\b|age_?group|gender|\bsex\b|education|income|"
    r"progress|finished|^status|lastpage|^seed|language|channel|^_|region|^v\d+$|version|browser|device|^response.?set"
)
_NUMBERED = r"^[a-z]{0,3}_?\d+\b|^[a-z]{1,3}\d+[_\[.:、)（( ]|^\(?\d+[、.)]"
ASKED = re.compile(rf"{_NUMBERED}|满意|评价|评分|推荐|\brate|rating|satisf|likely|\?$|how ")
# Days that are none of service: of birth, of the interview.
ELSEWHEN = re.compile(r"出生|生日|birth|^today$|^(device)?start|^end|expir|到期|购[买车]|purchase", re.IGNORECASE)
DATED = re.compile(r"日期|时间|[^每生]日$|date|time|day")
RATED = re.compile(r"满意|评价|评分|打分|推荐|\brate|rating|satisf|likely|score")
YES_NO = {"是", "否", "有", "没有", "yes", "no", "y", "n", "true", "false"}
# Of an option: chosen, and not.
YES = {"yes", "y", "true", "是", "选中", "已选", "已选中", "ja", "oui", "sí", "selected", "checked"}
NO = {"no", "n", "false", "否", "未选", "未选中", "nein", "non", "not selected", "unchecked"}
OPEN = re.compile(
    r"意见|建议|原因|其他|请说明|留言|反馈|comment|open-?ended|verbatim|suggest|feedback|reason|remark|"
    r"anything else|tell us|备注|补充|_text$|\[other\]|what "
)


_SAY = r"\W(?:please )?(?:specify|state|describe)|请?(?:具体)?(?:注明|说明|填写|写明|补充)"
_ASKS = re.compile(rf"(?:其他|其它|others?)\W*(?:{_SAY})?\W*|-oth-", re.IGNORECASE)  # -oth-: LimeSurvey's code


def asks(option: str) -> bool:
    """Whether an option asks for words of one's own, and for nothing else: 其他(请注明)."""
    return _ASKS.fullmatch(clean(option)) is not None


def clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def field_of(heads: Sequence[str]) -> tuple[str, int]:
    """(field, place of the word that fits, 0 the best) of a column by its head alone."""
    short = [re.sub(r"^\d+[、.]", "", one) for one in heads if len(one) <= 40]
    for place in range(2):
        for name, words in _FIELDS.items():
            if any(re.search(word, one) for word in words[place : place + 1] for one in short):
                return name, place
    return "", 0


def moment_of(heads: Sequence[str]) -> tuple[str, int]:
    """(answered_at or serviced_on, place of the word that fits) of a date by its head alone."""
    for one in heads:
        for name, words in _DATES.items():
            for place, word in enumerate(words):
                if re.search(word, clean(one).casefold()):
                    return name, place
    return "", 0
