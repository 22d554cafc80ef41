"""Run segments over a workspace: count, sample, overlap; keep members, and note who comes and goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from siyu.app.lake import measure, timelines
from siyu.app.log import get_logger
from siyu.app.people.match_files import text_of
from siyu.app.people.refresh import bring_up_to_date, read_marks, tallied, write_marks
from siyu.app.people.scores import PUBLISHED, scores_now
from siyu.app.workspace import Workspace
from siyu.kernel.arrays import Int64
from siyu.kernel.errors import BadInputError, RetryLaterError
from siyu.kernel.period import moment_of, us_of
from siyu.measurement.timeline import Timeline
from siyu.people.consent import is_granted
from siyu.people.segment import Question, Segment
from siyu.people.segment_kernel import Compiled, compile_segment, members
from siyu.people.segment_language import read_segments
from siyu.people.stage import stage_of
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.schema.people import consent, identifier, profile, relation, score
from siyu.stores.sql.schema.portraits import portrait, segment, segment_member, tag
from siyu.stores.sql.touch_log import SqlTouchLog
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import touch

_LOOKS = 20
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Members:
    """A measure: who is in each of some segments. Implements ``measurement.ports.Measure``.

    Attributes:
        plans: The segments as tables.
        known: For each segment, for each of its questions, the people of whom it is true, ascending.
    """

    columns: tuple[str, ...]
    plans: tuple[Compiled, ...]
    known: tuple[tuple[Int64, ...], ...]

    def of_bucket(self, timeline: Timeline) -> list[Int64]:
        """Return the members of each segment within one bucket."""
        return [
            members(plan, tallied(plan, timeline)[0], known) for plan, known in zip(self.plans, self.known, strict=True)
        ]

    def combine(self, parts: Iterable[list[Int64]]) -> list[Int64]:
        """Put the buckets together; people ascending."""
        every = [list(of_segment) for of_segment in zip(*parts, strict=True)] or [[] for _ in self.plans]
        return [np.sort(np.concatenate([*one, np.empty(0, np.int64)])) for one in every]


def read_segment_file(file: Path, workspace: Workspace) -> list[Segment]:
    """Read the segments of a YAML file.

    Raises:
        BadInputError: it cannot be read, or is wrong; with line and column.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", where=str(file)) from error
    text = text_of(raw, file)
    return read_segments(text, file=str(file), currency=workspace.settings.brand.currency)


def measure_of(
    workspace: Workspace,
    segments: Sequence[Segment],
    *,
    now_us: int | None = None,
    beside: Sequence[Segment] = (),
    within: tuple[str, ...] = (),
) -> Members:
    """Prepare segments to be run by any engine: ask the store what only the store knows.

    A segment that another one names is asked of this list first, then of those that are kept. A score that was never
    published is measured now.

    Args:
        beside: Segments that these may name as well.
        within: Segments that name these, from the outermost on.

    Raises:
        BadInputError: a segment names a score or segment that is not there, or itself.
    """
    now_us = workspace.clock.now_us() if now_us is None else now_us
    zone = ZoneInfo(workspace.settings.brand.zone)
    local = moment_of(now_us).astimezone(zone)
    midnight_us = us_of(datetime.combine(local.date(), time(), zone))
    plans = tuple(compile_segment(segment, now_us=now_us, midnight_us=midnight_us) for segment in segments)
    known = tuple(
        tuple(
            _known(workspace, question, beside or segments, now_us, (*within, one.name))
            for _, question in plan.questions
        )
        for one, plan in zip(segments, plans, strict=True)
    )
    columns = tuple(dict.fromkeys(column for segment in segments for column in segment.columns))
    return Members(columns, plans, known)


def members_of(workspace: Workspace, segments: Sequence[Segment], *, now_us: int | None = None) -> list[Int64]:
    """Return the people of each segment as of now, ascending."""
    return measure(workspace, measure_of(workspace, segments, now_us=now_us))


def _known(
    workspace: Workspace, question: Question, beside: Sequence[Segment], now_us: int, within: tuple[str, ...]
) -> Int64:
    """Return the people of whom a question is true, ascending; ``within`` is the segment that asks, and who asks it."""
    if question.about == "segment":
        if question.name in within:
            raise BadInputError(f"the segment {question.name!r} names itself", where=" -> ".join(within))
        named = [one for one in beside if one.name == question.name]
        if named:
            return measure(workspace, measure_of(workspace, named, now_us=now_us, beside=beside, within=within))[0]
    if question.about == "score" and question.name in PUBLISHED:
        with workspace.database.read() as connection:
            published = connection.execute(select(score.c.name).where(score.c.name == question.name).limit(1)).first()
        if published is None:
            people, values = scores_now(workspace, question.name)
            return people[(values >= question.low) & (values <= question.high)]
    with workspace.database.read() as connection:
        return _people(connection, question, now_us)


