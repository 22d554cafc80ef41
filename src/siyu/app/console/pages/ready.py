"""Ready 出发前检查: what one play needs before it goes out, line by line, with what to do about it."""

from typing import Final

from markupsafe import Markup

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, link, mono, quiet
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen, Tone
from siyu.app.oversight.line import Line
from siyu.app.oversight.ready import ready

_TONES: Final[dict[str, Tone]] = {"ok": "good", "warn": "warn", "stop": "bad"}


async def build(screen: Screen) -> None:
    """Show the checklist of one play."""
    say, name = screen.say, screen.of_path["play"]
    found = await screen.load(ready, name)
    stops = sum(one.level == "stop" for one in found.lines)
    verdict = (
        badge(say("nothing stops it", "可以出发"), "good")
        if found.ready
        else badge(say(f"{stops} stop it", f"{stops} 项未满足"), "bad")
    )
    lead = say(
        "The guard was asked about everybody who is due now; nothing was kept, nothing was sent.",
        "已就现在到期的每个人问过守门；什么都没有保存，也没有发送。",
    )
    with card(words.play(screen, found.target), lead=lead, more=verdict):
        columns = [
            Column(say("What", "检查项")),
            Column(""),
            Column(say("Found", "结果"), grow=True),
            Column(say("Do", "怎么办"), wrap=True),
        ]
        screen.show(table(columns, [_row(screen, one) for one in found.lines]))
        screen.show(Markup('<p class="remark">{}</p>').format(link(say("Back to the plays", "返回玩法"), "/plays")))


def _row(screen: Screen, line: Line) -> list[str | Markup]:
    said = {
        "account": screen.say("Account", "账号授权"), "callback": screen.say("Callbacks", "回调"),
        "capacity": screen.say("Capacity", "承接量"), "words": screen.say("Words", "文案"),
        "audience": screen.say("Audience", "受众"), "consent": screen.say("Consent", "同意"),
        "holdout": screen.say("Held out", "对照组"), "budget": screen.say("Budget", "预算"),
        "goal": screen.say("Goal", "目标指标"), "bait": screen.say("Bait", "诱饵库存"),
        "links": screen.say("Links", "链接域名"), "paused": screen.say("Brake and pauses", "刹车与暂停"),
        "outbox": screen.say("Outbox", "发件箱"),
    }  # fmt: skip
    level = {"ok": screen.say("fine", "正常"), "warn": screen.say("look", "留意"), "stop": screen.say("stops", "停")}
    mend = screen.say(line.mend, line.mend_zh)
    return [
        said[line.what],
        badge(level[line.level], _TONES[line.level]),
        screen.say(line.says, line.says_zh),
        mono(mend) if mend.startswith("siyu ") else quiet(mend),
    ]


PAGE = Page(
    path="/plays/{play}/ready",
    title=Words("Ready to go?", "出发前检查"),
    icon="checklist",
    order=21,
    build=build,
    in_menu=False,
    lead=Words(
        "Accounts, people, words, budget and brakes, looked at before anything is said.",
        "开口之前，先看账号、受众、文案、预算和刹车。",
    ),
)
