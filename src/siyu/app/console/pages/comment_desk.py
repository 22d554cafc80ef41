"""Comment desk 评论线索台: who asked something and waits, the most urgent first, each with its clock."""

from typing import Any

from markupsafe import Markup
from nicegui import ui

from siyu.app.access.passwords import ADMIN
from siyu.app.comments.leads import claim, desk, relabel, settle_lead, suggestions
from siyu.app.comments.replies import reply, said_by_hand, under_way
from siyu.app.comments.screen import screen
from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, figures, notice, quiet
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen, Tone
from siyu.app.views.comment_chain import chain
from siyu.kernel.errors import SiyuError
from siyu.touchpoints.comment import INTENT_CHINESE, Intent

#: The queue is read anew so often, in seconds.
_LIVE_S = 10.0
_SHOWN = 30
#: Where an answer that is not out yet stands.
_STATES = {
    "to_be_said": ("to be said by hand", "待员工回复"),
    "waiting": ("waits for the guard", "待审核"),
    "held": ("held", "暂缓"),
    "approved": ("approved", "已通过"),
    "ready": ("ready to go", "待发出"),
    "claimed": ("going out", "发送中"),
    "unknown": ("being looked up", "核实中"),
}
_STEPS = {
    "reply": ("Replied", "已回复"),
    "follow": ("Followed", "关注"),
    "add": ("Added", "加好友"),
    "promise_kept": ("Promise kept", "承诺兑现"),
    "joined": ("Joined", "入群入会"),
    "first_order": ("First order", "首单"),
}


async def build(here: Screen) -> None:
    """Show the queue, and how far askers come."""
    say = here.say
    await here.load(screen)
    with card(
        say("Waiting", "待回复"),
        lead=say(
            "Sorted by value, probability, and whether the writer is still online.",
            "按价值、概率和对方还在线的可能排序。",
        ),
    ):
        holder = ui.element("div")

        async def draw() -> None:
            leads = await here.load(desk, staff=ADMIN, most=_SHOWN)
            if holder.is_deleted:
                return
            holder.clear()
            with holder:
                _queue(here, leads)

        await draw()
        ui.timer(_LIVE_S, draw, immediate=False)
    if answers := await here.load(under_way):
        _answers(here, answers)
    found = await here.load(chain)
    with card(
        say("How far askers come", "线索走到哪一步"),
        lead=say("Within 30 days of the comment, with the 95 % interval.", "评论后 30 天内，含 95% 置信区间。"),
    ):
        if not found["leads"]:
            told = say("The chain from comment to first order is told here.", "从评论到首单的链路会显示在这里。")
            here.show(notice("timeline", say("No leads yet", "还没有线索"), told))
            return
        columns = [
            Column(say("Step", "步骤"), grow=True),
            Column(say("People", "人数"), "end"),
            Column(say("Share", "占比"), "end"),
            Column(say("Interval", "区间"), "end"),
        ]
        rows: list[list[str | Markup]] = [
            [
                say(*_STEPS[one.step]),
                here.number(one.reached),
                here.percent(one.share),
                f"{here.percent(one.low)} – {here.percent(one.high)}",
            ]
            for one in found["rates"]
        ]
        here.show(table(columns, rows))


def _answers(here: Screen, answers: list[dict[str, Any]]) -> None:
    """Show the answers that are not out yet: what must be said by hand, and what the outbox carries."""
    say = here.say
    with card(
        say("Answers under way", "回复进行中"),
        lead=say(
            "Where the platform has an API the outbox says it once; elsewhere its staff member does.",
            "平台有接口的由发件箱回复一次；没有接口的由员工到原处回复。",
        ),
    ):
        for one in answers:
            with ui.element("div").classes("hidden-row answer-row"):
                state = say(*_STATES.get(one["state"], (one["state"], one["state"])))
                here.show(
                    Markup('<div><div>{}</div><div class="evidence">{} · {} · {}</div></div>{}').format(
                        one["answer"],
                        one["comment"],
                        words.channel(here, one["channel"]),
                        one["staff"],
                        badge(f"{state}: {one['because']}" if one["because"] else state, "warn"),
                    )
                )
                if one["way"] == "by_hand":
                    with ui.element("div").classes("row-buttons"):
                        _button(here, say("Said", "已回复"), lambda lead=one["lead"]: _do(here, said_by_hand, lead))


def _queue(here: Screen, leads: list[dict[str, Any]]) -> None:
    say = here.say
    if not leads:
        told = say(
            "Comments come in from channels, files and the webhook; those who ask something stand here. "
            "Try `siyu comment find FILE --text COLUMN`.",
            "评论来自渠道回调、文件和接口；其中有人询问的会排在这里。可先试 `siyu comment find 文件 --text 列名`。",
        )
        here.show(notice("mark_chat_read", say("Nobody waits", "没有人在等"), told))
        return
    late = sum(one["seconds_left"] < 0 for one in leads)
    mine = sum(bool(one["claimed_by"]) for one in leads)
    here.show(
        figures(
            [
                (say("Waiting", "待回复"), here.number(len(leads)) + ("+" if len(leads) == _SHOWN else ""), ""),
                (say("Overdue", "已超时"), here.number(late), ""),
                (say("Mine", "我认领的"), here.number(mine), ""),
            ]
        )
    )
    with ui.element("div").classes("below"):
        for one in leads:
            _lead(here, one)


