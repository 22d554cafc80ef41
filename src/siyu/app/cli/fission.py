"""``siyu fission``: plan a referral campaign, see how it stands, settle what it owes."""

import dataclasses
from json import dumps, loads
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.clock import RealClock
from siyu.app.fission import domains as link_domains
from siyu.app.fission.campaign import keep_plan
from siyu.app.fission.campaign import status as status_of
from siyu.app.fission.campaign import stop as stop_campaign
from siyu.app.fission.drawing import draw as draw_prizes
from siyu.app.fission.explain import explain as explain_to
from siyu.app.fission.flow import words_used_before
from siyu.app.fission.groups import ask_group
from siyu.app.fission.settling import settle as settle_campaign
from siyu.app.fission.verdicts import decide_about
from siyu.app.intake.read_table import decoded
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.fission.draw import replayed
from siyu.campaigns.fission.lint import Finding, lint_plan
from siyu.campaigns.fission.plan import FissionPlan, written_plan
from siyu.campaigns.fission.written import WrittenPlan, read_plan
from siyu.kernel.errors import BadInputError, RefusedError, SiyuError
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
    read = read_plan(_text_of(file), file=str(file))
    today = moment_of(RealClock().now_us()).date()

    def words(text: str) -> list[str]:
        return [f"{one.says} ({one.found}); {one.alternative}" for one in lint_text(text, platform=platform, on=today)]

    findings = [*lint_plan(read.plan, words)]
    refused = [one for one in findings if one.refused]
    document: dict[str, Any] = {"plan": written_plan(read.plan), "accepted": not refused}
    if not refused and not check:
        with open_workspace(workspace) as opened:
            _need_poster(opened, read)
            findings += _words_used_before(opened, read.plan)
            document |= keep_plan(opened, read.plan)
    document["findings"] = [dataclasses.asdict(one) | {"line": read.line_of(one.where)} for one in findings]
    answer(document, json=json)
    if refused:
        first = refused[0]
        where = f"{file}, line {read.line_of(first.where)}: {first.where}"
        raise RefusedError(f"{where}: {first.what}", allowed=first.instead)


def _need_poster(workspace: Workspace, read: WrittenPlan) -> None:
    """Refuse a plan whose poster is not there, before anybody asks for theirs."""
    if name := read.plan.communication.poster:
        from siyu.app.fission.posters import template_file  # noqa: PLC0415  pictures are heavy
        from siyu.app.posters import press_of  # noqa: PLC0415

        try:
            press_of(template_file(workspace.folder, name))
        except SiyuError as error:
            where = f"line {read.line_of('communication.poster')}: communication.poster"
            raise BadInputError(f"{name!r} cannot be drawn: {error}", where=where) from error


def _text_of(file: Path) -> str:
    if not file.is_file():
        raise BadInputError(f"there is no file {file}")
    return decoded(file.read_bytes(), where=str(file))


def _words_used_before(workspace: Workspace, plan: FissionPlan) -> list[Finding]:
    """Advise against words that people have read before."""
    with workspace.database.read() as connection:
        used = words_used_before(connection, plan)
    return [
        Finding(
            f"communication.variants[{place}]", f"these words were used in {name!r} already", "write new ones",
            refused=False,
        )
        for place, name in used.items()
    ]  # fmt: skip


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
def stop(campaign: str, *, because: str, workspace: Path | None = None, json: bool = False) -> None:
    """Stop a campaign at once: what was promised stays promised, nothing new is."""
    with open_workspace(workspace) as opened:
        stop_campaign(opened, campaign, because=because)
        answer({"campaign": campaign, "stopped": because.strip()}, json=json)