def _people(connection: Connection, question: Question, now_us: int) -> Int64:
    """Return the people of whom a question is true, ascending."""
    found: Sequence[int]
    match question.about:
        case "stage":
            found = _by_stage(connection, question.name)
        case "score":
            if not connection.execute(select(score.c.name).where(score.c.name == question.name).limit(1)).first():
                raise BadInputError(
                    f"there is no score {question.name!r}", where="score", mend=f"one of {', '.join(PUBLISHED)}"
                )
            bounds = [score.c.name == question.name]
            if question.low > float("-inf"):
                bounds.append(score.c.value >= question.low)
            if question.high < float("inf"):
                bounds.append(score.c.value <= question.high)
            found = connection.execute(select(score.c.person_id).where(*bounds)).scalars().all()
        case "reachable":
            found = connection.execute(
                select(identifier.c.person_id)
                .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
                .where(relation.c.until_us.is_(None), (relation.c.channel == question.name))
            ).scalars().all()  # fmt: skip
        case "consent":
            found = _by_consent(connection, question.name)
        case "tag":
            found = connection.execute(
                select(identifier.c.person_id)
                .join(tag, tag.c.identifier_id == identifier.c.identifier_id)
                .where(tag.c.name == question.name, tag.c.until_us.is_(None) | (tag.c.until_us > now_us))
            ).scalars().all()  # fmt: skip
        case "attribute":
            found = _by_attribute(connection, question)
        case _:
            if not connection.execute(select(segment.c.name).where(segment.c.name == question.name)).first():
                raise BadInputError(
                    f"there is no segment {question.name!r}",
                    where="segment",
                    mend="keep it first: siyu segment refresh",
                )
            found = connection.execute(
                select(segment_member.c.person_id).where(segment_member.c.name == question.name)
            ).scalars().all()  # fmt: skip
    return np.unique(np.array(found, np.int64))


def _by_attribute(connection: Connection, question: Question) -> list[int]:
    """Return the people whose newest value of a field is among those asked for."""
    rows = connection.execute(
        select(identifier.c.person_id, portrait.c.value)
        .join(portrait, portrait.c.identifier_id == identifier.c.identifier_id)
        .where(portrait.c.field == question.name)
        .order_by(portrait.c.known_at_us)
    )
    newest = {person: value for person, value in rows}  # noqa: C416  rows are no pairs to the type checker
    return [person for person, value in newest.items() if value in question.values]


def _by_stage(connection: Connection, name: str) -> list[int]:
    owned = {
        person
        for (person,) in connection.execute(
            select(identifier.c.person_id)
            .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
            .where(relation.c.until_us.is_(None))
            .distinct()
        )
    }
    rows = connection.execute(
        select(identifier.c.person_id, func.sum(profile.c.messages_in), func.sum(profile.c.orders))
        .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
        .group_by(identifier.c.person_id)
    )
    return [
        person
        for person, said, orders in rows
        if stage_of(owned=person in owned, messages_in=said, orders=orders).name.lower() == name
    ]


