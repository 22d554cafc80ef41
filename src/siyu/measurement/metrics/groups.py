"""Groups (社群效率): how much members of each group talk, what they buy, and whether it holds whom it is for.

Definition: a group is what group touches are ``about``. Interaction efficiency: of the people who joined, the share
    who spoke in it within ``days``, and messages per speaker; who spoke on two days or more is a regular. Match
    efficiency (人群匹配): of the people who joined, the share who spoke in it or bought within ``days`` and had not
    left it by then. People for whom ``days`` are not over are left out of the shares. Money: paid by them within
    ``days`` of joining. Noise: messages per person who joined or spoke; mix: as how many equal voices the messages are
    spread, messages² / sum of each speaker's messages². A group with 90 % of ``most`` members is full.
    ``--by channel`` puts the groups of a platform together.
Units: people, messages, minor units; shares with Wilson's interval; groups by the lower end of the match.
Source: plain sums; inverse Simpson index (Simpson, Nature 163, 1949).
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
    members: int
    money_minor: int
    money_per_joined_minor: float | None
    noise: float | None
    mix: float | None
    advice: str


@dataclass(frozen=True, slots=True)
class GroupsResult:
    """All groups together, and each; the advice says where the next group should open."""

    total: GroupRow
    groups: Sequence[GroupRow]


@dataclass(frozen=True, slots=True)
class Groups:
    """The measure; its parts are names and sums (names, 13). The last column is what a group is."""

    paid: Int8
    days_us: int = 30 * DAY
    until_us: int = LATEST_US
    zone: tzinfo = UTC
    most: int = 500
    columns: tuple[str, ...] = ("kind", "value", "about")

    def of_bucket(self, timeline: Timeline) -> tuple[Sequence[str], Int64]:
        """Measure one bucket."""
        text = timeline.text[self.columns[-1]]
        sums = group_sums(
            timeline.person, timeline.at, timeline.kind, timeline.value, text.codes, len(text.names), self.paid,
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
        rows = [_row(name, sums, self.most) for name, sums in found.items()]
        rows.sort(key=lambda row: (-(row.match.low if row.match else -1.0), row.group))
        return GroupsResult(_row("", sum(found.values(), np.zeros(_SUMS, np.int64)), 0), rows)


def _row(name: str, sums: Int64, most: int) -> GroupRow:
    joined, observed, spoke, matched, left, bought, speakers, regulars, messages = (int(one) for one in sums[:9])
    members, money, squares, people = (int(one) for one in sums[9:])
    full = most > 0 and members >= _FULL * most
    return GroupRow(
        name, joined, observed, share(spoke, observed), share(matched, observed), share(left, observed),
        share(bought, observed), speakers, regulars, messages, messages / speakers if speakers else None,
        members, money, money / observed if observed else None, messages / people if people else None,
        messages * messages / squares if squares else None,
        f"full: {members} of {most}; let people into the next group" if full else "",
    )  # fmt: skip


@compiled
def group_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64,
    at: Int64,
    kind: Int8,
    value: Int64,
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
    Shape: (touches,) each; returns (groups, 13): joined, observed; of the observed: spoke, matched, left, bought;
        speakers, regulars, messages; members by now, money of the observed, squares of messages, who joined or spoke.
    """
    sums = np.zeros((groups, _SUMS), np.int64)
    said, inside = np.zeros(groups, np.int64), np.zeros(groups, np.bool_)
    joined, spoken = np.zeros(groups, np.bool_), np.full(groups, -1)
    regular = np.zeros(groups, np.bool_)
    i, rows = 0, person.size
    while i < rows:
        begin, who = i, person[i]
        while i < rows and person[i] == who:
            group = about[i]
            if kind[i] == _JOINED:
                inside[group] = True
            elif kind[i] == _LEFT:
                inside[group] = False
            if kind[i] == _SPOKE:
                sums[group, 8] += 1
                said[group] += 1
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
                    spoke, left, bought, money = 0, 0, 0, np.int64(0)
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
                            money += value[j]
                        j += 1
                    sums[group, 1] += 1
                    sums[group, 2] += spoke
                    sums[group, 3] += (spoke | bought) & (1 - left)
                    sums[group, 4] += left
                    sums[group, 5] += bought
                    sums[group, 10] += money
            i += 1
        for j in range(begin, i):
            group = about[j]
            sums[group, 9] += inside[group]
            sums[group, 11] += said[group] * said[group]
            sums[group, 12] += joined[group] or said[group] > 0
            inside[group], said[group] = False, 0
            joined[about[j]], spoken[about[j]], regular[about[j]] = False, -1, False
    return sums


#: From this share of the most members on a group is full.
_FULL: Final = 0.9
_SUMS: Final = 13
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
        options.whole("most", 500),
        ("kind", "value", options.column("by") or "about"),
    )


CARD = Card(
    name="groups",
    chinese="社群效率",
    says="How much members of each group talk, what they buy, and whether the group holds the people it is for.",
    options=(
        Option("by", "what is a group: about (each) or channel (all of a platform)", "about"),
        Option("most", "members that a group holds", "500"),
        Option("days", "how long people are looked at after they joined", "30"),
        Option("paid", "kinds that are paid orders", "order_paid"),
    ),
    build=build,
)
