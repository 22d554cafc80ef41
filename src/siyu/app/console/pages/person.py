"""One person 个人页: who, what they allowed, what happened, and why we did or did not speak to them."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup
from nicegui import ui

from siyu.app.access.passwords import ADMIN
from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, facts, figures, grid, icon, link, mono, notice, quiet
from siyu.app.console.screen import Screen
from siyu.app.people.bonds import bonds_at_hand
from siyu.app.people.scores import explain_scores
from siyu.app.views.decisions import Decision
from siyu.app.views.person import Event, HeldField, HeldIdentifier, PersonPage, person_page, reveal
from siyu.kernel.errors import BadInputError
from siyu.people.bonds import Bond, BondKind
from siyu.people.stage import Stage
from siyu.touchpoints.kind import KINDS_BY_SLUG, TouchKind

_EVENTS: Final = 100
_ICONS: Final = (
    (1, 6, "person_add"), (10, 14, "chat_bubble"), (20, 28, "visibility"), (30, 34, "qr_code_scanner"),
    (40, 43, "groups"), (50, 56, "shopping_bag"), (60, 67, "confirmation_number"), (70, 72, "share"),
    (80, 84, "support_agent"), (90, 91, "verified_user"),
)  # fmt: skip

_BONDS: Final = {
    BondKind.BROUGHT: ("came through them", "由其带来"),
    BondKind.BROUGHT_BY: ("brought them", "带来此人"),
    BondKind.TEAM: ("same team", "一起拼团"),
    BondKind.HOUSEHOLD: ("same household", "同一家庭"),
    BondKind.ANSWERS: ("answered by them", "此人回应"),
    BondKind.ANSWERED_BY: ("answers them", "回应此人"),
}


async def build(screen: Screen) -> None:
    """Show one person."""
    written = screen.of_path["person_id"]
    if not written.isdigit() or len(written) > 18:
        raise BadInputError(f"{written!r} is no number of a person", mend="search by something they go by")
    page = await screen.load(person_page, int(written), events=_EVENTS)
    say, person = screen.say, page.person
    true_of = {
        Stage.CONTACT: True,
        Stage.RETENTION: person.owned,
        Stage.OPERATION: person.owned and person.messages_in > 0,
        Stage.MONETISATION: person.orders > 0,
    }
    with card(f"#{person.person_id}"):
        steps = Markup().join(
            Markup('<span class="{}">{}</span>').format("reached" if true_of[one] else "", words.stage(screen, one))
            for one in Stage
        )
        screen.show(Markup('<div class="path" style="margin-bottom:20px">{}</div>').format(steps))
        last, first = screen.day(person.last_order_at_us), screen.day(person.first_at_us)
        average = screen.money(person.paid_minor / person.orders) if person.orders else "–"
        told = [
            (say("Orders", "订单"), screen.number(person.orders), say(f"last {last}", f"最近 {last}")),
            (say("Paid", "实付"), screen.money(person.paid_minor), say("less what went back", "已减退款")),
            (say("Average order", "客单价"), average, ""),
            (say("Last seen", "最近出现"), screen.day(person.last_at_us), say(f"first {first}", f"首次 {first}")),
        ]  # fmt: skip
        screen.show(figures(told))
    with grid():
        with ui.element("div").classes("main-cards"):
            _why(screen, page.decisions)
            _scores(screen, await screen.load(explain_scores, written) if page.events else {"scores": []})
            _timeline(screen, page)
        with ui.element("div").classes("side-cards"):
            _names(screen, page)
            _consents(screen, page)
            _relations(screen, page)
            _bonds(screen, *await screen.load(bonds_at_hand, person.person_id))


def _names(screen: Screen, page: PersonPage) -> None:
    say = screen.say
    with card(say("Goes by", "标识"), lead=say("Masked; whoever reveals one is logged.", "已脱敏；每次查看都会记录。")):
        for one in page.identifiers:
            _hidden(screen, words.namespace(screen, one.namespace), one, "identifier")
        for field in page.fields:
            _hidden(screen, words.field(screen, field.name), field, field.name)


def _hidden(screen: Screen, title: str, one: HeldIdentifier | HeldField, name: str) -> None:
    say = screen.say
    with ui.element("div").classes("hidden-row"):
        shown = screen.show(_masked(title, one.value or say("erased", "已删除")))
        if not one.value:
            return

        async def look() -> None:
            if not screen.is_open():
                ui.navigate.to("/login")
                return
            value = await screen.load(reveal, one.identifier_id, name=name, who=ADMIN)
            shown.set_content(_masked(title, value))
            button.delete()

        button = (
            ui.button(say("Reveal", "查看"), on_click=look, color=None).classes("reveal").props("flat no-caps dense")
        )


def _masked(title: str, value: str) -> Markup:
    return Markup('<span class="quiet">{}</span>{}').format(title, mono(value))


def _consents(screen: Screen, page: PersonPage) -> None:
    say = screen.say
    with card(say("Allows", "授权")):
        rows = [
            (
                Markup("{} <small class='quiet'>{}</small>").format(
                    words.purpose(screen, one.purpose), words.channel(screen, one.channel)
                ),
                badge(say("granted", "已同意"), "good")
                if one.granted
                else badge(say("never asked", "未征询"), "plain")
                if one.granted is None
                else badge(say("withdrawn", "已撤回"), "bad"),
            )
            for one in page.allowed
        ]
        screen.show(facts(rows))
        if page.consents:
            screen.show(Markup("<h3>{}</h3>").format(say("Ledger", "台账")))
            screen.show(
                facts(
                    [
                        (
                            screen.time(one.decided_at_us),
                            Markup("{} · {}{}").format(
                                words.purpose(screen, one.purpose),
                                say("granted", "同意") if one.granted else say("withdrawn", "撤回"),
                                f" · {one.text_version}" if one.text_version else "",
                            ),
                        )
                        for one in page.consents[:8]
                    ]
                )
            )


def _relations(screen: Screen, page: PersonPage) -> None:
    say = screen.say
    with card(say("Reached through", "触达关系")):
        if not page.relations:
            screen.show(
                notice(
                    "link_off",
                    say("No relation stands", "没有可用的关系"),
                    say(
                        "We may not write to this person. A live code or a till sign invites them.",
                        "我们不能主动联系此人。可用活码或收银台邀请添加。",
                    ),
                )
            )
            return
        screen.show(
            facts(
                [
                    (
                        words.channel(screen, one.channel) + (f" · {one.staff}" if one.staff else ""),
                        Markup("{} {}").format(
                            badge(say("stands", "有效"), "good")
                            if one.until_us is None
                            else badge(say("ended", "已结束")),
                            quiet(f"{screen.day(one.since_us)}{f' · {one.source_code}' if one.source_code else ''}"),
                        ),
                    )
                    for one in page.relations
                ]
            )
        )


def _bonds(screen: Screen, bonds: Sequence[Bond], influence: float | None) -> None:
    say = screen.say
    with card(
        say("Among people", "人际关系"),
        lead=say("Seen from invitations; for staff alone.", "由邀请记录得出，仅供员工查看。"),
    ):
        if influence is not None:
            told = say("people moved: who came through them and stayed", "带动人数：经其而来并留下的人")
            screen.show(facts([(say("Influence", "影响力"), Markup("<b>{}</b> {}").format(
                screen.number(influence, 1), quiet(told)))]))  # fmt: skip
        if not bonds:
            told = say("Nobody invited them, and they nobody.", "没有人邀请过此人，此人也未邀请过别人。")
            screen.show(notice("diversity_3", say("No bond is known", "暂无已知关系"), told))
            return
        screen.show(
            facts(
                [
                    (
                        link(f"#{one.other}", f"/people/{one.other}"),
                        Markup("{} {}").format(
                            badge(say(*_BONDS[one.kind])),
                            quiet(f"{screen.number(one.strength, 2)} · {screen.day(one.since_us)}"),
                        ),
                    )
                    for one in bonds[:12]
                ]
            )
        )


def _why(screen: Screen, decisions: Sequence[Decision]) -> None:
    say = screen.say
    with card(
        say("Why, and why not", "为什么发，为什么不发"),
        lead=say(
            "Every proposal for this person, the verdict, the rule and its evidence.",
            "针对此人的每个提议：结论、规则与证据。",
        ),
    ):
        if not decisions:
            told = say("No play has proposed anything for this person.", "还没有玩法为此人提议过。")
            screen.show(notice("gavel", say("Nothing to judge yet", "还没有可裁决的"), told))
            return
        screen.show(
            Markup('<ul class="events">{}</ul>').format(Markup().join(_decision(screen, one) for one in decisions))
        )


def _scores(screen: Screen, told: Mapping[str, Any]) -> None:
    say = screen.say
    with card(
        say("Scores", "评分"),
        lead=say("What each is, and the touches that produced it.", "每项评分的定义，以及产生它的触点。"),
    ):
        if not told["scores"]:
            nothing = say("Nothing happened yet", "还没有任何行为")
            screen.show(notice("speed", nothing, say("Scores come from touches.", "评分由触点计算。")))
            return
        screen.show(
            facts(
                [
                    (say(one["name"].replace("_", " ").capitalize(), one["name_zh"]), _score(screen, one))
                    for one in told["scores"]
                ]
            )
        )


def _score(screen: Screen, one: Mapping[str, Any]) -> Markup:
    say = screen.say
    made_of = " · ".join(f"{name} {value:,}" for name, value in one["made_of"].items())
    touches = Markup().join(
        Markup("<br>{} · {} {}").format(
            screen.time(each["at_us"]),
            words.kind(screen, TouchKind(KINDS_BY_SLUG[each["kind"]])),
            mono(each["touch"][:12]),
        )
        for each in one["newest_touches"][:10]
    )
    number = one["touches"]
    return Markup(
        '<b>{}</b> {}<details class="evidence"><summary>{}</summary>'
        '<p class="quiet">{}</p><p>{}{}</p></details>'
    ).format(
        screen.number(one["value"], 2 if one["high"] <= 1 else 0),
        quiet(say(f"{one['low']:g} to {one['high']:g}", f"{one['low']:g} 至 {one['high']:g}")),
        say(f"from {number:,} touches", f"来自 {number:,} 个触点"),
        say(one["says"], one["says_zh"]), made_of, touches,
    )  # fmt: skip


def _decision(screen: Screen, one: Decision) -> Markup:
    say = screen.say
    word, tone = words.state(screen, one.state)
    why = (
        Markup("<b>{}</b>: {}").format(
            words.rule(screen, one.rule), words.reason(screen, one.rule, one.because, one.evidence)
        )
        if one.rule
        else ""
    )
    if one.state == "held":
        why = Markup("{} {}").format(
            why, say(f"(again at {screen.time(one.due_at_us)})", f"（{screen.time(one.due_at_us)} 再看）")
        )
    facts_told = words.evidence(screen, one.evidence)
    return Markup('<li>{}<div><b>{}</b> {}</div><time>{}</time>{}{}<p class="quiet">{}</p></li>').format(
        icon({"approved": "check_circle", "held": "schedule", "denied": "block"}.get(one.state, "pending")),
        words.play(screen, one.play),
        badge(word, tone),
        screen.time(one.judged_at_us or one.proposed_at_us),
        Markup("<p>{}</p>").format(why) if why else "",
        Markup('<details class="evidence"{}><summary>{}</summary>{}</details>').format(
            Markup(" open") if one.rule else "", say("Evidence", "证据"), facts_told
        )
        if facts_told
        else "",
        Markup("“{}” · {}").format(
            one.text,
            say(
                f"worth {screen.money(one.expected_value_minor)}", f"预期价值 {screen.money(one.expected_value_minor)}"
            ),
        ),
    )


def _timeline(screen: Screen, page: PersonPage) -> None:
    say = screen.say
    shown = len(page.events)
    with card(
        say("Timeline", "时间线"),
        lead=say(
            f"The newest {shown} of {page.events_in_all} touches.",
            f"共 {page.events_in_all} 个触点，显示最新 {shown} 个。",
        ),
    ):
        if not page.events:
            told = say("Known from an import, with no touch yet.", "来自导入，还没有触点。")
            screen.show(notice("timeline", say("Nothing happened yet", "还没有触点"), told))
            return
        parts = []
        for day, events in groupby(page.events, key=lambda one: screen.day(one.at_us)):
            rows = Markup().join(_event(screen, one) for one in events)
            parts.append(Markup('<p class="day-head">{}</p><ul class="events">{}</ul>').format(day, rows))
        screen.show(Markup().join(parts))


def _event(screen: Screen, one: Event) -> Markup:
    value = f" {screen.money(one.value_minor, one.currency)}" if one.value_minor else ""
    where = " · ".join(
        part for part in (words.channel(screen, one.channel), one.scene, one.source_code, one.staff) if part
    )
    return Markup('<li class="{}">{}<div><b>{}</b>{} <span class="quiet">{}</span></div><time>{}</time></li>').format(
        "money" if one.value_minor else "", icon(_icon(one.kind)), words.kind(screen, one.kind), value, where,
        screen.time(one.at_us)[-5:],
    )  # fmt: skip


def _icon(kind: TouchKind) -> str:
    return next((name for low, high, name in _ICONS if low <= kind <= high), "circle")


PAGE = Page(
    path="/people/{person_id}",
    title=Words("Person", "个人"),
    icon="person",
    order=11,
    build=build,
    in_menu=False,
)
