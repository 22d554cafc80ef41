"""Bringing in 引流: baits, gradual adding, advertisements, stores and staff, each judged by the people who stayed."""

from typing import Any

from markupsafe import Markup
from nicegui import ui

from siyu.app.bringing_in.adding import accounts, sources
from siyu.app.bringing_in.ads import ads, creatives
from siyu.app.bringing_in.ads_feedback import feedback
from siyu.app.bringing_in.baits import decide, refusals, results
from siyu.app.bringing_in.stores import staff, stores
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, notice
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen, Tone
from siyu.kernel.errors import SiyuError
from siyu.measurement.interval import Estimate
from siyu.touchpoints.bait import REASONS, Bait
from siyu.touchpoints.catchment import Standing

Rows = list[list[str | Markup]]
_MOST = 20
_ALARMS: dict[str, tuple[tuple[str, str], Tone]] = {
    "none": (("fine", "正常"), "good"),
    "slow": (("too few accept: slower", "通过率低，减速"), "warn"),
    "rest": (("hardly anybody accepts: rests", "几乎无人通过，暂停"), "bad"),
}
_CLAIMS: dict[str, tuple[tuple[str, str], Tone]] = {
    "doubtful": (("to be looked at", "待核实"), "warn"),
    "refused": (("refused", "已拒绝"), "bad"),
    "denied": (("denied", "核实后拒绝"), "bad"),
    "given": (("given", "核实后发放"), "good"),
}
_STEPS = {"came": ("come in", "进店"), "added": ("are added", "加好友"), "retained": ("stay", "留存")}
_ASKED, _ACCEPTED, _STATE = ("Asked", "已申请"), ("Accepted", "通过率"), ("State", "状态")
_STAYED, _ADDED, _PEOPLE = ("Stayed", "留存"), ("Added", "加好友"), ("People", "人数")
_PER_STAYED = ("Per person who stayed", "每留存一人")


async def build(screen: Screen) -> None:
    """Show what brings people in, and what it costs to keep one."""
    await _baits(screen)
    await _not_given(screen)
    await _adding(screen)
    await _ads(screen)
    await _stores(screen)


async def _baits(screen: Screen) -> None:
    say, found = screen.say, await screen.load(results)
    lead = say(
        "Once a person, over all accounts; the cost of a retained person decides.",
        "每人一次（跨账号）；以每个留存的人的成本论优劣。",
    )
    with card(say("Baits", "诱饵"), lead=lead):
        if not found:
            told = say("Write one into a file and run `siyu bait keep FILE`.", "写进文件后运行 `siyu bait keep 文件`。")
            screen.show(notice("redeem", say("No bait yet", "还没有诱饵"), told))
            return
        rows: Rows = [
            [
                one.bait.name,
                _where(screen, one.bait),
                *map(screen.number, (one.bait.stock - one.claimed, one.claimed, one.kept, one.returned, one.retained)),
                screen.money(one.cost_per_retained_minor) if one.retained else "–",
            ]
            for one in found
        ]
        columns = _columns(
            screen, ("Bait", "诱饵"), ("Where and when", "场景"), ("Left", "剩余"), ("Claimed", "领取"),
            ("Handed over", "兑现"), ("Returned", "再来"), _STAYED, _PER_STAYED, texts=2,
        )  # fmt: skip
        screen.show(table(columns, rows))


async def _not_given(screen: Screen) -> None:
    """Show claims that were not given, and let staff decide the doubtful ones."""
    say, found = screen.say, await screen.load(refusals, most=_MOST)
    if not found:
        return
    lead = say(
        "Doubtful is who may be the same person as somebody who has had it.", "疑似与已领取者是同一人的，先由员工核实。"
    )
    with card(say("Claims not given", "未发放的领取"), lead=lead):
        for one in found:
            _claim(screen, one)


def _claim(screen: Screen, one: dict[str, Any]) -> None:
    with ui.element("div").classes("hidden-row answer-row"):
        state, tone = _CLAIMS[one["state"]]
        told = Markup('<div><div>{} · <a href="/people/{}">{}</a></div><div class="evidence">{}</div></div>{}')
        about = [screen.time(one["at_us"]), one["place"], screen.say(*REASONS[one["reason"]])]
        screen.show(
            told.format(
                one["bait"],
                one["person"],
                screen.say(f"person {one['person']}", f"用户 {one['person']}"),
                " · ".join(part for part in about if part),
                badge(screen.say(*state), tone),
            )
        )
        if one["state"] == "doubtful":
            with ui.element("div").classes("row-buttons"):
                _decision(screen, screen.say("Give it", "发放"), one["refusal"], give=True)
                _decision(screen, screen.say("Deny", "拒绝"), one["refusal"], give=False)


