"""Baits at work (诱饵): offered here and now, claimed once a person, handed over with proof, judged by who stays.

A claim is a promise in the promise ledger; handing over keeps it. What is counted of people who claimed: handed over,
came back on a later day, and still did something by themselves in days 30 to 60.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, func, select, update

from siyu.app.lake import timelines
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.ids import id_of_text, id_text, time_ordered_id
from siyu.kernel.period import DAY
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.schema.acquire import bait_refusal
from siyu.stores.sql.schema.acquire import promise as promises
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.conflicts import conflict
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.bait import REASONS, Bait, BaitResult, why_not
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.promise import promise

_PREFIX: Final = "bait."
#: What somebody does by themselves.
_OWN: Final = tuple(
    int(kind)
    for kind in (TouchKind.ORDER_PAID, TouchKind.MESSAGE_IN, TouchKind.SCAN, TouchKind.VISIT, TouchKind.COMMENT)
)


def keep_bait(workspace: Workspace, written: Mapping[str, Any]) -> Bait:
    """Keep a bait, or change it; what was claimed stays.

    Raises:
        BadInputError: something is missing, unknown or out of its range.
    """
    bait = _bait(written)
    value = json.dumps(_written(bait), ensure_ascii=False)
    with workspace.database.write() as connection:
        then = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        insert_rows(connection, setting, ("name", "value"), [(_PREFIX + bait.name, value)], then=then)
    return bait


def claim(
    workspace: Workspace, name: str, person: int, *, place: str = "", celsius: float | None = None
) -> dict[str, Any]:
    """Let a person claim a bait: once over all accounts, while it is offered here and now.

    A claim that is not given is kept with its reason; a doubtful one waits for ``decide``.

    Raises:
        BadInputError: there is no such bait or person.
        RefusedError: it is not offered here and now, there are none left, the person has had it, or it is doubtful.
    """
    now = workspace.clock.now_us()
    hour = datetime.fromtimestamp(now / 1e6, ZoneInfo(workspace.settings.brand.zone)).hour
    with workspace.database.write() as connection:
        bait = _kept(connection, name)
        number = connection.execute(
            select(func.min(identifier.c.identifier_id)).where(identifier.c.person_id == person)
        ).scalar()
        if number is None:
            raise BadInputError(f"there is no person {person}", where="person")
        claims = _claims(connection, name)
        left = bait.stock - claims.total()
        why = why_not(claims[person], suspicion=_suspicion(connection, person, claims))
        if why != "had_it" and not bait.offered(place=place, hour=hour, celsius=celsius, claimed=claims.total()):
            why = "not_offered" if left > 0 else "none_left"
        if not why:
            made = _give(connection, bait, int(number), now)
            return {"claim": made, "bait": name, "person": person, "left": left - 1}
        state = "doubtful" if why == "doubtful" else "refused"
        key = time_ordered_id(now, "bait refusal", name, str(number))
        then = "ON CONFLICT (refusal_id) DO NOTHING"
        row = (key, name, int(number), place, why, state, now)
        insert_rows(connection, bait_refusal, bait_refusal.c.keys(), [row], then=then)
    raise RefusedError(f"{name}: {REASONS[why][0]} ({left} left)", allowed="another bait, or its place, hours, weather")


def decide(workspace: Workspace, refusal: str, *, give: bool) -> dict[str, Any]:
    """Decide a doubtful claim: it is given after all, or it is not.

    Raises:
        BadInputError: it is no doubtful claim that waits.
        RefusedError: the person has had it meanwhile, or there are none left.
    """
    with workspace.database.write() as connection:
        waits = (bait_refusal.c.refusal_id == id_of_text(refusal)) & (bait_refusal.c.state == "doubtful")
        row = connection.execute(
            select(bait_refusal.c.bait, bait_refusal.c.identifier_id, identifier.c.person_id)
            .join(identifier, identifier.c.identifier_id == bait_refusal.c.identifier_id)
            .where(waits)
        ).one_or_none()
        if row is None:
            raise BadInputError(f"{refusal} is no doubtful claim that waits", where="refusal")
        given = {}
        if give:
            bait, claims = _kept(connection, row.bait), _claims(connection, row.bait)
            left = bait.stock - claims.total()
            if claims[row.person_id] or left <= 0:
                raise RefusedError(
                    f"{row.bait}: {REASONS['had_it' if left > 0 else 'none_left'][0]}", allowed="deny it"
                )
            given = {"claim": _give(connection, bait, row.identifier_id, workspace.clock.now_us())}
        state = "given" if give else "denied"
        connection.execute(update(bait_refusal).where(waits).values(state=state))
    return {"refusal": refusal, "state": state, **given}


def refusals(workspace: Workspace, *, most: int = 50) -> list[dict[str, Any]]:
    """Return claims that were not given at once, those that wait for a decision first, then the newest."""
    query = (
        select(bait_refusal, identifier.c.person_id)
        .join(identifier, identifier.c.identifier_id == bait_refusal.c.identifier_id)
        .order_by(bait_refusal.c.state != "doubtful", bait_refusal.c.at_us.desc(), bait_refusal.c.refusal_id)
        .limit(most)
    )
    with workspace.database.read() as connection:
        rows = connection.execute(query).all()
    return [
        {
            "refusal": id_text(row.refusal_id),
            "bait": row.bait,
            "person": row.person_id,
            "place": row.place,
            "reason": row.reason,
            "words": REASONS[row.reason][0],
            "state": row.state,
            "at_us": row.at_us,
        }
        for row in rows
    ]


def _give(connection: Connection, bait: Bait, number: int, now: int) -> str:
    """Promise a bait, due within a day; return the claim."""
    made = promise(number, bait.name, said_in=_PREFIX + bait.name, at_us=now, due_at_us=now + DAY)
    SqlPromises(connection).make([made])
    return id_text(made.promise_id)


def _suspicion(connection: Connection, person: int, claims: Mapping[int, int]) -> float:
    """Return 1 for somebody who may be the same person as one who has had it: the case waits, or was found to be so."""
    one, other = identifier.alias("one"), identifier.alias("other")
    query = (
        select(one.c.person_id, other.c.person_id)
        .select_from(conflict)
        .join(one, one.c.identifier_id == conflict.c.left_id)
        .join(other, other.c.identifier_id == conflict.c.right_id)
        .where((one.c.person_id == person) | (other.c.person_id == person), conflict.c.decision != "apart")
    )
    return float(any(who in claims for pair in connection.execute(query) for who in pair if who != person))


def hand_over(workspace: Workspace, claimed: str, *, proof: str) -> None:
    """Book that a claimed bait was handed over.

    Raises:
        BadInputError: no proof is given, or it is no open claim.
    """
    if not proof.strip():
        raise BadInputError("say by what it was handed over", where="proof")
    with workspace.database.write() as connection:
        if not SqlPromises(connection).keep(id_of_text(claimed), at_us=workspace.clock.now_us(), proof=proof.strip()):
            raise BadInputError(f"{claimed} is no open claim", where="claim")


def results(workspace: Workspace) -> list[BaitResult]:
    """Return what became of every bait, the cheapest retained person first."""
    now = workspace.clock.now_us()
    with workspace.database.read() as connection:
        names = connection.execute(select(setting.c.name).where(setting.c.name.startswith(_PREFIX))).scalars()
        baits = [_kept(connection, name.removeprefix(_PREFIX)) for name in names]
        rows = connection.execute(
            select(promises.c.what, identifier.c.person_id, promises.c.promised_at_us, promises.c.kept_at_us)
            .join(identifier, identifier.c.identifier_id == promises.c.identifier_id)
            .where(promises.c.said_in.startswith(_PREFIX))
        ).all()
    own = _own_moments(workspace, {int(person) for _what, person, *_rest in rows})
    found = []
    for bait in baits:
        mine = [(int(who), at, kept) for what, who, at, kept in rows if what == bait.name]
        grown = [(who, at) for who, at, _kept_at in mine if at + 60 * DAY <= now]
        found.append(
            BaitResult(
                bait,
                claimed=len(mine),
                kept=sum(kept is not None for *_rest, kept in mine),
                returned=sum(any(one >= at + DAY for one in own.get(who, ())) for who, at, _kept_at in mine),
                retained=sum(
                    any(at + 30 * DAY <= one < at + 60 * DAY for one in own.get(who, ())) for who, at in grown
                ),
            )
        )
    return sorted(found, key=lambda one: (one.cost_per_retained_minor, one.bait.name))


def told(one: BaitResult) -> dict[str, Any]:
    """Write a result for an answer; a cost without anybody retained is left empty."""
    cost = one.cost_per_retained_minor
    return {
        "bait": one.bait.name,
        "cost_minor": one.bait.cost_minor,
        "left": one.bait.stock - one.claimed,
        "claimed": one.claimed,
        "kept": one.kept,
        "returned": one.returned,
        "retained": one.retained,
        "cost_per_retained_minor": cost if one.retained else None,
    }


def _own_moments(workspace: Workspace, people: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    if not people:
        return found
    wanted = np.array(sorted(people), np.int64)
    read = timelines(workspace, columns=("kind",))
    for bucket in read.buckets:
        timeline = read.of_bucket(bucket, ("kind",))
        rows = np.flatnonzero(np.isin(timeline.kind, _OWN) & np.isin(timeline.person, wanted))
        for who, at_us in zip(timeline.person[rows].tolist(), timeline.at[rows].tolist(), strict=True):
            found.setdefault(who, []).append(at_us)
    return found


def _claims(connection: Connection, name: str) -> Counter[int]:
    query = (
        select(identifier.c.person_id)
        .join(promises, promises.c.identifier_id == identifier.c.identifier_id)
        .where(promises.c.said_in == _PREFIX + name)
    )
    return Counter(int(person) for person in connection.execute(query).scalars())


def _kept(connection: Connection, name: str) -> Bait:
    value = connection.execute(select(setting.c.value).where(setting.c.name == _PREFIX + name)).scalar()
    if value is None:
        raise BadInputError(f"there is no bait {name!r}", mend="make it with `siyu bait keep FILE`")
    return _bait(json.loads(value))


def _bait(written: Mapping[str, Any]) -> Bait:
    known = {field.name for field in fields(Bait)}
    if not isinstance(written, Mapping) or not {"name", "cost_minor", "stock"} <= set(written):
        raise BadInputError("a bait is a mapping with name, cost_minor and stock", where="bait")
    if unknown := sorted(set(written) - known):
        raise BadInputError(f"there is no {unknown[0]!r}", where="bait", mend=f"known are {', '.join(sorted(known))}")
    values: dict[str, Any] = dict(written)
    for name in ("cost_minor", "stock", "least_celsius", "most_celsius"):
        if not isinstance(values.get(name, 0), int) or isinstance(values.get(name, 0), bool):
            raise BadInputError(f"{values[name]!r} is no whole number", where=f"bait.{name}")
    values["places"] = frozenset(map(str, values.get("places", ())))
    hours = values.get("hours", (0, 24))
    if not isinstance(hours, (list, tuple)) or len(hours) != 2 or not all(isinstance(one, int) for one in hours):
        raise BadInputError(f"{hours!r} are no hours", where="bait.hours", mend="[17, 22]")
    values["hours"] = tuple(hours)
    return Bait(**values)


def _written(bait: Bait) -> dict[str, Any]:
    return {**asdict(bait), "places": sorted(bait.places)}
