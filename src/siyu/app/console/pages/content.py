"""Content 内容: what goes out next, what an editor would send back, and which topics people stay after."""

from collections.abc import Sequence

from markupsafe import Markup

from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, notice
from siyu.app.console.parts.table import Cell, Column, table
from siyu.app.console.screen import Screen
from siyu.app.content import Checked, Returned, calendars, checked, returns
from siyu.app.workspace import Workspace
from siyu.content.calendar import ContentCalendar
from siyu.kernel.period import moment_of


async def build(screen: Screen) -> None:
    """Show the calendars of the workspace."""
    say = screen.say
    planned, looks, brought = await screen.load(_look)
    if not planned:
        told = say(
            "Put a calendar into the workspace's folder `content`: docs/content.md shows one.",
            "把排期文件放进工作区的 `content` 目录，写法见 docs/content.md。",
        )
        screen.show(notice("edit_calendar", say("No content is planned yet", "还没有内容排期"), told))
        return
    with card(say("Topics", "话题"), lead=say("Best retention first.", "按留存从高到低。")):
        screen.show(_returned(screen, brought["topics"], say("Topic", "话题")))
    with card(say("Pieces", "内容")):
        screen.show(_returned(screen, brought["pieces"], say("Piece", "内容")))
    with card(say("Goes out next", "即将发布")):
        screen.show(_next(screen, planned, looks))
    with card(say("To mend", "待修改")):
        screen.show(_findings(screen, looks))


def _look(workspace: Workspace) -> tuple[list[ContentCalendar], list[Checked], dict[str, list[Returned]]]:
    planned = calendars(workspace)
    looks = [checked(one, planned[:place]) for place, one in enumerate(planned)]
    return planned, looks, returns(workspace, planned) if planned else {}


def _returned(screen: Screen, rows: Sequence[Returned], title: str) -> Markup:
    say = screen.say
    columns = [
        Column(title, grow=True),
        Column(say("Cost", "成本"), "end"),
        Column(say("Met it", "触达人次"), "end"),
        Column(say("Stayed after 30 days", "30 日后留存"), "end"),
        Column(say("Cost of one who stayed", "每留存一人成本"), "end"),
    ]
    cells: list[list[Cell]] = [
        [
            one.name,
            screen.money(one.cost_minor),
            screen.number(one.people),
            _share(screen, one),
            "–" if one.cost_per_retained_minor is None else screen.money(one.cost_per_retained_minor.value),
        ]
        for one in rows
    ]
    return table(columns, cells)


def _share(screen: Screen, one: Returned) -> Cell:
    if one.retained is None:
        return screen.say("not known yet", "尚未可知")
    low, high = screen.percent(one.retained.low), screen.percent(one.retained.high)
    between = screen.say(f"{low} to {high}", f"{low} 至 {high}")
    return Markup('<b>{}</b> <span class="quiet">{}</span>').format(screen.percent(one.retained.value), between)


def _next(screen: Screen, planned: Sequence[ContentCalendar], looks: Sequence[Checked]) -> Markup:
    say = screen.say
    today = moment_of(screen.workspace.clock.now_us()).astimezone(screen.zone).date()
    wrong = {finding.content_id for look in looks for finding in look.findings}
    columns = [
        Column(say("Day", "日期")),
        Column(say("Piece", "内容"), grow=True),
        Column(say("Topic", "话题")),
        Column(say("For", "人群")),
        Column(say("Channel", "渠道")),
        Column(""),
    ]
    coming = sorted((one for calendar in planned for one in calendar.pieces if one.day >= today), key=lambda p: p.day)
    rows: list[list[Cell]] = [
        [
            str(one.day),
            one.content_id,
            one.topic,
            one.traffic.segment,
            one.traffic.channel,
            badge(say("to mend", "待修改"), "warn") if one.content_id in wrong else badge(say("ready", "就绪"), "good"),
        ]
        for one in coming
    ]
    if not rows:
        return Markup('<p class="remark">{}</p>').format(say("Nothing is planned ahead.", "后面没有排期。"))
    return table(columns, rows)


def _findings(screen: Screen, looks: Sequence[Checked]) -> Markup:
    say = screen.say
    columns = [
        Column(say("Piece", "内容")),
        Column(say("What", "问题"), grow=True),
        Column(say("Better", "建议"), grow=True),
    ]
    rows: list[list[Cell]] = [[one.content_id, one.says, one.mend] for look in looks for one in look.findings]
    for look in looks:
        for segment, roles in look.gaps.items():
            told = say(f"{segment} get no {', '.join(roles)} from it", f"{segment} 缺少：{'、'.join(roles)}")
            rows.append([look.calendar, told, say("plan a piece for them", "为他们安排一篇")])
    if not rows:
        return Markup('<p class="remark">{}</p>').format(say("Nothing.", "没有。"))
    return table(columns, rows)


PAGE = Page(
    path="/content",
    title=Words("Content", "内容"),
    icon="edit_calendar",
    order=37,
    build=build,
    lead=Words(
        "Topics are judged by the people who are still there a month later, and by what one of them cost.",
        "话题好不好，看一个月后还在的人，以及留下一个人花了多少钱。",
    ),
)
