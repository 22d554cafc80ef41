"""Channels 渠道: what is connected, what each may do, and what has no official API."""

from markupsafe import Markup

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, facts, grid, link, notice
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen
from siyu.app.views.connections import ChannelRow, channel_rows
from siyu.channels.manifest import Limit
from siyu.touchpoints.kind import KINDS_BY_SLUG


async def build(screen: Screen) -> None:
    """Show every channel."""
    say = screen.say
    rows = await screen.load(channel_rows)
    if not rows:
        told = say("A channel is a folder in `channels`.", "一个渠道就是 `channels` 里的一个文件夹。")
        screen.show(notice("hub", say("No channels", "没有渠道"), told))
    with grid():
        for row in rows:
            _channel(screen, row)


def _channel(screen: Screen, row: ChannelRow) -> None:
    say, manifest = screen.say, row.manifest
    state = badge(say("connected", "已接入"), "good") if row.accounts else badge(say("not connected", "未接入"))
    way = link(say("check", "检查") if row.accounts else say("connect", "接入"), f"/channels/{manifest.domain}")
    reachable = say(f"{screen.number(row.reachable)} people reachable", f"可触达 {screen.number(row.reachable)} 人")
    with card(
        words.both(screen, manifest.name),
        lead=reachable if row.reachable else "",
        more=Markup("{} {}").format(state, way),
        classes="" if row.accounts else "half",
    ):
        for account in row.accounts:
            screen.show(
                facts(
                    [
                        (
                            account.account,
                            say(
                                f"since {screen.day(account.connected_at_us)}",
                                f"{screen.day(account.connected_at_us)} 接入",
                            ),
                        )
                    ]
                )
            )
        inbound = [words.kind(screen, KINDS_BY_SLUG[one]) if one in KINDS_BY_SLUG else one for one in manifest.inbound]
        pairs: list[tuple[str, str | Markup]] = [
            (say("Tells us", "带来的触点"), ", ".join(inbound) or "–"),
            (say("Can do", "能做"), _actions(screen, row)),
            (
                say("Official documents", "官方文档"),
                _document(manifest.docs),
            ),
        ]
        screen.show(facts(pairs, wide=True))
        if manifest.limits or manifest.refusals:
            screen.show(
                Markup('<details class="more"><summary>{}</summary>{}{}</details>').format(
                    say(
                        f"{len(manifest.limits)} limits, {len(manifest.refusals)} things without an official API",
                        f"{len(manifest.limits)} 项限制，{len(manifest.refusals)} 件没有官方接口的事",
                    ),
                    _limits(screen, manifest.limits) if manifest.limits else "",
                    _refusals(screen, row) if manifest.refusals else "",
                )
            )


def _document(docs: str) -> Markup:
    if not docs.startswith("https://"):
        return Markup("<code>{}</code>").format(docs)
    return Markup('<a class="link" href="{0}" rel="noreferrer noopener" target="_blank">{0}</a>').format(docs)


def _actions(screen: Screen, row: ChannelRow) -> Markup:
    parts = [
        Markup("{}{}").format(
            words.action(screen, one),
            Markup(' <span class="quiet">({})</span>').format(screen.say("staff confirm", "员工确认"))
            if one in row.manifest.staff_confirms
            else "",
        )
        for one in row.manifest.outbound
    ]
    return Markup(", ").join(parts) if parts else Markup("–")


def _limits(screen: Screen, limits: tuple[Limit, ...]) -> Markup:
    say = screen.say
    columns = [
        Column(say("Limit", "限制"), grow=True),
        Column(say("At most", "最多"), "end"),
        Column(say("Per", "每")),
        Column(say("How sure", "可信度")),
        Column(say("Checked", "核对于"), "end"),
    ]
    return table(
        columns,
        [
            [
                Markup("{}{}").format(
                    words.action(screen, one.what),
                    Markup('<div class="evidence">{}</div>').format(one.note) if one.note else "",
                ),
                screen.number(one.max),
                f"{one.per}{f' / {one.window}' if one.window else ''}",
                badge(one.sure, "good" if one.sure == "official" else "plain"),
                one.checked_on.isoformat(),
            ]
            for one in limits
        ],
    )


def _refusals(screen: Screen, row: ChannelRow) -> Markup:
    say = screen.say
    columns = [
        Column(say("Wished for", "想要的")),
        Column(say("Why not", "为什么不做")),
        Column(say("Instead", "可以这样做")),
    ]
    return table(columns, [[one.wish, one.reason, one.instead] for one in row.manifest.refusals])


PAGE = Page(
    path="/channels",
    title=Words("Channels", "渠道"),
    icon="hub",
    order=100,
    build=build,
    lead=Words(
        "Official APIs only. What a platform does not offer is not done; the allowed way stands beside it.",
        "只用官方接口。平台没有开放的不做，旁边写着可行的办法。",
    ),
)
