"""Catchment (门店圈层漏斗): of the people around a place, who came in, who was added, who stayed.

Definition: a person belongs to the first place they were seen around or came into (column ``by`` of the touch). Around:
    ``--around door=50000`` where the number is known from outside, else the people seen there (location, visit or
    scan). Came in: a visit or a scan there. Added: a relation began (contact added, follow, member, group) after
    that, within ``days``. Kept: did something by themselves in days 30 to 60 after they were added. People whose
    time is not over are left out of the share they are too young for.
Units: people; shares with Wilson's interval.
Source: plain sums; ``touchpoints/catchment.py`` compares stores by their weakest step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from siyu.kernel.arrays import Bool, Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.newcomers import roles_of
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place.

    Attributes:
        around: As told, else the people seen there (``told`` is false).
    """

    place: str
    around: int
    told: bool
    came: int
    came_of_around: Estimate | None
    added: int
    added_of_came: Estimate | None
    kept: int
    kept_of_added: Estimate | None


@dataclass(frozen=True, slots=True)
class CatchmentResult:
    """Places by people kept."""

    by: str
    places: Sequence[PlaceRow]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Catchment:
    """The measure; its parts are names and sums (names, 6)."""

    roles: Int8
    by: str = "account"
    around: tuple[tuple[str, int], ...] = ()
    days_us: int = 30 * DAY
    until_us: int = LATEST_US

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", self.by)

    def of_bucket(self, timeline: Timeline) -> tuple[Sequence[str], Int64]:
        """Measure one bucket."""
        text = timeline.text[self.by]
        blank = np.array([not name for name in text.names], np.bool_)
        sums = place_sums(
            timeline.person, timeline.at, timeline.kind, text.codes, blank, self.roles, self.days_us, self.until_us
        )
        return text.names, sums

    def combine(self, parts: Iterable[tuple[Sequence[str], Int64]]) -> CatchmentResult:
        """Add the buckets up by place."""
        found: dict[str, Int64] = {}
        for names, sums in parts:
            for name, row in zip(names, sums, strict=True):
                if row.any():
                    found[name] = found[name] + row if name in found else row
        told, rows, said = dict(self.around), [], []
        for name in sorted({*found, *told}):
            seen, came, added, mature, observed, kept = (int(one) for one in found.get(name, np.zeros(6, np.int64)))
            around = told.get(name, seen)
            if around < came:
                said.append(f"{name}: {came} people came in, more than the {around} said to be around")
            rows.append(
                PlaceRow(
                    name, around, name in told, came, share(came, around) if came <= around else None,
                    added, share(added, mature), kept, share(kept, observed),
                )
            )  # fmt: skip
        rows.sort(key=lambda row: (-row.kept, -row.added, -row.came, row.place))
        return CatchmentResult(self.by, rows, said)


@compiled
def place_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, code: Int32, blank: Bool, roles: Int8, days: int, until: int
) -> Int64:
    """Add up people by place.

    Args:
        code, blank: Place of each touch, and by place whether it is none.
        roles: By kind, as in ``newcomers``.
    Shape: (touches,) each; returns (places, 6): seen around, came, added of those observed, came and observed,
        added and observed for keeping, kept of these.
    """
    sums = np.zeros((blank.size, 6), np.int64)
    i, rows = 0, person.size
    while i < rows:
        who, here, came, added, kept = person[i], -1, np.int64(-1), np.int64(-1), 0
        while i < rows and person[i] == who:
            enters = kind[i] == _VISIT or kind[i] == _SCAN
            if here < 0 and (enters or kind[i] == _LOCATION) and not blank[code[i]]:
                here = code[i]
            if enters and came < 0 and here >= 0 and code[i] == here:
                came = at[i]
            role = roles[kind[i]]
            if role & 8 and came >= 0 and added < 0 and at[i] - came < days:
                added = at[i]
            elif role & 1 and added >= 0 and 30 * DAY <= at[i] - added < 60 * DAY:
                kept = 1
            i += 1
        if here >= 0:
            sums[here, 0] += 1
            if came >= 0:
                sums[here, 1] += 1
                if came + days <= until:
                    sums[here, 3] += 1
                    sums[here, 2] += added >= 0
                if added >= 0 and added + 60 * DAY <= until:
                    sums[here, 4] += 1
                    sums[here, 5] += kept
    return sums


_VISIT: Final = int(TouchKind.VISIT)
_SCAN: Final = int(TouchKind.SCAN)
_LOCATION: Final = int(TouchKind.LOCATION)


def build(options: Options) -> Catchment:
    """Build it from options."""
    around = []
    for text in options.names("around"):
        name, mark, number = text.rpartition("=")
        if not mark or not number.isdigit():
            raise BadInputError(f"{text!r} is no place and its people", where="--around", mend="such as door=50000")
        around.append((name, int(number)))
    return Catchment(
        roles_of(options), options.column("by") or "account", tuple(around),
        int(options.number("days", 30, least=0.01) * DAY), options.until_us or LATEST_US,
    )  # fmt: skip


CARD = Card(
    name="catchment",
    chinese="门店圈层漏斗",
    says="Of the people around a place, who came in, who was added and who stayed.",
    options=(
        Option("by", "what a place is: account, source_code, scene, staff or channel", "account"),
        Option("around", "people around each place, such as door=50000,mall=80000", "people seen there"),
        Option("days", "days after coming in within which they must be added", "30"),
        Option("joins", "kinds by which a relation begins", "contact_added,follow,member_joined,group_joined"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
    ),
    build=build,
)
