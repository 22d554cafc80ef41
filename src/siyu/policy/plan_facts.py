"""What a plan says of itself that a clause may forbid: what earns a reward, how deep it goes, whom it addresses.

A plan is a mapping that somebody wrote, or one of Siyu's own (fission, journey, campaign). Facts are found
wherever they stand in it; every text that people would read is found too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_WHERE: Final = ("platforms", "platform", "channels", "channel", "surface", "surfaces", "平台", "渠道")
#: Words under which plans say what earns a reward, opens a door, or is asked for.
_ASKED: Final = re.compile(
    r"on|trigger|task|tasks|event|condition|earned_by|earned_on|reward_on|requires?|action|for|when|触发|条件|任务"
)
_SHARE: Final = re.compile(
    r"share[sd]?|sharing|forward\w*|re?posts?|post\w*|moments?\w*|分享.*|转发.*|发朋友圈.*|朋友圈.*"
)
_LIKE: Final = re.compile(r"likes?|collect_likes|集赞.*|点赞.*")
_HELP: Final = re.compile(r"helps?|assist\w*|clicks?|bargain\w*|invite_?clicks?|invites?_sent|助力.*|砍价.*|帮.*点.*")
_GATE: Final = re.compile(r"locked_behind|unlock\w*|gate|gated_by|behind|解锁.*")
_FOLLOW: Final = re.compile(r"follow\w*|subscribe\w*|关注.*")
_LEVELS: Final = re.compile(
    r"(?:cash_|reward_|commission_|pay_|referral_)?(?:levels?|depth|tiers|generations)|(?:奖励|分销|返佣)?(?:层级|级数|层数)"
)
_FEE: Final = re.compile(
    r"(?:fee_to_(?:join|invite)|(?:entry|entrance|join|joining|membership_to_invite|agent)_fee|入门费|加盟费|代理费)"
)
_FROM: Final = re.compile(r"source|sources|basis|from|list|origin|来源|名单")
_TEAM: Final = re.compile(r"team_(?:reward|bonus|commission)|downline\w*|override|团队(?:奖励|计酬|提成)")
_CASH_LIKE: Final = re.compile(
    r"cash|red_?packet|commission|coupon|balance|rebate|money|.*(?:现金|红包|佣金|返现|优惠券).*"
)
#: By words in the name of where people come from.
_SOURCES: Final = (
    (re.compile(r"bought|purchas\w+_list|buy|paid_list|购买|买来"), "bought_list"),
    (re.compile(r"phone_?(?:list|numbers?|book)|bulk|batch|address_?book|手机号|通讯录|批量"), "phone_list_bulk_add"),
    (re.compile(r"followers?_of|others?_followers|competitor|rival|同行|竞品|别人"), "followers_of_others"),
    (re.compile(r"scrap|crawl|harvest|爬|采集|抓取"), "scraped_people"),
)
_FLAGS: Final = {
    "consent_wall": "consent_wall", "fake_members": "fake_members", "fake_reviews": "fake_reviews",
    "bots": "fake_members", "robots": "fake_members", "shills": "fake_members",
    "bought_accounts": "bought_accounts", "paid_comments": "paid_comments", "bought_comments": "paid_comments",
    "paid_reviews": "fake_reviews", "no_opt_out": "no_opt_out",
}  # fmt: skip
_AT: Final = re.compile(r"(?:send_|start_?|due_)?(?:at|time|hour|hours|from)|发送时间|时间")
_CLOCK: Final = re.compile(r"(?<!\d)([01]?\d|2[0-4]):([0-5]\d)")
_OPENS, _CLOSES = 8 * 60, 22 * 60
#: How often one customer is written to, and the window in days.
_OFTEN: Final = re.compile(r"(?:messages_|sends_|mass_sends?_)?per_(?:customer|person|user)_(?:per_)?(day|week|month)")
_DAYS: Final = {"day": 1, "week": 7, "month": 30}
#: Names and settings that nobody reads.
_UNREAD: Final = frozenset(
    {
        "name",
        "id",
        "key",
        "segment",
        "audience",
        "play",
        "note",
        "notes",
        "comment",
        "zone",
        "owner",
        "author",
        "source",
        "sources",
        "template",
        "file",
    }
)
#: What a plan calls the message itself, and what stands over it.
_BODY: Final = re.compile(r"(?:sms_?)?(?:text|content|message|body|copy|sms)s?|正文|内容|短信(?:内容|正文)?|文案|话术")
_HEAD: Final = re.compile(r".*(?:title|subject|heading|headline|description)|标题|主题|.*名称|说明|描述|备注")
_ADULT_AT: Final = 14


def platforms_of(plan: Mapping[str, Any]) -> list[str]:
    """Return the platforms that a plan names, in its own words."""
    for name in _WHERE:
        named = plan.get(name)
        if isinstance(named, str) and named.strip():
            return [named]
        if isinstance(named, list) and named:
            return [str(one) for one in named]
    return []


def facts_of(plan: Mapping[str, Any], *, platform: str = "") -> Iterator[tuple[str, str]]:
    """Yield the facts that a clause may forbid (``Clause.ties``), and where each stands."""
    for parent, where, name, value in _leaves(plan, "", plan):
        text = str(value).strip().lower() if isinstance(value, str) else ""
        if text and _ASKED.fullmatch(name):
            for form, fact in (
                (_SHARE, "reward_on_share"),
                (_LIKE, "reward_on_like"),
                (_HELP, "reward_on_invite_click"),
            ):
                if form.fullmatch(text):
                    yield fact, where
            if _FOLLOW.fullmatch(text):
                yield "locked_behind_follow", where
        if text and _GATE.fullmatch(name):
            if _FOLLOW.fullmatch(text):
                yield "locked_behind_follow", where
            elif _SHARE.fullmatch(text):
                yield "locked_behind_share", where
        if _LEVELS.fullmatch(name) and isinstance(value, int) and not isinstance(value, bool) and value > 1:
            kind = str(parent.get("kind") or parent.get("gives") or parent.get("type") or "cash").lower()
            if _CASH_LIKE.fullmatch(kind):
                yield "reward_deeper_than_one", where
        if _TEAM.fullmatch(name) and value:
            yield "reward_deeper_than_one", where
        if _FEE.fullmatch(name) and value:
            yield "fee_to_invite", where
        if text and _FROM.fullmatch(name):
            yield from ((fact, where) for form, fact in _SOURCES if form.search(text))
        if name in _FLAGS and value:
            yield _FLAGS[name], where
        if _is_minor(name, value) and not (parent.get("guardian_consent") or plan.get("guardian_consent")):
            yield "minors_without_guardian", where
        if platform == "sms" and text and _AT.fullmatch(name) and any(not _open(*one) for one in _CLOCK.findall(text)):
            yield "outside_sms_hours", where


def sends_of(plan: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """Yield how often a plan writes to one customer: messages, days, and where it says so."""
    for _, where, name, value in _leaves(plan, "", plan):
        often = _OFTEN.fullmatch(name)
        if often and isinstance(value, int) and not isinstance(value, bool):
            yield value, _DAYS[often[1]], where


def texts_of(value: Any, where: str = "", name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text that people would read, and where it stands: whatever has words and is no name or setting."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts_of(inner, f"{where}.{key}" if where else str(key), str(key).lower())
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts_of(inner, f"{where}[{number}]", name)
    elif isinstance(value, str) and name not in _UNREAD and name not in _WHERE and (_is_worded(value) or name in _READ):
        yield where, value


def messages_among(places: Sequence[str]) -> frozenset[str]:
    """Return which of these places of texts hold whole messages: those called so; if none is, all but headings."""
    names = {place: re.sub(r"\[\d+\]$", "", place).rpartition(".")[2].lower() for place in places}
    bodies = frozenset(place for place, name in names.items() if _BODY.fullmatch(name))
    return bodies or frozenset(place for place, name in names.items() if not _HEAD.fullmatch(name))


_READ: Final = frozenset(
    {
        "text",
        "texts",
        "title",
        "copy",
        "message",
        "messages",
        "description",
        "welcome",
        "reply",
        "replies",
        "poster",
        "rules",
        "variants",
    }
)


def _is_worded(text: str) -> bool:
    return any("\u4e00" <= one <= "\u9fff" for one in text)


def _leaves(
    value: Any, where: str, parent: Mapping[str, Any], name: str = ""
) -> Iterator[tuple[Mapping[str, Any], str, str, Any]]:
    """Yield (mapping it stands in, path, name, value) of everything that is neither mapping nor list."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            # `reward` and `rewards` are one thing: a plan with one reward names the same place
            shown = "rewards[0]" if key == "reward" and isinstance(inner, Mapping) else str(key)
            if key is True:
                shown = "on"  # YAML 1.1 reads a bare `on` as true
            yield from _leaves(inner, f"{where}.{shown}" if where else shown, value, shown.lower())
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{where}[{number}]", parent, name)
    else:
        yield parent, where, name, value


def _is_minor(name: str, value: Any) -> bool:
    if name in {"minors", "children", "未成年人"}:
        return bool(value)
    ages = name in {"min_age", "age", "age_from", "max_age", "age_to", "年龄"}
    return ages and isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _ADULT_AT


def _open(hour: str, minute: str) -> bool:
    return _OPENS <= int(hour) * 60 + int(minute) <= _CLOSES
