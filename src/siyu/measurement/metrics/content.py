"""Content (内容留存): completion, saves, adds and 30-day retention by scene x crowd x hour of the day.

Definition: a contact is a view or a play. Its crowd is what the person was then: ``new`` (first touch of all within the
    day before), ``buyer`` (had a paid order), else ``known``. A person enters a cell with their first contact in it.
    Completed: plays with a watched share of at least ``complete``, of plays that say their share. Saved: a save, a
    like or a share of the same piece within a day of the contact. Added: a relation began (contact added, follow,
    member, group) within 7 days. Retained: something done by themselves in days 30 to 60. People whose time is not
    over are left out of each of these shares.
Units: plays for completion, people for the others; hours on the brand's clock; Wilson's interval. Best retention first.
Source: plain sums. Association: people choose when they watch.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final

import numpy as np

from siyu.kernel.arrays import Float64, Int8, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, LATEST_US
from siyu.measurement.calendar import calendar, day_of
from siyu.measurement.interval import Estimate, share
from siyu.measurement.metric import Card, Option, Options
from siyu.measurement.newcomers import roles_of
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

_CROWDS: Final = ("new", "known", "buyer")
_BY: Final = ("content_id", "scene", "crowd", "hour")
_SUMS: Final = 10


@dataclass(frozen=True, slots=True)
class ContentCell:
    """One cell; a field that was not asked for is empty (``hour`` is -1). ``seen_60`` people's 60 days are over."""

    content_id: str
    scene: str
    crowd: str
    hour: int
    contacts: int
    people: int
    completion: Estimate | None
    saved: Estimate | None
    added: Estimate | None
    seen_60: int
    retained: Estimate | None


@dataclass(frozen=True, slots=True)
class ContentResult:
    """All contacts together, and the cells, best retention first (by its lower end)."""

    by: Sequence[str]
    total: ContentCell
    cells: Sequence[ContentCell]


