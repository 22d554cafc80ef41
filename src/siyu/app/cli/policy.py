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
