"""Overview 总览: retention, the map, what plays brought, and what the guard said today."""

from collections.abc import Sequence

from markupsafe import Markup

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, figures, grid, link, notice
from siyu.app.console.parts.chart import chart, colours
from siyu.app.console.parts.matrix import matrix
from siyu.app.console.parts.sankey import sankey
from siyu.app.console.parts.table import Column, table
from siyu.app.console.parts.uplift import reach, uplift
from siyu.app.console.screen import Screen
from siyu.app.views.decisions import ByRule, Day, day_of_decisions
from siyu.app.views.headline import Headline, headline
from siyu.app.views.measured import journey_map, metric
from siyu.app.views.people import people_count
from siyu.app.views.plays import PlayRow, play_rows
from siyu.measurement.metrics.retention import RetentionResult


async def build(screen: Screen) -> None:
    """Show the overview."""
    say = screen.say
    people = await screen.load(people_count)
    first = await screen.load(headline)
    if not people:
        screen.show(
            notice(
                "waving_hand",
                say("Nobody is here yet", "这里还没有人"),
                say(
                    "Bring in orders with `siyu import orders FILE`, let an SDK send to `/v1/batch`, or see a year of "
                    "a real grocer with `siyu demo`. This page fills by itself.",
                    "用 `siyu import orders 文件` 导入订单，让 SDK 发到 `/v1/batch`，"
                    "或运行 `siyu demo` 看一家真实商超的一年。数据一到，这里就会有内容。",
                ),
            )
        )
        return
    with grid():
        await _retention(screen, first)
        await _map(screen)
        rows = await screen.load(play_rows)
        _plays(screen, rows)
        _today(screen, await screen.load(day_of_decisions))


async def _retention(screen: Screen, first: Headline) -> None:
    say = screen.say
    if not first.buyers:
        with card(say("Retention", "留存")):
            told = say(
                "Retention counts people who buy again. Import orders to see it.",
                "留存看的是再次购买的人。导入订单后即可看到。",
            )
            screen.show(notice("repeat", say("No purchase yet", "还没有购买"), told))
        return
    again = await screen.load(metric, "repurchase")
    months: RetentionResult = await screen.load(metric, "retention")
    middle = again.interval_days[2] if again.interval_days else None
    with card(
        say("Who comes back", "谁回来了"),
        lead=say(
            "Of the people who first bought in a month, the share that bought again in each later month.",
            "当月首次购买的人，在之后每个月再次购买的比例。",
        ),
        more=link(say("All metrics", "全部指标"), "/metrics"),
        classes="two-thirds stretch",
    ):
        screen.show(matrix(screen, months))
    with card(
        say("Repeat purchase", "复购"),
        lead=say(f"Up to {screen.day(first.until_us)}", f"截至 {screen.day(first.until_us)}"),
        classes="third stretch",
    ):
        screen.show(
            figures(
                [
                    (
                        say("Repurchase rate", "复购率"),
                        screen.percent(first.repurchase),
                        say(
                            f"{screen.number(first.repeaters)} of {screen.number(first.buyers)} buyers",
                            f"{screen.number(first.buyers)} 位买家中 {screen.number(first.repeaters)} 位",
                        ),
                    ),
                    (
                        say("Again within 30 days", "30 日内复购"),
                        screen.percent(first.day_30),
                        say("of a first purchase (D30)", "自首次购买起"),
                    ),
                    (
                        say("Typical interval", "典型间隔"),
                        say(f"{screen.number(middle, 0)} days", f"{screen.number(middle, 0)} 天"),
                        say("half are shorter", "一半更短"),
                    ),
                    (
                        say("Bought again, value", "复购金额占比"),
                        screen.percent(again.repeat_value_minor / again.value_minor if again.value_minor else None),
                        say(f"of {screen.money(again.value_minor)}", f"占 {screen.money(again.value_minor)}"),
                    ),
                ]
            )
        )
        _curve(screen, months)


def _curve(screen: Screen, months: RetentionResult) -> None:
    """Draw the share of all cohorts that came back, by months since the first purchase, with its interval."""
    say, now = screen.say, colours(screen)
    total = months.total
    known = [k for k in range(1, len(total.share)) if total.share[k] is not None] if total else []
    if total is None or len(known) < 2:
        return
    low = [round(100 * (total.low[k] or 0.0), 2) for k in known]
    high = [round(100 * (total.high[k] or 0.0), 2) for k in known]
    share = [round(100 * (total.share[k] or 0.0), 2) for k in known]
    band = {"type": "line", "stack": "band", "symbol": "none", "lineStyle": {"opacity": 0}, "silent": True}
    screen.show(Markup("<h3>{}</h3>").format(say("Months after the first purchase", "首次购买后的月份")))
    chart(
        screen,
        {
            "grid": {"left": 0, "right": 6, "top": 10, "bottom": 0, "containLabel": True},
            "tooltip": {"trigger": "axis", ":valueFormatter": "v=>v+'%'"},
            "xAxis": {"type": "category", "data": [str(k) for k in known], "boundaryGap": False},
            "yAxis": {"type": "value", "min": 0, "max": 100, "interval": 25, "axisLabel": {"formatter": "{value}%"}},
            "series": [
                {**band, "data": low, "tooltip": {"show": False}},
                {
                    **band,
                    "data": [round(top - bottom, 2) for top, bottom in zip(high, low, strict=True)],
                    "areaStyle": {"color": now.accent, "opacity": 0.18},
                    "tooltip": {"show": False},
                },
                {
                    "type": "line",
                    "name": say("Came back", "回来了"),
                    "data": share,
                    "symbolSize": 5,
                    "lineStyle": {"color": now.accent, "width": 2.5},
                    "itemStyle": {"color": now.accent},
                },
            ],
        },
        height=190,
        label=say("Retention by month", "逐月留存"),
    )


