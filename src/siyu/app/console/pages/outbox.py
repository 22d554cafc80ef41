"""Outbox 发件箱: every message once, from ready to its end."""

from collections.abc import Sequence

from markupsafe import Markup

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, figures, mono, notice
from siyu.app.console.parts.table import Column, filters, pager, table
from siyu.app.console.screen import Screen
from siyu.app.dispatch.brake_tasks import BrakeTask, brake_tasks
from siyu.app.views.outbox import OutboxRow, outbox_counts, outbox_page
from siyu.dispatch.message import MessageState


async def build(screen: Screen) -> None:
    """Show a page of messages."""
    say = screen.say
    chosen = {name: screen.query.get(name, "") for name in ("state", "after")}
    counts = await screen.load(outbox_counts)
    tasks = await screen.load(brake_tasks)
    if tasks:
        _braked(screen, tasks)
    with card():
        if not counts:
            told = say(
                "A message stands here once the guard has let a proposal pass. Turn the loop with `siyu worker`.",
                "守门放行的提议会变成消息出现在这里。运行 `siyu worker` 转动循环。",
            )
            screen.show(notice("outbox", say("Nothing was sent yet", "还没有消息"), told))
            return
        shown = [one.value for one in MessageState if counts.get(one.value)]
        screen.show(figures([(words.state(screen, one)[0], screen.number(counts[one]), "") for one in shown]))
    with card():
        choices = [("", say("All", "全部")), *((one, words.state(screen, one)[0]) for one in shown)]
        screen.show(filters("/outbox", chosen, [("state", say("State", "状态"), choices)]))
        page = await screen.load(outbox_page, state=chosen["state"], after=chosen["after"])
        columns = [
            Column(say("Person", "人")),
            Column(say("Message", "消息"), grow=True),
            Column(say("Through", "经由")),
            Column(say("State", "状态")),
            Column(say("Due", "应发"), "end"),
            Column(say("Settled", "完成"), "end"),
        ]
        screen.show(
            table(
                columns,
                [_row(screen, one) for one in page.rows],
                links=[f"/people/{one.person_id}" for one in page.rows],
            )
        )
        screen.show(pager(screen, page.after))


def _braked(screen: Screen, tasks: Sequence[BrakeTask]) -> None:
    say = screen.say
    lead = say(
        "More people left, withdrew or complained than usual. Look, then let go with your name and a reason.",
        "流失、撤回或投诉比平时多。请先查看，再写明姓名与理由放行。",
    )
    steps = {"slow": say("slowed", "已减速"), "stop": say("stopped", "已停止")}
    levels = {
        "waiting": say("waiting", "待处理"),
        "late": say("late", "已逾期"),
        "escalated": say("escalated", "已升级"),
    }
    with card(say("Held by the brake", "刹车待办"), lead=lead):
        columns = [
            Column(say("Source", "来源")),
            Column(say("State", "状态")),
            Column(say("Why", "原因"), grow=True),
            Column(say("Due", "应处理"), "end"),
        ]
        rows = [
            [
                one.source,
                Markup("{} {}").format(
                    badge(steps[one.step], "bad" if one.step == "stop" else "warn"),
                    badge(levels[one.level], "plain" if one.level == "waiting" else "bad"),
                ),
                Markup("<div>{}</div>{}").format(
                    say(one.why, one.why_zh), mono(f"siyu policy release {one.source} --by … --because …")
                ),
                screen.time(one.due_us),
            ]
            for one in tasks
        ]
        screen.show(table(columns, rows))


def _row(screen: Screen, one: OutboxRow) -> list[str | Markup]:
    word, tone = words.state(screen, one.state)
    return [
        f"#{one.person_id}",
        Markup('<div>{}</div><div class="evidence">{}</div>').format(one.text, words.play(screen, one.play)),
        Markup('<span class="nowrap">{}</span><div class="evidence">{}</div>').format(
            words.channel(screen, one.channel), one.staff or one.account
        ),
        Markup("{}{}").format(
            badge(word, tone), Markup('<div class="evidence">{}</div>').format(one.detail) if one.detail else ""
        ),
        screen.time(one.due_at_us),
        screen.time(one.settled_at_us),
    ]


PAGE = Page(
    path="/outbox",
    title=Words("Outbox", "发件箱"),
    icon="outbox",
    order=50,
    build=build,
    lead=Words(
        "One row is one message to one person, once. A lost answer is looked up, never sent again.",
        "一行就是给一个人的一条消息，只发一次。没等到答复就去查，绝不重发。",
    ),
)
