"""Private against public (私域与公域转化): do people whom we may reach again buy more often than those we may not?

Definition: a landmark ``short`` days after a person's first touch. Private: a relation (contact added, follow, member,
    group) began by then. People who had bought by then are left out of both sides, as is everybody whose ``long`` days
    are not over. Conversion: a first paid order after the landmark and within ``long`` days of the first touch; money:
    paid less refunded in that time. Without the landmark, buyers who join afterwards would count for the private side.
Units: people; shares with Wilson's interval, their difference with Newcombe's; minor units per person with Welch's.
Source: landmark analysis, Anderson, Cain and Gelber (1983). Association: people choose to join; a holdout says more.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.errors import BadInputError
from siyu.measurement.interval import Estimate, Sums, difference_of_means, difference_of_shares, mean, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.newcomers import NEVER, Watch, watch_of
from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Side:
    """One side: people at the landmark, and what they did then."""

    people: int
    bought: int
    conversion: Estimate | None
    money_minor: Estimate | None
    kept: Estimate | None


@dataclass(frozen=True, slots=True)
class PrivatePublicResult:
    """Both sides and how far they lie apart.

    Attributes:
        immature, bought_before: People left out, and why.
    """

    private: Side
    public: Side
    difference: Estimate | None
    money_difference_minor: Estimate | None
    immature: int
    bought_before: int
    note: str = "people chose to join: this is no proof that joining made them buy; a holdout is"


@dataclass(frozen=True, slots=True)
class PrivatePublic:
    """The measure; its parts are sums (2, 5) of public and private, and people left out (2,)."""

    watch: Watch
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> tuple[Float64, Int64]:
        """Measure one bucket."""
        people, _ = self.watch.of(timeline)
        over = self.watch.over(people)
        landmark, end = people.first_at + self.watch.short_us, people.first_at + self.watch.long_us
        before = (people.ordered_at != NEVER) & (people.ordered_at < landmark)
        used = over & ~before
        side = ((people.joined_at != NEVER) & (people.joined_at < landmark)).astype(np.int64)
        bought = (people.ordered_at >= landmark) & (people.ordered_at < end)
        money = people.long_minor - people.short_minor
        columns = np.stack(
            [np.ones(side.size), bought.astype(np.int64), money, money.astype(np.float64) ** 2, people.kept]
        )
        sums = np.zeros((2, 5))
        np.add.at(sums, side[used], columns[:, used].T)
        return sums, np.array([(~over).sum(), (over & before).sum()], np.int64)

    def combine(self, parts: Iterable[tuple[Float64, Int64]]) -> PrivatePublicResult:
        """Add the buckets up."""
        sums, out = np.zeros((2, 5)), np.zeros(2, np.int64)
        for part, left_out in parts:
            sums, out = sums + part, out + left_out
        public, private = (_side(row) for row in sums)
        money = [Sums(int(row[0]), int(row[2]), float(row[3])) for row in sums]
        return PrivatePublicResult(
            private, public, difference_of_shares(private.bought, private.people, public.bought, public.people),
            difference_of_means(money[1], money[0]), int(out[0]), int(out[1]),
        )  # fmt: skip


def _side(sums: Float64) -> Side:
    people, bought, money, squares, kept = (int(one) for one in sums)
    return Side(people, bought, share(bought, people), mean(Sums(people, money, float(squares))), share(kept, people))


def build(options: Options) -> PrivatePublic:
    """Build it from options."""
    watch = watch_of(options, long=30)
    if watch.long_us <= watch.short_us:
        raise BadInputError("the follow-up ends before it begins", where="--long", mend="more days than --short")
    return PrivatePublic(watch)


CARD = Card(
    name="private-public",
    chinese="私域与公域转化",
    says="Do people whom we may reach again buy more often than those we may not: both sides from one landmark.",
    options=(
        Option("short", "the landmark, days after the first touch", "7"),
        Option("long", "orders count up to so many days after the first touch", "30"),
        Option("keep", "kept: there by themselves from this day to twice as many", "30"),
        Option("joins", "kinds by which a relation begins", "contact_added,follow,member_joined,group_joined"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
