"""``siyu policy``: what the rules say of a text, a plan, a person."""

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.kernel.errors import BadInputError

app = App(name="policy", help="What the rules say of a text, a plan, a person.")


@app.command
def lint(
    target: str | None = None,
    *,
    text: str | None = None,
    plan: Path | None = None,
    platform: str = "wecom",
    on: str | None = None,
    selftest: bool = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Check something before launch: which clause it breaks, and what is allowed instead.

    Args:
        target: A play, a journey or campaign of the workspace, a picture's address or file, a plan's file, or a text.
        text: What people would read.
        plan: A YAML or JSON file; ``platform`` in it says where.
        platform: Where it would appear, if a plan does not say; also by its Chinese name.
        on: The day, such as 2026-11-22; today if left out.
        selftest: Measure the lint itself: precision and recall of each rule.
        workspace: Where journeys and campaigns are looked up; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.clock import RealClock  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.policy.lint_target import Linted, lint_target, read_plan  # noqa: PLC0415
    from siyu.kernel.period import moment_of  # noqa: PLC0415
    from siyu.policy.lint import known_platform, lint_plan, lint_text  # noqa: PLC0415
    from siyu.policy.plan_facts import platforms_of  # noqa: PLC0415

    if selftest:
        from siyu.policy.selftest import selftest as measured  # noqa: PLC0415

        answer({"scores": measured()}, json=json)
        return
    day = _day(on, "--on") if on else moment_of(RealClock().now_us()).date()
    if sum(one is not None for one in (target, text, plan)) != 1:
        raise BadInputError("give one of --text, --plan or what is to be checked")
    if not f"{target or ''}{text or ''}".strip() and plan is None:
        raise BadInputError("there is no text to check", mend='--text "…"')
    where = known_platform(platform)
    if text is not None:
        found = Linted("text", lint_text(text, platform=where, on=day), ["the text"])
    elif plan is not None:
        written = read_plan(plan)
        found = Linted("plan", lint_plan(written, on=day, platform=where), ["the plan and its texts"])
        where = ", ".join(known_platform(one) for one in platforms_of(written)) or where
    else:
        found = lint_target(target or "", platform=where, on=day, workspace=workspace)
    told = {
        "findings": found.findings, "clean": found.clean, "target": found.target, "platform": where, "on": day,
        "checked": found.checked, "not_checked": found.not_checked,
    }  # fmt: skip
    answer(told if json or not found.clean else "nothing found", json=json)


def _day(written: str, option: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise BadInputError(f"{written!r} is no day", where=option, mend="write it like 2026-11-22") from error


@app.command
def why(
    who: str | None = None,
    *,
    person: int | None = None,
    message: str | None = None,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Say why somebody was, or was not, spoken to: every verdict with its rule, evidence and counters.

    Args:
        who: A person's number or something they go by, such as phone:13800138000; or a message or proposal by its id.
        person: A person's number, as ``siyu people show`` gives it.
        message: A message or a proposal by its id.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.people.identity import find  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.views.decisions import decision_of, decisions_about  # noqa: PLC0415
    from siyu.app.workspace import open_workspace  # noqa: PLC0415

    if sum(one is not None for one in (who, person, message)) != 1:
        raise BadInputError("give one of a person's number and a message's id", mend="--person 17 or --message ID")
    with open_workspace(workspace) as opened:
        if who is not None and (":" in who or who.isdecimal()):
            with opened.database.read() as connection:
                _, person = find(opened, who, connection)
        elif who is not None:
            message = who
        if message is not None:
            answer(decision_of(opened, message), json=json)
        else:
            verdicts = decisions_about(opened, person or 0, most=500)
            if not verdicts:
                with opened.database.read() as connection:
                    find(opened, str(person), connection)  # says so if there is nobody of that number
            answer({"person": person, "decisions": verdicts} if json or verdicts else "nothing was proposed", json=json)


@app.command
def simulate(*, rules: Path, days: int = 30, workspace: Path | None = None, json: bool = False) -> None:
    """Judge the last days' proposals again under other rules, and show the difference before they are in force.

    Args:
        rules: TOML with a ``[policy]`` table as in ``siyu.toml``.
        days: How far back.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.clock import VirtualClock  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.policy.what_if import what_if  # noqa: PLC0415
    from siyu.app.views.decisions import last_judged_us  # noqa: PLC0415
    from siyu.app.workspace import open_workspace  # noqa: PLC0415

    if days < 1:
        raise BadInputError(f"{days} days back is no time", where="--days")
    with open_workspace(workspace) as opened:
        # a workspace that lived on a virtual clock is asked about its own last days
        last_us = last_judged_us(opened)
        if last_us is not None:
            opened.clock = VirtualClock(last_us + 1)
        answer(what_if(opened, rules, days=days), json=json)


@app.command
def ready(target: str, *, live: bool = False, workspace: Path | None = None, json: bool = False) -> None:
    """Look at everything that a play or a plan needs before it goes out; nothing is changed.

    The exit status is 0 when nothing stops it, 1 when something does.

    Args:
        target: A play, or a plan's YAML or JSON file.
        live: Ask the platforms whether the accounts' credentials work.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.oversight.ready import ready as looked_at  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.workspace import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        found = looked_at(opened, target, live=live)
    lines = [f"{one.level:<5} {one.what:<9} {one.says}{one.mend and f' -> {one.mend}'}" for one in found.lines]
    answer(found if json else lines, json=json)
    if not found.ready:
        sys.exit(1)


@app.command
def report(
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    out: Path | None = None,
    language: Literal["en", "zh"] = "zh",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Report what was said, judged, refused and asked for in a period, for a month's file or an inspection.

    Args:
        from_: The first day, such as 2026-10-01; thirty days before ``--to`` if left out.
        to: The first day after the period; tomorrow if left out.
        out: Write one page of HTML that prints, instead of an answer.
        language: Of the page.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.oversight.report import compliance  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.oversight.report_page import html_page  # noqa: PLC0415
    from siyu.app.workspace import open_workspace  # noqa: PLC0415
    from siyu.kernel.period import moment_of  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        zone, brand = ZoneInfo(opened.settings.brand.zone), opened.settings.brand.name
        today = moment_of(opened.clock.now_us()).astimezone(zone).date()
        end = _day(to, "--to") if to else today + timedelta(days=1)
        start = _day(from_, "--from") if from_ else end - timedelta(days=30)
        found = compliance(opened, start, end)
    if out is None:
        answer(found, json=json)
        return
    try:
        out.write_text(html_page(found, brand=brand, language=language, zone=zone), "utf-8")
    except OSError as error:
        raise BadInputError(f"cannot be written: {error.strerror}", where=str(out)) from error
    answer({"written": str(out), "from": start, "to": end}, json=json)


@app.command
def brake(*, workspace: Path | None = None, json: bool = False) -> None:
    """Say which staff, plays and accounts lose more people than usual, and what is braked because of it.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.dispatch.brake_tasks import brake_tasks  # noqa: PLC0415
    from siyu.app.policy.brake import brakes  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.workspace import open_workspace  # noqa: PLC0415
    from siyu.stores.sql.brake_days import SqlBrakeDays  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        with opened.database.read() as connection:
            let_go = SqlBrakeDays(connection).let_go_before()
        found, tasks = brakes(opened), brake_tasks(opened)
    told = {"worse_than_usual": found, "braked": {one.source: one.why for one in tasks}, "tasks": tasks}
    answer(told | {"let_go": let_go} if json or found or tasks or let_go else "all as usual", json=json)


@app.command
def release(source: str, *, by: str, because: str, workspace: Path | None = None, json: bool = False) -> None:
    """Let a source go that the brake slowed or stopped; who did it and why is kept.

    Args:
        source: As ``siyu policy brake`` names it, such as staff:ann or wecom/corp.
        by: Who lets it go.
        because: What was found and done.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.dispatch.brake_tasks import release as let_go  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.workspace import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        let_go(opened, source, by=by, because=because)
    answer({"released": source, "by": by, "because": because}, json=json)


@app.command(name="rules")
def rules_in_force(*, workspace: Path | None = None, json: bool = False) -> None:
    """List the rules in the order they are asked, and the settings in force with where each comes from.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.policy.rules import rules_of  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.workspace import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        rules, policy = [rule.name for rule in rules_of(opened.settings)], opened.settings.policy
    values = [
        {"setting": name, "value": value, "from": "siyu.toml" if name in policy.model_fields_set else "default"}
        for name, value in policy.model_dump(mode="json").items()
    ]
    answer({"rules": rules, "settings": values}, json=json)


@app.command
def packs(
    *, diff: Path | None = None, platform: str | None = None, workspace: Path | None = None, json: bool = False
) -> None:
    """List the rule packs; with a changed pack, say which plays it would stop before it takes effect.

    Args:
        diff: A changed pack (TOML); its name says which one it would replace.
        platform: Only packs that hold here.
        workspace: Whose words are read with ``--diff``; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.policy.pack import packs as all_packs  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.policy.pack import parse_pack  # noqa: PLC0415

    if diff is not None:
        try:
            new = parse_pack(diff.read_text("utf-8"), where=str(diff))
        except (OSError, UnicodeDecodeError) as error:
            raise BadInputError(f"cannot be read: {error}", where=str(diff)) from error
        from siyu.app.policy.pack_change import pack_change  # noqa: PLC0415  keeps `siyu --help` light
        from siyu.app.workspace import open_workspace  # noqa: PLC0415

        with open_workspace(workspace) as opened:
            answer({"pack": new.name, "changes": pack_change(opened, new)}, json=json)
        return
    listed = [
        {**pack.model_dump(mode="json", exclude={"clauses"}), "clauses": [clause.rule for clause in pack.clauses]}
        for pack in all_packs()
        if platform is None or platform in pack.platforms or "*" in pack.platforms
    ]
    answer({"packs": listed}, json=json)


@app.command
def refusals(*, json: bool = False) -> None:
    """List what Siyu will not do, whoever asks, each with the reason, its source and the way that is open.

    Args:
        json: Answer with one JSON document.
    """
    from siyu.policy.refusals import refusals as all_refusals  # noqa: PLC0415  keeps `siyu --help` light

    answer({"refusals": [one.model_dump(exclude={"asked", "spoken"}) for one in all_refusals().values()]}, json=json)


@app.command
def may(action: str, *, json: bool = False) -> None:
    """Ask whether something may be done at all: what is on the list of refusals is refused with the allowed way.

    Args:
        action: Its name, such as ``bulk_add`` or ``buy_comments``.
        json: Answer with one JSON document.
    """
    from siyu.policy.refusals import refusal_of, refuse  # noqa: PLC0415  keeps `siyu --help` light

    found = refusal_of(action)
    if found is not None:
        refuse(found)
    told = "not on the list of refusals; plays and journeys propose, and the guard judges each proposal"
    answer({"action": action, "refused": False, "note": told} if json else told, json=json)
