"""Live codes 活码: what is printed stays; where it leads, where scans went, and what they brought."""

from markupsafe import Markup

from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, figures, notice
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen
from siyu.app.views.live_codes import CodeRow, live_codes
from siyu.touchpoints.live_code import CodeRoute, Hours

_REASONS = {
    "guide": ("known guide", "熟悉的导购"),
    "again": ("came again", "再次扫码"),
    "fair": ("fair turn", "公平轮转"),
    "next_group": ("next group", "下一个群"),
    "platform_down": ("platform down", "平台故障"),
    "nobody": ("fallback", "兜底页"),
}
_DAYS = (("Mon", "一"), ("Tue", "二"), ("Wed", "三"), ("Thu", "四"), ("Fri", "五"), ("Sat", "六"), ("Sun", "日"))
_KINDS = {"staff": ("guide", "导购"), "group": ("group", "群"), "page": ("page", "页面")}


async def build(screen: Screen) -> None:
    """Show every code."""
    say = screen.say
    codes = await screen.load(live_codes)
    if not codes:
        with card():
            told = say(
                "Write routes and a fallback into a file and run `siyu code create FILE`; print what it says once.",
                "把分流规则和兜底页写进文件，运行 `siyu code create 文件`；码只需印一次。",
            )
            screen.show(notice("qr_code_2", say("No code yet", "还没有活码"), told))
        return
    for one in codes:
        _code(screen, one)


def _code(screen: Screen, one: CodeRow) -> None:
    say, code = screen.say, one.code
    more = badge(say(f"version {code.version}", f"第 {code.version} 版"))
    since = say(f"changed {screen.time(one.changed_at_us)}", f"更新于 {screen.time(one.changed_at_us)}")
    carried = " · ".join(part for part in (f"/c/{code.code}", code.bait, code.content, since) if part)
    with card(code.code, lead=carried, more=more):
        brought = one.brought
        screen.show(
            figures(
                [
                    (say("Scans", "扫码"), screen.number(one.scans), say(f"{one.today} today", f"今日 {one.today}")),
                    (say("People", "人数"), screen.number(brought.people), ""),
                    (
                        say("Joined afterwards", "随后加入"),
                        screen.number(brought.added),
                        _share(screen, brought.added, brought.people),
                    ),
                    (
                        say("Bought afterwards", "随后购买"),
                        screen.number(brought.bought),
                        _share(screen, brought.bought, brought.people),
                    ),
                    (say("Value", "带来金额"), screen.money(brought.value_minor), ""),
                ]
            )
        )
        if one.routing:
            columns = [
                Column(say("Led to", "去向")),
                Column(say("Why", "原因"), grow=True),
                Column(say("Today", "今日"), "end"),
                Column(say("Ever", "累计"), "end"),
            ]
            rows: list[list[str | Markup]] = [
                [
                    name,
                    say(", ", "、").join(say(*_REASONS.get(part, (part, part))) for part in why.split()),
                    screen.number(today),
                    screen.number(ever),
                ]
                for name, today, ever, why in one.routing
            ]
            screen.show(table(columns, rows), classes="below")
        else:
            screen.show(
                notice(
                    "qr_code_scanner",
                    say("Nobody scanned it yet", "还没有人扫过"),
                    say("Scans come in at the address above.", "扫码会进入上面的地址。"),
                ),
                classes="below",
            )
        told = [_route(screen, route) for route in code.routes]
        last = Markup("<li>{} {}</li>").format(say("else", "其余"), code.fallback.name)
        screen.show(
            Markup('<details class="more"><summary>{}</summary><ol class="routes">{}{}</ol></details>').format(
                say("Where it leads", "分流规则"), Markup().join(told), last
            )
        )


def _share(screen: Screen, part: int, of: int) -> str:
    return screen.percent(part / of) if of else ""


def _route(screen: Screen, route: CodeRoute) -> Markup:
    say = screen.say
    when = [*sorted(route.places), *sorted(route.languages), *sorted(route.scenes), *_hours(screen, route.hours)]
    names = say(", ", "、").join(
        f"{one.name} ({say(*_KINDS[one.kind])}" + (f" ×{one.weight}" if one.weight > 1 else "") + ")"
        for one in route.targets
    )
    how = say("one after the other", "依次装满") if route.in_order else say("in fair turn", "公平轮转")
    return Markup("<li>{}: {} <span class='quiet'>{}</span></li>").format(
        say(", ", "、").join(when) or say("always", "任何时候"), names, how if len(route.targets) > 1 else ""
    )


def _hours(screen: Screen, hours: Hours) -> list[str]:
    told = []
    if len(hours.days) < 7:
        told.append(" ".join(screen.say(*_DAYS[day]) for day in sorted(hours.days)))
    if hours.starts != hours.ends:
        told.append(f"{hours.starts // 60:02d}:{hours.starts % 60:02d}–{hours.ends // 60:02d}:{hours.ends % 60:02d}")
    return told


PAGE = Page(
    path="/codes",
    title=Words("Live codes", "活码"),
    icon="qr_code_2",
    order=34,
    build=build,
    lead=Words(
        "What is printed stays; where it leads changes here. A person counts for the code scanned first.",
        "印出去的码不变，去向随时可改。每个人归到第一次扫的码。",
    ),
)
