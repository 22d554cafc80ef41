"""People 人: search by an identifier, filter by stage, page by page."""

from collections.abc import Sequence

from markupsafe import Markup

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, notice, quiet
from siyu.app.console.parts.table import Column, filters, pager, search_box, table
from siyu.app.console.screen import Screen, Tone
from siyu.app.views.people import PersonRow, find_people, people_count, people_page
from siyu.people.stage import Stage

_TONES: dict[Stage, Tone] = {
    Stage.CONTACT: "plain",
    Stage.RETENTION: "accent",
    Stage.OPERATION: "accent",
    Stage.MONETISATION: "good",
}


async def build(screen: Screen) -> None:
    """Show a page of people, or those that were searched for."""
    say = screen.say
    find = screen.query.get("find", "").strip()
    with card():
        screen.show(
            search_box(
                screen,
                hint=say("A phone number, member number, WeChat id …", "手机号、会员号、微信号 …"),
                label=say("Search people", "查找人"),
            )
        )
        if find:
            _found(screen, find, await screen.load(find_people, find))
            return
        stage = screen.query.get("stage", "")
        choices = [("", say("All", "全部")), *((str(int(one)), words.stage(screen, one)) for one in Stage)]
        screen.show(filters("/people", {"stage": stage}, [("stage", say("Stage", "阶段"), choices)]))
        chosen = Stage(int(stage)) if stage in {str(int(one)) for one in Stage} else None
        after = screen.query.get("after", "")
        page = await screen.load(people_page, stage=chosen, after=int(after) if after.isdigit() else 0)
        if not page.rows:
            told = say(
                "Nobody is in this stage. People come in with touches: `siyu import`, an SDK, or a connected channel.",
                "这个阶段没有人。人随触点而来：`siyu import`、SDK 或已接入的渠道。",
            )
            screen.show(notice("group_off", say("Nobody here", "这里没有人"), told))
            return
        screen.show(_table(screen, page.rows))
        screen.show(pager(screen, str(page.after) if page.after else ""))
        if chosen is None:
            count = await screen.load(people_count)
            total = screen.number(count)
            told = say(f"{total} people in all, the newest first.", f"共 {total} 人，最新的在前。")
            screen.show(Markup('<p class="remark">{}</p>').format(told))


def _found(screen: Screen, find: str, rows: Sequence[PersonRow]) -> None:
    say = screen.say
    if rows:
        screen.show(_table(screen, rows))
        return
    told = say(
        "Nobody goes by exactly this. Names are found by their keyed hash, so a part of a number finds nothing: "
        "write all of it.",
        "没有人使用这个标识。标识按带密钥的哈希查找，只写一部分是找不到的：请写完整。",
    )
    screen.show(notice("person_search", say(f"No match for {find}", f"没有找到 {find}"), told))


def _table(screen: Screen, rows: Sequence[PersonRow]) -> Markup:
    say = screen.say
    columns = [
        Column(say("Person", "人")),
        Column(say("Stage", "阶段")),
        Column(say("Reachable", "可触达"), minor=True),
        Column(say("Orders", "订单"), "end"),
        Column(say("Paid", "实付"), "end"),
        Column(say("First seen", "首次出现"), "end", minor=True),
        Column(say("Last seen", "最近出现"), "end"),
    ]
    return table(
        columns,
        [
            [
                f"#{row.person_id}",
                badge(words.stage(screen, row.stage), _TONES[row.stage]),
                say("yes", "是") if row.owned else quiet(say("no", "否")),
                screen.number(row.orders) if row.orders else quiet("–"),
                screen.money(row.paid_minor) if row.orders else quiet("–"),
                screen.day(row.first_at_us),
                screen.day(row.last_at_us),
            ]
            for row in rows
        ],
        links=[f"/people/{row.person_id}" for row in rows],
    )


PAGE = Page(
    path="/people",
    title=Words("People", "人"),
    icon="group",
    order=10,
    build=build,
    lead=Words("Everybody we know, one row per person across all channels.", "我们认识的每个人，跨渠道合为一行。"),
)
