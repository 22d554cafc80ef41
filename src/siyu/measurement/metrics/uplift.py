"""Retention uplift (留存增量): how much more often treated people stay, buy again and spend than held-out people.

Definition: for every window [from, to) of days since a person was drawn: the share of treated people seen in it minus
    the share of held-out people; the same for buying within the longest window, and mean money per person. Everybody
    who was drawn counts, seen or not; people for whom the window is not over are left out of both arms (immature).
Units: differences of shares in [-1, 1] with Newcombe's interval; money in minor units per person with Welch's.
Source: randomised holdout; Newcombe (1998), see ``interval.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.arms import Arms
from siyu.measurement.interval import Estimate, Sums, difference_of_means, difference_of_shares, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.own import OWN
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

DEFAULT_WINDOWS: Final = ((1, 2), (7, 8), (30, 31), (0, 30))
_LEAKED: Final = 1e-3


@dataclass(frozen=True, slots=True)
class WindowUplift:
    """One window.

    Attributes:
        treated, holdout: People for whom it is over.
        treated_kept, holdout_kept: Of them, seen in it.
        uplift: The difference; ``None`` if an arm has nobody.
        treated_bought, holdout_bought, bought_uplift: The same for paid orders.
        money_uplift_minor: Difference of paid minor units per person, refunds taken off.
    """

    from_day: int
    to_day: int
    treated: int
    holdout: int
    treated_kept: int
    holdout_kept: int
    treated_rate: Estimate | None
    holdout_rate: Estimate | None
    uplift: Estimate | None
    treated_bought: int
    holdout_bought: int
    bought_uplift: Estimate | None
    money_uplift_minor: Estimate | None


@dataclass(frozen=True, slots=True)
class UpliftResult:
    """Every window, and what is wrong with the experiment, in words."""

    treated: int
    holdout: int
    windows: Sequence[WindowUplift]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Uplift:
    """The measure.

    Attributes:
        arms: Who was drawn, into what, when.
        seen, paid: Tables by kind: 1 if it counts as being there, and as an order; refunds take value off by sign.
        planned_share: The share of treated people that was meant; checked against what came out.
    """

    arms: Arms
    seen: Int8
    paid: Int8
    windows: tuple[tuple[int, int], ...] = DEFAULT_WINDOWS
    until_us: int = LATEST_US
    planned_share: float | None = None

    def __post_init__(self) -> None:
        if not self.windows or any(not 0 <= start < end <= 3660 for start, end in self.windows):
            raise BadInputError(
                f"{self.windows} are no windows of days", where="--windows", mend="such as 1-2,7-8,0-30"
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> tuple[Int64, Float64]:
        """Measure one bucket: sums (arms, windows, 3) of kept, bought, money; squares of money (arms, windows)."""
        windows = np.array(self.windows, np.int64) * DAY
        arms = self.arms
        sums, squares = uplift_sums(
            timeline.person, timeline.at, timeline.kind, timeline.value,
            arms.person, arms.treated, arms.assigned_at, self.seen, self.paid, windows, self.until_us,
        )  # fmt: skip
        return sums, squares

    def combine(self, parts: Iterable[tuple[Int64, Float64]]) -> UpliftResult:
        """Add the buckets up."""
        sums, squares = np.zeros((2, len(self.windows), 3), np.int64), np.zeros((2, len(self.windows)))
        for part_sums, part_squares in parts:
            sums, squares = sums + part_sums, squares + part_squares
        windows = []
        for place, (start, end) in enumerate(self.windows):
            over = self.arms.assigned_at + end * DAY <= self.until_us
            treated = int((over & (self.arms.treated == 1)).sum())
            holdout = int((over & (self.arms.treated == 0)).sum())
            (base_kept, base_bought, base_money), (kept, bought, money) = sums[:, place].tolist()
            windows.append(
                WindowUplift(
                    start, end, treated, holdout, kept, base_kept,
                    share(kept, treated), share(base_kept, holdout),
                    difference_of_shares(kept, treated, base_kept, holdout),
                    bought, base_bought, difference_of_shares(bought, treated, base_bought, holdout),
                    difference_of_means(
                        Sums(treated, money, squares[1, place]), Sums(holdout, base_money, squares[0, place])
                    ),
                )
            )  # fmt: skip
        treated = int((self.arms.treated == 1).sum())
        holdout = self.arms.treated.size - treated
        return UpliftResult(treated, holdout, windows, self._warnings(treated, holdout, windows))

    def _warnings(self, treated: int, holdout: int, windows: Sequence[WindowUplift]) -> Sequence[str]:
        said = []
        if not holdout:
            said.append("nobody is held out: nothing can be said about what it brought")
        if not treated:
            said.append("nobody is treated")
        if self.planned_share is not None and treated + holdout:
            chance = sample_ratio_p(treated, holdout, self.planned_share)
            if chance < _LEAKED:
                said.append(
                    f"{treated} treated to {holdout} held out is not the planned {self.planned_share:.0%}"
                    f" (p = {chance:.1e}): the holdout may have leaked"
                )
        said += [
            f"days {one.from_day} to {one.to_day} are not over for anybody of an arm"
            for one in windows
            if (treated and not one.treated) or (holdout and not one.holdout)
        ]
        return said


def sample_ratio_p(treated: int, holdout: int, planned: float) -> float:
    """Return how likely a split at least this far from the planned share of treated is, two-sided (normal)."""
    size = treated + holdout
    error = sqrt(size * planned * (1 - planned))
    if not error:
        return 1.0 if treated == size * planned else 0.0
    return 2 * NormalDist().cdf(-abs(treated - size * planned) / error)


@compiled
def uplift_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64,
    drawn: Int64, treated: Int8, assigned_at: Int64, seen: Int8, paid: Int8, windows: Int64, until: int,
) -> tuple[Int64, Float64]:  # fmt: skip
    """Add up who was seen, who bought and what they paid in each window since they were drawn.

    Args:
        person, at, kind, value: One row per touch, sorted by person and time.
        drawn, treated, assigned_at: One row per drawn person, ascending.
        seen, paid: By kind: 1 if it counts.
        windows: From and to since the draw, microseconds, (windows, 2).
    Shape: returns (2, windows, 3): held out and treated; kept, bought, money; and squares of money (2, windows).
    """
    many = windows.shape[0]
    sums = np.zeros((2, many, 3), np.int64)
    squares = np.zeros((2, many))
    kept, bought, money = np.zeros(many, np.int64), np.zeros(many, np.int64), np.zeros(many, np.int64)
    i, rows = 0, person.size
    while i < rows:
        who = person[i]
        place = np.searchsorted(drawn, who)
        if place == drawn.size or drawn[place] != who:
            while i < rows and person[i] == who:
                i += 1
            continue
        kept[:], bought[:], money[:] = 0, 0, 0
        while i < rows and person[i] == who:
            since = at[i] - assigned_at[place]
            if since >= 0:
                for w in range(many):
                    if windows[w, 0] <= since < windows[w, 1]:
                        kept[w] |= seen[kind[i]]
                        if paid[kind[i]]:
                            bought[w] |= value[i] >= 0
                            money[w] += value[i]
            i += 1
        for w in range(many):
            if assigned_at[place] + windows[w, 1] <= until:
                sums[treated[place], w, 0] += kept[w]
                sums[treated[place], w, 1] += bought[w]
                sums[treated[place], w, 2] += money[w]
                squares[treated[place], w] += float(money[w]) * float(money[w])
    return sums, squares


def build(options: Options) -> Uplift:
    """Build it from options; the app looks the arms up."""
    windows = []
    for text in options.names("windows", "1-2,7-8,30-31,0-30"):
        start, _, end = text.partition("-")
        if not (start.isdigit() and end.isdigit()):
            raise BadInputError(f"{text!r} is no window", where="--windows", mend="write FROM-TO in days: 0-30")
        windows.append((int(start), int(end)))
    planned = options.text("planned")
    return Uplift(
        options.extra["arms"],
        options.kind_set("seen", OWN),
        options.kind_set("paid", (TouchKind.ORDER_PAID, TouchKind.ORDER_REFUNDED)),
        tuple(windows),
        options.until_us or LATEST_US,
        options.number("planned", 0.0) if planned else None,
    )


CARD = Card(
    name="uplift",
    chinese="留存增量",
    says="How much more often treated people stay, buy and spend than held-out people, by play.",
    options=(
        Option("play", "the play whose holdout is compared"),
        Option("windows", "days since the draw, FROM-TO (without TO), with commas", "1-2,7-8,30-31,0-30"),
        Option("seen", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds whose value counts", "order_paid,order_refunded"),
        Option("planned", "the planned share of treated people, to check the draw"),
    ),
    build=build,
    needs=("arms",),
)
