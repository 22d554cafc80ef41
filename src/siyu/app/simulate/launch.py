"""Launch a journey's file on a market: read it, publish it there, let in whom it lets in, and count what it asked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import func, select

from siyu.app.journeys.publish import check_text, doubts_about, publish, read_file
from siyu.app.journeys.tick import enter_on_request
from siyu.app.people.presets import preset_segments
from siyu.app.people.segments import refresh
from siyu.app.simulate.world import START_US, Numbers, World
from siyu.campaigns.journey.place import FaultyError
from siyu.campaigns.journey.program import Branch, Fact, Holdout, Journey, Propose, Wait, conditions
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.people.consent import SERVICE
from siyu.people.segment import Segment
from siyu.sandbox.market.as_touches import CHANNEL
from siyu.stores.sql.schema.journeys import journey_call, journey_task
from siyu.stores.sql.schema.people import identifier

#: The loop turns so long after a time of day at which a journey lets people go on.
_SOON: Final = MINUTE


@dataclass(frozen=True, slots=True)
class Launch:
    """A journey that is launched on a market.

    Attributes:
        text: As it is published there.
        adds_holdout: The file holds nobody out, so a holdout was put before its first step: without one its effect
            could not be told.
        segments: The brand's own ones that it may ask for, besides the product's.
    """

    journey: Journey
    text: str
    adds_holdout: bool = False
    segments: tuple[Segment, ...] = ()


def read_launch(file: Path, *, holdout: float | None, usual_holdout: float) -> Launch:
    """Read a journey's file for a simulation.

    Args:
        holdout: Share of people held out instead of the file's own; None leaves the file's.
        usual_holdout: The share if the file holds nobody out.

    Raises:
        FaultyError: the journey has faults; with line and column.
        BadInputError: it cannot be read.
    """
    text = read_file(file)
    checked = check_text(None, text)
    if checked.journey is None:
        raise FaultyError(checked.faults, file=str(file))
    has_one = any(isinstance(step, Holdout) for step in checked.journey.steps)
    if has_one and holdout is None:
        return Launch(checked.journey, text)
    share = usual_holdout if holdout is None else holdout
    written = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  it makes nothing but texts, lists and tables
    steps = _without_holdout(written["steps"])
    written["steps"] = [{"holdout": str(share)}, *steps] if share > 0 else steps
    text = yaml.safe_dump(written, allow_unicode=True, sort_keys=False)
    changed = check_text(None, text)
    if changed.journey is None:
        raise FaultyError(changed.faults, file=str(file))
    return Launch(changed.journey, text, adds_holdout=not has_one)


def _without_holdout(steps: list[Any]) -> list[Any]:
    """Return the steps without any step that holds out, however deep."""
    kept = []
    for step in steps:
        if isinstance(step, dict) and "holdout" in step:
            continue
        if isinstance(step, dict):
            for word in ("then", "else", "timed_out"):
                if isinstance(step.get(word), list):
                    step[word] = _without_holdout(step[word])
            if isinstance(step.get("split"), dict):
                for arm in step["split"].values():
                    if isinstance(arm, dict) and isinstance(arm.get("steps"), list):
                        arm["steps"] = _without_holdout(arm["steps"])
        kept.append(step)
    return kept


class Launched:
    """A journey on its way in a world; its segments are kept up to date there, as a worker's schedule would.

    Raises:
        BadInputError: it asks for a segment that no preset has, for a market has no others.
    """

    def __init__(self, one: World, launch: Launch) -> None:
        self._world, self._launch = one, launch
        known = dict(preset_segments(one.workspace)) | {segment.name: segment for segment in launch.segments}
        entering = entry_segments(launch.journey)
        if missing := sorted(entering - set(known)):
            raise BadInputError(
                f"a market has no segment {missing[0]!r}", where=launch.journey.name, mend=f"it has {', '.join(known)}"
            )
        wanted = sorted((entering | asked_segments(launch.journey)) & set(known))
        self._segments: list[Segment] = [known[name] for name in wanted]
        publish(one.workspace, launch.text, file=launch.journey.name)
        self.refresh()
        if any(entry.how == "request" for entry in launch.journey.entries):
            self._let_in_everybody()

    def refresh(self) -> None:
        """Bring the segments it asks for up to date; who enters one may enter the journey."""
        if self._segments:
            refresh(self._world.workspace, self._segments)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What the market cannot show of this journey."""
        return doubts(self._launch, [segment.name for segment in self._segments])

    def _let_in_everybody(self) -> None:
        """Ask for everybody who is there: on a market there is no other system that would."""
        with self._world.workspace.database.read() as connection:
            query = select(identifier.c.person_id).distinct().order_by(identifier.c.person_id)
            people = list(connection.execute(query).scalars())
        enter_on_request(self._world.workspace, self._launch.journey.name, people)


