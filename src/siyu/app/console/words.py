"""Words of the product in both languages: stages, states, rules, plays, places of the map, kinds of identifiers."""

import re
from collections.abc import Mapping
from typing import Final

from siyu.app.console.screen import Screen, Tone
from siyu.campaigns.play import plays
from siyu.channels.manifest import manifests
from siyu.measurement import journey_map
from siyu.people.namespace import rule_of
from siyu.people.stage import Stage
from siyu.policy.reasons import rule_title, why
from siyu.policy.verdict import Values
from siyu.touchpoints.kind import CHINESE, TouchKind

STAGES: Final = {
    Stage.CONTACT: ("Contact", "触达"),
    Stage.RETENTION: ("Retention", "留存"),
    Stage.OPERATION: ("Operation", "运营"),
    Stage.MONETISATION: ("Monetisation", "变现"),
}
PLACES: Final = {
    journey_map.CONTACT: STAGES[Stage.CONTACT],
    journey_map.RETENTION: STAGES[Stage.RETENTION],
    journey_map.OPERATION: STAGES[Stage.OPERATION],
    journey_map.MONETISATION: STAGES[Stage.MONETISATION],
    journey_map.REPEAT: ("Repeat purchase", "复购"),
    journey_map.REFERRAL: ("Referral", "裂变"),
}
_STATES: Final[dict[str, tuple[str, str, Tone]]] = {
    "waiting": ("waiting", "待裁决", "plain"),
    "approved": ("approved", "已放行", "good"),
    "held": ("held", "暂缓", "warn"),
    "denied": ("denied", "拒绝", "bad"),
    "expired": ("expired", "已过期", "plain"),
    "ready": ("ready", "待发", "plain"),
    "claimed": ("handed over", "已交平台", "plain"),
    "awaiting": ("awaiting staff", "待员工确认", "warn"),
    "sent": ("sent", "已发送", "good"),
    "failed": ("failed", "失败", "bad"),
    "unknown": ("outcome unknown", "结果未知", "warn"),
    "cancelled": ("cancelled", "已取消", "plain"),
    "given_up": ("given up", "多次未送达，待人工", "bad"),
}
_PURPOSES: Final = {
    "marketing": ("Marketing", "营销"),
    "service": ("Service", "服务"),
    "ads_upload": ("Upload to ad platforms", "广告人群上传"),
}
_SUBSYSTEMS: Final = {
    "motivation": ("Motivation", "动机"),
    "ability": ("Ability", "能力"),
    "trigger": ("Trigger", "触发"),
}
_CHANNELS: Final = {"store": ("Store", "门店"), "": ("Every channel", "所有渠道")}
_ACTIONS: Final = {
    "mass_send": "群发", "group_send": "客户群群发", "welcome": "欢迎语", "kf_reply": "微信客服回复", "reply": "回复",
    "private_message": "私信", "comment_reply": "评论回复", "moments": "朋友圈", "subscribe": "订阅消息",
    "lead_feedback": "转化回传",
    "template": "模板消息",
}  # fmt: skip
_FACTS: Final = {
    "staff": "员工", "local_time": "当地时间", "messages": "已发条数", "most": "上限", "days": "天数",
    "relations": "关系数", "records": "记录数", "orders": "订单", "messages_in": "来消息", "of_this_play": "本玩法已发",
    "mass_send_customer": "客户群发次数", "mass_send_staff": "员工群发次数", "staff_today": "员工今日条数",
}  # fmt: skip
_NAMESPACES: Final = {
    "phone": ("Phone", "手机号"), "email": ("E-mail", "邮箱"), "member_no": ("Member number", "会员号"),
    "customer_no": ("Customer number", "客户编号"), "unionid": ("WeChat UnionID", "微信 UnionID"),
    "openid": ("WeChat OpenID", "微信 OpenID"), "external_userid": ("WeCom contact", "企业微信外部联系人"),
}  # fmt: skip
_FIELDS: Final = {
    "name": "姓名",
    "phone": "手机号",
    "address": "地址",
    "email": "邮箱",
    "birthday": "生日",
    "gender": "性别",
}
_SHORT: Final = {"rfm", "ltv", "sms"}
_BOTH: Final = re.compile(r"(.+?) ?[(（]([^()（）]*[\u4e00-\u9fff][^()（）]*)[)）]")
_SOURCES: Final = {"": ("Others", "其他")}


