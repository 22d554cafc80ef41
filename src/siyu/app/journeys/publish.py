"""Publish a journey: keep a new version, say what it changes, and what becomes of people on the way."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from siyu.app.workspace import Workspace
from siyu.campaigns.journey.compare import Change, Followed, changes, followed
from siyu.campaigns.journey.language import Checked, check
from siyu.campaigns.journey.place import Fault, FaultyError
from siyu.campaigns.journey.program import Fact, Journey, Propose, conditions
from siyu.channels.manifest import manifests
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.journeys import HEARD, PAUSED, RUNNING, Moves, SqlJourneys, Version
from siyu.touchpoints.kind import TouchKind


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to.

    Attributes:
        version: Its number; the one before if nothing changed.
        is_new: Whether the text differs from what was published before.
        on_the_way: People on their way in older versions.
        moving: Of these, who go on in the new one at the next tick.
    """

    name: str
    version: int
    is_new: bool
    on_the_way: int
    moving: int
    changes: list[Change]


def check_text(workspace: Workspace | None, text: str) -> Checked:
    """Check a journey with the brand's money and clock, and against what channels can do."""
    brand = workspace.settings.brand if workspace else None
    zone = ZoneInfo(brand.zone if brand else "Asia/Shanghai")
    checked = check(text, currency=brand.currency if brand else "CNY", zone=zone)
    if checked.journey is None:
        return checked
    return Checked(checked.journey, [], [*checked.warnings, *doubts_about(checked.journey)])


def read_file(file: Path) -> str:
    """Read a journey's file.

    Raises:
        FaultyError: it is no UTF-8 text; with line and column.
        BadInputError: it cannot be read.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror or error}", where=str(file)) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        raise FaultyError([Fault(line, column, "no UTF-8 text", "save it as UTF-8")], file=str(file)) from error


def read_journey_file(workspace: Workspace, file: Path) -> Journey:
    """Read a journey's file.

    Raises:
        BadInputError: it cannot be read, or has faults.
    """
    return _checked(workspace, read_file(file), str(file))


def plan(workspace: Workspace, text: str, *, file: str = "journey") -> Published:
    """Say what publishing would change, and change nothing.

    Raises:
        FaultyError: the journey has faults.
    """
    one = _checked(workspace, text, file)
    with workspace.database.read() as connection:
        store = SqlJourneys(connection)
        versions = store.versions(one.name)
        standing = store.standing([version.version_id for version in versions])
    before = next((version for version in versions if version.is_current), None)
    is_new = before is None or before.journey != one
    number = (before.number if before else 0) + is_new
    under_way = [row for row in standing if row["outcome"] == 0]
    moving = 0
    if is_new and one.in_flight == "move":
        for version in versions:
            ways = followed(version.journey, one)
            moving += sum(
                row["people"] for row in under_way
                if row["version_id"] == version.version_id and row["step"] in ways.steps
            )  # fmt: skip
    told = changes(before.journey if before else None, one)
    return Published(one.name, number, is_new, sum(row["people"] for row in under_way), moving, told)


def publish(workspace: Workspace, text: str, *, file: str = "journey") -> Published:
    """Publish a journey: people enter this version from now on. Publishing the same again changes nothing.

    Raises:
        FaultyError: the journey has faults.
    """
    planned = plan(workspace, text, file=file)
    if not planned.is_new:
        return planned
    one = _checked(workspace, text, file)
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        store = SqlJourneys(connection)
        older = store.versions(one.name)
        store.set_mark(HEARD, store.last_touch(), only_new=True)
        version_id = store.publish(one, text, now_us=now_us)
        for entry in one.entries:
            if entry.how == "schedule":
                store.set_mark(f"schedule/{version_id}/{entry.line}", now_us)
        for version in older:
            ways = followed(version.journey, one) if one.in_flight == "move" else Followed({}, {})
            store.set_moves(version.version_id, Moves(version_id, ways.steps, ways.bits) if ways.steps else None)
    return planned


def set_paused(workspace: Workspace, name: str, *, paused: bool, reason: str = "") -> None:
    """Pause a journey (nobody enters, nobody moves on; goals and exits still count), or let it go on.

    Raises:
        BadInputError: there is no such journey.
    """
    with workspace.database.write() as connection:
        state = PAUSED if paused else RUNNING
        done = SqlJourneys(connection).set_state(name, state, reason=reason, now_us=workspace.clock.now_us())
    if not done:
        raise BadInputError(f"there is no journey {name!r}", mend="siyu journey list shows those there are")


def version_of(workspace: Workspace, name: str, number: int | None = None) -> Version:
    """Return one version of a journey; the current one if none is named.

    Raises:
        BadInputError: there is none.
    """
    with workspace.database.read() as connection:
        for version in SqlJourneys(connection).versions(name):
            if version.is_current if number is None else version.number == number:
                return version
    what = f"{name!r}" if number is None else f"{name!r} version {number}"
    raise BadInputError(f"there is no journey {what}", mend="siyu journey list shows those there are")


def _checked(workspace: Workspace, text: str, file: str) -> Journey:
    checked = check_text(workspace, text)
    if checked.journey is None:
        raise FaultyError(checked.faults, file=file)
    return checked.journey


def doubts_about(one: Journey) -> list[Fault]:
    """Say what is written well and may still not do what one wishes."""
    known = manifests()
    doubts = []
    for step in one.steps:
        if isinstance(step, Propose):
            manifest = known.get(step.channel)
            if manifest is None:
                doubts.append(Fault(step.line, 1, f"{step.channel!r} is no channel that Siyu can send through",
                                    f"one of {', '.join(sorted(known))}"))  # fmt: skip
            elif step.action not in manifest.outbound:
                doubts.append(Fault(step.line, 1, f"{step.channel} has no action {step.action!r}",
                                    f"one of {', '.join(manifest.outbound)}"))  # fmt: skip
    if any(TouchKind.MESSAGE_OUT in pattern.kinds for pattern in one.patterns):
        doubts.append(Fault(1, 1, "it listens to our own messages: every play's message counts",
                            "narrow it down with where: {about: …}, or listen to what the person does"))  # fmt: skip
    if any(isinstance(one, Fact) and one.about == "score" for one in conditions(one.leave_if)):
        doubts.append(Fault(1, 1, "a score changes when it is measured, not by what happens",
                            "an exit by a score acts when the person would move on"))  # fmt: skip
    return sorted(doubts, key=lambda doubt: doubt.line)