def asked_of_others(one: World) -> tuple[int, int]:
    """Count what journeys asked of staff, and of other systems (which are not called)."""
    with one.workspace.database.read() as connection:
        tasks, calls = (
            int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (journey_task, journey_call)
        )
    return tasks, calls


def clock_moments(journey: Journey, days: int) -> list[int]:
    """Return when the loop has to turn besides its usual hour, so that times of day in the journey are kept."""
    clocks = {step.us for step in journey.steps if isinstance(step, Wait) and step.how in {"clock", "best_hour"}}
    clocks |= {entry.at_us for entry in journey.entries if entry.how == "schedule"}
    return [START_US + day * DAY + clock + _SOON for day in range(days) for clock in sorted(clocks)]


def evening_moments(numbers: Numbers, days: int) -> list[int]:
    """Return when the loop has to turn besides, so that what waits for the evening goes out then."""
    written = {str(numbers[name]) for name in ("lower_tier_hour", "lowest_tier_hour") if numbers.get(name)}
    hours = [time.fromisoformat(text) for text in sorted(written)]
    return [START_US + day * DAY + at.hour * HOUR + at.minute * MINUTE + _SOON for day in range(days) for at in hours]


def needs_of_journeys(launches: Iterable[Launch]) -> set[str]:
    """Return what journeys need that a market does not have by itself: consent to being served."""
    steps = [step for launch in launches for step in launch.journey.steps]
    return {SERVICE} if any(isinstance(step, Propose) and step.purpose == SERVICE for step in steps) else set()


def entry_segments(journey: Journey) -> set[str]:
    """Return the segments whose members come in."""
    entered = [
        entry.pattern.where.get("about", ()) for entry in journey.entries if entry.how == "segment" and entry.pattern
    ]
    return {name for names in entered for name in names} | {e.segment for e in journey.entries if e.segment}


def asked_segments(journey: Journey) -> set[str]:
    """Return the segments that its conditions ask for."""
    asked = [journey.leave_if, *(step.condition for step in journey.steps if isinstance(step, Branch))]
    return {
        fact.name
        for condition in asked
        for fact in conditions(condition)
        if isinstance(fact, Fact) and fact.about == "segment"
    }


def doubts(launch: Launch, known_segments: Collection[str]) -> tuple[str, ...]:
    """Say what a market cannot show of this journey."""
    journey, said = launch.journey, []
    if launch.adds_holdout:
        said.append(
            "the file holds nobody out: a holdout was put before its first step, so that its effect can be told"
        )
    said += list(dict.fromkeys(f"{doubt.what} ({doubt.mend})" for doubt in doubts_about(journey)))
    lacks = sorted({step.channel for step in journey.steps if isinstance(step, Propose)} - {CHANNEL})
    said += [f"a market has no channel {channel!r}: nobody is reached there" for channel in lacks]
    unknown = sorted(asked_segments(journey) - set(known_segments))
    said += [f"a market has no segment {name!r}: nobody is in it" for name in unknown]
    return tuple(said)