def stage(screen: Screen, one: Stage) -> str:
    """Name a stage."""
    return screen.say(*STAGES[one])


def place(screen: Screen, name: str) -> str:
    """Name a place of the map."""
    return screen.say(*PLACES[name])


def state(screen: Screen, name: str) -> tuple[str, Tone]:
    """Name the state of a proposal or a message, and its colour."""
    english, chinese, tone = _STATES.get(name, (name, name, "plain"))
    return screen.say(english, chinese), tone


def rule(screen: Screen, name: str) -> str:
    """Name a rule of the guard."""
    return rule_title(name, screen.language) or readable(name)


def purpose(screen: Screen, name: str) -> str:
    """Name what consent is asked for."""
    return screen.say(*_PURPOSES.get(name, (readable(name), readable(name))))


def subsystem(screen: Screen, name: str) -> str:
    """Name a subsystem of plays."""
    return screen.say(*_SUBSYSTEMS.get(name, (readable(name), readable(name))))


def play(screen: Screen, name: str) -> str:
    """Name a play."""
    known = plays().get(name)
    return screen.say(readable(name), known.chinese if known else name)


def channel(screen: Screen, name: str) -> str:
    """Name a channel."""
    if name in _CHANNELS:
        return screen.say(*_CHANNELS[name])
    known = manifests().get(name)
    return both(screen, known.name) if known else name


def source(screen: Screen, name: str) -> str:
    """Name a source of the map: a channel, or the code as it is."""
    return screen.say(*_SOURCES[name]) if name in _SOURCES else channel(screen, name)


def kind(screen: Screen, one: TouchKind) -> str:
    """Name a kind of touch."""
    return screen.say(readable(one.slug), CHINESE[one])


def namespace(screen: Screen, name: str) -> str:
    """Name a namespace: its title, and the place behind the ``@``."""
    kind_of, _, scope = name.partition("@")
    title = rule_of(name).title
    if kind_of in _NAMESPACES:
        return screen.say(*_NAMESPACES[kind_of]) + (f" @ {scope}" if scope else "")
    shown = readable(title) if title == kind_of else both(screen, title)
    return f"{shown} @ {scope}" if scope else shown


def field(screen: Screen, name: str) -> str:
    """Name a personal field of the vault."""
    return screen.say(readable(name), _FIELDS.get(name, readable(name)))


def both(screen: Screen, title: str) -> str:
    """Take the language of the visit out of a title such as ``Phone (手机号)``."""
    found = _BOTH.fullmatch(title)
    return screen.say(found[1], found[2]) if found else title


def reason(screen: Screen, rule_name: str, because: str, evidence: Values) -> str:
    """Say why a rule held or denied something, with plays, channels and purposes by the names that people know."""
    names = {"play": play, "channel": channel, "purpose": purpose, "action": action}

    def named(key: str, value: object) -> str:
        return names[key](screen, str(value)) if key in names else str(value)

    return why(rule_name, because, evidence, screen.language, name=named)


def action(screen: Screen, name: str) -> str:
    """Name what a channel can do."""
    return screen.say(readable(name), _ACTIONS.get(name, readable(name)))


def evidence(screen: Screen, facts: Mapping[str, object]) -> str:
    """Say the facts behind a verdict in one line, those of one rule together."""
    by_rule: dict[str, list[str]] = {}

    def told(of: str, facts_of: Mapping[str, object]) -> None:
        for key, value in facts_of.items():
            if isinstance(value, Mapping):
                told(key, value)
                continue
            rule_of, _, fact = key.rpartition(".")  # older versions wrote ``rule.fact``
            shown = f"{screen.say(readable(fact).lower(), _FACTS.get(fact, fact))} {value}"
            by_rule.setdefault(rule_of or of, []).append(shown)

    told("", facts)
    return " · ".join(
        (f"{rule(screen, of)}{screen.say(': ', '：')}" if of else "") + ", ".join(told) for of, told in by_rule.items()
    )


def readable(name: str) -> str:
    """Turn ``win_back`` into ``Win back``."""
    text = name.replace("_", " ").replace("-", " ").strip()
    if text in _SHORT:
        return text.upper()
    return text[:1].upper() + text[1:]
