"""Conflicts 身份冲突: are these two people one? Shows the evidence and what Siyu would answer; a person decides."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from markupsafe import Markup
from nicegui import ui

from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, facts, link, notice, quiet
from siyu.app.console.screen import Screen
from siyu.app.people.identity import conflicts, settle, why
from siyu.app.views.kept import KEPT
from siyu.kernel.errors import SiyuError

_AT_ONCE = 20
#: Why a case waits, by its reason: English, Chinese.
_REASONS = {
    "alike": ("Their records look alike", "两份资料很像"),
    "apart": ("A touch joins whom somebody set apart", "有人分开过，新的触点又把他们连在一起"),
    "two_ids": ("Two ids of an account that gives each person one", "同一平台下出现两个唯一标识"),
    "shared": ("An identifier that many people share", "多人共用的标识"),
    "too_large": ("The person would become implausibly large", "合并后标识过多"),
}
_ANSWERS = {
    "merge": ("one person", "是同一人"), "apart": ("two people", "是两个人"), "look": ("look closely", "需要细看"),
}  # fmt: skip


async def build(screen: Screen) -> None:
    """Show the oldest cases that wait, each with its evidence and two buttons."""
    say = screen.say
    found = await screen.load(conflicts)
    if not found:
        told = say(
            "Cases come here when a touch would join two people who cannot be one, or when two records look alike.",
            "当触点要把不可能是同一人的两个人连起来，或两份资料很像时，会在这里等待判断。",
        )
        with card():
            screen.show(notice("task_alt", say("Nothing waits for a decision", "没有待判断的冲突"), told))
        return
    if len(found) > _AT_ONCE:
        screen.show(
            quiet(say(f"The oldest {_AT_ONCE} of {len(found)}", f"共 {len(found)} 条，先看最早的 {_AT_ONCE} 条"))
        )
    for one in found[:_AT_ONCE]:
        explained = await screen.load(why, str(one["left_id"]), str(one["right_id"]))
        _case(screen, one, explained)


def _case(screen: Screen, one: dict[str, Any], told: dict[str, Any]) -> None:
    say = screen.say
    reason = _REASONS.get(one["reason"])
    chance = json.loads(one["detail"] or "{}").get("probability")
    with card(say(*reason) if reason else one["reason"], lead=screen.time(one["opened_at_us"])):
        people = told["people"]
        rows: list[tuple[str | Markup, str | Markup]] = [
            (say("The two", "双方"), Markup("{} · {}").format(one["left"], one["right"])),
            (
                say("Now", "目前"),
                Markup(" · ").join(
                    link(say(f"person {number}", f"人 {number}"), f"/people/{number}") for number in people
                ),
            ),
            (say("Suggested", "建议"), badge(say(*_ANSWERS.get(one["suggestion"], ("look closely", "需要细看"))))),
        ]
        if chance is not None:
            rows.insert(2, (say("Probability", "概率"), f"{chance:.1%}"))
        rows += [(say("Evidence", "证据"), _step(screen, step)) for step in told["evidence"][:5]]
        screen.show(facts(rows, wide=True))
        if len(people) == 1:
            screen.show(quiet(say("They are one person by now.", "他们现在已是同一人。")))
        with ui.element("div").classes("row-actions below"):
            for decision, words in (("merge", ("One person", "是同一人")), ("apart", ("Two people", "是两个人"))):
                ui.button(
                    say(*words), on_click=_decide(screen, one["conflict"], decision), color=None
                ).classes("button").props("flat no-caps")  # fmt: skip


def _step(screen: Screen, step: dict[str, Any]) -> Markup:
    return Markup("{} – {} <span class='quiet'>{} · {} · {}</span>").format(
        step["left"], step["right"], step["strength"], step["source"], screen.day(step["said_at_us"])
    )


def _decide(screen: Screen, conflict: str, decision: str) -> Callable[[], Awaitable[None]]:
    async def decide() -> None:
        if not screen.is_open():
            ui.navigate.to("/login")
            return
        try:
            await screen.load(settle, conflict, decision, by="console")
        except SiyuError as error:
            ui.notify(str(error), type="negative")
            return
        KEPT.forget()
        ui.notify(screen.say("Decided; a split takes it back", "已处理；可以用拆分撤回"))
        ui.navigate.reload()

    return decide


PAGE = Page(
    path="/conflicts",
    title=Words("Conflicts", "身份冲突"),
    icon="call_split",
    order=12,
    build=build,
    lead=Words(
        "Are these two people one? Nothing is joined until somebody says so.",
        "这两个人是不是同一个人？没有人确认之前不会合并。",
    ),
)