def _decision(screen: Screen, text: str, refusal: str, *, give: bool) -> None:
    async def press() -> None:
        if not screen.is_open():
            ui.navigate.to("/login")
            return
        try:
            await screen.load(decide, refusal, give=give)
        except SiyuError as error:
            ui.notify(str(error), type="negative", multi_line=True)
            return
        ui.navigate.reload()

    ui.button(text, on_click=press, color=None).classes("reveal").props("flat no-caps dense")


def _where(screen: Screen, bait: Bait) -> str:
    parts = [*sorted(bait.places)]
    if bait.hours != (0, 24):
        parts.append(f"{bait.hours[0]:02d}:00–{bait.hours[1]:02d}:00")
    if (bait.least_celsius, bait.most_celsius) != (0, 0):
        parts.append(f"{bait.least_celsius}–{bait.most_celsius} °C")
    return screen.say(", ", "、").join(parts) or screen.say("always", "任何时候")


async def _adding(screen: Screen) -> None:
    say, found = screen.say, await screen.load(accounts)
    lead = say(
        "Staff ask people who bought or wrote, at a pace that people accept; Siyu asks nobody by itself.",
        "员工只向买过或咨询过的人发出申请，按通过率调速；系统不自动加人。",
    )
    with card(say("Gradual adding", "渐进添加"), lead=lead):
        if not found:
            told = say("Staff with contacts stand here.", "有好友关系的员工会显示在这里。")
            screen.show(notice("group_add", say("Nobody is asked yet", "还没有添加"), told))
            return
        rows: Rows = [
            [
                one.staff,
                _alarm(screen, one.pace.alarm.value),
                screen.number(one.asked),
                _share(screen, one.asked, Estimate(one.pace.share, one.pace.low, one.pace.high)),
                screen.number(one.asked_today),
                screen.number(one.left_today),
                _links(screen, one.people),
            ]
            for one in found
        ]
        columns = _columns(
            screen, ("Staff", "员工"), _STATE, _ASKED, ("Accepted last week", "近一周通过率"), ("Today", "今日"),
            ("May still ask", "今日可再加"), ("Whom to ask next", "下一批"), texts=2,
        )  # fmt: skip
        screen.show(table(columns, rows))
        rows = [
            [
                one.source,
                _alarm(screen, one.alarm),
                screen.number(one.asked),
                _share(screen, one.asked, Estimate(one.share, one.low, one.high)),
            ]
            for one in await screen.load(sources)
        ]
        if rows:
            columns = _columns(screen, ("Source", "来源"), _STATE, _ASKED, _ACCEPTED, texts=2)
            screen.show(table(columns, rows), classes="below")


def _alarm(screen: Screen, alarm: str) -> Markup:
    words, tone = _ALARMS[alarm]
    return badge(screen.say(*words), tone)


def _links(screen: Screen, people: tuple[int, ...]) -> Markup | str:
    if not people:
        return screen.say("nobody", "无")
    links = [Markup('<a href="/people/{}">{}</a>').format(one, one) for one in people[:6]]
    return Markup(" ").join(links) + ("…" if len(people) > len(links) else "")


async def _ads(screen: Screen) -> None:
    say, found = screen.say, await screen.load(ads, by="campaign")
    lead = say(
        "All sales of the people who first came by it, repeat purchase counted, against what it cost.",
        "首次由它带来的人的全部销售（含复购），对比花费。",
    )
    with card(say("Advertisements", "投放"), lead=lead):
        if not found:
            told = say("Import spend with `siyu import spend FILE`.", "用 `siyu import spend 文件` 导入花费。")
            screen.show(notice("campaign", say("No spend yet", "还没有花费"), told))
            return
        rows: Rows = []
        for one in [*found[:_MOST], *await screen.load(ads, by="channel")]:
            state = badge(say("earns", "盈"), "good") if one.earns else badge(say("not yet", "未回本"), "warn")
            rows.append(
                [
                    one.name or "–",
                    state,
                    screen.money(one.spend_minor),
                    "–" if one.per_mille_minor is None else screen.money(one.per_mille_minor),
                    screen.number(one.people),
                    _ratio(one.ratio),
                    _ratio(one.ratio_with_repeat),
                    "–" if one.cost_per_retained_minor is None else screen.money(one.cost_per_retained_minor),
                ]
            )
        columns = _columns(
            screen, ("Campaign, then channel", "计划与渠道"), _STATE, ("Spent", "花费"),
            ("Per 1,000 shown", "千次展示"), _PEOPLE, ("First orders", "首单产出"), ("With repeat", "含复购"),
            _PER_STAYED, texts=2,
        )  # fmt: skip
        screen.show(table(columns, rows))
        await _creatives(screen)
        for row in await screen.load(feedback):
            told = say(
                f"{row.channel} was told of {row.leads} leads: {row.step}, {row.message or row.guard},"
                f" by consent text {row.text_version}",
                f"已向 {row.channel} 回传 {row.leads} 条线索：{row.step}，{row.message or row.guard}，"
                f"授权文本 {row.text_version}",
            )
            screen.show(Markup('<div class="evidence">{}</div>').format(told))


