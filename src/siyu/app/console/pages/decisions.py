"""Decisions 裁决: every proposal with its verdict, rule, reason and evidence."""

from markupsafe import Markup

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, notice
from siyu.app.console.parts.table import Column, filters, pager, table
from siyu.app.console.screen import Screen
from siyu.app.views.decisions import STATES, Decision, decisions, rules_that_spoke
from siyu.app.views.plays import play_rows


async def build(screen: Screen) -> None:
    """Show a page of decisions."""
    say = screen.say
    chosen = {name: screen.query.get(name, "") for name in ("state", "rule", "play", "after")}
    rules = await screen.load(rules_that_spoke)
    names = [row.name for row in await screen.load(play_rows)]
    page = await screen.load(
        decisions, state=chosen["state"], rule=chosen["rule"], play=chosen["play"], after=chosen["after"]
    )
    everything = ("", say("All", "全部"))
    with card():
        groups = [
            ("state", say("Verdict", "结论"), [everything, *((one, words.state(screen, one)[0]) for one in STATES)]),
            ("rule", say("Rule", "规则"), [everything, *((one, words.rule(screen, one)) for one in rules)]),
            ("play", say("Play", "玩法"), [everything, *((one, words.play(screen, one)) for one in names)]),
        ]
        screen.show(filters("/decisions", chosen, groups))
        if not page.rows:
            told = say(
                "Nothing fits. Choose fewer filters, or let plays propose: `siyu worker` turns the loop.",
                "没有符合的记录。少选一些条件，或运行 `siyu worker` 让玩法提议。",
            )
            screen.show(notice("gavel", say("No decisions", "没有裁决"), told))
            return
        columns = [
            Column(say("Person", "人")),
            Column(say("Play", "玩法")),
            Column(say("Verdict", "结论")),
            Column(say("Why", "原因"), grow=True),
            Column(say("Worth", "预期价值"), "end"),
            Column(say("Judged", "裁决时间"), "end"),
        ]
        screen.show(
            table(
                columns,
                [_row(screen, one) for one in page.rows],
                links=[f"/people/{one.person_id}" for one in page.rows],
            )
        )
        screen.show(pager(screen, page.after))


def _row(screen: Screen, one: Decision) -> list[str | Markup]:
    word, tone = words.state(screen, one.state)
    facts = words.evidence(screen, one.evidence) if one.rule else ""  # what allowed it stands on the person's page
    why = Markup("<div>{}</div>{}").format(
        Markup("<b>{}</b> {}").format(
            words.rule(screen, one.rule), words.reason(screen, one.rule, one.because, one.evidence)
        )
        if one.rule
        else screen.say("every rule agreed", "所有规则放行"),
        Markup('<div class="evidence">{}</div>').format(facts) if facts else "",
    )
    return [
        f"#{one.person_id}",
        words.play(screen, one.play),
        badge(word, tone),
        why,
        screen.money(one.expected_value_minor),
        screen.time(one.judged_at_us),
    ]


PAGE = Page(
    path="/decisions",
    title=Words("Decisions", "裁决"),
    icon="gavel",
    order=40,
    build=build,
    lead=Words(
        "Why we spoke, and why we did not: a refusal is kept with its rule and its evidence.",
        "为什么说，为什么不说：每次拒绝都留下规则与证据。",
    ),
)