async def _map(screen: Screen) -> None:
    say = screen.say
    result = await screen.load(journey_map)
    with card(
        say("The map", "旅程图"),
        lead=say(
            "From where people came, through the four stages, to repeat purchase and referral. A flow that skips a "
            "stage is a chance: those are buyers we cannot reach, or friends we never spoke with.",
            "人从哪里来，经过四个阶段，走到复购和裂变。跳过阶段的流就是机会：买过却触达不到的人，加了好友却没聊过的人。",
        ),
        more=badge(say(f"{screen.number(result.people)} people", f"{screen.number(result.people)} 人"), "accent"),
    ):
        steps = [
            Markup("<div><dt>{}</dt><dd>{}</dd><p>{}</p></div>").format(
                words.place(screen, name), screen.number(count), screen.percent(count / result.people, 0)
            )
            for name, count in result.reached.items()
        ]
        screen.show(Markup('<dl class="steps">{}</dl>').format(Markup().join(steps)))
        sankey(screen, result)
        sankey(screen, result, narrow=True)


def _plays(screen: Screen, rows: Sequence[PlayRow]) -> None:
    say = screen.say
    with card(
        say("What plays bring", "玩法带来什么"),
        lead=say(
            "How many more come back to buy within 30 days than of the people held out. Best first.",
            "与对照组相比，30 日内多少人因此回来购买。按效果排序。",
        ),
        more=link(say("All plays", "全部玩法"), "/plays"),
        classes="half stretch",
    ):
        rows = [row for row in rows if row.proposals]  # the page of plays has them all
        if not rows:
            told = say("Run `siyu worker`, or see `siyu play list`.", "运行 `siyu worker`，或查看 `siyu play list`。")
            screen.show(notice("experiment", say("No play has run yet", "还没有玩法运行"), told))
            return
        widest = reach([row.uplift for row in rows])
        screen.show(
            table(
                [
                    Column(say("Play", "玩法"), grow=True),
                    Column(say("Sent", "已发送"), "end"),
                    Column(say("Uplift", "增量")),
                ],
                [
                    [
                        words.play(screen, row.name),
                        screen.number(row.messages.get("sent", 0)),
                        uplift(screen, row.uplift, widest=widest),
                    ]
                    for row in rows
                ],
                links=[f"/plays#{row.name}" for row in rows],
            )
        )
        measured = [row.uplift for row in rows if row.uplift]
        if measured and all(one.low <= 0 <= one.high for one in measured):
            screen.show(
                Markup('<p class="remark">{}</p>').format(
                    say(
                        "Every interval covers zero: nothing here is shown to work yet. In a replay of history it "
                        "must be so (an A/A check), for the past cannot answer a message.",
                        "所有区间都包含零：目前还没有玩法被证明有效。"
                        "回放历史时本应如此（A/A 检验），因为过去的人不会回应消息。",
                    )
                )
            )


def _today(screen: Screen, day: Day) -> None:
    say = screen.say
    sent = day.messages.get("sent", 0)
    judged = day.approved + sum(one.count for one in (*day.held, *day.denied))
    title = say("Today", "今天") if day.is_today else say("The last day with decisions", "最近一个有裁决的日子")
    with card(
        title,
        lead=say(
            f"{screen.day(day.from_us)}: what was sent, held and denied, and by which rule.",
            f"{screen.day(day.from_us)}：发了多少、暂缓多少、拒绝多少，由哪条规则决定。",
        ),
        more=link(say("All decisions", "全部裁决"), "/decisions"),
        classes="half stretch",
    ):
        if not judged and not sent:
            told = say("Plays propose on every turn of `siyu worker`.", "`siyu worker` 每转一圈，玩法就会提议。")
            screen.show(notice("gavel", say("Nothing was decided yet", "还没有裁决"), told))
            return
        screen.show(
            figures(
                [
                    (say("Sent", "已发送"), screen.number(sent), ""),
                    (say("Held", "暂缓"), screen.number(sum(one.count for one in day.held)), ""),
                    (say("Denied", "拒绝"), screen.number(sum(one.count for one in day.denied)), ""),
                ]
            )
        )
        top = max((one.count for one in (*day.held, *day.denied)), default=1)
        rows = [_meter(screen, one, top, "held") for one in day.held]
        rows += [_meter(screen, one, top, "denied") for one in day.denied]
        screen.show(Markup('<div class="rows" style="margin-top:16px">{}</div>').format(Markup().join(rows)))


def _meter(screen: Screen, one: ByRule, top: int, state: str) -> Markup:
    more = one.reasons - 1
    others = screen.say(f"; and {more} more", f"；另有 {more} 种原因") if more else ""
    word, tone = words.state(screen, state)
    return Markup(
        '<a class="meter" href="/decisions?state={}&amp;rule={}"><b>{} {}</b><span>{}</span>'
        '<i><u class="{}" style="width:{:.1f}%"></u></i><small>{}{}</small></a>'
    ).format(
        state, one.rule, words.rule(screen, one.rule), badge(word, tone), screen.number(one.count),
        "warn" if state == "held" else "plain" if one.rule == "holdout" else "bad",
        100 * one.count / max(top, 1), words.reason(screen, one.rule, one.because, one.evidence), others,
    )  # fmt: skip


PAGE = Page(
    path="/",
    title=Words("Overview", "总览"),
    icon="space_dashboard",
    order=0,
    build=build,
    lead=Words("Who stays, where they come from, and what we did about it.", "谁留下了，从哪里来，我们做了什么。"),
)
