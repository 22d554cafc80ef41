"""Retention brought by every action (动作留存): which code, content, staff, group or channel is followed by staying.

Definition: an action is a value of the chosen column; a person belongs to it from the first touch that carries it.
    D1, D7, D30: seen again, by an own touch, on that day (24-hour spans since then); bought: a paid order within 30
    days. A day that is not over for a person leaves the person out of it. This is association: people chose what they
    met. What an action *brings* is ``uplift`` against a holdout; where there is one, it comes first.
Units: people; shares with Wilson's interval; the list is sorted by the lower end of D30, then D7, then D1.
Source: plain sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.own import OWN
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_DAYS: Final = (1, 7, 30)
_NEVER: Final = -1


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action; an estimate is ``None`` while its day is not over for anybody."""

    action: str
    people: int
    d1: Estimate | None
    d7: Estimate | None
    d30: Estimate | None
    d30_observed: int
    bought: Estimate | None
    paid_minor: int


@dataclass(frozen=True, slots=True)
class ActionsResult:
    """Every action, best first."""

    by: str
    people: int
    actions: Sequence[ActionRow]


@dataclass(frozen=True, slots=True)
class Actions:
    """The measure; its parts are names and sums (names, 9)."""

    own: Int8
    paid: Int8
    by: str = "source_code"
    until_us: int = LATEST_US

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value", self.by)

    def of_bucket(self, timeline: Timeline) -> tuple[Sequence[str], Int64]:
        """Measure one bucket."""
        text = timeline.text[self.by]
        sums = action_sums(
            timeline.person, timeline.at, timeline.kind, timeline.value, text.codes, len(text.names),
            self.own, self.paid, np.array(_DAYS, np.int64) * DAY, self.until_us,
        )  # fmt: skip
        return text.names, sums

    def combine(self, parts: Iterable[tuple[Sequence[str], Int64]]) -> ActionsResult:
        """Add the buckets up."""
        found: dict[str, Int64] = {}
        for names, sums in parts:
            for name, row in zip(names, sums, strict=True):
                if name and row[0]:
                    found[name] = found.get(name, np.zeros(9, np.int64)) + row
        rows = []
        for name, sums in found.items():
            people, o1, k1, o7, k7, o30, k30, bought, paid = (int(one) for one in sums)
            rows.append(
                ActionRow(name, people, share(k1, o1), share(k7, o7), share(k30, o30), o30, share(bought, o30), paid)
            )
        rows.sort(key=lambda row: (*(-(one.low if one else -1.0) for one in (row.d30, row.d7, row.d1)), row.action))
        return ActionsResult(self.by, sum(row.people for row in rows), rows)


@compiled
def action_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, value: Int64, code: Int32, codes: int,
    own: Int8, paid: Int8, days: Int64, until: int,
) -> Int64:  # fmt: skip
    """Add up what follows the first touch of each person with each action.

    Args:
        own, paid: By kind: 1 if the person does it by himself, and if it is a paid order.
        days: The three days, microseconds.
    Shape: (touches,) each; returns (codes, 9): people; observed and kept on each day; bought and paid within the last
        day for those observed then.
    """
    sums = np.zeros((codes, 9), np.int64)
    met = np.full(codes, _NEVER)
    i, rows = 0, person.size
    while i < rows:
        first, who = i, person[i]
        while i < rows and person[i] == who:
            action = code[i]
            if met[action] == _NEVER:
                met[action] = i
                since = at[i]
                sums[action, 0] += 1
                over = 0
                for d in range(days.size):
                    if since + days[d] + DAY <= until:
                        over = d + 1
                        sums[action, 1 + 2 * d] += 1
                seen, bought, money = 0, 0, 0
                j = i + 1
                while j < rows and person[j] == who and at[j] < since + days[-1] + DAY:
                    if own[kind[j]]:
                        for d in range(over):
                            if since + days[d] <= at[j] < since + days[d] + DAY:
                                seen |= 1 << d
                    if paid[kind[j]] and at[j] < since + days[-1]:
                        bought = 1
                        money += value[j]
                    j += 1
                for d in range(over):
                    sums[action, 2 + 2 * d] += (seen >> d) & 1
                if over == days.size:
                    sums[action, 7] += bought
                    sums[action, 8] += money
            i += 1
        for j in range(first, i):
            met[code[j]] = _NEVER
    return sums


def build(options: Options) -> Actions:
    """Build it from options."""
    return Actions(
        options.kind_set("own", OWN),
        options.kind_set("paid", (TouchKind.ORDER_PAID,)),
        options.column("by") or "source_code",
        options.until_us or LATEST_US,
    )


CARD = Card(
    name="actions",
    chinese="动作留存",
    says="Which code, content, staff or channel is followed by people who stay: D1, D7, D30.",
    options=(
        Option("by", "source_code, content_id, staff, scene, channel, account or about", "source_code"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
