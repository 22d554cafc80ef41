"""Gather what the plays that run need to know of everybody, and nothing that none of them needs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, select

from siyu.app.lake import measure
from siyu.app.workspace import Workspace
from siyu.campaigns.facts import EVENTS, POINTS, PORTRAIT, PROMISES, TIERS, Facts
from siyu.campaigns.play import Play
from siyu.kernel.arrays import Int64
from siyu.kernel.period import DAY
from siyu.loyalty.ledger import Account
from siyu.loyalty.membership import Programme
from siyu.loyalty.points import lots_of
from siyu.measurement.models.last_events import LastEvents
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.facts import SqlFacts
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.schema.loyalty import ledger_entry, ledger_posting
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.portraits import portrait

#: So far ahead points that expire and tiers that end are looked for.
_AHEAD: Final = 30 * DAY
#: A tier that was reached so lately is new.
_LATELY: Final = 14 * DAY
#: The tier of a city that is named and stands in no list: those lists end with the third tier.
_BELOW: Final = 4


def needs_of(plays: Iterable[Play]) -> set[str]:
    """Return what some plays need beyond the counters."""
    return {need for play in plays for need in getattr(play, "needs", ())}


def needs_of_numbers(numbers: Mapping[str, int | float | str]) -> set[str]:
    """Return what some numbers of the guard need: hours by city need to know the city."""
    return {PORTRAIT} if numbers.get("lower_tier_hour") or numbers.get("lowest_tier_hour") else set()


def facts_for(workspace: Workspace, needs: Collection[str]) -> Facts:
    """Return everybody's facts with the columns that are needed."""
    with workspace.database.read() as connection:
        facts = SqlFacts(connection).all()
        if not len(facts):
            return facts
        if PORTRAIT in needs:
            facts = replace(facts, **_portrait(connection, facts.person))
        if PROMISES in needs:
            facts = replace(facts, **_promises(connection, facts.person))
        if POINTS in needs:
            facts = replace(facts, **_points(connection, facts.person, workspace.clock.now_us()))
    programme = workspace.settings.membership.programme()
    if EVENTS in needs or (TIERS in needs and programme):
        facts = replace(facts, **_events(workspace, facts, programme))
    return facts


def _portrait(connection: Connection, person: Int64) -> dict[str, Any]:
    found = {name: np.zeros(person.size, np.int64) for name in ("birth_month", "city_tier")}
    named = np.zeros(person.size, np.bool_)
    rows = connection.execute(
        select(identifier.c.person_id, portrait.c.field, portrait.c.value)
        .join(portrait, portrait.c.identifier_id == identifier.c.identifier_id)
        .where(portrait.c.field.in_(("birth_month", "city_tier", "city")))
        .order_by(portrait.c.known_at_us)
    )
    for number, name, value in rows:
        place = _place(person, number)
        if place < 0:
            continue
        if name == "city":
            named[place] = bool(value)
        elif value.replace(".", "", 1).isdigit():
            found[name][place] = int(float(value))
    found["city_tier"][named & (found["city_tier"] == 0)] = _BELOW
    return found


def _promises(connection: Connection, person: Int64) -> dict[str, Any]:
    owed = SqlPromises(connection).open()
    person_of: dict[int, int] = {}
    for part in chunks(sorted({one.identifier_id for one in owed})):
        query = select(identifier.c.identifier_id, identifier.c.person_id).where(identifier.c.identifier_id.in_(part))
        person_of |= {number: who for number, who in connection.execute(query)}  # noqa: C416  rows are no pairs to mypy
    at, what = np.zeros(person.size, np.int64), [""] * int(person.size)
    for one in sorted(owed, key=lambda promise: -promise.promised_at_us):  # the oldest is written last
        place = _place(person, person_of.get(one.identifier_id, -1))
        if place >= 0:
            at[place], what[place] = one.promised_at_us, one.what
    return {"promised_at_us": at, "promised": np.array(what, np.str_)}


def _points(connection: Connection, person: Int64, now_us: int) -> dict[str, Any]:
    until, points = np.zeros(person.size, np.int64), np.zeros(person.size, np.int64)
    soon = connection.execute(
        select(identifier.c.person_id, ledger_posting.c.identifier_id)
        .join(ledger_posting, ledger_posting.c.identifier_id == identifier.c.identifier_id)
        .join(ledger_entry, ledger_entry.c.entry_id == ledger_posting.c.entry_id)
        .where(
            ledger_entry.c.expires_at_us > now_us, ledger_entry.c.expires_at_us <= now_us + _AHEAD,
            ledger_posting.c.account == Account.POINTS.value,
        )
        .distinct()
    )  # fmt: skip
    theirs: dict[int, list[int]] = defaultdict(list)
    for who, number in soon:
        theirs[who].append(number)
    ledger = SqlLedger(connection)
    for part in chunks(sorted(theirs)):
        numbers = [number for who in part for number in theirs[who]]
        entries = ledger.history(numbers)
        for who in part:
            place = _place(person, who)
            lots = [lot for lot in lots_of(entries, theirs[who]) if now_us < lot.expires_at_us <= now_us + _AHEAD]
            if place >= 0 and lots:
                until[place], points[place] = lots[0].expires_at_us, sum(lot.left for lot in lots)
    return {"points_until_us": until, "points": points}


def _events(workspace: Workspace, facts: Facts, programme: Programme | None) -> dict[str, Any]:
    now_us, person = workspace.clock.now_us(), facts.person
    period = programme.keep_us if programme else 0
    found = measure(workspace, LastEvents(now_us - period, now_us - period + _AHEAD, now_us - _LATELY))
    place = np.minimum(np.searchsorted(person, found.person), person.size - 1)
    known = person[place] == found.person

    def put(values: Int64) -> Int64:
        column = np.zeros(person.size, np.int64)
        column[place[known]] = values[known]
        return column

    columns = {
        "received_at_us": put(found.received_at),
        "refunded_at_us": put(found.refunded_at),
        "calmed_at_us": put(found.calmed_at),
        "spoke_at_us": put(found.spoke_at),
    }
    if programme:
        paid = put(found.paid_minor)
        columns |= _tiers(programme, paid, put(found.paid_later_minor), paid - put(found.paid_lately_minor))
        columns["tier_at_us"] = np.where(columns.pop("rose"), facts.last_at_us, 0)
    return columns


def _tiers(programme: Programme, paid: Int64, later: Int64, before: Int64) -> dict[str, Any]:
    """Say what is missing to the next tier, what keeps this one for 30 days more, and who rose since ``before``."""
    lines = np.array([tier.spent_minor for tier in programme.tiers], np.int64)
    now, then, was = (np.searchsorted(lines, sums, side="right") - 1 for sums in (paid, later, before))
    top = np.append(lines, 0)[np.maximum(now, 0) + 1]
    return {
        "missing_minor": np.where(top > 0, top - paid, 0),
        "next_minor": top,
        "rose": now > was,
        "losing_minor": np.where((then < now) & (now > 0), lines[np.maximum(now, 0)] - later, 0),
    }


def _place(person: Int64, who: int) -> int:
    place = int(np.searchsorted(person, who))
    return place if place < person.size and person[place] == who else -1