async def _creatives(screen: Screen) -> None:
    say = screen.say
    rows: Rows = [
        [
            f"{campaign} · {ad}",
            badge(say("worn out", "疲劳，换素材"), "warn") if one.tired else badge(say("fresh", "正常"), "good"),
            screen.number(one.impressions),
            screen.percent(one.first_rate, 2),
            screen.percent(one.last_rate, 2),
            _share(screen, one.impressions, one.fallen, places=2),
        ]
        for campaign, ad, one in (await screen.load(creatives))[:_MOST]
    ]
    if rows:
        columns = _columns(
            screen, ("Creative", "素材"), _STATE, ("Shown", "展示"), ("Answered at first", "起初响应率"),
            ("Lately", "近期响应率"), ("Change", "变化"), texts=2,
        )  # fmt: skip
        screen.show(table(columns, rows), classes="below")


async def _stores(screen: Screen) -> None:
    say, found, ranks = screen.say, await screen.load(stores), await screen.load(staff)
    lead = say("Ranked by people who stayed, not by people who were added.", "按留下来的人排名，不按加了多少人。")
    with card(say("Stores and staff", "门店与员工"), lead=lead):
        if not found and not ranks:
            told = say(
                "Make the codes of a store's tills with `siyu code tills STORE TILL --to LINK`.",
                "用 `siyu code tills 门店 收银台 --to 链接` 一次生成收银台码。",
            )
            screen.show(notice("storefront", say("No store yet", "还没有门店"), told))
            return
        rows: Rows = [
            [
                one.store.name,
                _best_step(screen, one),
                *map(screen.number, (one.store.around, one.store.came, one.store.added, one.store.retained)),
            ]
            for one in found
        ]
        if rows:
            columns = _columns(
                screen, ("Store", "门店"), ("What would bring most", "最该补的一步"), ("Around", "周边"),
                ("Came in", "进店"), _ADDED, _STAYED, texts=2,
            )  # fmt: skip
            screen.show(table(columns, rows))
        rows = [
            [
                one.staff,
                *map(screen.number, (one.added, one.grown, one.retained)),
                _share(screen, one.grown, one.share),
                screen.number(one.left),
            ]
            for one in ranks[:_MOST]
        ]
        if rows:
            columns = _columns(
                screen, ("Staff", "员工"), _ADDED, ("60 days ago or more", "满 60 天"), _STAYED, ("Share", "留存率"),
                ("Left us", "删除"), texts=1,
            )  # fmt: skip
            screen.show(table(columns, rows), classes="below")


def _best_step(screen: Screen, one: Standing) -> str:
    if one.short_of_best < 1:
        return "–"
    english, chinese = _STEPS[one.weakest]
    return screen.say(
        f"more who {english}: +{one.short_of_best:.0f} stay", f"提高{chinese}：多留 {one.short_of_best:.0f} 人"
    )


def _columns(screen: Screen, *names: tuple[str, str], texts: int) -> list[Column]:
    """Name columns: the first ``texts`` hold words, the first of them grows; the others hold figures."""
    return [
        Column(screen.say(*name), grow=not place) if place < texts else Column(screen.say(*name), "end")
        for place, name in enumerate(names)
    ]


def _ratio(ratio: float | None) -> str:
    return "–" if ratio is None else f"1:{ratio:.2f}"


def _share(screen: Screen, of: int, one: Estimate | None, *, places: int = 1) -> str:
    """Write a share with its interval; a dash where there is nobody to tell it from."""
    if not of or one is None:
        return "–"
    value, low, high = (screen.percent(part, places) for part in (one.value, one.low, one.high))
    return f"{value} ({low} – {high})"


PAGE = Page(
    path="/bringing-in",
    title=Words("Bringing in", "引流"),
    icon="person_add",
    order=33,
    build=build,
    lead=Words(
        "Baits, adding, advertisements and stores, each judged by the people who stayed.",
        "诱饵、添加、投放、门店，都以留下来的人论优劣。",
    ),
)