def _by_consent(connection: Connection, purpose: str) -> list[int]:
    asked = connection.execute(
        select(identifier.c.person_id)
        .join(consent, consent.c.identifier_id == identifier.c.identifier_id)
        .where(consent.c.purpose == purpose)
        .distinct()
    ).scalars()
    records = SqlConsents(connection).of_people(list(asked))
    return [person for person, said in records.items() if is_granted(said, purpose=purpose, channel="")]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh came to.

    Attributes:
        measured: People who were measured because something about them changed.
        whole: Buckets of people that were measured whole, changed or not.
    """

    name: str
    people: int
    entered: int
    left: int
    measured: int
    whole: int


def refresh(workspace: Workspace, segments: Sequence[Segment]) -> list[Refreshed]:
    """Bring the kept members of segments up to date; everybody who enters or leaves is a touch of its own.

    Only people of whom something changed are measured (``refresh.py``). A segment that was not kept before is kept
    from now on.

    Raises:
        RetryLaterError: the lake changes faster than it can be read.
    """
    for _ in range(_LOOKS):
        try:
            return _refresh(workspace, segments)
        except FileNotFoundError:  # an erasure or a sweep took a file away while it was read: look again
            continue
    raise RetryLaterError("the lake's files change faster than they can be read", retry_after=timedelta(seconds=1))


def _refresh(workspace: Workspace, segments: Sequence[Segment]) -> list[Refreshed]:
    now_us = workspace.clock.now_us()
    measures = measure_of(workspace, segments, now_us=now_us)
    seen = timelines(workspace, columns=measures.columns)
    done = []
    for one, plan, known in zip(segments, measures.plans, measures.known, strict=True):
        with workspace.database.read() as connection:
            kept = connection.execute(
                select(segment.c.marks, segment.c.made_at_us).where(segment.c.name == one.name)
            ).first()
            held = _held(connection, one.name)
        before = read_marks(bytes(kept.marks)) if kept else None
        brought = bring_up_to_date(seen, one, plan, known, now_us=now_us, held=held, before=before)
        with workspace.database.write() as connection:
            held = _held(connection, one.name)
            entered, left = np.setdiff1d(brought.people, held), np.setdiff1d(held, brought.people)
            connection.execute(delete(segment).where(segment.c.name == one.name))
            connection.execute(
                insert(segment),
                {"name": one.name, "title": one.title, "text": one.text,
                 "made_at_us": kept.made_at_us if kept else now_us, "refreshed_at_us": now_us,
                 "marks": write_marks(brought.marks)},
            )  # fmt: skip
            for part in chunks(left.tolist()):
                connection.execute(
                    delete(segment_member).where(
                        segment_member.c.name == one.name, segment_member.c.person_id.in_(part)
                    )
                )
            insert_rows(
                connection, segment_member, ("name", "person_id", "since_us"),
                [(one.name, person, now_us) for person in entered.tolist()],
            )  # fmt: skip
            _note(connection, one.name, TouchKind.SEGMENT_ENTERED, entered.tolist(), now_us)
            _note(connection, one.name, TouchKind.SEGMENT_LEFT, left.tolist(), now_us)
        done.append(
            Refreshed(one.name, int(brought.people.size), int(entered.size), int(left.size), brought.measured,
                      brought.whole)
        )  # fmt: skip
    return done


def refresh_kept(workspace: Workspace) -> list[Refreshed]:
    """Bring every kept segment up to date, in the order in which they were made: one may name those before it.

    One that cannot be measured any more, since what it names is gone, stays as it is.
    """
    with workspace.database.read() as connection:
        rows = connection.execute(select(segment.c.name, segment.c.text).order_by(segment.c.made_at_us)).all()
    done: list[Refreshed] = []
    for text in dict.fromkeys(row.text for row in rows):  # what one file names is measured together
        names = {row.name for row in rows if row.text == text}
        try:
            every = read_segments(text, currency=workspace.settings.brand.currency)
            done += refresh(workspace, [one for one in every if one.name in names])
        except BadInputError as error:
            _log.warning("segments not refreshed", segments=sorted(names), reason=str(error))
    return done


def _held(connection: Connection, name: str) -> Int64:
    return np.array(
        connection.execute(
            select(segment_member.c.person_id)
            .where(segment_member.c.name == name)
            .order_by(segment_member.c.person_id)
        ).scalars().all(), np.int64
    )  # fmt: skip


def kept_segments(workspace: Workspace) -> list[dict[str, object]]:
    """Return the segments that are kept: name, title, people, when they were last brought up to date."""
    with workspace.database.read() as connection:
        rows = connection.execute(
            select(segment.c.name, segment.c.title, func.count(segment_member.c.person_id).label("people"),
                   segment.c.refreshed_at_us)
            .join(segment_member, segment_member.c.name == segment.c.name, isouter=True)
            .group_by(segment.c.name, segment.c.title, segment.c.refreshed_at_us)
            .order_by(segment.c.name)
        ).mappings()  # fmt: skip
        return [dict(row) for row in rows]


def _note(connection: Connection, name: str, kind: TouchKind, people: Sequence[int], now_us: int) -> None:
    touches = [
        touch(
            "siyu",
            kind,
            happened_at_us=now_us,
            received_at_us=now_us,
            event_key=f"{name}/{person}/{now_us}",
            about=name,
        )
        for person in people
    ]
    log = SqlTouchLog(connection)
    fresh = {one.touch_id for one in log.fresh(touches)}
    kept = [(one, person) for one, person in zip(touches, people, strict=True) if one.touch_id in fresh]
    log.append([one for one, _ in kept], [person for _, person in kept])
