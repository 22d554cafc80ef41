"""Who is asked to bring somebody: the running campaigns as plays of the turn, with what the store knows of people."""

from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Column, ColumnElement, Connection, case, func, select

from siyu.app.fission.domains import links_off
from siyu.app.log import get_logger
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.ask import FRESH, PRIOR_BROUGHT, Ask, Asked, name_of
from siyu.campaigns.fission.plan import FissionPlan, kept_plan_of
from siyu.kernel.arrays import Int64
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, us_of
from siyu.loyalty.ledger import budget
from siyu.loyalty.rewards import Step
from siyu.policy.case import TO_GROUPS
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.acquire import invite, invite_code, promise
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.loyalty import reward
from siyu.stores.sql.schema.people import identifier, last_word
from siyu.stores.sql.schema.portraits import segment_member

#: How far back asks are remembered, and how many asks the house prior weighs.
_REMEMBERED: Final = 365 * DAY
_PRIOR_ASKS: Final = 50
#: So many promises must have been due before their keeping says anything.
_FEWEST_PROMISES: Final = 10
_log = get_logger(__name__)


def running(workspace: Workspace, connection: Connection) -> list[FissionPlan]:
    """Return the plans that may ask now; ``why_not`` says of the others why they do not."""
    now, currency = workspace.clock.now_us(), workspace.settings.brand.currency
    return [plan for plan in _readable(connection) if not why_not(connection, plan, now_us=now, currency=currency)]


def asks(workspace: Workspace) -> list[Ask]:
    """Return a play for each campaign that may ask now."""
    now = workspace.clock.now_us()
    with workspace.database.read() as connection:
        plans = running(workspace, connection)
        if not plans:
            return []
        asked = _asked(connection, since_us=now - _REMEMBERED)
        moments = {
            "promise_kept": _latest(connection, promise.c.identifier_id, promise.c.kept_at_us, now - FRESH),
            "asked_for": _latest(connection, invite_code.c.identifier_id, invite_code.c.made_at_us, now - FRESH),
            "talk": _latest(connection, last_word.c.identifier_id, last_word.c.at_us, now - FRESH),
            "friend_stayed": _latest(
                connection, reward.c.inviter_id, reward.c.settled_at_us, now - FRESH, reward.c.step == Step.MATURE.value
            ),
        }
        return [
            Ask(plan, moments, asked, _brought(connection, plan), _audience(connection, plan.communication.audience))
            for plan in plans
        ]


def why_not(connection: Connection, plan: FissionPlan, *, now_us: int, currency: str) -> str:
    """Say why a campaign asks nobody now: stopped, ended, out of money, or its link's domain is off; else empty."""
    if stopped := SqlRewards(connection).stopped(plan.name):
        return stopped
    ends = plan.control.ends_at
    if ends and now_us >= us_of(datetime.fromisoformat(ends).replace(tzinfo=UTC)):
        return f"it ended on {ends}"
    place = budget(plan.name, currency)
    left = SqlLedger(connection).balances([place])[place]
    if plan.cash_per_invitee_minor > 0 and left < plan.cash_per_invitee_minor:
        return "the budget is promised"
    owed = SqlPromises(connection).standing(now_us=now_us)
    due = owed.kept + owed.overdue
    if due >= _FEWEST_PROMISES and owed.overdue > plan.control.most_overdue_share * due:
        return f"{owed.overdue} of {due} promises that are due are not kept"
    off = links_off(connection, [plan.communication.link] if plan.communication.link else [])
    return next(iter(off.values()), "")


def _readable(connection: Connection) -> list[FissionPlan]:
    """Return the plans that are kept; one that can no longer be read asks nobody and stops nothing else."""
    rewards, found = SqlRewards(connection), []
    for name in rewards.campaigns():
        try:
            found.append(kept_plan_of(rewards.plan_of(name) or {}))
        except BadInputError as error:
            _log.warning("a campaign's plan cannot be read", campaign=name, reason=str(error))
    return found


def _asked(connection: Connection, *, since_us: int) -> dict[int, Asked]:
    """Return when each person was last asked by any campaign, as people are known now, and how many asks were in vain.

    In vain are those since the person last brought somebody, in any campaign.
    """
    whose = identifier.alias()
    came = (
        select(whose.c.person_id, func.max(invite.c.at_us).label("at_us"))
        .join(invite_code, invite_code.c.identifier_id == whose.c.identifier_id)
        .join(invite, invite.c.code == invite_code.c.code)
        .group_by(whose.c.person_id)
        .subquery()
    )
    in_vain = func.sum(case((proposal.c.proposed_at_us > func.coalesce(came.c.at_us, 0), 1), else_=0))
    query = (
        select(identifier.c.person_id, func.max(proposal.c.proposed_at_us), in_vain)
        .join(identifier, identifier.c.identifier_id == proposal.c.identifier_id)
        .outerjoin(came, came.c.person_id == identifier.c.person_id)
        .where(proposal.c.play.startswith("fission "), proposal.c.proposed_at_us > since_us)
        .group_by(identifier.c.person_id)
    )
    return {int(person): Asked(int(at_us), int(vain)) for person, at_us, vain in connection.execute(query)}


def _latest(
    connection: Connection, whose: Column[Any], when: Column[Any], since_us: int, *where: ColumnElement[bool]
) -> dict[int, int]:
    """Return when something last happened to each person since a moment."""
    query = (
        select(identifier.c.person_id, func.max(when))
        .join(identifier, identifier.c.identifier_id == whose)
        .where(when > since_us, *where)
        .group_by(identifier.c.person_id)
    )
    return {int(person): int(at_us) for person, at_us in connection.execute(query)}


def _audience(connection: Connection, segment: str) -> Int64 | None:
    """Return the people of a segment as it was last refreshed, None without a name."""
    if not segment:
        return None
    query = select(segment_member.c.person_id).where(segment_member.c.name == segment)
    return np.array(sorted(connection.execute(query).scalars()), np.int64)


def _brought(connection: Connection, plan: FissionPlan) -> float:
    """Return how many people an ask of a campaign brings: what was seen, drawn to the prior as if that were 50 asks."""
    to_people = message.c.action.not_in(TO_GROUPS)
    sent = select(func.count()).where(message.c.play == name_of(plan.name), message.c.state == "sent", to_people)
    came = (
        select(func.count(func.distinct(invite.c.invitee_id)))
        .join(invite_code, invite_code.c.code == invite.c.code)
        .where(invite_code.c.campaign == plan.name)
    )
    asked, brought = connection.execute(sent).scalar_one(), connection.execute(came).scalar_one()
    return float((brought + PRIOR_BROUGHT * _PRIOR_ASKS) / (asked + _PRIOR_ASKS))
