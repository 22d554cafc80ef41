"""Policy 规矩: check words before they go out; what the brake holds, which rules of law and platforms are known."""

from markupsafe import Markup
from nicegui import ui

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, notice, quiet
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen
from siyu.app.policy.brake import Braked, brakes
from siyu.app.workspace import Workspace
from siyu.kernel.period import moment_of
from siyu.policy.lint import PLATFORMS, LintFinding, lint_text
from siyu.policy.pack import packs
from siyu.policy.reasons import is_braked, why_paused
from siyu.policy.refusals import refusals
from siyu.stores.sql.pauses import SqlPauses


async def build(screen: Screen) -> None:
    """Show the check of words, the brake, the packs and the refusals."""
    _check(screen)
    await _brake(screen)
    _packs(screen)
    _refusals(screen)


def _check(screen: Screen) -> None:
    say = screen.say
    lead = say(
        "Which clause a text breaks on a platform, and what is allowed instead.", "一段话违反哪条规定，可以怎么改。"
    )
    with card(say("Check before launch", "发布前检查"), lead=lead):
        text = (
            ui.textarea(label=say("What people would read", "要发的话"))
            .props("outlined autogrow")
            .classes("reply-words")
        )
        named = {name: words.channel(screen, name) for name in PLATFORMS}
        platform = ui.select(named, value="wecom", label=say("Where", "平台"))
        platform.props("outlined dense").classes("below")
        with ui.element("div").classes("row-actions"):
            button = ui.button(say("Check", "检查"), color=None).classes("button").props("flat no-caps")
        found = ui.html("", sanitize=False)

        def check() -> None:
            on = moment_of(screen.workspace.clock.now_us()).date()
            found.content = str(_told(screen, lint_text(text.value or "", platform=str(platform.value), on=on)))

        button.on_click(check)


def _told(screen: Screen, findings: list[LintFinding]) -> Markup:
    say = screen.say
    if not findings:
        return notice(
            "task_alt", say("Nothing found", "没有发现问题"), say("By the rules that are known.", "以已知规则为准。")
        )
    columns = [
        Column(say("Words", "原文")),
        Column(say("Clause", "条款"), grow=True),
        Column(say("Allowed instead", "可以这样"), grow=True),
        Column(say("Since", "自")),
    ]
    rows = [
        [
            Markup("<b>{}</b>").format(one.found[:40]),
            Markup("<div>{}</div>{}").format(one.clause, quiet(one.source)),
            one.alternative,
            str(one.dated),
        ]
        for one in findings
    ]
    return table(columns, rows)


async def _brake(screen: Screen) -> None:
    say = screen.say
    found, held = await screen.load(_braked)
    lead = say(
        "Staff, codes, plays and accounts that lose more people than they usually do.",
        "员工、活码、玩法和账号：谁比自己平时流失得多。",
    )
    with card(say("Brake", "刹车"), lead=lead):
        if not found and not held:
            told = say("Nobody loses more people than usual.", "都和平时一样。")
            screen.show(notice("task_alt", say("All as usual", "一切如常"), told))
            return
        columns = [
            Column(say("Source", "来源")),
            Column(say("State", "状态")),
            Column(say("Left, withdrew, complained", "流失与投诉"), "end"),
            Column(say("Messages", "已发"), "end"),
            Column(say("Usually", "平时"), "end"),
        ]
        steps = {"slow": say("slowed", "已减速"), "stop": say("stopped", "已停止")}
        rows = [
            [
                one.source,
                badge(steps[one.brake.step], "bad" if one.brake.step == "stop" else "warn"),
                screen.number(one.brake.bad),
                screen.number(one.brake.sent),
                f"{one.brake.usual:.2%}",
            ]
            for one in found
        ]
        known = {one.source for one in found}
        rows += [
            [name, badge(steps["stop"], "bad"), "", "", why_paused(reason, screen.language)]
            for name, reason in held
            if name not in known
        ]
        screen.show(table(columns, rows))


def _braked(workspace: Workspace) -> tuple[list[Braked], list[tuple[str, str]]]:
    with workspace.database.read() as connection:
        paused = SqlPauses(connection).all()
    held = [(name, why) for name, why in paused.items() if is_braked(why) and not name.startswith("slow:")]
    return brakes(workspace), sorted(held)


def _packs(screen: Screen) -> None:
    say = screen.say
    sure = {
        "official": say("official", "官方原文"),
        "third_party": say("copies", "第三方转述"),
        "assumed": say("assumed", "推定"),
    }
    columns = [
        Column(say("Rules", "规则包"), grow=True),
        Column(say("Where", "平台"), wrap=True, minor=True),
        Column(say("In force", "生效")),
        Column(say("How sure", "依据")),
        Column(say("Clauses", "条款"), "end", minor=True),
    ]
    rows = [
        [
            Markup("<div>{}</div>{}").format(pack.title, quiet(pack.source)),
            say("everywhere", "所有平台")
            if "*" in pack.platforms
            else ", ".join(words.channel(screen, one) for one in pack.platforms),
            f"{pack.in_force_from} – {pack.in_force_until or ''}",
            badge(sure[pack.sure], "good" if pack.sure == "official" else "warn"),
            screen.number(len(pack.clauses)),
        ]
        for pack in packs()
    ]
    lead = say(
        "Dated data with its source; siyu policy packs --diff says what a change would stop.", "带日期和出处的数据。"
    )
    with card(say("Laws and platform rules", "法律与平台规则"), lead=lead):
        screen.show(table(columns, rows))


def _refusals(screen: Screen) -> None:
    say = screen.say
    columns = [
        Column(say("Not done", "不做")),
        Column(say("Why", "原因"), grow=True),
        Column(say("Allowed instead", "可以这样"), grow=True),
    ]
    rows = [
        [
            say(one.wish, one.wish_zh),
            Markup("<div>{}</div>{}").format(say(one.reason, one.reason_zh), quiet(one.source)),
            say(one.allowed, one.allowed_zh),
        ]
        for one in refusals().values()
    ]
    lead = say("Whoever asks, by whatever door.", "不论谁、从哪里要求。")
    with card(say("What Siyu will not do", "私域不做的事"), lead=lead):
        screen.show(table(columns, rows))


PAGE = Page(
    path="/policy",
    title=Words("Policy", "规矩"),
    icon="balance",
    order=42,
    build=build,
    lead=Words("Check words before they go out, and see what holds us back.", "发之前先检查，也看看什么在拦着我们。"),
)