def _lead(here: Screen, one: dict[str, Any]) -> None:
    say = here.say
    intent = Intent(one["intent"])
    with ui.element("div").classes("hidden-row desk-row"):
        here.show(
            Markup(
                '<div><div>{}</div><div class="evidence">{} · {} {} · {}</div>{}</div><span class="nowrap">{} {}</span>'
            ).format(
                one["comment"] or quiet(say("(no words)", "（无文字）")),
                words.channel(here, one["channel"]),
                say("content", "内容"),
                one["content"] or "–",
                say(f"{one['probability']:.0%} likely", f"概率 {one['probability']:.0%}"),
                Markup('<div class="evidence">{}</div>').format(say("Not said: ", "未发出：") + one["came_back"])
                if one["came_back"]
                else "",
                badge(say(words.readable(intent.value), INTENT_CHINESE[intent])),
                _clock(here, one["seconds_left"]),
            )
        )
        with ui.element("div").classes("row-buttons"):
            _button(here, say("Reply", "回复"), lambda: _answer(here, one))
            if not one["claimed_by"]:
                _button(here, say("Claim", "认领"), lambda: _do(here, claim, one["lead"], ADMIN))
            _button(here, say("Relabel", "改判"), lambda: _relabel(here, one))
            _button(here, say("Dismiss", "不是线索"), lambda: _do(here, settle_lead, one["lead"], answered=False))


def _clock(here: Screen, seconds: float) -> Markup:
    minutes = int(abs(seconds) // 60)
    long = minutes >= 120
    told = here.say(
        f"{minutes // 60} h" if long else f"{minutes} min", f"{minutes // 60} 小时" if long else f"{minutes} 分"
    )
    tone: Tone = "bad" if seconds < 0 else "warn" if seconds < 120 else "good"
    return badge(
        here.say(f"{told} late", f"超时 {told}") if seconds < 0 else here.say(f"{told} left", f"剩 {told}"), tone
    )


def _button(here: Screen, text: str, do: Any, *, classes: str = "reveal") -> None:
    async def press() -> None:
        if not here.is_open():
            ui.navigate.to("/login")
            return
        await do()

    ui.button(text, on_click=press, color=None).classes(classes).props(
        "flat no-caps" if classes != "reveal" else "flat no-caps dense"
    )


async def _do(here: Screen, act: Any, *args: Any, **more: Any) -> bool:
    try:
        await here.load(act, *args, **more)
    except SiyuError as error:
        ui.notify(str(error), type="negative", multi_line=True)
        return False
    ui.navigate.reload()
    return True


async def _relabel(here: Screen, one: dict[str, Any]) -> None:
    """Ask what the comment truly asks; a complaint goes to after-sales, and the finder learns from it."""
    say = here.say
    with ui.dialog() as dialog, ui.element("div").classes("card dialog"):
        here.show(Markup("<h2>{}</h2><p>{}</p>").format(one["comment"], quiet(say("What is it?", "它在问什么？"))))
        for intent in Intent:
            if intent.value != one["intent"]:
                name = say(words.readable(intent.value), INTENT_CHINESE[intent])
                _button(
                    here, name, lambda chosen=intent.value: _do(here, relabel, one["lead"], chosen), classes="button"
                )
        ui.button(say("Close", "关闭"), on_click=dialog.close, color=None).classes("button").props("flat no-caps")
    dialog.open()


async def _answer(here: Screen, one: dict[str, Any]) -> None:
    """Ask for the words; suggest what the brand said to comments like this one."""
    say = here.say
    found = await here.load(suggestions, one["lead"])
    with ui.dialog() as dialog, ui.element("div").classes("card dialog"):
        here.show(
            Markup("<h2>{}</h2><p>{}</p>").format(
                one["comment"],
                quiet(
                    say(
                        "It is judged by the platform's rules and said where the comment stands: by the outbox where "
                        "the platform has an API, else by you.",
                        "按平台规则检查后回复在评论原处：平台有接口的由发件箱发出，没有的由你到原处回复。",
                    )
                ),
            )
        )
        text = ui.textarea(label=say("Answer", "回复内容")).props("outlined autogrow").classes("reply-words")
        promised = ui.input(label=say("Promised, if anything", "答应了什么（可不填）")).props("outlined dense")
        for idea in found:
            told = f"{idea['answer']}  ({here.percent(idea['likeness'], 0)})"
            ui.button(told, on_click=lambda words=idea["answer"]: text.set_value(words), color=None).classes(
                "button"
            ).props("flat no-caps align=left")
        if not found:
            here.show(
                quiet(
                    say(
                        "No answer to a comment like this yet; what you write here is suggested next time.",
                        "还没有类似评论的回复；这次写下的会用于下次建议。",
                    )
                )
            )

        async def send() -> None:
            await _do(here, reply, one["lead"], ADMIN, text.value or "", promised=promised.value or "")

        with ui.element("div").classes("row-actions"):
            _button(here, say("Answer", "检查并回复"), send, classes="button primary")
            ui.button(say("Close", "关闭"), on_click=dialog.close, color=None).classes("button").props("flat no-caps")
    dialog.open()


PAGE = Page(
    path="/comments",
    title=Words("Comment desk", "评论线索台"),
    icon="forum",
    order=32,
    build=build,
    lead=Words(
        "Who asks in a comment is online now: answer first who is worth most and leaves soonest.",
        "评论里询问的人此刻在线：先回复最有价值、最快离开的人。",
    ),
)
