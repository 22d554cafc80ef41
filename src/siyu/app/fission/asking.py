"""Who is asked to bring somebody: the running campaigns as plays of the turn, with what the store knows of people."""

from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, func, select

from siyu.app.fission.domains import links_off
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.ask import FRESH, Ask
from siyu.campaigns.fission.plan import FissionPlan, plan_of
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, us_of
from siyu.loyalty.ledger import budget
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.acquire import promise
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.people import identifier

_log: Any = structlog.get_logger(__name__)


def asks(workspace: Workspace) -> list[Ask]:
    """Return a play for each campaign that may ask now; ``why_not`` says of the others why they do not."""
    now, currency = workspace.clock.now_us(), workspace.settings.brand.currency
    with workspace.database.read() as connection:
        plans = [plan for plan in _readable(connection) if not why_not(connection, plan, now_us=now, currency=currency)]
        if not plans:
            return []
        again = max(plan.control.ask_again_days for plan in plans) * DAY
        asked = _asked(connection, since_us=now - again)
        kept = _kept(connection, since_us=now - FRESH)
    return [Ask(plan, kept_at_us=kept, asked_at_us=asked) for plan in plans]


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
    off = links_off(connection, [plan.communication.link] if plan.communication.link else [])
    return next(iter(off.values()), "")


def _readable(connection: Connection) -> list[FissionPlan]:
    """Return the plans that are kept; one that can no longer be read asks nobody and stops nothing else."""
    rewards, found = SqlRewards(connection), []
    for name in rewards.campaigns():
        try:
            found.append(plan_of(rewards.plan_of(name) or {}))
        except BadInputError as error:
            _log.warning("a campaign's plan cannot be read", campaign=name, reason=str(error))
    return found


def _asked(connection: Connection, *, since_us: int) -> dict[int, int]:
    """Return when each person was last asked by any campaign, as people are known now."""
    query = (
        select(identifier.c.person_id, func.max(proposal.c.proposed_at_us))
        .join(identifier, identifier.c.identifier_id == proposal.c.identifier_id)
        .where(proposal.c.play.startswith("fission "), proposal.c.proposed_at_us > since_us)
        .group_by(identifier.c.person_id)
    )
    return {int(person): int(at) for person, at in connection.execute(query)}


def _kept(connection: Connection, *, since_us: int) -> dict[int, int]:
    """Return when a promise to each person was last kept."""
    query = (
        select(identifier.c.person_id, func.max(promise.c.kept_at_us))
        .join(identifier, identifier.c.identifier_id == promise.c.identifier_id)
        .where(promise.c.kept_at_us > since_us)
        .group_by(identifier.c.person_id)
    )
    return {int(person): int(at) for person, at in connection.execute(query)}
