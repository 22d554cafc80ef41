"""Words of the product in both languages: stages, states, rules, plays, places of the map, kinds of identifiers."""

from typing import Final

from siyu.app.console.parts.card import Tone
from siyu.app.console.screen import Screen
from siyu.campaigns.play import plays
from siyu.measurement import journey_map
from siyu.people.namespace import rule_of
from siyu.people.stage import Stage
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
}
_RULES: Final = {
    "deadline": ("Deadline", "时效"),
    "holdout": ("Holdout", "对照组"),
    "relation": ("No relation", "无好友关系"),
    "consent": ("Consent", "授权"),
    "quiet_hours": ("Quiet hours", "免打扰时段"),
    "frequency_cap": ("Frequency cap", "频次上限"),
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
_CHANNELS: Final = {"store": ("Store", "门店"), "wecom": ("WeCom", "企业微信"), "": ("Every channel", "所有渠道")}
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
    return screen.say(*_RULES.get(name, (readable(name), readable(name))))


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
    return screen.say(*_CHANNELS.get(name, (name, name)))


def source(screen: Screen, name: str) -> str:
    """Name a source of the map: a channel, or the code as it is."""
    return screen.say(*_SOURCES[name]) if name in _SOURCES else channel(screen, name)


def kind(screen: Screen, one: TouchKind) -> str:
    """Name a kind of touch."""
    return screen.say(readable(one.slug), CHINESE[one])


def namespace(name: str) -> str:
    """Name a namespace: its title, and the place behind the ``@``."""
    title, scope = rule_of(name).title, name.partition("@")[2]
    shown = readable(title) if title == name.partition("@")[0] else title
    return f"{shown} @ {scope}" if scope else shown


def readable(name: str) -> str:
    """Turn ``win_back`` into ``Win back``."""
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]
