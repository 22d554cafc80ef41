"""Outcomes (实验结果): what each person who was drawn did before and after the draw, one row each.

Definition: of everybody who was drawn, seen or not: there by themselves on day 1, on day 7, at any time from day 1 to
    ``days`` (24-hour spans since the draw); paid orders, and money paid less refunded, within ``days`` after the draw
    and as long before. People for whom ``days`` are not over are not in the rows; ``immature`` counts them.
Units: counts; money in minor units.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.arms import Arms
from siyu.measurement.newcomers import roles_of
from siyu.measurement.timeline import Timeline


@dataclass(frozen=True, slots=True)
class OutcomeRows:
    """One row per drawn person whose time is over.

    Attributes:
        kept_d1, kept_d7, kept: 1 if they were there on day 1, on day 7, at any time from day 1 within ``days``.
        before_minor: Money in as many days before the draw, for CUPED.
    Shape: (people,) each.
    """

    person: Int64
    treated: Int8
    kept_d1: Int64
    kept_d7: Int64
    kept: Int64
    orders: Int64
    money_minor: Int64
    before_minor: Int64
    immature: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The measure."""

    arms: Arms
    days: int = 30
    until_us: int = LATEST_US
    roles: Int8 = field(default_factory=roles_of)
    columns: tuple[str, ...] = ("kind", "value")

    def of_bucket(self, timeline: Timeline) -> tuple[Int64, Int64]:
        """Measure the drawn people of one bucket: their places in the arms, and (6, people)."""
        place, rows = outcome_rows(
            timeline.person, timeline.at, timeline.kind, timeline.value, self.arms.person, self.arms.assigned_at,
            self.roles, self.days * DAY,
        )  # fmt: skip
        return place, rows

    def combine(self, parts: Iterable[tuple[Int64, Int64]]) -> OutcomeRows:
        """Add the buckets up; who was drawn and never seen did nothing."""
        rows = np.zeros((6, self.arms.person.size), np.int64)
        for place, part in parts:
            rows[:, place] = part
        over = self.arms.assigned_at + self.days * DAY <= self.until_us
        chosen = rows[:, over]
        d1, d7, kept, orders, money, before = chosen
        return OutcomeRows(
            self.arms.person[over], self.arms.treated[over], d1, d7, kept, orders, money, before, int((~over).sum())
        )


@compiled
def outcome_rows(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, drawn: Int64, assigned_at: Int64, roles: Int8, days: int
) -> tuple[Int64, Int64]:
    """Walk once over touches sorted by person and time.

    Args:
        drawn, assigned_at: Who was drawn, ascending, and when.
        roles: By kind, as in ``newcomers``.
    Shape: returns places in ``drawn`` (people,), and (6, people): kept on day 1, on day 7, at all, orders, money, money
        before.
    """
    places, rows = np.empty(drawn.size, np.int64), np.zeros((6, drawn.size), np.int64)
    i, p, size = 0, 0, person.size
    while i < size:
        who = person[i]
        place = np.searchsorted(drawn, who)
        mine = place < drawn.size and drawn[place] == who
        while i < size and person[i] == who:
            if mine:
                since, role = at[i] - assigned_at[place], roles[kind[i]]
                if role & 1 and DAY <= since < days:
                    rows[2, p] = 1
                    if since < 2 * DAY:
                        rows[0, p] = 1
                    if 7 * DAY <= since < 8 * DAY:
                        rows[1, p] = 1
                if role & 6:
                    worth = value[i] if role & 2 else -abs(value[i])
                    if 0 <= since < days:
                        rows[3, p] += (role & 2) >> 1
                        rows[4, p] += worth
                    elif -days <= since < 0:
                        rows[5, p] += worth
            i += 1
        if mine:
            places[p] = place
            p += 1
    return places[:p], rows[:, :p]
