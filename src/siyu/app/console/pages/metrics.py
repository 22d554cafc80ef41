"""Metrics 指标: retention, repurchase, the funnel and whatever else can be measured, with definitions."""

from collections.abc import Sequence

from markupsafe import Markup

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import card, figures, grid, mono, notice
from siyu.app.console.parts.chart import chart, colours
from siyu.app.console.parts.matrix import matrix
from siyu.app.console.parts.measures import revenue_card, rfm_card, sources_card
from siyu.app.console.parts.table import Column, filters, table
from siyu.app.console.screen import Screen
from siyu.app.views.headline import headline
from siyu.app.views.measured import metric
from siyu.measurement.interval import Estimate
from siyu.measurement.metric import cards
from siyu.measurement.metrics.repurchase import RepurchaseResult
from siyu.measurement.metrics.retention import RetentionResult
from siyu.touchpoints.kind import KINDS_BY_SLUG

_UNITS = {"month": ("By month", "按月"), "week": ("By week", "按周"), "day": ("By day", "按日")}
_FUNNELS = {
    "buy": ("contact_added,message_in,order_paid", "Friend, talk, purchase", "加好友、对话、购买"),
    "message": ("message_out,order_paid", "Message, purchase", "消息、购买"),
    "shop": ("view,cart,order_paid", "View, cart, purchase", "浏览、加购、购买"),
}


async def build(screen: Screen) -> None:
    """Show what is measured."""
    say = screen.say
    first = await screen.load(headline)
    if not first.buyers:
        told = say("Import orders first: `siyu import orders FILE`.", "请先导入订单：`siyu import orders 文件`。")
        screen.show(notice("query_stats", say("There is nothing to measure yet", "还没有可度量的数据"), told))
        return
    unit = screen.query.get("unit", "month")
    unit = unit if unit in _UNITS else "month"
    with grid():
        with card(
            say("Retention", "留存"),
            lead=say(
                "Rows are people who first bought in the same period; columns are the periods after it. Pale cells in "
                "italics are not over for everybody yet.",
                "每行是同一时期首次购买的人，每列是之后的时期。斜体浅色表示该时期尚未对所有人结束。",
            ),
        ):
            choices = [(("" if one == "month" else one), say(*title)) for one, title in _UNITS.items()]
            chosen = {"unit": "" if unit == "month" else unit, "funnel": screen.query.get("funnel", "")}
            screen.show(filters("/metrics", chosen, [("unit", say("Cohorts", "分组"), choices)]))
            result: RetentionResult = await screen.load(metric, "retention", cohort=unit)
            screen.show(matrix(screen, result, most=18))
        again: RepurchaseResult = await screen.load(metric, "repurchase")
        _repurchase(screen, again)
        _how_often(screen, again)
        await _funnel(screen)
        sources_card(screen, await screen.load(metric, "sources", by="channel"))
        rfm_card(screen, await screen.load(metric, "rfm"))
        revenue_card(screen, await screen.load(metric, "revenue", days="30"))
        _more(screen)


def _repurchase(screen: Screen, again: RepurchaseResult) -> None:
    say = screen.say
    with card(
        say("Repurchase", "复购"),
        lead=say("Purchases of one day count once.", "同一天的购买算一次。"),
        classes="half stretch",
    ):
        screen.show(
            figures(
                [
                    (say("Buyers", "买家"), screen.number(again.buyers), ""),
                    (
                        say("Bought again", "再次购买"),
                        screen.number(again.repeaters),
                        screen.percent(again.rate.value if again.rate else None),
                    ),
                    (say("Paid orders", "已付订单"), screen.number(again.purchases), screen.money(again.value_minor)),
                ]
            )
        )
        columns = [
            Column(say("Within", "期限"), grow=True),
            Column(say("Buyers observed", "可观察买家"), "end"),
            Column(say("Again", "复购"), "end"),
            Column(say("Rate", "比例"), "end"),
            Column(say("95 % interval", "95% 区间"), "end"),
        ]
        screen.show(Markup("<h3>{}</h3>").format(say("How soon", "多快")))
        screen.show(
            table(
                columns,
                [
                    [
                        say(f"{one.days} days", f"{one.days} 天"),
                        screen.number(one.buyers),
                        screen.number(one.again),
                        screen.percent(one.rate.value if one.rate else None),
                        f"{screen.percent(one.rate.low)} – {screen.percent(one.rate.high)}" if one.rate else "–",
                    ]
                    for one in again.within
                ],
            )
        )


