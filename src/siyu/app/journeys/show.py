"""Show where people stand in a journey, and why: what each step waits for, and where they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siyu.app.journeys.publish import version_of
from siyu.app.workspace import Workspace
from siyu.campaigns.journey.program import Journey, Outcome, ways
from siyu.campaigns.journey.told import says
from siyu.stores.sql.journeys import SqlJourneys


@dataclass(frozen=True, slots=True)
class Standing:
    """One step and the people at it.

    Attributes:
        kind: ``wait``, ``branch``, ``propose`` …
        says: What it does, in words.
        people: Who stand there now, on their way.
        ended: Whose way ended there, by outcome.
        came_from: Of those who stand there, how many came from which step.
        first_due_us, last_due_us: When the first and the last of them leave at the latest.
        leads_to: Steps it may lead to.
    """

    place: int
    name: str
    kind: str
    line: int
    says: str
    people: int
    ended: dict[str, int]
    came_from: dict[str, int]
    first_due_us: int | None
    last_due_us: int | None
    leads_to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a journey with its people; ``outcomes`` counts how their ways ended."""

    name: str
    title: str
    version: int
    is_current: bool
    state: str
    reason: str
    published_at_us: int
    on_the_way: int
    entered: int
    outcomes: dict[str, int]
    steps: list[Standing]


def show(workspace: Workspace, name: str, number: int | None = None) -> Shown:
    """Show one version of a journey; the current one if none is named.

    Raises:
        BadInputError: there is none.
    """
    version = version_of(workspace, name, number)
    one = version.journey
    with workspace.database.read() as connection:
        rows = SqlJourneys(connection).standing([version.version_id])
    steps = [_standing(one, place, [row for row in rows if row["step"] == place]) for place in range(len(one.steps))]
    outcomes: dict[str, int] = {}
    for row in rows:
        if row["outcome"]:
            word = Outcome(row["outcome"]).name.lower()
            outcomes[word] = outcomes.get(word, 0) + row["people"]
    return Shown(
        one.name, one.title, version.number, version.is_current, "running" if version.is_running else "paused",
        version.reason, version.published_at_us, sum(step.people for step in steps),
        sum(row["people"] for row in rows), outcomes, steps,
    )  # fmt: skip


def journeys(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every journey: name, title, version, state, people on their way in all its versions, and ends."""
    with workspace.database.read() as connection:
        store = SqlJourneys(connection)
        versions = store.versions()
        rows = store.standing([version.version_id for version in versions])
    found = []
    for version in versions:
        if version.is_current:
            family = {one.version_id for one in versions if one.journey.name == version.journey.name}
            theirs = [row for row in rows if row["version_id"] in family]
            found.append(
                {
                    "name": version.journey.name, "title": version.journey.title, "version": version.number,
                    "state": "running" if version.is_running else "paused",
                    "on_the_way": sum(row["people"] for row in theirs if not row["outcome"]),
                    "goal": sum(row["people"] for row in theirs if row["outcome"] == Outcome.GOAL),
                    "ended": sum(row["people"] for row in theirs if row["outcome"]),
                    "published_at_us": version.published_at_us,
                }
            )  # fmt: skip
    return found


def _standing(one: Journey, place: int, rows: Sequence[Mapping[str, Any]]) -> Standing:
    step = one.steps[place]
    here = [row for row in rows if not row["outcome"]]
    ended: dict[str, int] = {}
    came: dict[str, int] = {}
    for row in rows:
        if row["outcome"]:
            word = Outcome(row["outcome"]).name.lower()
            ended[word] = ended.get(word, 0) + row["people"]
        else:
            source = one.steps[row["came_from"]].name
            came[source] = came.get(source, 0) + row["people"]
    return Standing(
        place, step.name, type(step).__name__.lower(), step.line, says(one, step), sum(row["people"] for row in here),
        ended, came, min((row["first_due_us"] for row in here), default=None),
        max((row["last_due_us"] for row in here), default=None), ways(step),
    )  # fmt: skip
