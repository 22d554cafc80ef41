"""Quarantine 隔离区: rows that could not be understood. Look, mend, replay."""

import logging
from urllib.parse import urlencode

from markupsafe import Markup
from nicegui import ui

from siyu.app.access.passwords import ADMIN
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, notice, quiet
from siyu.app.console.parts.table import Column, pager, table
from siyu.app.console.screen import Screen
from siyu.app.console.words import readable
from siyu.app.intake.quarantine import replay
from siyu.app.views.kept import KEPT
from siyu.app.views.quarantine import Fault, SetAsideRow, faults, quarantine_page, set_aside_row
from siyu.kernel.errors import SiyuError

_log = logging.getLogger(__name__)


async def build(screen: Screen) -> None:
    """Show faults by source, and the rows of one of them."""
    say = screen.say
    source, heading = screen.query.get("source", ""), screen.query.get("heading", "")
    found = await screen.load(faults)
    with card(say("Faults", "问题")):
        if not found:
            told = say(
                "Every row that came in was understood. Rows that are not stand here with line and reason, and can be "
                "replayed after the mapping is mended.",
                "所有进来的数据都读懂了。读不懂的行会带着行号和原因放在这里，修好映射后可以重放。",
            )
            screen.show(notice("task_alt", say("Nothing is set aside", "没有被隔离的数据"), told))
            return
        columns = [
            Column(say("Fault", "问题"), grow=True),
            Column(say("Source", "来源")),
            Column(say("Waiting", "待修"), "end"),
            Column(say("Replayed", "已重放"), "end"),
        ]
        screen.show(
            table(
                columns,
                [
                    [readable(one.heading), one.source, screen.number(one.open), screen.number(one.rows - one.open)]
                    for one in found
                ],
                links=[_address(one) for one in found],
            )
        )
    if source or heading:
        await _rows(screen, source, heading)


def _address(one: Fault) -> str:
    return f"/quarantine?{urlencode({'source': one.source, 'heading': one.heading})}"


async def _rows(screen: Screen, source: str, heading: str) -> None:
    say = screen.say
    after = screen.query.get("after", "")
    page = await screen.load(quarantine_page, source=source, heading=heading, after=after)
    with card(readable(heading) or source, lead=source):
        if not page.rows:
            told = say("All of them were replayed.", "都已重放。")
            screen.show(notice("task_alt", say("Nothing waits here", "没有待修的行"), told))
            return
        with ui.element("div").classes("row-actions"):
            _replay_button(screen, source, heading)
        with ui.element("div").classes("set-aside"):
            for one in page.rows:
                _row(screen, one)
        screen.show(pager(screen, page.after))


def _row(screen: Screen, one: SetAsideRow) -> None:
    say = screen.say
    with ui.element("div").classes("hidden-row"):
        screen.show(
            Markup('<span>{} <span class="quiet">{}</span></span><span>{}</span>').format(
                badge(say(f"row {one.line}", f"第 {one.line} 行")), screen.time(one.set_aside_at_us), one.reason
            )
        )

        async def look() -> None:
            if not screen.is_open():
                ui.navigate.to("/login")
                return
            held = await screen.load(set_aside_row, one.quarantine_id)
            _log.warning("revealed: %s looked at row %s of the quarantine", ADMIN, one.quarantine_id)
            told = "\n".join(f"{key}: {value}" for key, value in held.items())
            with ui.dialog() as dialog, ui.element("div").classes("card dialog"):
                screen.show(
                    Markup("<h2>{}</h2><p>{}</p><pre class='raw'>{}</pre>").format(one.reason, quiet(one.source), told)
                )
                ui.button(say("Close", "关闭"), on_click=dialog.close, color=None).classes("button").props(
                    "flat no-caps"
                )
            dialog.open()

        ui.button(say("Look", "查看"), on_click=look, color=None).classes("reveal").props("flat no-caps dense")


def _replay_button(screen: Screen, source: str, heading: str) -> None:
    say = screen.say

    async def again() -> None:
        if not screen.is_open():
            ui.navigate.to("/login")
            return
        button.disable()
        try:
            done = await screen.load(replay, source=source, heading=heading)
        except SiyuError as error:
            ui.notify(str(error), type="negative")
            return
        finally:
            button.enable()
        KEPT.forget()
        count = done["understood"]
        ui.notify(say(f"{count} rows were understood this time", f"这次读懂了 {count} 行"))
        ui.navigate.reload()

    button = ui.button(say("Replay these rows", "重放这些行"), on_click=again, color=None)
    button.classes("button").props("flat no-caps")
    screen.show(
        quiet(
            say(
                "Mend the mapping first; a row that still has its fault stays here.",
                "请先修好映射；仍有问题的行会留在这里。",
            )
        )
    )


PAGE = Page(
    path="/quarantine",
    title=Words("Quarantine", "隔离区"),
    icon="healing",
    order=110,
    build=build,
    lead=Words(
        "One bad row never stops the others: it waits here, encrypted, to be mended.",
        "一行坏数据不影响其他行：它加密存放在这里，等待修复。",
    ),
)
