"""The map (旅程图): where people came from and how far they came, as flows that can be drawn.

Definition: a person's source is the source code of their first touch that has one, else the channel of their first
    touch. Reached (a relation with us stands), talked (wrote to us), bought (a paid order), bought again (paid orders
    on two days or more) and referred (invited somebody) are facts of the person; flows join those that hold, in this
    order, so a buyer whom we cannot reach goes from contact to purchase directly and is seen to.
Units: people.
Source: the stages of ``people/stage.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.measurement.calendar import calendar, day_of
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

CONTACT: Final = "contact"
RETENTION: Final = "retention"
OPERATION: Final = "operation"
MONETISATION: Final = "monetisation"
REPEAT: Final = "repeat"
REFERRAL: Final = "referral"
#: Facts of a person as bits; a state is their sum.
_OWNED, _TALKED, _BOUGHT, _AGAIN, _REFERRED = 1, 2, 4, 8, 16
_STATES: Final = 32
_STEPS: Final = (
    (_OWNED, RETENTION), (_TALKED, OPERATION), (_BOUGHT, MONETISATION), (_AGAIN, REPEAT), (_REFERRED, REFERRAL),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flow:
    """People who went from one place of the map to another."""

    start: str
    end: str
    people: int


@dataclass(frozen=True, slots=True)
class JourneyMapResult:
    """The map.

    Attributes:
        people: Everybody with at least one touch.
        reached: People by place, ``contact`` to ``referral``.
        sources: (source, people), the largest first; what is beyond ``most`` is together under an empty name.
        flows: From sources to ``contact``, and on.
    """

    people: int
    reached: dict[str, int]
    sources: Sequence[tuple[str, int]]
    flows: Sequence[Flow]


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """The measure.

    Attributes:
        owned: Numbers of the people with a standing relation, ascending.
        most: Sources to show apart.
    """

    owned: Int64 = field(default_factory=lambda: np.empty(0, np.int64))
    zone: tzinfo = UTC
    most: int = 7
    columns: tuple[str, ...] = ("kind", "channel", "source_code")

    def of_bucket(self, timeline: Timeline) -> dict[str, Int64]:
        """Count the people of one bucket: source -> people by state."""
        channel, code = timeline.text["channel"], timeline.text["source_code"]
        empty = np.array([not name for name in code.names], np.int8)
        counts = people_by_state(
            timeline.person, timeline.at, timeline.kind, channel.codes, code.codes, empty,
            self.owned, calendar("day", self.zone).day_starts, len(channel.names), len(code.names),
        )  # fmt: skip
        names = [*channel.names, *code.names]
        found: dict[str, Int64] = {}
        for row in np.flatnonzero(counts.any(axis=1)):
            name = names[row]
            found[name] = found[name] + counts[row] if name in found else counts[row]
        return found

    def combine(self, parts: Iterable[dict[str, Int64]]) -> JourneyMapResult:
        """Add the buckets up and draw the flows."""
        sums: dict[str, Int64] = {}
        for part in parts:
            for name, counts in part.items():
                sums[name] = sums[name] + counts if name in sums else counts
        ranked = sorted(((name, int(counts.sum())) for name, counts in sums.items()), key=lambda one: (-one[1], one[0]))
        sources = ranked[: self.most]
        rest = sum(count for _, count in ranked[self.most :])
        if rest:
            sources.append(("", rest))
        total: Int64 = sum(sums.values(), np.zeros(_STATES, np.int64))
        people = int(total.sum())
        flows = [Flow(name, CONTACT, count) for name, count in sources]
        reached = {CONTACT: people, **{place: _with(total, bit) for bit, place in _STEPS}}
        between: dict[tuple[str, str], int] = {}
        for state, count in enumerate(total.tolist()):
            here = CONTACT
            for bit, place in _STEPS:
                if count and state & bit:
                    between[here, place] = between.get((here, place), 0) + count
                    here = place
        order = list(reached)
        flows += [
            Flow(start, end, count)
            for (start, end), count in sorted(
                between.items(), key=lambda one: (order.index(one[0][0]), order.index(one[0][1]))
            )
        ]
        return JourneyMapResult(people, reached, sources, flows)


def _with(total: Int64, bit: int) -> int:
    return int(total[[state for state in range(_STATES) if state & bit]].sum())


_MESSAGE_IN, _ORDER_PAID, _INVITE = int(TouchKind.MESSAGE_IN), int(TouchKind.ORDER_PAID), int(TouchKind.INVITE)


@compiled
def people_by_state(  # noqa: PLR0917  numba takes no keyword arguments
    person: Int64, at: Int64, kind: Int8, channel: Int32, code: Int32, code_is_empty: Int8,
    owned: Int64, day_starts: Int64, channels: int, codes: int,
) -> Int64:  # fmt: skip
    """Count people by source and state.

    Args:
        person, at, kind, channel, code: One row per touch, sorted by person and time; person 0 is nobody.
        code_is_empty: By source code: whether it is no code.
        owned: People with a standing relation, ascending.
    Shape: (touches,) each; returns (channels + codes, 32): sources are channels, then codes.
    """
    counts = np.zeros((channels + codes, 32), np.int64)
    i, size = 0, person.size
    while i < size:
        who, source, state, last_day = person[i], channel[i], 0, -1
        found = False
        while i < size and person[i] == who:
            if not found and not code_is_empty[code[i]]:
                source, found = channels + code[i], True
            if kind[i] == _MESSAGE_IN:
                state |= 2
            elif kind[i] == _INVITE:
                state |= 16
            elif kind[i] == _ORDER_PAID:
                if not state & 4:
                    state |= 4
                    last_day = day_of(at[i], day_starts)
                elif not state & 8 and day_of(at[i], day_starts) != last_day:
                    state |= 8
            i += 1
        place = np.searchsorted(owned, who)
        if place < owned.size and owned[place] == who:
            state |= 1
        if who != 0:
            counts[source, state] += 1
    return counts