def _how_often(screen: Screen, again: RepurchaseResult) -> None:
    say, now = screen.say, colours(screen)
    titles, counts = _bins(again.by_purchase_days)
    with card(
        say("How often people buy", "购买频次"),
        lead=say("Buyers by the number of days on which they bought.", "按购买天数统计的买家数。"),
        classes="half stretch",
    ):
        chart(
            screen,
            {
                "grid": {"left": 4, "right": 8, "top": 24, "bottom": 4, "containLabel": True},
                "tooltip": {"trigger": "axis", "axisPointer": {"type": "none"}},
                "xAxis": {"type": "category", "data": titles},
                "yAxis": {"type": "value", "splitNumber": 4},
                "series": [
                    {
                        "type": "bar",
                        "name": say("Buyers", "买家"),
                        "data": counts,
                        "barMaxWidth": 34,
                        "itemStyle": {"color": now.accent, "borderRadius": [4, 4, 0, 0]},
                    }
                ],
            },
            height=300,
            label=say("Buyers by number of purchase days", "按购买天数统计的买家数"),
        )


def _bins(by_days: Sequence[int]) -> tuple[list[str], list[int]]:
    """Put numbers of purchase days together in steps that widen, so that rare and frequent buyers both show."""
    titles, counts = [], []
    edges = (1, 2, 3, 4, 6, 11, 21, 51, 101, 201)
    for place, first in enumerate(edges):
        if first > len(by_days):
            break
        last = edges[place + 1] - 1 if place + 1 < len(edges) else len(by_days)
        counts.append(sum(by_days[first - 1 : last]))
        titles.append(str(first) if first == last else f"{first}–{last}" if place + 1 < len(edges) else f"{first}+")
    return titles, counts


def _of_previous(screen: Screen, share: Estimate) -> str:
    value, low, high = screen.percent(share.value), screen.percent(share.low), screen.percent(share.high)
    return screen.say(f"{value} of the step before ({low} – {high})", f"上一步的 {value}（{low} – {high}）")


async def _funnel(screen: Screen) -> None:
    say = screen.say
    chosen = screen.query.get("funnel", "")
    steps, _, _ = _FUNNELS[chosen if chosen in _FUNNELS else "buy"]
    result = await screen.load(metric, "funnel", steps=steps, window="30")
    with card(
        say("Funnel", "漏斗"),
        lead=say("How many came this far, in this order, within 30 days.", "30 天内按此顺序走到每一步的人数。"),
    ):
        choices = [(("" if name == "buy" else name), say(*titles)) for name, (_, *titles) in _FUNNELS.items()]
        kept = {
            "funnel": chosen if chosen in _FUNNELS and chosen != "buy" else "",
            "unit": screen.query.get("unit", ""),
        }
        screen.show(filters("/metrics", kept, [("funnel", say("Steps", "步骤"), choices)]))
        top = max((one.people for one in result.steps), default=0)
        if not top:
            told = say("Nobody did the first of these steps yet.", "还没有人走过第一步。")
            screen.show(notice("filter_alt", say("This funnel is empty", "这个漏斗是空的"), told))
            return
        parts = []
        for number, one in enumerate(result.steps):
            before = one.of_previous
            parts.append(
                Markup(
                    '<div class="meter"><b>{}</b><span>{}</span>'
                    '<i><u style="width:{:.2f}%"></u></i><small>{}</small></div>'
                ).format(
                    words.kind(screen, KINDS_BY_SLUG[one.name]) if one.name in KINDS_BY_SLUG else one.name,
                    screen.number(one.people),
                    100 * one.people / top,
                    _of_previous(screen, before)
                    if before and number
                    else say("begins here", "起点")
                    if not number
                    else say("nobody came this far", "没有人走到这里"),
                )
            )
        screen.show(Markup('<div class="rows">{}</div>').format(Markup().join(parts)))


def _more(screen: Screen) -> None:
    say = screen.say
    with card(
        say("Everything that can be measured", "可度量的一切"),
        lead=say(
            "The same numbers on the command line, over this workspace or any file.",
            "命令行里是同样的数字，可用于本工作区或任何文件。",
        ),
    ):
        columns = [
            Column(say("Metric", "指标")),
            Column(say("What it tells", "说明"), grow=True),
            Column(say("Command", "命令")),
        ]
        screen.show(
            table(
                columns,
                [
                    [say(words.readable(one.name), one.chinese), one.says, mono(f"siyu metric {one.name}")]
                    for one in cards().values()
                ],
            )
        )


PAGE = Page(
    path="/metrics",
    title=Words("Metrics", "指标"),
    icon="query_stats",
    order=30,
    build=build,
    lead=Words(
        "Defined once, counted over every touch; intervals say how sure a number is.",
        "定义一次，统计每个触点；区间说明数字有多可靠。",
    ),
)
