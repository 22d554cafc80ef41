"""Knowledge 沉淀: what was asked and answered before, found by its words."""

from typing import Any

from markupsafe import Markup
from nicegui import ui

from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import card, notice
from siyu.app.console.parts.table import Column, search_box, table
from siyu.app.console.screen import Screen
from siyu.app.knowledge import listed, search, settle_answers


async def build(screen: Screen) -> None:
    """Show what was searched for, or what was settled last."""
    say = screen.say
    find = screen.query.get("find", "").strip()
    with card():
        screen.show(
            search_box(
                screen,
                hint=say("What a customer asks …", "顾客会怎么问 …"),
                label=say("Search answers", "查找回答"),
            )
        )
        found = await (screen.load(search, find, most=20) if find else screen.load(listed))
        if found:
            screen.show(_table(screen, found))
        elif find:
            told = say("Nothing that is settled shares a word with this.", "沉淀的内容里没有相关的词。")
            screen.show(notice("search_off", say("Not answered yet", "还没有回答过"), told))
        else:
            told = say(
                "Settle what staff answered to comments, or a handbook: `siyu knowledge settle FILE`.",
                "把员工回复过的评论或一份手册沉淀下来：`siyu knowledge settle 文件`。",
            )
            screen.show(notice("menu_book", say("Nothing is settled yet", "还没有沉淀"), told))
        _settle_button(screen)


def _table(screen: Screen, entries: list[dict[str, Any]]) -> Markup:
    say = screen.say
    columns = [
        Column(say("Question", "问题"), grow=True),
        Column(say("Answer", "回答"), grow=True),
        Column(say("From", "来源")),
        Column(say("Said", "时间"), "end"),
    ]
    rows: list[list[str | Markup]] = [
        [one["question"], one["answer"], one["source"], screen.day(one["said_at_us"])] for one in entries
    ]
    return table(columns, rows)


def _settle_button(screen: Screen) -> None:
    say = screen.say

    async def settle() -> None:
        if not screen.is_open():
            ui.navigate.to("/login")
            return
        done = await screen.load(settle_answers)
        ui.notify(say(f"{done['settled']} new answers", f"新沉淀 {done['settled']} 条回答"))
        if done["settled"]:
            ui.navigate.to("/knowledge")

    with ui.element("div").classes("row-actions below"):
        button = ui.button(say("Settle answers of the comment desk", "沉淀评论台的回答"), on_click=settle, color=None)
        button.classes("button").props("flat no-caps")


PAGE = Page(
    path="/knowledge",
    title=Words("Knowledge", "沉淀"),
    icon="menu_book",
    order=38,
    build=build,
    lead=Words(
        "What was asked once and answered well, for everybody who is asked it again. Nothing here says who asked.",
        "问过一次、答得好的内容，供下次使用。这里不留提问者的任何信息。",
    ),
)
