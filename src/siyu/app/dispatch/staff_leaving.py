"""A staff member leaves: nothing more goes out in their name, and their customers get new guides the official way."""

from collections import Counter
from dataclasses import dataclass
from heapq import heapify, heapreplace

from sqlalchemy import func, select

from siyu.app.channels.senders import Senders
from siyu.app.dispatch.staff_tasks import take_back_from
from siyu.app.workspace import Workspace
from siyu.dispatch.ports import Successor
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.people import relation
from siyu.stores.sql.vault_rows import SqlVault


@dataclass(frozen=True, slots=True)
class Leaving:
    """What was begun.

    Attributes:
        customers: Standing relations of who leaves; ``given``: how many go to whom.
        refused: How many the platform does not hand over, by its code.
        cancelled: Messages in their name that had not gone out; ``taken_back``: those that waited for their word.
    """

    staff: str
    customers: int
    given: dict[str, int]
    refused: dict[str, int]
    cancelled: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class Moving:
    """How far a hand-over is, as the platform says: customers by ``done``, ``waiting``, ``refused`` and the like."""

    staff: str
    to: dict[str, dict[str, int]]


def moving(senders: Senders, staff: str, *, channel: str, account: str, takers: list[str], left: bool) -> Moving:
    """Ask the platform how far the hand-over to each taker is.

    Raises:
        BadInputError: the platform hands nothing over by itself.
        ConfigError, PermanentError, RetryLaterError: as the platform answers.
    """
    sender = _successor(senders, channel, account)
    return Moving(
        staff,
        {
            taker: dict(Counter(sender.handed_over(giver=staff, taker=taker, left=left).values()))
            for taker in dict.fromkeys(takers)
        },
    )


def leave(
    workspace: Workspace, senders: Senders, staff: str, *, channel: str, account: str, takers: list[str], left: bool
) -> Leaving:
    """Stop what would go out in somebody's name, and hand their customers to those with the fewest of their own.

    It may be said again: the platform counts a customer who is on the way already as such. The relations change when
    the platform says so, a day later on WeCom.

    Args:
        left: The platform knows already that they left; else they still work.

    Raises:
        BadInputError: nobody to take over, or the platform hands nothing over by itself.
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as the platform answers.
    """
    wanted = [one for one in dict.fromkeys(takers) if one and one != staff]
    if not wanted:
        raise BadInputError("say who takes over", mend="--to NAME, once for each")
    sender = _successor(senders, channel, account)
    now_us = workspace.clock.now_us()
    held = (relation.c.channel == channel, relation.c.account == account, relation.c.until_us.is_(None))
    with workspace.database.write() as connection:
        SqlPauses(connection).put(f"staff:{staff}", reason="leaves; customers are handed over", now_us=now_us)
        cancelled = SqlOutbox(connection).cancel(
            channel=channel, staff=staff, reason=f"{staff} leaves the company", now_us=now_us
        )
        keys = list(
            connection.execute(
                select(relation.c.identifier_id).where(*held, relation.c.staff == staff).order_by("identifier_id")
            ).scalars()
        )
        own = dict.fromkeys(wanted, 0)
        counts = select(relation.c.staff, func.count()).where(*held, relation.c.staff.in_(wanted))
        own |= dict(connection.execute(counts.group_by(relation.c.staff)).all())
        names = SqlVault(connection, workspace.vault).identifiers(keys)
    taken_back = take_back_from(workspace, senders, staff, channel=channel, account=account)
    shares = _shared([names[key] for key in keys if key in names], own)
    given, refused = dict.fromkeys(wanted, 0), dict[str, int]()
    for taker, customers in shares.items():
        for code in sender.hand_over(customers, giver=staff, taker=taker, left=left).values():
            if code:
                refused[code] = refused.get(code, 0) + 1
            else:
                given[taker] += 1
    return Leaving(staff, len(keys), given, refused, cancelled, taken_back)


def _successor(senders: Senders, channel: str, account: str) -> Successor:
    sender = senders.get((channel, account))
    if not isinstance(sender, Successor):
        raise BadInputError(f"{channel}/{account} is not connected, or hands no customers over")
    return sender


def _shared(customers: list[str], own: dict[str, int]) -> dict[str, list[str]]:
    """Give each customer to whoever has the fewest by then."""
    shares: dict[str, list[str]] = {taker: [] for taker in own}
    queue = [(count, taker) for taker, count in own.items()]
    heapify(queue)
    for customer in customers:
        count, taker = queue[0]
        shares[taker].append(customer)
        heapreplace(queue, (count + 1, taker))
    return {taker: part for taker, part in shares.items() if part}
