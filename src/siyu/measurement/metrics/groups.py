"""Groups (社群效率): how much members of each group talk, and whether the group holds the people it is for.

Definition: a group is what group touches are ``about``. Interaction efficiency: of the people who joined, the share
    who spoke in it within ``days``, and messages per speaker; who spoke on two days or more is a regular. Match
    efficiency (人群匹配): of the people who joined, the share who spoke in it or bought within ``days`` and had not
    left it by then. People for whom ``days`` are not over are left out of the shares.
Units: people, messages; shares with Wilson's interval; groups by the lower end of the match.
Source: plain sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

import numpy as np

from siyu.kernel.arrays import Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.calendar import calendar, day_of
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group; shares are ``None`` while nobody's time is over."""

    group: str
    joined: int
    observed: int
    interaction: Estimate | None
    match: Estimate | None
    left: Estimate | None
    bought: Estimate | None
    speakers: int
    regulars: int
    messages: int
    messages_per_speaker: float | None


@dataclass(frozen=True, slots=True)
class GroupsResult:
    """All groups together, and each."""

    total: GroupRow
    groups: Sequence[GroupRow]


@dataclass(frozen=True, slots=True)
class Groups:
    """The measure; its parts are names and sums (names, 9)."""

    paid: Int8
    days_us: int = 30 * DAY
    until_us: int = LATEST_US
    zone: tzinfo = UTC
    columns: tuple[str, ...] = ("kind", "about")

    def of_bucket(self, timeline: Timeline) -> tuple[Sequence[str], Int64]:
        """Measure one bucket."""
        text = timeline.text["about"]
        sums = group_sums(
            timeline.person, timeline.at, timeline.kind, text.codes, len(text.names), self.paid,
            calendar("day", self.zone).day_starts, self.days_us, self.until_us,
        )  # fmt: skip
        return text.names, sums

    def combine(self, parts: Iterable[tuple[Sequence[str], Int64]]) -> GroupsResult:
        """Add the buckets up by name."""
        found: dict[str, Int64] = {}
        for names, sums in parts:
            for name, row in zip(names, sums, strict=True):
                if row.any():
                    found[name] = found[name] + row if name in found else row
        rows = [_row(name, sums) for name, sums in found.items()]
        rows.sort(key=lambda row: (-(row.match.low if row.match else -1.0), row.group))
        return GroupsResult(_row("", sum(found.values(), np.zeros(9, np.int64))), rows)


def _row(name: str, sums: Int64) -> GroupRow:
    joined, observed, spoke, matched, left, bought, speakers, regulars, messages = (int(one) for one in sums)
    return GroupRow(
        name, joined, observed, share(spoke, observed), share(matched, observed), share(left, observed),
        share(bought, observed), speakers, regulars, messages, messages / speakers if speakers else None,
    )  # fmt: skip


@compiled
def group_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64,
    at: Int64,
    kind: Int8,
    about: Int32,
    groups: int,
    paid: Int8,
    day_starts: Int64,
    days: int,
    until: int,
) -> Int64:
    """Add up people and messages by group.

    Args:
        about: The group of a group touch.
        paid: By kind: 1 if it is a paid order.
        days: How long people are looked at after they joined, microseconds.
    Shape: (touches,) each; returns (groups, 9): joined, observed; of the observed: spoke, matched, left, bought;
        speakers, regulars, messages.
    """
    sums = np.zeros((groups, 9), np.int64)
    joined, spoken = np.zeros(groups, np.bool_), np.full(groups, -1)
    regular = np.zeros(groups, np.bool_)
    i, rows = 0, person.size
    while i < rows:
        begin, who = i, person[i]
        while i < rows and person[i] == who:
            group = about[i]
            if kind[i] == _SPOKE:
                sums[group, 8] += 1
                day = day_of(at[i], day_starts)
                if spoken[group] < 0:
                    sums[group, 6] += 1
                elif spoken[group] != day and not regular[group]:
                    regular[group] = True
                    sums[group, 7] += 1
                spoken[group] = day
            elif kind[i] == _JOINED and not joined[group]:
                joined[group] = True
                sums[group, 0] += 1
                if at[i] + days <= until:
                    spoke, left, bought = 0, 0, 0
                    j = i + 1
                    while j < rows and person[j] == who and at[j] < at[i] + days:
                        if about[j] == group:
                            if kind[j] == _SPOKE:
                                spoke = 1
                            elif kind[j] == _LEFT:
                                left = 1
                            elif kind[j] == _JOINED:
                                left = 0
                        if paid[kind[j]]:
                            bought = 1
                        j += 1
                    sums[group, 1] += 1
                    sums[group, 2] += spoke
                    sums[group, 3] += (spoke | bought) & (1 - left)
                    sums[group, 4] += left
                    sums[group, 5] += bought
            i += 1
        for j in range(begin, i):
            joined[about[j]], spoken[about[j]], regular[about[j]] = False, -1, False
    return sums


_JOINED: Final = int(TouchKind.GROUP_JOINED)
_LEFT: Final = int(TouchKind.GROUP_LEFT)
_SPOKE: Final = int(TouchKind.GROUP_SPOKE)


def build(options: Options) -> Groups:
    """Build it from options."""
    return Groups(
        options.kind_set("paid", (TouchKind.ORDER_PAID,)),
        int(options.number("days", 30, least=0.01) * DAY),
        options.until_us or LATEST_US,
        options.zone,
    )


CARD = Card(
    name="groups",
    chinese="社群效率",
    says="How much members of each group talk, and whether the group holds the people it is for.",
    options=(
        Option("days", "how long people are looked at after they joined", "30"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
