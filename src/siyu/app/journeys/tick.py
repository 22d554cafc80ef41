"""A tick: everybody who is due goes on, as far as they can, in a few statements over thousands of people at a time.

Each piece of work is one short transaction, and each leaves the books as if the ones after it had not been due yet:
a process that dies between any two statements loses nobody, and nothing is done twice. Several workers may tick at
once; what one holds the others leave alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select

from siyu.app.journeys.act import act
from siyu.app.workspace import Workspace
from siyu.campaigns.journey.calendar import last_occasion, midnight_before
from siyu.stores.sql.journey_moves import (
    MOST_ROWS,
    brought,
    change_rows,
    change_version,
    is_anybody_due,
    join_runs,
    move,
)
from siyu.stores.sql.journey_moves import hear as hear_of
from siyu.stores.sql.journey_ways import ACTIONS
from siyu.stores.sql.journeys import HEARD, SqlJourneys, Version
from siyu.stores.sql.schema.journeys import journey_rehomed
from siyu.stores.sql.schema.portraits import segment_member
from siyu.stores.sql.schema.touches import touch

#: People for whom something is done, and touches that are heard, in one transaction.
_MOST_ACTIONS: Final = 2_000
#: How many rows a transaction takes follows how long the last one took (seconds): on a busy machine they get smaller,
#: so that intake never waits long. What comes of it does not depend on it.
_FIRST_ROWS: Final = 4_000
_LONG_S: Final = 0.1
_SHORT_S: Final = 0.04
#: After so many people the log of SQLite is put away, between two transactions: never hundreds of MB in one of them.
_PUT_AWAY_AFTER: Final = 100_000
_MOST_TOUCHES: Final = 4_000
_MOST_ENTRIES: Final = 4_000
_MOST_MERGED: Final = 500


@dataclass(slots=True)
class Ticked:
    """What a tick did.

    Attributes:
        entered: People who came in.
        heard: Times that somebody on the way heard of a touch.
        moved: Times that somebody went on to another step.
        acted: Of these, how often something was done: proposals, tasks, tags, calls, holdouts, by word.
        merged: Ways that ended or went on because people were merged or split.
        changed_version: People put into a newer version.
    """

    entered: int = 0
    heard: int = 0
    moved: int = 0
    acted: dict[str, int] = field(default_factory=dict)
    merged: int = 0
    changed_version: int = 0


def tick(workspace: Workspace, *, most: int = MOST_ROWS) -> Ticked:
    """Hear what happened, let people in, and move everybody who is due by now.

    Args:
        most: Rows in one transaction.
    """
    done = Ticked()
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        versions = SqlJourneys(connection).versions()
    if not versions:
        return done
    done.merged = _merge(workspace, versions, now_us)
    entered, done.heard = hear(workspace, versions)
    done.entered = entered + _schedules(workspace, versions, now_us)
    for version in versions:
        done.changed_version += _repeat(workspace, lambda store, v=version: change_version(store, v, most=most), most)
    for version in versions:
        if version.is_running:
            _move(workspace, version, now_us, most, done)
    return done


def hear(workspace: Workspace, versions: list[Version] | None = None) -> tuple[int, int]:
    """Tell journeys of every touch they did not hear of yet; return how many people came in, and how many heard.

    The lake calls this before it takes touches out of the log.
    """
    database, now_us = workspace.database, workspace.clock.now_us()
    if versions is None:
        with database.read() as connection:
            versions = SqlJourneys(connection).versions()
    if not versions:
        return 0, 0
    with database.write() as connection:
        last = SqlJourneys(connection).last_touch()
    midnight_us, salt = midnight_before(now_us, _zone(workspace)), salt_of(workspace)
    entered = heard = 0
    while True:
        with database.write() as connection:
            store = SqlJourneys(connection)
            mark = store.hold_mark(HEARD)
            if mark is None or mark >= last:
                return entered, heard
            part = select(touch.c.seq).where(touch.c.seq > mark, touch.c.seq <= last).order_by(touch.c.seq)
            part_of = part.limit(_MOST_TOUCHES).subquery()
            end = connection.execute(select(func.max(part_of.c.seq))).scalar_one()
            if end is not None:
                for version in versions:
                    patterns = [one.pattern for one in version.journey.entries if one.pattern]
                    if version.is_current and version.is_running and patterns:
                        who = brought(connection, patterns, first=mark + 1, last=end)
                        entered += store.enter(version, _family(versions, version), who, now_us=now_us,
                                               midnight_us=midnight_us, salt=salt)  # fmt: skip
                for version in versions:
                    heard += hear_of(connection, version, first=mark + 1, last=end, now_us=now_us)
            store.set_mark(HEARD, last if end is None else end)


def enter_on_request(workspace: Workspace, name: str, people: list[int]) -> int:
    """Let people into a journey now, as far as its rules allow; return how many came in."""
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        versions = SqlJourneys(connection).versions(name)
    current = next((one for one in versions if one.is_current), None)
    if current is None or not current.is_running:
        return 0
    entered = 0
    for start in range(0, len(people), _MOST_ENTRIES):
        with workspace.database.write() as connection:
            store = SqlJourneys(connection)
            part = people[start : start + _MOST_ENTRIES]
            person_of = store.people_of(part)
            seq = connection.execute(select(func.coalesce(func.max(touch.c.seq), store.mark(HEARD) or 0))).scalar_one()
            who = [(number, person_of[number], seq) for number in part if number in person_of]
            entered += store.enter(
                current, _family(versions, current), who, now_us=now_us,
                midnight_us=midnight_before(now_us, _zone(workspace)), salt=salt_of(workspace),
            )  # fmt: skip
    return entered


def salt_of(workspace: Workspace) -> str:
    """What chance depends on: the salt of the holdouts, or the workspace's own name."""
    return workspace.settings.policy.holdout_salt or workspace.vault.salt


