"""Score everybody of a workspace, publish the figures, and explain one person's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import delete

from siyu.app.lake import measure
from siyu.app.people.bonds import INFLUENCE, influence_of_all, talk_of
from siyu.app.people.held import touches_about
from siyu.app.people.identity import find
from siyu.app.people.portraits import note_stages
from siyu.app.plain_data import plain
from siyu.app.workspace import Workspace
from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of
from siyu.measurement.timeline import Timeline
from siyu.people.scores import DEFINITIONS, INGREDIENTS, SCORES, ingredients, produced, scores
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.schema.people import score
from siyu.touchpoints.kind import KINDS_BY_SLUG

#: What ``publish_scores`` publishes.
PUBLISHED: Final = (*SCORES, INFLUENCE)
#: Touches that are named with each score; how many there are is told beside them.
_MOST_TOUCHES: Final = 50
Counted = tuple[Int64, Int64]


@dataclass(frozen=True, slots=True)
class Ingredients:
    """A measure: what the scores of every person are made of. Implements ``measurement.ports.Measure``."""

    now_us: int
    zone_us: int
    columns: tuple[str, ...] = ("kind",)

    def of_bucket(self, timeline: Timeline) -> Counted:
        """Count one bucket."""
        return ingredients(timeline.person, timeline.at, timeline.kind, now_us=self.now_us, zone_us=self.zone_us)

    def combine(self, parts: Iterable[Counted]) -> Counted:
        """Put the buckets together; people ascending."""
        every = list(parts)
        people = np.concatenate([who for who, _ in every] or [np.empty(0, np.int64)])
        counted = np.concatenate([table for _, table in every] or [np.empty((0, len(INGREDIENTS)), np.int64)])
        order = np.argsort(people, kind="stable")
        return people[order], counted[order]


def publish_scores(workspace: Workspace) -> dict[str, Any]:
    """Score everybody and keep the figures where segments and campaigns read them; note whose stage changed.

    Beside the scores of ``people/scores.py``: ``influence``, of those who move anybody (``people/bonds.py``).
    """
    people, counted = _counted(workspace)
    found, now_us = scores(counted), workspace.clock.now_us()
    moved = influence_of_all(workspace, talk_of(workspace))
    published = {name: (people, found[name]) for name in SCORES} | {INFLUENCE: (moved.people, moved.value)}
    with workspace.database.write() as connection:
        connection.execute(delete(score).where(score.c.name.in_(PUBLISHED)))
        for name, (whose, values) in published.items():
            rows = [(name, who, value, now_us) for who, value in zip(whose.tolist(), values.tolist(), strict=True)]
            insert_rows(connection, score, ("name", "person_id", "value", "scored_at_us"), rows)
    stages = note_stages(workspace)
    return {
        "people": int(people.size),
        "stages_changed": stages,
        "scores": {name: _spread(values.tolist()) for name, (_, values) in published.items()},
    }


def scores_now(workspace: Workspace, name: str) -> tuple[Int64, Float64]:
    """Return everybody and one score of each as of now, published or not; people ascending. Shape: (people,) each.

    Of ``influence``: those who move anybody.
    """
    if name == INFLUENCE:
        moved = influence_of_all(workspace, talk_of(workspace))
        return moved.people, moved.value
    people, counted = _counted(workspace)
    return people, scores(counted)[name]


def explain_scores(workspace: Workspace, written: str, *, at_us: int | None = None) -> dict[str, Any]:
    """Return one person's scores: what each is, what it was made of, and the touches that produced it.

    Args:
        at_us: As of which moment; now, if none is given.

    Raises:
        BadInputError: nobody goes by that, or nothing happened with them yet.
    """
    with workspace.database.read() as connection:
        _, person = find(workspace, written, connection)
        touches = touches_about(connection, workspace, person, SqlIdentityStore(connection).numbers_of([person]))
    if not touches:
        raise BadInputError(f"nothing happened with person {person} yet")
    touches.sort(key=lambda one: (one["happened_at_us"], KINDS_BY_SLUG[one["kind"]], one["touch_id"]))
    at = np.array([one["happened_at_us"] for one in touches], np.int64)
    kind = np.array([KINDS_BY_SLUG[one["kind"]] for one in touches], np.int8)
    now_us = workspace.clock.now_us() if at_us is None else at_us
    _, counted = ingredients(np.full(at.size, person, np.int64), at, kind, now_us=now_us, zone_us=_ahead(workspace))
    found, made = scores(counted), dict(zip(INGREDIENTS, counted[0].tolist(), strict=True))
    came_from = produced(at, kind, now_us=now_us)
    return {"person": person, "scores": [
        {
            **plain(one),
            "value": float(found[one.name][0]),
            "made_of": {name: made[name] for name in one.made_of},
            "touches": int(came_from[one.name].sum()),
            "newest_touches": [
                {"touch": touches[place]["touch_id"], "kind": touches[place]["kind"],
                 "at_us": touches[place]["happened_at_us"]}
                for place in np.flatnonzero(came_from[one.name])[-_MOST_TOUCHES:][::-1].tolist()
            ],
        }
        for one in DEFINITIONS
    ]}  # fmt: skip


def _counted(workspace: Workspace) -> Counted:
    return measure(workspace, Ingredients(workspace.clock.now_us(), _ahead(workspace)))


def _ahead(workspace: Workspace) -> int:
    """Return what the brand's clock is ahead of UTC, in microseconds."""
    ahead = moment_of(workspace.clock.now_us()).astimezone(ZoneInfo(workspace.settings.brand.zone)).utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds() * 1_000_000)


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9)).tolist()
    return {"p10": low, "p50": middle, "p90": high}
