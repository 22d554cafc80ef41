"""Stores (门店): the people around, who came in, who was added and who stayed; and staff by the people who stayed.

A place is a till: its live code (``till-<store>-<till>``, made by ``siyu code tills``) or the source that tills write
themselves (``<store>/<till>``). Staff are ranked by people who stayed, not by people they added.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siyu.app.lake import timelines
from siyu.app.live_codes.desk import change_code
from siyu.app.workspace import Workspace
from siyu.engines.local.engine import LocalEngine
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Options, card_of
from siyu.measurement.own import OWN
from siyu.touchpoints.catchment import Standing, Store, league
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.live_code import LiveCode

_NAME: Final = re.compile(r"[0-9A-Za-z_]{1,24}")
_TILL: Final = re.compile(r"till-([0-9A-Za-z_]+)-[0-9A-Za-z_]+|([^/]+)/[^/]+")
_OWN: Final = tuple(int(kind) for kind in OWN)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """What became of the people that one staff member added.

    Attributes:
        added: People whose first contact was with this staff member.
        grown: Of those, people added at least 60 days ago; ``retained`` did something by themselves in days 30 to 60.
        left: People who removed the staff member.
    """

    staff: str
    added: int
    grown: int
    retained: int
    share: Estimate | None
    left: int


def make_tills(workspace: Workspace, store: str, tills: list[str], *, url: str, bait: str = "") -> list[LiveCode]:
    """Make the live code of each till of a store, all leading to ``url`` until they are changed.

    Raises:
        BadInputError: a name or the link cannot be used.
    """
    for name in (store, *tills):
        if not _NAME.fullmatch(name):
            raise BadInputError(f"{name!r} cannot name a store or till", mend="1 to 24 letters, digits or _")
    if not tills:
        raise BadInputError("say which tills", where="tills", mend="siyu code tills mall t1 t2 --to https://…")
    return [
        change_code(
            workspace,
            {
                "code": f"till-{store}-{till}",
                "routes": [],
                "fallback": {"name": store, "kind": "page", "url": url},
                "content": store,
                **({"bait": bait} if bait else {}),
            },
        )
        for till in tills
    ]


def stores(workspace: Workspace, *, around: Mapping[str, int] | None = None) -> list[Standing]:
    """Return the stores by people who stayed, each with its weakest step.

    Args:
        around: People around a store where that is known from outside, by its name; else those who were seen there.
    """
    card = card_of("catchment")
    until = workspace.clock.now_us()
    measure = card.build(Options({"by": "source_code"}, until_us=until))
    result: Any = LocalEngine().run(measure, timelines(workspace, columns=measure.columns))
    found: dict[str, list[int]] = {name: [people, 0, 0, 0] for name, people in (around or {}).items()}
    for place in result.places:
        named = _TILL.fullmatch(place.place)
        if named is None:
            continue
        name = named[1] or named[2]
        sums = found.setdefault(name, [0, 0, 0, 0])
        sums[0] += 0 if name in (around or {}) else place.around
        for step, people in enumerate((place.came, place.added, place.kept), start=1):
            sums[step] += people
    return league([Store(name, max(sums[0], sums[1]), *sums[1:]) for name, sums in found.items()])


def staff(workspace: Workspace) -> list[StaffRow]:
    """Return every staff member who added people, by those who stayed; a person counts for who added them first."""
    now, columns = workspace.clock.now_us(), ("kind", "staff")
    sums: dict[str, list[int]] = {}
    read = timelines(workspace, columns=columns)
    for bucket in read.buckets:
        timeline = read.of_bucket(bucket, columns)
        names, codes = timeline.text["staff"].names, timeline.text["staff"].codes
        named = np.array([bool(name) for name in names], np.bool_)[codes]
        added = np.flatnonzero((timeline.kind == TouchKind.CONTACT_ADDED) & named)
        people, first = np.unique(timeline.person[added], return_index=True)
        for person, row in zip(people.tolist(), added[first].tolist(), strict=True):
            stop = int(np.searchsorted(timeline.person, person, side="right"))
            since, kinds = timeline.at[row:stop] - timeline.at[row], timeline.kind[row:stop]
            mine = sums.setdefault(names[codes[row]], [0, 0, 0, 0])
            mine[0] += 1
            mine[3] += bool((kinds == TouchKind.CONTACT_REMOVED).any())
            if now - timeline.at[row] >= 60 * DAY:
                mine[1] += 1
                mine[2] += bool((np.isin(kinds, _OWN) & (since >= 30 * DAY) & (since < 60 * DAY)).any())
    rows = [
        StaffRow(name, added, grown, stayed, share(stayed, grown), left)
        for name, (added, grown, stayed, left) in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row.retained, -(row.share.value if row.share else 0.0), row.staff))
