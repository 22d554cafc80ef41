"""Plays 玩法: what each brought against its holdout, with the interval, in words as well."""

from markupsafe import Markup
from nicegui import ui

from siyu.app.campaigns.other_policies import ChoiceReport, judge_other_policies
from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, facts, figures, grid, link, notice
from siyu.app.console.parts.table import Column, table
from siyu.app.console.parts.uplift import reach, uplift, verdict
from siyu.app.console.screen import Screen
from siyu.app.views.plays import PlayRow, play_rows
from siyu.app.workspace import Workspace
from siyu.campaigns.off_policy import ENOUGH


async def build(screen: Screen) -> None:
    """Show every play, those that bring most retention first."""
    say = screen.say
    rows = await screen.load(play_rows)
    if not rows:
        told = say("A play is a file in `campaigns/plays`.", "一个玩法就是 `campaigns/plays` 里的一个文件。")
        screen.show(notice("experiment", say("There are no plays", "没有玩法"), told))
        return
    widest = reach([effect.difference for row in rows for effect in row.effects.values()])
    with grid():
        for row in rows:
            _play(screen, row, widest)
        choices = await screen.load(_choices)
        if choices.choices >= ENOUGH:
            told = screen.say(
                f"Paid within {choices.window_days} days of a choice, from {screen.number(choices.choices)} choices.",
                f"每次选择后 {choices.window_days} 天内的实付，共 {screen.number(choices.choices)} 次选择。",
            )
            with card(screen.say("Had we chosen otherwise", "如果换个选法"), lead=told):
                screen.show(other_policies(screen, choices))


def _choices(workspace: Workspace) -> ChoiceReport:
    return judge_other_policies(workspace, settling=False)


def other_policies(screen: Screen, choices: ChoiceReport) -> Markup:
    """Write what other ways of choosing would have brought; where too few choices tell, it says so."""
    say = screen.say
    columns = [
        Column(say("Policy", "策略"), grow=True), Column(say("Per choice", "每次选择"), "end"),
        Column(say("95 % interval", "95% 区间"), "end"), Column(say("Supported by", "有效样本"), "end"),
    ]  # fmt: skip
    rows: list[list[str | Markup]] = [[say("As it was", "实际"), screen.money(choices.brought_minor), "", ""]]
    for one in choices.others:
        thin = badge(say("thin: decide nothing on it", "样本太少，勿据此决定"), "warn") if one.thin else ""
        name = {
            "best": say("Always what is worth most", "总选价值最高的"),
            "nothing": say("Nothing to anybody", "谁都不打扰"),
        }.get(one.policy, one.policy)
        rows.append([
            name, screen.money(one.dr.value), f"{screen.money(one.dr.low)} – {screen.money(one.dr.high)}",
            Markup("{} {}").format(screen.number(round(one.ips.effective)), thin),
        ])  # fmt: skip
    return table(columns, rows)


def _play(screen: Screen, row: PlayRow, widest: float) -> None:
    say = screen.say
    words_now, tone = verdict(screen, row.uplift)
    system = words.subsystem(screen, row.subsystem) if row.subsystem else ""
    with card(words.play(screen, row.name), lead=system, more=badge(words_now, tone)):
        ui.element("a").props(f'id="{row.name}"')
        proposed = sum(row.proposals.values())
        screen.show(
            figures(
                [
                    (say("Proposed", "提议"), screen.number(proposed), ""),
                    (say("Sent", "已发送"), screen.number(row.messages.get("sent", 0)), ""),
                    (say("Awaiting staff", "待员工确认"), screen.number(row.messages.get("awaiting", 0)), ""),
                    (
                        say("Held out", "对照组"),
                        screen.number(row.holdout),
                        say(
                            f"of {screen.number(row.treated + row.holdout)} people",
                            f"共 {screen.number(row.treated + row.holdout)} 人",
                        ),
                    ),
                ]
            )
        )
        screen.show(Markup("<h3>{}</h3>").format(say("Against the people held out", "与对照组相比")))
        if row.effects:
            screen.show(_effects(screen, row, widest))
        else:
            told = say(
                "An effect can be measured once people of both arms have been seen for 30 days.",
                "两组都观察满 30 天后，才能测出效果。",
            )
            screen.show(Markup('<p class="remark">{}</p>').format(told))
        for warning in row.warnings:
            screen.show(Markup('<p class="remark">{} {}</p>').format(badge(say("mind", "注意"), "warn"), warning))
        told = link(say("Ready to go out?", "出发前检查"), f"/plays/{row.name}/ready")
        screen.show(Markup('<p class="remark">{}</p>').format(told))
        if not proposed:
            return
        states = ("approved", "held", "denied", "waiting", "expired")
        screen.show(Markup("<h3>{}</h3>").format(say("What became of the proposals", "提议的去向")))
        screen.show(
            facts(
                [
                    (
                        words.state(screen, one)[0],
                        Markup('<a class="link" href="/decisions?play={}&amp;state={}">{}</a>').format(
                            row.name, one, screen.number(row.proposals[one])
                        ),
                    )
                    for one in states
                    if row.proposals.get(one)
                ]
            )
        )


def _effects(screen: Screen, row: PlayRow, widest: float) -> Markup:
    say = screen.say
    columns = [
        Column(say("What", "指标"), grow=True),
        Column(say("Treated", "实验组"), "end"),
        Column(say("Held out", "对照组"), "end"),
        Column(say("Difference, 95 % interval", "差值，95% 区间")),
    ]
    rows: list[list[str | Markup]] = [
        [
            _effect_name(screen, one.what),
            screen.percent(one.treated_rate),
            screen.percent(one.holdout_rate),
            uplift(screen, one.difference, widest=widest),
        ]
        for one in row.effects.values()
    ]
    if row.money:
        low, high = screen.money(row.money.low), screen.money(row.money.high)
        rows.append(
            [
                say("Paid per person, 30 days", "30 日人均实付"),
                "",
                "",
                Markup('<b>{}</b> <span class="quiet">{}</span>').format(
                    screen.money(row.money.value), say(f"{low} to {high}", f"{low} 至 {high}")
                ),
            ]
        )
    return table(columns, rows)


def _effect_name(screen: Screen, what: str) -> str:
    return {
        "bought": screen.say("Back to buy in 30 days", "30 日内回购"),
        "d1": screen.say("Seen on day 1", "次日留存"),
        "d7": screen.say("Seen on day 7", "第 7 日留存"),
        "d30": screen.say("Seen on day 30", "第 30 日留存"),
    }.get(what, words.readable(what))


PAGE = Page(
    path="/plays",
    title=Words("Plays", "玩法"),
    icon="experiment",
    order=20,
    build=build,
    lead=Words(
        "Every play keeps some people back for ever, so that what it brings can be known. Sorted by retention, "
        "not by sends.",
        "每个玩法都长期保留一部分人不触达，这样才知道它带来了什么。按留存增量排序，不按发送量。",
    ),
)