@dataclass(frozen=True, slots=True)
class Content:
    """The measure; its parts are sums by (piece, scene, crowd, hour)."""

    roles: Int8
    by: tuple[str, ...] = ("scene", "crowd", "hour")
    complete: float = 0.95
    until_us: int = LATEST_US
    zone: tzinfo = UTC
    columns: tuple[str, ...] = ("kind", "scene", "content_id", "properties")

    def of_bucket(self, timeline: Timeline) -> dict[tuple[str, str, str, int], Int64]:
        """Measure one bucket."""
        scene, piece, said = (timeline.text[name] for name in ("scene", "content_id", "properties"))
        watched = np.array([_watched(text) for text in said.names] or [np.nan])[said.codes]
        scenes, pieces = len(scene.names), len(piece.names)
        place = scene.codes if "scene" in self.by else np.zeros_like(scene.codes)
        what = piece.codes if "content_id" in self.by else np.zeros_like(piece.codes)
        cells = cell_sums(
            timeline.person, timeline.at, timeline.kind, place.astype(np.int64) * pieces + what, piece.codes, watched,
            self.roles, calendar("day", self.zone).day_starts, max(scenes * pieces, 1), self.complete, self.until_us,
            "crowd" in self.by, "hour" in self.by,
        )  # fmt: skip
        found = {}
        for row in np.flatnonzero(cells[:, 0]):
            where, rest = divmod(int(row), 3 * 24)
            key = (
                piece.names[where % pieces] if "content_id" in self.by else "",
                scene.names[where // pieces] if "scene" in self.by else "",
                _CROWDS[rest // 24] if "crowd" in self.by else "",
                rest % 24 if "hour" in self.by else -1,
            )
            found[key] = cells[row]
        return found

    def combine(self, parts: Iterable[dict[tuple[str, str, str, int], Int64]]) -> ContentResult:
        """Add the buckets up."""
        sums: dict[tuple[str, str, str, int], Int64] = {}
        for part in parts:
            for key, row in part.items():
                sums[key] = sums[key] + row if key in sums else row
        cells = [_cell(key, sums[key]) for key in sorted(sums)]
        cells.sort(key=lambda one: -(one.retained.low if one.retained else -1.0))
        total = _cell(("", "", "", -1), sum(sums.values(), np.zeros(_SUMS, np.int64)))
        return ContentResult(self.by, total, cells)


def _cell(key: tuple[str, str, str, int], sums: Int64) -> ContentCell:
    contacts, people, plays, completed, seen1, saved, seen7, added, seen60, kept = (int(one) for one in sums)
    return ContentCell(
        *key, contacts, people, share(completed, plays), share(saved, seen1), share(added, seen7), seen60,
        share(kept, seen60),
    )  # fmt: skip


def _watched(properties: str) -> float:
    """Return the watched share that a touch says, or NaN."""
    if "watched_share" not in properties:
        return float("nan")
    try:
        said: Any = json.loads(properties).get("watched_share")
    except (ValueError, AttributeError):
        return float("nan")
    return float(said) if isinstance(said, (int, float)) else float("nan")


@compiled
def cell_sums(  # noqa: PLR0917  a compiled kernel takes columns by place
    person: Int64, at: Int64, kind: Int8, place: Int64, piece: Int32, watched: Float64, roles: Int8,
    day_starts: Int64, places: int, complete: float, until: int, by_crowd: bool, by_hour: bool,
) -> Int64:  # fmt: skip
    """Add up contacts by place, crowd and hour.

    Args:
        place: Cell of scene and piece of each touch; ``piece``: its piece; ``watched``: its share, or NaN.
        roles: By kind, as in ``newcomers``.
    Shape: (touches,) each; returns (places x 3 x 24, 10): contacts, people, plays that say their share, completed,
        then pairs of observed and happened: saved, added, retained.
    """
    sums = np.zeros((places * 72, 10), np.int64)
    met = np.zeros(places * 72, np.bool_)
    cells = np.empty(person.size, np.int64)
    i, rows = 0, person.size
    while i < rows:
        who, first, crowd, many = person[i], at[i], 0, 0
        while i < rows and person[i] == who:
            if kind[i] == _VIEW or kind[i] == _PLAY:
                if crowd == 0 and at[i] - first >= DAY:
                    crowd = 1
                hour = 0
                if by_hour:
                    hour = min((at[i] - day_starts[day_of(at[i], day_starts)]) // HOUR, 23)
                cell = place[i] * 72 + (crowd * 24 if by_crowd else 0) + hour
                sums[cell, 0] += 1
                if kind[i] == _PLAY and not np.isnan(watched[i]):
                    sums[cell, 2] += 1
                    sums[cell, 3] += watched[i] >= complete
                if not met[cell]:
                    met[cell] = True
                    cells[many] = cell
                    many += 1
                    sums[cell, 1] += 1
                    saved, added, kept = 0, 0, 0
                    j = i + 1
                    while j < rows and person[j] == who and at[j] - at[i] < 60 * DAY:
                        since, role = at[j] - at[i], roles[kind[j]]
                        if (
                            since < DAY
                            and piece[j] == piece[i]
                            and (kind[j] == _SAVE or kind[j] == _LIKE or kind[j] == _SHARE)
                        ):
                            saved = 1
                        if since < 7 * DAY and role & 8:
                            added = 1
                        if since >= 30 * DAY and role & 1:
                            kept = 1
                        j += 1
                    if at[i] + DAY <= until:
                        sums[cell, 4] += 1
                        sums[cell, 5] += saved
                    if at[i] + 7 * DAY <= until:
                        sums[cell, 6] += 1
                        sums[cell, 7] += added
                    if at[i] + 60 * DAY <= until:
                        sums[cell, 8] += 1
                        sums[cell, 9] += kept
            if roles[kind[i]] & 2:
                crowd = 2
            i += 1
        for j in range(many):
            met[cells[j]] = False
    return sums


_VIEW: Final = int(TouchKind.VIEW)
_PLAY: Final = int(TouchKind.PLAY)
_SAVE: Final = int(TouchKind.SAVE)
_LIKE: Final = int(TouchKind.LIKE)
_SHARE: Final = int(TouchKind.SHARE)


def build(options: Options) -> Content:
    """Build it from options."""
    by = options.names("by", "scene,crowd,hour")
    wrong = [one for one in by if one not in _BY]
    if wrong:
        raise BadInputError(f"content is not known by {wrong[0]!r}", where="--by", mend=", ".join(_BY))
    complete = options.number("complete", 0.95)
    if complete > 1:
        raise BadInputError(f"{complete} is no share", where="--complete", mend="write 0.95 for 95 %")
    return Content(roles_of(options), by, complete, options.until_us or LATEST_US, options.zone)


CARD = Card(
    name="content",
    chinese="内容留存",
    says="Completion, saves, adds and 30-day retention of content by scene, crowd and hour of the day.",
    options=(
        Option("by", "scene, crowd, hour, content_id, with commas", "scene,crowd,hour"),
        Option("complete", "watched share from which a play counts as complete", "0.95"),
        Option("own", "kinds that count as being there", "what a person does by himself"),
        Option("paid", "kinds that are paid orders", "order_paid"),
        Option("joins", "kinds by which a relation begins", "contact_added,follow,member_joined,group_joined"),
    ),
    build=build,
)
