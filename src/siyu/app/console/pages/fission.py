"""Fission 裂变: who brought whom by generation, who stayed, what is owed, whom to look at, and the switch."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from markupsafe import Markup
from nicegui import ui

from siyu.app.access.passwords import ADMIN
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, figures, link, notice, quiet
from siyu.app.console.parts.fission import (
    show_accounts,
    show_generations,
    show_groups,
    show_steps,
    show_subsystems,
    show_teams_and_draw,
)
from siyu.app.console.parts.table import Column, filters, table
from siyu.app.console.screen import Screen
from siyu.app.console.words import readable
from siyu.app.fission.campaign import stop
from siyu.app.fission.verdicts import decide_about
from siyu.app.views.campaigns import campaign_names, campaign_status
from siyu.app.views.kept import KEPT
from siyu.kernel.errors import SiyuError
from siyu.loyalty.reasons import in_chinese

#: How many in doubt stand on the page at once.
_MOST_SHOWN: Final = 10
_STATES = {
    "pending": "等待成熟",
    "matured": "已成熟",
    "paid": "已发放",
    "forfeited": "未达成",
    "clawed_back": "已追回",
}
_REASONS = {
    "invitees use the inviter's own device or address": "被邀者用的是邀请人自己的设备或地址",
    "invitees share devices or addresses": "被邀者共用设备或地址",
    "invitees came within minutes of each other": "被邀者几分钟内接连到来",
    "a closed circle of people who invite each other": "互相邀请的封闭小圈",
    "invitees never did anything after coming": "被邀者来后没有任何动作",
}


async def build(screen: Screen) -> None:
    """Show one campaign; choose among all."""
    say = screen.say
    names = await screen.load(campaign_names)
    if not names:
        with card():
            told = say(
                "Write the four parts of a plan into a file and run `siyu fission plan FILE`: "
                "it is judged before it is kept.",
                "把方案的四个部分写进文件，运行 `siyu fission plan 文件`：先检查，再保存。",
            )
            screen.show(notice("hub", say("No campaign yet", "还没有裂变活动"), told))
        return
    name = screen.query.get("campaign", "")
    name = name if name in names else names[0]
    if len(names) > 1:
        chosen = {"campaign": name}
        screen.show(filters("/fission", chosen, [("campaign", say("Campaign", "活动"), [(one, one) for one in names])]))
    found = await screen.load(campaign_status, name)
    _figures(screen, name, found)
    show_subsystems(screen, found)
    _flagged(screen, name, found)
    show_steps(screen, found)
    show_teams_and_draw(screen, found)
    show_groups(screen, found)
    show_generations(screen, found)
    show_accounts(screen, found)


def _figures(screen: Screen, name: str, found: dict[str, Any]) -> None:
    say = screen.say
    stopped = found["stopped"]
    state = badge(say("stopped", "已停止"), "bad") if stopped else badge(say("running", "进行中"), "good")
    invitations = found["invitations"]
    retained, least = found["retained_share"], found["least_retained_share"]
    silent = found["asks_nobody_because"]
    why = say(stopped, in_chinese(stopped))
    if silent and not stopped:
        why = say(f"asks nobody now: {silent}", f"目前不邀请任何人：{in_chinese(silent)}")
    with card(name, lead=why, more=state):
        screen.show(
            figures(
                [
                    (
                        say("Retained invitees", "留存的被邀者"),
                        screen.percent(retained),
                        say(f"stops below {least:.0%}", f"低于 {least:.0%} 自动停止"),
                    ),
                    (
                        say("Accepted invitations", "接受的邀请"),
                        screen.number(invitations["accepted"]),
                        say(f"{invitations['counted']} count", f"{invitations['counted']} 个计入"),
                    ),
                    (
                        say("Known before", "原本认识的人"),
                        screen.number(invitations["of_people_known_before"]),
                        say("are not rewarded", "不计奖励"),
                    ),
                    (say("Budget left", "剩余预算"), screen.money(found["budget_left_minor"], found["currency"]), ""),
                ]
            )
        )
        rewards = found["rewards"]
        if rewards:
            columns = [
                Column(say("Rewards", "奖励"), grow=True),
                Column(say("Number", "个数"), "end"),
                Column(say("Money", "金额"), "end"),
            ]
            rows: list[list[str | Markup]] = [
                [
                    say(readable(state_of), _STATES.get(state_of, state_of)),
                    screen.number(one["rewards"]),
                    screen.money(one["amount_minor"], found["currency"]),
                ]
                for state_of, one in rewards.items()
            ]
            screen.show(table(columns, rows), classes="below")
        if not stopped:
            with ui.element("div").classes("row-actions switch"):
                _switch(screen, name)


def _switch(screen: Screen, name: str) -> None:
    say = screen.say

    async def do(because: str) -> None:
        await screen.load(stop, name, because=f"{because} ({ADMIN})" if because else "")

    _with_reason(
        screen, say("Stop this campaign", "停止活动"), do,
        title=say(f"Stop {name}?", f"停止“{name}”？"),
        text=say(
            "Nothing new is promised from now on. What was promised stays promised.",
            "从现在起不再承诺新奖励；已承诺的照常兑现。",
        ),
        sure=say("Stop it", "确认停止"),
    )  # fmt: skip
    screen.show(quiet(say("Acts at once.", "立即生效。")))


def _with_reason(
    screen: Screen, label: str, do: Callable[[str], Awaitable[None]], *, title: str, text: str, sure: str
) -> None:
    """Show a button that asks for a reason, does it, and shows the page anew."""
    say = screen.say

    async def ask() -> None:
        with ui.dialog() as dialog, ui.element("div").classes("card dialog"):
            screen.show(Markup("<h2>{}</h2><p>{}</p>").format(title, text))
            why = ui.input(label=say("Why", "原因")).props("outlined dense")

            async def done() -> None:
                if not screen.is_open():
                    ui.navigate.to("/login")
                    return
                try:
                    await do((why.value or "").strip())
                except SiyuError as error:
                    ui.notify(str(error), type="negative")
                    return
                KEPT.forget()
                ui.navigate.reload()

            with ui.element("div").classes("row-actions"):
                ui.button(sure, on_click=done, color=None).classes("button primary").props("flat no-caps")
                ui.button(say("Close", "关闭"), on_click=dialog.close, color=None).classes("button").props(
                    "flat no-caps"
                )
        dialog.open()

    ui.button(label, on_click=ask, color=None).classes("button").props("flat no-caps")


def _flagged(screen: Screen, name: str, found: dict[str, Any]) -> None:
    say = screen.say
    with card(
        say("To look at", "待人工查看"),
        lead=say(
            "Their rewards wait for you; nobody goes unpaid silently. Whom you refuse is told why.",
            "他们的奖励在等你查看，不会悄悄不发；判定不实的，会把原因告诉对方。",
        ),
    ):
        if not found["to_look_at"]:
            screen.show(
                notice(
                    "verified_user",
                    say("Nobody is suspected", "没有可疑的人"),
                    say(
                        "Own devices, reuse, bursts, closed circles and silent invitees are watched.",
                        "系统在看：本人设备、重复设备地址、短时集中、封闭小圈、沉默的被邀者。",
                    ),
                )
            )
        for one in found["to_look_at"][:_MOST_SHOWN]:
            _doubted(screen, name, one)
        if found["decided"]:
            columns = [
                Column(say("Decided", "已处理")),
                Column(say("Result", "结果")),
                Column(say("Why", "原因"), grow=True),
            ]
            rows: list[list[str | Markup]] = [
                [
                    link(f"#{one['person']}", f"/people/{one['person']}"),
                    badge(say("honest", "属实"), "good") if one["honest"] else badge(say("refused", "不实"), "bad"),
                    one["because"],
                ]
                for one in found["decided"]
            ]
            screen.show(table(columns, rows), classes="below")


def _doubted(screen: Screen, name: str, one: dict[str, Any]) -> None:
    """Show one inviter in doubt with two buttons."""
    say, person = screen.say, one["person"]
    why = say(", ", "、").join(say(reason, _REASONS.get(reason, reason)) for reason in one["reasons"])
    with ui.element("div").classes("answer-row doubted"):
        screen.show(
            Markup("{} {} <span>{}</span>").format(
                link(f"#{person}", f"/people/{person}"), badge(screen.number(one["score"], 2), "warn"), why
            )
        )
        with ui.element("div").classes("row-actions"):
            for label, honest in ((say("Honest", "属实"), True), (say("Refuse", "不实"), False)):

                async def do(because: str, honest: bool = honest) -> None:
                    await screen.load(decide_about, name, person, honest=honest, because=because)

                _with_reason(
                    screen, label, do,
                    title=say(f"Person {person}: {label}", f"{person} 号：{label}"),
                    text=say(
                        "The next settling acts on it; the inviter is told the reason.",
                        "下次结算时生效；原因会告诉邀请人。",
                    ),
                    sure=say("Decide", "确认"),
                )  # fmt: skip


PAGE = Page(
    path="/fission",
    title=Words("Fission", "裂变"),
    icon="hub",
    order=36,
    build=build,
    lead=Words(
        "People bring people; judged by those who stay. A reward is earned when the invitee stayed.",
        "人带人，看留下来的人。被邀者留下来，奖励才算数。",
    ),
)
