"""Conversation (双向率): whether people answer us and we answer them, how fast, and whether speed goes with orders.

Definition: two-way: both sides wrote within the period. Reply share: of our messages, those that the person answered
    within ``window`` before our next one. Response: from a person's message that waits for an answer to our next
    message; an answer later than ``window`` is none. Success by response time: of people whose first answered message
    waited so long, the share with a paid order within ``days`` after it (people for whom that is not over left out).
Units: people, messages, minutes; shares with Wilson's interval. Association only: fast answers are not drawn by lot.
Source: plain sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, HOUR, LATEST_US, MINUTE
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_NONE: Final = -1
#: Upper ends of the classes of response time; a last class holds the slower ones, one more those never answered.
_CLASSES: Final = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 24 * HOUR)
_CLASS_NAMES: Final = ("1 min", "5 min", "30 min", "2 h", "24 h", "slower", "never")


@dataclass(frozen=True, slots=True)
class ResponseClass:
    """People whose first message waited up to so long for our answer."""

    up_to: str
    people: int
    observed: int
    bought: int
    success: Estimate | None


@dataclass(frozen=True, slots=True)
class ConversationResult:
    """How talk goes.

    Attributes:
        spoken_to: People we wrote to; ``wrote``: who wrote to us; ``two_way``: both.
        response_minutes: Quantiles .1, .25, .5, .75, .9; ``None`` if nothing was answered.
    """

    spoken_to: int
    wrote: int
    two_way: int
    two_way_rate: Estimate | None
    sent: int
    answered: int
    reply_share: Estimate | None
    waited: int
    responded: int
    response_share: Estimate | None
    response_minutes: Sequence[float] | None
    by_response: Sequence[ResponseClass]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The measure; its parts are sums (7,), response times, and (classes, 3): people, observed, bought."""

    window_us: int = 2 * DAY
    success_us: int = 30 * DAY
    until_us: int = LATEST_US
    columns: tuple[str, ...] = ("kind",)

    def of_bucket(self, timeline: Timeline) -> tuple[Int64, Int64, Int64]:
        """Measure one bucket."""
        sums, waits, classes = conversation_sums(
            timeline.person, timeline.at, timeline.kind, self.window_us, self.success_us, self.until_us,
            np.array(_CLASSES, np.int64),
        )  # fmt: skip
        return sums, waits, classes

    def combine(self, parts: Iterable[tuple[Int64, Int64, Int64]]) -> ConversationResult:
        """Add the buckets up."""
        sums, classes = np.zeros(7, np.int64), np.zeros((len(_CLASS_NAMES), 3), np.int64)
        waits = [np.empty(0, np.int64)]
        for part_sums, part_waits, part_classes in parts:
            sums, classes = sums + part_sums, classes + part_classes
            waits.append(part_waits)
        spoken, wrote, both, sent, answered, waited, responded = (int(one) for one in sums)
        times = np.concatenate(waits)
        quantiles = (np.quantile(times, [0.1, 0.25, 0.5, 0.75, 0.9]) / MINUTE).tolist() if times.size else None
        return ConversationResult(
            spoken, wrote, both, share(both, spoken), sent, answered, share(answered, sent),
            waited, responded, share(responded, waited), quantiles,
            [
                ResponseClass(name, people, observed, bought, share(bought, observed))
                for name, (people, observed, bought) in zip(_CLASS_NAMES, classes.tolist(), strict=True)
            ],
        )  # fmt: skip


@compiled
def conversation_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, window: int, success: int, until: int, classes: Int64
) -> tuple[Int64, Int64, Int64]:
    """Add up messages, answers and what followed.

    Args:
        window: Longest time to an answer; ``success``: to an order; microseconds.
        classes: Upper ends of the classes of response time, ascending.
    Shape: (touches,) each; returns (7,), (answers,), (classes + 2, 3).
    """
    sums = np.zeros(7, np.int64)
    waits = np.empty(person.size, np.int64)
    table = np.zeros((classes.size + 2, 3), np.int64)
    answers = 0
    i, rows = 0, person.size
    while i < rows:
        who = person[i]
        begin = i
        ours, theirs = 0, 0
        last_out, last_in, first_in, first_wait = _NONE, _NONE, _NONE, _NONE
        while i < rows and person[i] == who:
            if kind[i] == _MESSAGE_OUT:
                ours += 1
                last_out = at[i]
                if last_in != _NONE:
                    wait = at[i] - last_in
                    if wait <= window:
                        waits[answers] = wait
                        answers += 1
                        sums[6] += 1
                        if first_wait == _NONE and last_in == first_in:
                            first_wait = wait
                    last_in = _NONE
            elif kind[i] == _MESSAGE_IN:
                theirs += 1
                if last_out != _NONE and at[i] - last_out <= window:
                    sums[4] += 1
                last_out = _NONE
                if last_in == _NONE:
                    last_in = at[i]
                    sums[5] += 1
                    if first_in == _NONE:
                        first_in = at[i]
            i += 1
        sums[0] += ours > 0
        sums[1] += theirs > 0
        sums[2] += ours > 0 and theirs > 0
        sums[3] += ours
        if first_in != _NONE:
            row = classes.size + 1
            if first_wait != _NONE:
                row = 0
                while row < classes.size and first_wait > classes[row]:
                    row += 1
            table[row, 0] += 1
            if first_in + success <= until:
                table[row, 1] += 1
                for j in range(begin, i):
                    if kind[j] == _ORDER_PAID and first_in <= at[j] < first_in + success:
                        table[row, 2] += 1
                        break
    return sums, waits[:answers], table


_MESSAGE_IN: Final = int(TouchKind.MESSAGE_IN)
_MESSAGE_OUT: Final = int(TouchKind.MESSAGE_OUT)
_ORDER_PAID: Final = int(TouchKind.ORDER_PAID)


def build(options: Options) -> Conversation:
    """Build it from options."""
    return Conversation(
        int(options.number("window", 48, least=0.01) * HOUR),
        int(options.number("days", 30, least=0.01) * DAY),
        options.until_us or LATEST_US,
    )


CARD = Card(
    name="conversation",
    chinese="双向率",
    says="Whether people answer us and we answer them, how fast, and whether speed goes with orders.",
    options=(
        Option("window", "hours within which an answer counts", "48"),
        Option("days", "days after a person's first message in which an order counts", "30"),
    ),
    build=build,
)
