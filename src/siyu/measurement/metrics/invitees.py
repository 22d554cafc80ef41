"""Invitees (受邀者): what a person who came by invitation, and one who stayed, cost in rewards.

Definition: an invitee is a person with an accepted invitation; cost is the value of all rewards handed out (touches of
    kind ``reward``), plus ``--cost``. Kept: did something by themselves in days ``keep`` to twice ``keep`` after the
    invitation was accepted; people for whom that is not over are left out of the share, and their part of the cost with
    them (cost x observed / invitees), for a reward is not written to an invitee. Bought: a paid order within
    ``long`` days.
Units: people; minor units per person, interval from Wilson's interval of the share kept.
Source: plain arithmetic.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.interval import Estimate, cost_per, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.own import OWN
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class InviteesResult:
    """Invitees and their cost; ``None`` where there is nobody.

    Attributes:
        observed: Invitees for whom the span of keeping is over.
        cost_per_invitee_minor, cost_per_retained_minor: ``None`` without a known cost too: no reward is not free.
    """

    invitees: int
    observed: int
    retained: int
    retained_rate: Estimate | None
    bought: int
    bought_rate: Estimate | None
    rewards: int
    cost_minor: int
    cost_per_invitee_minor: float | None
    cost_per_retained_minor: Estimate | None
    money_minor: int


@dataclass(frozen=True, slots=True)
class Invitees:
    """The measure; its parts are sums (8,)."""

    own: Int8
    paid: Int8
    keep_us: int = 30 * DAY
    long_us: int = 30 * DAY
    more_cost_minor: int = 0
    until_us: int = LATEST_US
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> Int64:
        """Measure one bucket."""
        return invitee_sums(
            timeline.person, timeline.at, timeline.kind, timeline.value, self.own, self.paid,
            self.keep_us, self.long_us, self.until_us,
        )  # fmt: skip

    def combine(self, parts: Iterable[Int64]) -> InviteesResult:
        """Add the buckets up."""
        invitees, observed, kept, over, bought, money, rewards, cost = (
            int(one) for one in sum(parts, np.zeros(8, np.int64))
        )
        cost += self.more_cost_minor
        known = cost > 0 and invitees > 0
        return InviteesResult(
            invitees, observed, kept, share(kept, observed), bought, share(bought, over), rewards, cost,
            cost / invitees if known else None, cost_per(cost * observed / invitees, kept, observed) if known else None,
            money,
        )  # fmt: skip


@compiled
def invitee_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, own: Int8, paid: Int8, keep: int, long: int, until: int
) -> Int64:
    """Add up invitees: all, observed, kept, with orders observed, bought, their money; rewards and their value.

    Args:
        own, paid: By kind: 1 if it is a sign of staying, a paid order.
        keep, long: Microseconds after the invitation was accepted.
    """
    sums = np.zeros(8, np.int64)
    i, rows = 0, person.size
    while i < rows:
        who, since, kept, bought, money = person[i], np.int64(-1), 0, 0, 0
        while i < rows and person[i] == who:
            if kind[i] == _REWARD:
                sums[6] += 1
                sums[7] += abs(value[i])
            if since < 0 and kind[i] == _INVITED:
                since = at[i]
            elif since >= 0:
                if own[kind[i]] and keep <= at[i] - since < 2 * keep:
                    kept = 1
                if paid[kind[i]] and at[i] - since < long:
                    bought = 1
                    money += value[i]
            i += 1
        if since >= 0:
            sums[0] += 1
            if since + 2 * keep <= until:
                sums[1] += 1
                sums[2] += kept
            if since + long <= until:
                sums[3] += 1
                sums[4] += bought
                sums[5] += money
    return sums


_INVITED: Final = int(TouchKind.INVITE_ACCEPTED)
_REWARD: Final = int(TouchKind.REWARD)


def build(options: Options) -> Invitees:
    """Build it from options."""
    return Invitees(
        options.kind_set("own", OWN),
        options.kind_set("paid", (TouchKind.ORDER_PAID,)),
        int(options.number("keep", 30, least=0.01) * DAY),
        int(options.number("long", 30, least=0.01) * DAY),
        round(options.number("cost", 0) * 100),
        options.until_us or LATEST_US,
    )


CARD = Card(
    name="invitees",
    chinese="受邀留存成本",
    says="What a person who came by invitation, and one who stayed, cost in rewards.",
    options=(
        Option("cost", "what invitations cost beside rewards, whole units", "0"),
        Option("keep", "kept: there by themselves from this day to twice as many", "30"),
        Option("long", "days in which orders count", "30"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
