"""Newcomers (新客): what became of each person since their first touch, one row each, in one pass.

Several metrics ask the same of everybody: where they came from, when a relation began, when they first bought, whether
they were there again, what they paid in a short and in a long time. They share this pass and differ in what they add
up.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from siyu.kernel.arrays import Bool, Float64, Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.metric import KINDS, Options
from siyu.measurement.own import OWN
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_OWN, _PAID, _REFUND, _JOINS, _INVITED, _REFERS = 1, 2, 4, 8, 16, 32
#: A relation begins: the brand may reach the person again.
JOINS: Final = (TouchKind.CONTACT_ADDED, TouchKind.FOLLOW, TouchKind.MEMBER_JOINED, TouchKind.GROUP_JOINED)
NEVER: Final = -1


@dataclass(frozen=True, slots=True)
class Newcomers:
    """One row per person; moments in microseconds since 1970 UTC, ``NEVER`` (-1) for what did not happen.

    Attributes:
        first_at: First touch.
        source: Code of the first touch that has a source; the last code of the bucket stands for none.
        joined_at, ordered_at, again_at: First relation, first paid order, first paid order at a later moment.
        invited_at, referred_at: First time invited with success, first invitation of somebody else.
        kept: 1 if they did something by themselves in the span of keeping.
        short_minor, long_minor: Paid less refunded within the short and the long time since ``first_at``.
        short_orders, long_orders: Paid orders within them; ``long_squares`` is the sum of squares of the latter.
        first_order_minor: Paid by the first order.
    Shape: (people,) each.
    """

    person: Int64
    first_at: Int64
    source: Int64
    joined_at: Int64
    ordered_at: Int64
    again_at: Int64
    invited_at: Int64
    referred_at: Int64
    kept: Int64
    short_minor: Int64
    long_minor: Int64
    short_orders: Int64
    long_orders: Int64
    first_order_minor: Int64
    long_squares: Float64


def _usual_roles() -> Int8:
    return roles_of()


@dataclass(frozen=True, slots=True)
class Watch:
    """How long newcomers are looked at, and which kinds count as what.

    Attributes:
        short_us, long_us: The short and the long time since the first touch.
        keep: From and to since the first touch: who is there then has stayed.
        until_us: Up to when the data is complete.
        roles: By kind: bits of own, paid, refund, joins, invited, refers.
    """

    short_us: int = 7 * DAY
    long_us: int = 90 * DAY
    keep: tuple[int, int] = (30 * DAY, 60 * DAY)
    until_us: int = LATEST_US
    roles: Int8 = field(default_factory=_usual_roles)

    @property
    def over_us(self) -> int:
        """How long after the first touch everything is known about a person."""
        return max(self.short_us, self.long_us, self.keep[1])

    def over(self, people: Newcomers) -> Bool:
        """Say for whom the time is over; the others are immature."""
        return np.asarray(people.first_at + self.over_us <= self.until_us)

    def of(self, timeline: Timeline, by: str = "") -> tuple[Newcomers, list[str]]:
        """Watch the people of one bucket; also return the names of their sources, the last one empty."""
        if by:
            text = timeline.text[by]
            names, codes = [*text.names, ""], text.codes
        else:
            names, codes = [""], np.zeros(len(timeline), np.int32)
        blank = np.array([not name for name in names])
        rows = newcomers(
            timeline.person, timeline.at, timeline.kind, timeline.value, codes, blank, self.roles,
            self.short_us, self.long_us, self.keep[0], self.keep[1],
        )  # fmt: skip
        return Newcomers(*rows), names


def roles_of(options: Options | None = None) -> Int8:
    """Return what each kind counts as; options ``own``, ``paid`` and ``joins`` may choose other kinds."""
    options = options or Options()
    roles = np.zeros(KINDS, np.int8)
    for bit, name, usual in (
        (_OWN, "own", OWN), (_PAID, "paid", (TouchKind.ORDER_PAID,)), (_JOINS, "joins", JOINS),
    ):  # fmt: skip
        chosen = options.names(name)
        for kind in [options.kind(slug, name) for slug in chosen] if chosen else usual:
            roles[kind] |= bit
    for bit, kind in (
        (_REFUND, TouchKind.ORDER_REFUNDED), (_INVITED, TouchKind.INVITE_ACCEPTED), (_REFERS, TouchKind.INVITE),
    ):  # fmt: skip
        if not roles[kind] & _PAID:
            roles[kind] |= bit
    return roles


def watch_of(options: Options, *, short: float = 7, long: float = 90) -> Watch:
    """Read ``--short``, ``--long`` and ``--keep`` (days) and the kinds from options."""
    keep = options.number("keep", 30, least=1)
    return Watch(
        int(options.number("short", short, least=0.01) * DAY),
        int(options.number("long", long, least=0.01) * DAY),
        (int(keep * DAY), int(2 * keep * DAY)),
        options.until_us or LATEST_US,
        roles_of(options),
    )


_Rows = tuple[
    Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64, Float64
]  # fmt: skip


@compiled
def newcomers(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, code: Int32, blank: Bool, roles: Int8,
    short: int, long: int, keep_from: int, keep_to: int,
) -> _Rows:  # fmt: skip
    """Walk once over touches sorted by person and time; fields as in ``Newcomers``.

    Args:
        blank: By code: whether it names no source; the last code stands for none.
        roles: By kind: bits.
        short, long, keep_from, keep_to: Since the first touch, microseconds.
    """
    people = 0
    for i in range(person.size):
        if i == 0 or person[i] != person[i - 1]:
            people += 1
    out, squared = np.zeros((14, people), np.int64), np.zeros(people)
    i, p, rows, none = 0, 0, person.size, blank.size - 1
    while i < rows:
        who, first = person[i], at[i]
        source, joined, ordered, again, invited, referred = none, -1, -1, -1, -1, -1
        kept, short_minor, long_minor, short_orders, long_orders, squares, first_minor = 0, 0, 0, 0, 0, 0.0, 0
        while i < rows and person[i] == who:
            role, since = roles[kind[i]], at[i] - first
            if source == none and not blank[code[i]]:
                source = code[i]
            if role & 1 and keep_from <= since < keep_to:
                kept = 1
            if role & 2:
                if ordered < 0:
                    ordered, first_minor = at[i], value[i]
                elif again < 0 and at[i] > ordered:
                    again = at[i]
                if since < short:
                    short_minor += value[i]
                    short_orders += 1
                if since < long:
                    long_minor += value[i]
                    long_orders += 1
                    squares += float(value[i]) * float(value[i])
            elif role & 4:
                if since < short:
                    short_minor -= abs(value[i])
                if since < long:
                    long_minor -= abs(value[i])
            if role & 8 and joined < 0:
                joined = at[i]
            if role & 16 and invited < 0:
                invited = at[i]
            if role & 32 and referred < 0:
                referred = at[i]
            i += 1
        out[0, p], out[1, p], out[2, p] = who, first, source
        out[3, p], out[4, p], out[5, p], out[6, p], out[7, p] = joined, ordered, again, invited, referred
        out[8, p], out[9, p], out[10, p], out[11, p], out[12, p] = (
            kept,
            short_minor,
            long_minor,
            short_orders,
            long_orders,
        )
        out[13, p], squared[p] = first_minor, squares
        p += 1
    return (
        out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7], out[8], out[9], out[10], out[11], out[12],
        out[13], squared,
    )  # fmt: skip


def summed(names: list[str], source: Int64, columns: Float64) -> dict[str, Float64]:
    """Add columns up by source, names with people only; whole numbers stay exact up to 2**53.

    Args:
        source: Position in ``names`` of each person.
        columns: (columns, people); the first should count people.
    """
    sums = np.zeros((len(names), columns.shape[0]))
    np.add.at(sums, source, columns.T)
    found: dict[str, Float64] = {}
    for name, row in zip(names, sums, strict=True):
        if row[0]:
            found[name] = found[name] + row if name in found else row
    return found


def joined_sums(parts: list[dict[str, Float64]]) -> dict[str, Float64]:
    """Add buckets up by name, in alphabetical order."""
    found: dict[str, Float64] = {}
    for part in parts:
        for name, row in part.items():
            found[name] = found[name] + row if name in found else row
    return dict(sorted(found.items()))