def _zone(workspace: Workspace) -> tzinfo:
    return ZoneInfo(workspace.settings.brand.zone)


def _family(versions: list[Version], of: Version) -> list[int]:
    return [one.version_id for one in versions if one.journey.name == of.journey.name]


def _repeat(workspace: Workspace, work: Callable[..., int], most: int) -> int:
    """Do a piece of work, a transaction each time, until there is no more of it."""
    total = 0
    while True:
        with workspace.database.write() as connection:
            rows = work(connection)
        total += rows
        if rows < most:
            return total


def _move(workspace: Workspace, version: Version, now_us: int, most: int, done: Ticked) -> None:
    midnight_us, salt = midnight_before(now_us, _zone(workspace)), salt_of(workspace)
    for place, step in enumerate(version.journey.steps):
        is_action = isinstance(step, ACTIONS)
        largest = min(most, _MOST_ACTIONS) if is_action else most
        size = min(largest, _FIRST_ROWS)
        with workspace.database.read() as connection:
            if not is_anybody_due(connection, version.version_id, place, now_us):
                continue
        while True:
            with workspace.database.write() as connection:
                began = perf_counter()
                rows, who = move(connection, version, place, now_us=now_us, midnight_us=midnight_us, most=size,
                                 returning=is_action)  # fmt: skip
                if who:
                    act(connection, version, step, who, now_us=now_us, salt=salt)
            took = perf_counter() - began
            if done.moved // _PUT_AWAY_AFTER < (done.moved + rows) // _PUT_AWAY_AFTER:
                workspace.database.put_away()
            done.moved += rows
            if who:
                word = type(step).__name__.lower()
                done.acted[word] = done.acted.get(word, 0) + len(who)
            if rows < size:
                break
            size = max(1, size // 2) if took > _LONG_S else min(largest, size * 2) if took < _SHORT_S else size


def _schedules(workspace: Workspace, versions: list[Version], now_us: int) -> int:
    """Let in the members of segments whose hour has come, a part in each transaction."""
    entered = 0
    zone = _zone(workspace)
    for version in versions:
        for entry in version.journey.entries:
            if entry.how != "schedule" or not (version.is_current and version.is_running):
                continue
            occasion = last_occasion(entry, now_us, zone)
            fired, reached = f"schedule/{version.version_id}/{entry.line}", f"reached/{version.version_id}/{entry.line}"
            while True:
                with workspace.database.write() as connection:
                    store = SqlJourneys(connection)
                    before = store.hold_mark(fired)
                    if before is None or before >= occasion:
                        break
                    from_person = store.mark(reached) or 0
                    members = select(segment_member.c.person_id).where(
                        segment_member.c.name == entry.segment, segment_member.c.person_id > from_person
                    )
                    people = list(connection.execute(
                        members.order_by(segment_member.c.person_id).limit(_MOST_ENTRIES)
                    ).scalars())  # fmt: skip
                    person_of = store.people_of(people)
                    seq = store.mark(HEARD) or 0
                    entered += store.enter(
                        version, _family(versions, version),
                        [(number, person_of[number], seq) for number in people if number in person_of],
                        now_us=now_us, midnight_us=midnight_before(now_us, zone), salt=salt_of(workspace),
                    )  # fmt: skip
                    store.set_mark(reached, people[-1] if people else 0)
                    if len(people) < _MOST_ENTRIES:
                        store.set_mark(fired, occasion)
                        store.set_mark(reached, 0)
                        break
    return entered


def _merge(workspace: Workspace, versions: list[Version], now_us: int) -> int:
    """Let people who were merged go on once in each journey, and people who were split each on their own."""
    names = {one.journey.name for one in versions}
    journey_of = {one.version_id: one.journey for one in versions}
    changed = 0
    while True:
        with workspace.database.write() as connection:
            store = SqlJourneys(connection)
            notes = connection.execute(
                select(journey_rehomed)
                .order_by(journey_rehomed.c.seq)
                .limit(_MOST_MERGED)
                .with_for_update(skip_locked=True)
            ).all()
            if not notes:
                return changed
            moved = {number for row in notes for number in (row.identifier_id, row.was_person_id)}
            people = sorted(set(store.people_of(sorted(moved)).values()))
            for name in sorted(names):
                family = [one.version_id for one in versions if one.journey.name == name]
                for rows in store.history(family, people).values():
                    changes = join_runs(rows, journey_of, now_us)
                    change_rows(connection, changes)
                    changed += len(changes)
            connection.execute(delete(journey_rehomed).where(journey_rehomed.c.seq.in_([row.seq for row in notes])))
