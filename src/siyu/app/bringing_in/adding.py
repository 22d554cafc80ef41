"""Gradual adding at work (渐进添加): whom each staff member may ask to be added today, and how many say yes.

Siyu asks nobody by itself: no platform lets software do it. It names the people (who bought or wrote, and were never
asked), holds each account to its pace, and books what staff asked; that somebody was added is the yes.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, exists, func, select

from siyu.app.lake import timelines
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY
from siyu.measurement.timeline import Timeline
from siyu.stores.sql.schema.people import identifier, profile, relation
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.adding import Adding, AddingDay, Basis, Pace, acceptance, adding, may_be_asked
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

#: Who is asked has so long to say yes.
_ANSWER_US: Final = 7 * DAY
_KINDS: Final = (int(TouchKind.CONTACT_REQUESTED), int(TouchKind.CONTACT_ADDED))


@dataclass(frozen=True, slots=True)
class Account:
    """One staff member's adding.

    Attributes:
        asked, accepted: Ever.
        asked_today: Since midnight on the brand's clock; ``left_today``: how many more may be asked.
        people: Whom to ask next, newest order first.
    """

    staff: str
    asked: int
    accepted: int
    asked_today: int
    left_today: int
    pace: Adding
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """How readily people of one source say yes.

    Attributes:
        source: The code through which the person first came, else the channel; ``unknown`` for neither.
        share, low, high: Acceptance with its 95 % interval; ``alarm``: ``slow`` or ``rest`` when it is too low.
    """

    source: str
    asked: int
    accepted: int
    share: float
    low: float
    high: float
    alarm: str


def accounts(workspace: Workspace, pace: Pace | None = None) -> list[Account]:
    """Return every staff member with a relation or a request: pace, acceptance with its interval, whom to ask next."""
    pace = pace or Pace()
    zone = ZoneInfo(workspace.settings.brand.zone)
    now = workspace.clock.now_us()
    today = _day(now, zone)
    requests = _requests(workspace)
    with workspace.database.read() as connection:
        staff = set(connection.execute(select(relation.c.staff).where(relation.c.staff != "").distinct()).scalars())
        waiting = [one for one in _candidates(connection) if one not in {who for who, *_rest in requests}]
    found = []
    by_staff: dict[str, list[tuple[int, bool]]] = {name: [] for name in staff}
    for _who, name, at_us, yes, _source in requests:
        by_staff.setdefault(name, []).append((_day(at_us, zone), yes))
    names = sorted(by_staff)
    for place, name in enumerate(names):
        mine = by_staff[name]
        first = min((day for day, _yes in mine), default=today)
        days = [
            AddingDay(sum(at == day for at, _yes in mine), sum(at == day and yes for at, yes in mine))
            for day in range(first, today)
        ]
        may = adding(pace, days)
        asked_today = sum(day == today for day, _yes in mine)
        left = max(0, may.may_ask - asked_today)
        found.append(
            Account(
                name, len(mine), sum(yes for _day_, yes in mine), asked_today, left, may,
                tuple(waiting[place :: len(names)][:left]),
            )
        )  # fmt: skip
    return found


def sources(workspace: Workspace, pace: Pace | None = None) -> list[Source]:
    """Return how readily people of each source say yes, those with an alarm first."""
    pace, counted = pace or Pace(), defaultdict[str, list[bool]](list)
    for _who, _staff, _at_us, yes, source in _requests(workspace):
        counted[source].append(yes)
    found = []
    for source, answers in counted.items():
        judged = acceptance(pace, len(answers), sum(answers))
        found.append(
            Source(source, len(answers), sum(answers), judged.share, judged.low, judged.high, judged.alarm.value)
        )
    return sorted(found, key=lambda one: (one.alarm == "none", one.share, one.source))


def asked(workspace: Workspace, person: int, staff: str, *, pace: Pace | None = None) -> dict[str, Any]:
    """Book that a staff member asked a person to be added.

    Raises:
        BadInputError: there is no such person.
        RefusedError: the person gave no reason, was asked before, or the account has asked enough today.
    """
    with workspace.database.read() as connection:
        number = connection.execute(
            select(func.min(identifier.c.identifier_id)).where(identifier.c.person_id == person)
        ).scalar()
        if number is None:
            raise BadInputError(f"there is no person {person}", where="person")
        bought, wrote = connection.execute(
            select(func.sum(profile.c.orders), func.sum(profile.c.messages_in))
            .join(identifier, identifier.c.identifier_id == profile.c.identifier_id)
            .where(identifier.c.person_id == person)
        ).one()
        name = SqlVault(connection, workspace.vault).identifiers([number]).get(number, "")
        space = connection.execute(
            select(identifier.c.namespace).where(identifier.c.identifier_id == number)
        ).scalar_one()
    basis = Basis.BOUGHT if bought else Basis.ASKED if wrote else None
    before = sum(who == person for who, *_rest in _requests(workspace))
    may, why = may_be_asked(basis, asked_before=before)
    if not may:
        raise RefusedError(f"person {person} {why}", allowed="offer a code or a card that people scan by themselves")
    mine = next((one for one in accounts(workspace, pace) if one.staff == staff), None)
    left = mine.left_today if mine else (pace or Pace()).first_day
    if left <= 0:
        raise RefusedError(f"{staff} has asked enough people today", allowed="ask tomorrow, or let a colleague ask")
    now = workspace.clock.now_us()
    TakeIn(workspace).take(
        [
            touch(
                "wecom", TouchKind.CONTACT_REQUESTED, happened_at_us=now, received_at_us=now, staff=staff,
                actors=(Identifier(space, name),), about=str(basis), event_key=f"asked {person} {staff} {now}",
            )
        ]
    )  # fmt: skip
    return {"person": person, "staff": staff, "basis": str(basis), "left_today": left - 1}


def told(one: Account) -> dict[str, Any]:
    """Write an account for an answer."""
    return {**asdict(one), "pace": {**asdict(one.pace), "alarm": one.pace.alarm.value}, "people": list(one.people)}


def _requests(workspace: Workspace) -> list[tuple[int, str, int, bool, str]]:
    """Return every request: (person, staff, when, whether the person was added within the time, the source)."""
    found: list[tuple[int, str, int, bool, str]] = []
    columns = ("kind", "staff", "source_code", "channel")
    read = timelines(workspace, columns=columns)
    for bucket in read.buckets:
        timeline = read.of_bucket(bucket, columns)
        rows = np.flatnonzero(np.isin(timeline.kind, _KINDS))
        names, codes = timeline.text["staff"].names, timeline.text["staff"].codes
        added: dict[int, list[int]] = defaultdict(list)
        asked_rows = []
        for row in rows.tolist():
            who, at_us = int(timeline.person[row]), int(timeline.at[row])
            if timeline.kind[row] == TouchKind.CONTACT_ADDED:
                added[who].append(at_us)
            else:
                asked_rows.append((who, names[codes[row]], at_us))
        found += [
            (who, staff, at_us, any(at_us <= yes < at_us + _ANSWER_US for yes in added[who]), _source(timeline, who))
            for who, staff, at_us in asked_rows
        ]
    return sorted(found, key=lambda one: one[2])


def _source(timeline: Timeline, who: int) -> str:
    """Return the code through which a person first came, else the channel of the first touch that is no request."""
    start, stop = np.searchsorted(timeline.person, [who, who + 1])
    codes, channels = timeline.text["source_code"], timeline.text["channel"]
    for row in range(int(start), int(stop)):
        if name := str(codes.names[codes.codes[row]]):
            return name
    own = [row for row in range(int(start), int(stop)) if timeline.kind[row] not in _KINDS]
    return str(channels.names[channels.codes[own[0]]]) if own else "unknown"


def _candidates(connection: Connection) -> list[int]:
    """Return people who bought or wrote and were never a contact, newest order first."""
    every = identifier.alias("every")
    contact = exists().where(
        relation.c.identifier_id == every.c.identifier_id, every.c.person_id == identifier.c.person_id
    )
    query = (
        select(identifier.c.person_id)
        .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
        .where(~contact)
        .group_by(identifier.c.person_id)
        .having((func.sum(profile.c.orders) > 0) | (func.sum(profile.c.messages_in) > 0))
        .order_by(func.max(profile.c.last_at_us).desc(), identifier.c.person_id)
        .limit(2_000)
    )
    return list(connection.execute(query).scalars())


def _day(at_us: int, zone: ZoneInfo) -> int:

    return datetime.fromtimestamp(at_us / 1e6, zone).toordinal()
