"""Ask customer groups (社群): proposals like all others, through the guard and the outbox, as seldom as the plan says.

Where the platform takes messages to groups the owner of the group confirms them there; elsewhere the owner posts the
words by hand, and the guard is asked first. Everybody in a group hears it at once: groups have quotas of their own.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from siyu.app.channels.senders import Senders, open_senders
from siyu.app.fission.asking import running, why_not
from siyu.app.fission.kept import plan_kept
from siyu.app.groups import keep_group, read_groups
from siyu.app.policy.judge import cases_of, slots_now
from siyu.app.policy.rules import rules_of
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.ask import group_proposal, name_of
from siyu.campaigns.fission.plan import FissionPlan
from siyu.channels.manifest import manifests
from siyu.communities.group import GROUP_CHAT, Group
from siyu.dispatch.message import MessageState, Receipt
from siyu.dispatch.outgoing import outgoing
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.ids import id_text, share_of
from siyu.kernel.period import DAY, moment_of
from siyu.policy.case import TO_GROUPS
from siyu.policy.guard import judge_batch
from siyu.policy.reasons import why
from siyu.policy.rules.official_way import OfficialWay
from siyu.policy.verdict import Allow, Deny, Hold, Verdict
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.groups import SqlGroups
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.touch import Identifier

_MONTH: Final = 30 * DAY
#: A group that was not seen at its platform for so long is gone.
_GONE_AFTER: Final = 3 * DAY
_DUE: Final = 500_000


def ask_groups(workspace: Workspace, senders: Senders) -> int:
    """Propose to every group that a running campaign with the means ``group`` may ask again; return how many."""
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        plans = [plan for plan in running(workspace, connection) if "group" in plan.referral.means]
    if not plans:
        return 0
    read_groups(workspace, senders)
    with workspace.database.write() as connection:
        groups = SqlGroups(connection)
        standing = [one for one in groups.all(seen_since_us=now_us - _GONE_AFTER) if _takes_messages(one.channel)]
        found = [
            group_proposal(plan, one.identifier_id, channel=one.channel, now_us=now_us)
            for plan in plans
            for asked in [groups.asked(name_of(plan.name), since_us=now_us - _MONTH)]
            for one in standing
            if asked[one.identifier_id] < plan.control.asks_per_group_month
            and share_of("holdout", plan.name, str(one.identifier_id)) >= plan.control.holdout_share
        ]
        return SqlProposals(connection).add(found)


def ask_group(
    workspace: Workspace, campaign: str, chat: str, *, channel: str = "wecom", owner: str = "", by_hand: bool = False
) -> dict[str, Any]:
    """Propose to one group; or, where no platform takes it, judge it now, book it, and return what to post by hand.

    Args:
        chat: The group's id at its platform, or any name where it is posted by hand.
        owner: Whose group it is; the platform is asked if nobody says.
        by_hand: The owner posts it, although the platform would take it.

    Raises:
        BadInputError: there is no such campaign or group.
        RefusedError: the campaign asks nobody now, the group was asked too lately, or the guard says no; with the
            reason and until when.
    """
    now_us, chat = workspace.clock.now_us(), chat.strip()
    if not chat:
        raise BadInputError("a group has a name or chat id", where="group")
    with workspace.database.read() as connection:
        plan = plan_kept(connection, campaign)
        _refuse_silent(workspace, connection, plan)
        accounts = [one for one in SqlAccounts(connection, workspace.vault).all() if one.channel == channel]
    by_hand = by_hand or not accounts or not _takes_messages(channel)
    if not by_hand and not owner:
        read_groups(workspace, open_senders(workspace))
    names = [Identifier(f"{GROUP_CHAT}@{one.account}", chat) for one in accounts]
    names = names or [Identifier(f"{GROUP_CHAT}@{channel}", chat)]
    with workspace.database.write() as connection:
        group = _known(workspace, connection, names)
        if group is None or owner:
            if not by_hand and not owner:
                mend = "look at the chat id, or name its owner with --owner"
                raise BadInputError(f"{channel} has no group {chat!r}", where="group", mend=mend)
            if len(names) > 1:
                raise BadInputError(f"{len(names)} accounts of {channel} are connected", mend="read the groups first")
            account = accounts[0].account if accounts else ""
            group = keep_group(connection, workspace, names[0], channel=channel, account=account, owner=owner)
        _refuse_too_soon(connection, plan, chat, group, now_us)
        proposal = group_proposal(plan, group.identifier_id, channel=channel, now_us=now_us)
        SqlProposals(connection).add([proposal])
        refused = _say_by_hand(workspace, connection, group, now_us=now_us) if by_hand else None
    if refused is not None:
        raise RefusedError(
            f"{chat} is not asked now: {refused}", allowed=f"siyu policy why {id_text(proposal.proposal_id)}"
        )
    return {
        "campaign": campaign, "group": chat, "owner": group.owner, "way": "by_hand" if by_hand else "outbox",
        "proposal": id_text(proposal.proposal_id), "text": proposal.piece.text, "link": plan.communication.link,
    }  # fmt: skip


def groups_asked(workspace: Workspace, connection: Connection, campaign: str) -> dict[str, int]:
    """Return how often each group was asked by a campaign in the last 30 days."""
    asked = SqlGroups(connection).asked(name_of(campaign), since_us=workspace.clock.now_us() - _MONTH)
    names = SqlVault(connection, workspace.vault).identifiers(sorted(asked))
    return {names.get(number, str(number)): times for number, times in sorted(asked.items())}


def _takes_messages(channel: str) -> bool:
    manifest = manifests().get(channel)
    return manifest is not None and not TO_GROUPS.isdisjoint(manifest.outbound)


def _refuse_silent(workspace: Workspace, connection: Connection, plan: FissionPlan) -> None:
    silent = why_not(
        connection, plan, now_us=workspace.clock.now_us(), currency=workspace.settings.brand.currency
    )  # fmt: skip
    if not silent and "group" not in plan.referral.means:
        silent = "its referral.means do not name group"
    if silent:
        raise RefusedError(f"{plan.name} asks no group now: {silent}", allowed="siyu fission status says more")


def _refuse_too_soon(connection: Connection, plan: FissionPlan, chat: str, group: Group, now_us: int) -> None:
    groups, most = SqlGroups(connection), plan.control.asks_per_group_month
    asked = groups.asked(name_of(plan.name), since_us=now_us - _MONTH)[group.identifier_id]
    if asked >= most:
        last_us = groups.last_asked_us(name_of(plan.name), group.identifier_id)
        again = f"{moment_of(last_us + _MONTH):%Y-%m-%d}" if most else "never"
        what = f"{chat} was asked {asked} times in 30 days, and {most} are allowed"
        raise RefusedError(what, allowed=f"ask it again: {again}")


def _known(workspace: Workspace, connection: Connection, names: Sequence[Identifier]) -> Group | None:
    """Return the group that goes by one of these names."""
    keys = SqlIdentityStore(connection).lookup([workspace.vault.key_of(one) for one in names])
    numbers = {one.identifier_id for one in keys.values()}
    return next((one for one in SqlGroups(connection).all() if one.identifier_id in numbers), None)


def _say_by_hand(workspace: Workspace, connection: Connection, group: Group, *, now_us: int) -> str | None:
    """Judge what waits for a group now, and book it as said; return why it may not be said, if so."""
    store, outbox = SqlProposals(connection), SqlOutbox(connection)
    places = [place for place in store.due(now_us=now_us, most=_DUE) if place[1] == group.identifier_id]
    proposals = store.take(places)
    slots = slots_now(workspace, connection, now_us=now_us)
    cases = cases_of(workspace, connection, proposals, now_us=now_us, slots=slots)
    rules = [rule for rule in rules_of(workspace.settings) if not isinstance(rule, OfficialWay)]
    # who posts by hand does so now or not at all: what would be held is denied
    verdicts = [_now_or_never(verdict) for verdict in judge_batch(cases, rules)]
    store.keep(proposals, verdicts, now_us=now_us)
    for case, verdict in zip(cases, verdicts, strict=True):
        if not isinstance(verdict, Allow):
            return why(verdict.rule, verdict.reason, verdict.evidence)
        if case.relation is not None:
            said = outgoing(case.proposal, case.relation, now_us=now_us)
            outbox.put([said], now_us=now_us)
            outbox.settle([Receipt(said.message_id, MessageState.SENT, "", now_us, "by hand")])
    return None


def _now_or_never(verdict: Verdict) -> Allow | Deny:
    return Deny(verdict.rule, verdict.reason, verdict.evidence) if isinstance(verdict, Hold) else verdict
