"""What the demo found: numbers of the shop, what was sent and what was not and why, and what each play brought."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from siyu.app.campaigns.effects import Effect, effects
from siyu.app.demo.grocer import CURRENCY
from siyu.app.lake import measure
from siyu.app.simulate.demo import MarketReport
from siyu.app.workspace import Workspace
from siyu.measurement.tally import Tally
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.schema.campaigns import proposal
from siyu.touchpoints.kind import TouchKind

A_A_CHECK = (
    "This is an A/A check. The purchases are history, so no message could change them: every true effect is zero, and "
    "an honest measurement must find intervals that cover zero. A market whose people do respond is `siyu simulate`."
)


@dataclass(frozen=True, slots=True)
class Report:
    """The demo's one document.

    Attributes:
        sales_minor: Paid, in minor units of ``currency``.
        redemptions: Coupons used.
        held: How often the guard said "not now", by rule.
        denied: Proposals that were denied, by rule.
        waiting: Proposals that were due or held when the replay ended.
        says: How to read the plays.
        market: The same loop on a simulated market whose people do respond; None in the quick look.
    """

    people: int
    orders: int
    sales_minor: int
    currency: str
    redemptions: int
    proposals: int
    sent: int
    held: dict[str, int]
    denied: dict[str, int]
    waiting: int
    outbox: dict[str, int]
    plays: list[Effect]
    says: str
    market: MarketReport | None
    seconds: float


def report(workspace: Workspace, *, held: Mapping[str, int], seconds: float) -> Report:
    """Gather the report from what is in the workspace and what the guard held on the way."""
    tally = measure(workspace, Tally())
    with workspace.database.read() as connection:
        outbox = SqlOutbox(connection).counts()
        by_rule = _by_rule(connection)
        people = SqlIdentityStore(connection).people()
    return Report(
        people=people,
        orders=tally.touches[TouchKind.ORDER_PAID],
        sales_minor=tally.value_minor[TouchKind.ORDER_PAID],
        currency=CURRENCY,
        redemptions=tally.touches[TouchKind.COUPON_USED],
        proposals=sum(by_rule.values()),
        sent=outbox.get("sent", 0),
        held=dict(held),
        denied={rule: count for (state, rule), count in by_rule.items() if state == "denied"},
        waiting=sum(count for (state, _), count in by_rule.items() if state in {"waiting", "held"}),
        outbox=outbox,
        plays=effects(workspace),
        says=A_A_CHECK,
        market=None,
        seconds=round(seconds, 1),
    )


def _by_rule(connection: Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        select(proposal.c.state, proposal.c.rule, func.count()).group_by(proposal.c.state, proposal.c.rule)
    )
    return {(state, rule): count for state, rule, count in rows}
