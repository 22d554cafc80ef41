"""``siyu policy``: what the rules say of a text, a plan, a person."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.kernel.errors import BadInputError

app = App(name="policy", help="What the rules say of a text, a plan, a person.")


@app.command
def lint(
    *,
    text: str | None = None,
    plan: Path | None = None,
    platform: str = "wecom",
    on: str | None = None,
    json: bool = False,
) -> None:
    """Check a text or a plan before launch: which clause it breaks, and what is allowed instead.

    Args:
        text: What people would read.
        plan: A YAML file; it names its own platforms.
        platform: Where the text would appear.
        on: The day, such as 2026-11-22; today if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.clock import RealClock  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.kernel.period import moment_of  # noqa: PLC0415
    from siyu.policy.lint import lint_plan, lint_text  # noqa: PLC0415

    try:
        day = date.fromisoformat(on) if on else moment_of(RealClock().now_us()).date()
    except ValueError as error:
        raise BadInputError(f"{on!r} is no day", where="--on", mend="write it like 2026-11-22") from error
    if (text is None) == (plan is None):
        raise BadInputError("give either --text or --plan")
    findings = lint_plan(_plan(plan), on=day) if plan else lint_text(text or "", platform=platform, on=day)
    answer({"findings": findings, "clean": not findings} if json or findings else "nothing found", json=json)


@app.command
def why(
    *, person: int | None = None, message: str | None = None, workspace: Path | None = None, json: bool = False
) -> None:
    """Say why somebody was, or was not, spoken to: every verdict with its rule, evidence and counters.

    Args:
        person: A person's number, as ``siyu people show`` gives it.
        message: A message or a proposal by its id.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.views.decisions import decision_of, decisions_about  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.workspace import default_workspace, open_workspace  # noqa: PLC0415

    if (person is None) == (message is None):
        raise BadInputError("give either --person or --message")
    opened = open_workspace(workspace or default_workspace())
    try:
        if message is not None:
            answer(decision_of(opened, message), json=json)
        else:
            verdicts = decisions_about(opened, person or 0, most=500)
            answer({"person": person, "decisions": verdicts} if json or verdicts else "nothing was proposed", json=json)
    finally:
        opened.close()


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
    from siyu.app.views.decisions import last_judged_us  # noqa: PLC0415
    from siyu.app.what_if import what_if  # noqa: PLC0415
    from siyu.app.workspace import default_workspace, open_workspace  # noqa: PLC0415

    opened = open_workspace(workspace or default_workspace())
    try:
        # a workspace that lived on a virtual clock is asked about its own last days
        last_us = last_judged_us(opened)
        if last_us is not None:
            opened.clock = VirtualClock(last_us + 1)
        answer(what_if(opened, rules, days=days), json=json)
    finally:
        opened.close()


@app.command
def brake(*, workspace: Path | None = None, json: bool = False) -> None:
    """Say which staff, plays and accounts lose more people than usual, and what is braked because of it.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.brake import brakes  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.workspace import default_workspace, open_workspace  # noqa: PLC0415
    from siyu.stores.sql.pauses import SqlPauses  # noqa: PLC0415

    opened = open_workspace(workspace or default_workspace())
    try:
        with opened.database.read() as connection:
            paused = SqlPauses(connection).all()
        told = {name: reason for name, reason in paused.items() if reason.startswith("brake:")}
        found = brakes(opened)
        answer({"worse_than_usual": found, "braked": told} if json or found or told else "all as usual", json=json)
    finally:
        opened.close()


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
        from siyu.app.pack_change import pack_change  # noqa: PLC0415  keeps `siyu --help` light
        from siyu.app.workspace import default_workspace, open_workspace  # noqa: PLC0415

        opened = open_workspace(workspace or default_workspace())
        try:
            answer({"pack": new.name, "changes": pack_change(opened, new)}, json=json)
        finally:
            opened.close()
        return
    listed = [
        {**pack.model_dump(mode="json", exclude={"clauses"}), "clauses": [clause.rule for clause in pack.clauses]}
        for pack in all_packs()
        if platform is None or platform in pack.platforms or "*" in pack.platforms
    ]
    answer({"packs": listed}, json=json)


def _plan(file: Path) -> dict[str, Any]:
    try:
        plan = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInputError(f"is no YAML: {' '.join(str(error).split())}", where=str(file)) from error
    if not isinstance(plan, dict):
        raise BadInputError("a plan is a mapping", where=str(file), mend="write lines such as platform: wecom")
    return plan
