"""``siyu fission``: plan a referral campaign, see how it stands, settle what it owes."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import yaml
from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.clock import RealClock
from siyu.app.fission import domains as link_domains
from siyu.app.fission.campaign import keep_plan
from siyu.app.fission.campaign import settle as settle_campaign
from siyu.app.fission.campaign import status as status_of
from siyu.app.workspace import open_workspace
from siyu.campaigns.fission.lint import lint_plan
from siyu.campaigns.fission.plan import plan_of, written_plan
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import moment_of
from siyu.policy.lint import lint_text

app = App(name="fission", help="Fission 裂变: people bring people; judged by those who stay.")


@app.command
def plan(
    file: Path,
    *,
    workspace: Path | None = None,
    check: Annotated[bool, Parameter(help="Only check the plan; keep nothing.")] = False,
    platform: Annotated[str, Parameter(help="Where its words appear; the rules of that place judge them.")] = "wecom",
    json: bool = False,
) -> None:
    """Check a plan (YAML) and keep it with its budget; a plan with a refusal is not kept.

    Raises:
        RefusedError: the plan has something that Siyu will not do; the answer says what and what to do instead.
    """
    try:
        written = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInputError(" ".join(str(error).split()), where=str(file)) from error
    read = plan_of(written)
    today = moment_of(RealClock().now_us()).date()

    def words(text: str) -> list[str]:
        return [f"{one.says} ({one.found}); {one.alternative}" for one in lint_text(text, platform=platform, on=today)]

    findings = lint_plan(read, words)
    refused = [one for one in findings if one.refused]
    document: dict[str, Any] = {
        "plan": written_plan(read),
        "accepted": not refused,
        "findings": [dataclasses.asdict(one) for one in findings],
    }
    if not refused and not check:
        with open_workspace(workspace) as opened:
            document |= keep_plan(opened, read)
    answer(document, json=json)
    if refused:
        raise RefusedError(f"{refused[0].where}: {refused[0].what}", allowed=refused[0].instead)


@app.command
def status(campaign: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Show how a campaign spreads, who stays, what it owes, and whom somebody should look at."""
    with open_workspace(workspace) as opened:
        answer(status_of(opened, campaign), json=json)


@app.command
def settle(
    campaign: str,
    *,
    workspace: Path | None = None,
    pay: Annotated[bool, Parameter(help="Book matured rewards as handed out, and list them.")] = False,
    cleared: Annotated[tuple[int, ...], Parameter(help="Inviters that somebody looked at and found honest.")] = (),
    json: bool = False,
) -> None:
    """Promise, mature, forfeit and take back rewards; every step has a reason. Run it as often as you like."""
    with open_workspace(workspace) as opened:
        answer(settle_campaign(opened, campaign, pay_out=pay, cleared=cleared), json=json)


@app.command
def domain(
    name: str = "",
    *,
    because: Annotated[str, Parameter(help="Why: what the platform said, or who complained.")] = "",
    off: Annotated[bool, Parameter(help="Switch it off at once.")] = False,
    on: Annotated[bool, Parameter(help="Switch it on again, with no marks.")] = False,
    most: Annotated[int, Parameter(help="Marks in 30 days that switch it off.")] = 3,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Mark a link domain as punished or complained about; a domain with too many marks carries no campaign.

    Without a name, list the domains.
    """
    if on and off:
        raise BadInputError("it cannot be switched on and off", where="--on, --off")
    with open_workspace(workspace) as opened:
        if not name:
            with opened.database.read() as connection:
                answer({"domains": link_domains.domains(connection)}, json=json)
            return
        if on or off:
            found = link_domains.switch(opened, name, on=on, because=because)
        else:
            found = link_domains.mark(opened, name, because=because, most=most)
    answer(found, json=json)