@app.command
def decide(
    campaign: str,
    person: int,
    *,
    honest: Annotated[bool, Parameter(help="They brought real people: their rewards go on.")] = False,
    refused: Annotated[bool, Parameter(help="They did not: their rewards end, and they are told why.")] = False,
    because: Annotated[str, Parameter(help="Why; the inviter is told.")],
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Decide about an inviter whom the fraud check suspects; the next settling acts on it."""
    if honest == refused:
        raise BadInputError("say one of both", where="--honest, --refused")
    with open_workspace(workspace) as opened:
        decide_about(opened, campaign, person, honest=honest, because=because)
    answer({"campaign": campaign, "person": person, "honest": honest, "because": because.strip()}, json=json)


@app.command
def explain(campaign: str, person: int, *, workspace: Path | None = None, json: bool = False) -> None:
    """Explain to somebody who invited how everything stands: each friend, gift, ticket and team, in both languages."""
    with open_workspace(workspace) as opened:
        answer(explain_to(opened, campaign, person), json=json)


@app.command
def draw(
    campaign: str = "",
    *,
    public_number: Annotated[str, Parameter(help="The public number that the plan names.")] = "",
    out: Annotated[Path | None, Parameter(help="Write the paper of the draw there, to be published.")] = None,
    check: Annotated[Path | None, Parameter(help="Draw again from a published paper; needs no workspace.")] = None,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Draw the prizes of a campaign, once and for ever; or check a published draw by drawing again."""
    if check is not None:
        try:
            paper = loads(_text_of(check))
        except ValueError as error:
            raise BadInputError(f"this is no JSON: {error}", where=str(check)) from None
        wrong = replayed(paper)
        answer({"file": str(check), "agrees": not wrong, "wrong": wrong}, json=json)
        if wrong:
            raise BadInputError(wrong[0], where=str(check))
        return
    if not campaign:
        raise BadInputError("name the campaign", mend="siyu fission draw CAMPAIGN, or --check FILE")
    with open_workspace(workspace) as opened:
        paper = draw_prizes(opened, campaign, public_number=public_number)
    if out is not None:
        try:
            out.write_text(dumps(paper, ensure_ascii=False, indent=1), "utf-8")
        except OSError as error:
            mend = "it is drawn: `siyu fission status` shows it; draw again to write it elsewhere"
            raise BadInputError(f"cannot be written: {error.strerror}", where=str(out), mend=mend) from error
    answer({name: paper[name] for name in paper if name != "tickets"} | {"tickets": len(paper["tickets"])}, json=json)


@app.command
def posters(campaign: str, *, out: Path, workspace: Path | None = None, json: bool = False) -> None:
    """Draw the poster that the plan names for everybody who has a code of the campaign, each with their own code."""
    from siyu.app.fission.posters import draw_posters  # noqa: PLC0415  pictures are heavy, and needed here alone

    with open_workspace(workspace) as opened:
        answer({"campaign": campaign, "drawn": draw_posters(opened, campaign, out), "out": str(out)}, json=json)


@app.command(name="ask-group")
def ask_in_group(
    campaign: str,
    group: str,
    *,
    channel: Annotated[str, Parameter(help="Where the group is.")] = "wecom",
    owner: Annotated[str, Parameter(help="The staff member whose group it is; else the platform is asked.")] = "",
    by_hand: Annotated[bool, Parameter(help="The owner posts it by hand: judge it now, book it, say what.")] = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Propose to a customer group, through the guard and the outbox; a group is asked as seldom as the plan says.

    Where the platform takes no messages to groups, say what its owner may post by hand now, and book it.
    """
    with open_workspace(workspace) as opened:
        answer(ask_group(opened, campaign, group, channel=channel, owner=owner, by_hand=by_hand), json=json)


@app.command
def domain(
    name: str = "",
    *,
    because: Annotated[str, Parameter(help="Why: what the platform said, or who complained.")] = "",
    off: Annotated[bool, Parameter(help="Switch it off at once.")] = False,
    on: Annotated[bool, Parameter(help="Switch it on again, with no marks.")] = False,
    most: Annotated[int, Parameter(help="Marks in 30 days that switch it off; as its campaigns say if 0.")] = 0,
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
