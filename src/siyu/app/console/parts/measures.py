"""Cards of single metrics: layers of buyers, and what moved revenue."""

from typing import Final

from markupsafe import Markup

from siyu.app.console.parts.card import card, facts, figures
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen
from siyu.app.console.words import readable, source
from siyu.measurement.interval import Estimate
from siyu.measurement.metrics.revenue import RevenueResult
from siyu.measurement.metrics.rfm import RfmResult
from siyu.measurement.metrics.sources import SourcesResult

_MOST_SOURCES: Final = 12
#: Above this share of money one source is a risk (house rule).
_TOO_MUCH: Final = 0.8


def rfm_card(screen: Screen, result: RfmResult) -> None:
    """Show buyers in layers."""
    say = screen.say
    columns = [
        Column(say("Layer", "分层")),
        Column(say("Buyers", "买家"), "end"),
        Column(say("Share", "占比"), "end"),
        Column(say("Value", "金额"), "end"),
        Column(say("Of value", "金额占比"), "end"),
        Column(say("Last, days ago", "最近（天前）"), "end"),
        Column(say("Purchase days", "购买天数"), "end"),
    ]
    with card(
        say("Buyers in layers (RFM)", "RFM 分层"),
        lead=say("By how recently, how often and for how much they bought.", "按最近购买、购买频次和购买金额划分。"),
    ):
        rows = [
            [
                say(readable(one.layer), one.chinese),
                screen.number(one.people),
                screen.percent(one.share),
                screen.money(one.value_minor),
                screen.percent(one.value_share),
                screen.number(one.recency_days),
                screen.number(one.purchase_days, 1),
            ]
            for one in result.layers
            if one.people
        ]
        screen.show(table(columns, rows))


def revenue_card(screen: Screen, result: RevenueResult) -> None:
    """Show customers x orders x average order of two periods, and what moved revenue between them."""
    say, now, before = screen.say, result.now, result.before
    orders_before = screen.number(before.orders_per_customer, 2)
    value_before = screen.money(before.order_value_minor.value) if before.order_value_minor else "–"
    with card(
        say("What moved revenue", "收入为什么变"),
        lead=say(
            "Revenue = customers × orders per customer × average order: the last 30 days against the 30 before.",
            "收入 = 顾客数 × 人均订单 × 客单价：最近 30 天与之前 30 天相比。",
        ),
    ):
        screen.show(
            figures(
                [
                    (
                        say("Revenue", "收入"),
                        screen.money(now.revenue_minor),
                        say(
                            f"before: {screen.money(before.revenue_minor)}",
                            f"之前：{screen.money(before.revenue_minor)}",
                        ),
                    ),
                    (
                        say("Customers", "顾客数"),
                        screen.number(now.customers),
                        say(f"before: {screen.number(before.customers)}", f"之前：{screen.number(before.customers)}"),
                    ),
                    (
                        say("Orders per customer", "人均订单"),
                        screen.number(now.orders_per_customer, 2),
                        say(f"before: {orders_before}", f"之前：{orders_before}"),
                    ),
                    (
                        say("Average order", "客单价"),
                        screen.money(now.order_value_minor.value) if now.order_value_minor else "–",
                        say(f"before: {value_before}", f"之前：{value_before}"),
                    ),
                ]
            )
        )
        if result.by_customers_minor is None or result.by_orders_minor is None or result.by_order_value_minor is None:
            return
        screen.show(Markup("<h3>{}</h3>").format(say("Where the change came from", "变化来自哪里")))
        screen.show(
            facts(
                [
                    (say("More or fewer customers", "顾客数变化"), screen.money(result.by_customers_minor)),
                    (say("More or fewer orders of each", "人均订单变化"), screen.money(result.by_orders_minor)),
                    (say("Larger or smaller orders", "客单价变化"), screen.money(result.by_order_value_minor)),
                    (say("Together", "合计"), Markup("<b>{}</b>").format(screen.money(result.change_minor))),
                ]
            )
        )


def sources_card(screen: Screen, result: SourcesResult) -> None:
    """Show what each source brought: people, repeat purchase, order value."""
    say = screen.say
    columns = [
        Column(say("Source", "来源")),
        Column(say("People", "人数"), "end"),
        Column(say("Buyers", "买家"), "end"),
        Column(say("Repurchase, 95 % interval", "复购率，95% 区间"), "end"),
        Column(say("Average order", "客单价"), "end"),
        Column(say("Paid", "实付"), "end"),
        Column(say("Of all", "占比"), "end"),
    ]
    with card(
        say("Where buyers come from", "买家来自哪里"),
        lead=say("By the channel of the first touch; the most valuable first.", "按首个触点的渠道；金额最高的在前。"),
    ):
        rows = [
            [
                source(screen, one.source) if one.source else say("unknown", "未知"),
                screen.number(one.people),
                screen.number(one.buyers),
                _rate(screen, one.repeat_rate),
                screen.money(one.order_value_minor.value) if one.order_value_minor else "–",
                screen.money(one.paid_minor),
                screen.percent(one.paid_share),
            ]
            for one in result.sources[:_MOST_SOURCES]
        ]
        screen.show(table(columns, rows))
        if result.largest_share is not None and result.largest_share > _TOO_MUCH and len(result.sources) > 1:
            share = screen.percent(result.largest_share, 0)
            told = say(
                f"{share} of the money comes through one source: a second one would make the brand safer.",
                f"{share} 的收入来自同一个来源：再有一个来源会更稳。",
            )
            screen.show(Markup('<p class="remark">{}</p>').format(told))


def _rate(screen: Screen, rate: Estimate | None) -> Markup | str:
    if rate is None:
        return "–"
    return Markup('{} <span class="quiet">{} – {}</span>').format(
        screen.percent(rate.value), screen.percent(rate.low), screen.percent(rate.high)
    )
