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
from sqlalchemy import Connection, func, select

from siyu.app.lake import timelines
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.ids import id_of_text, id_text
from siyu.kernel.period import DAY
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.schema.acquire import promise as promises
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.bait import Bait, BaitResult, may_claim
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

    Raises:
        BadInputError: there is no such bait or person.
        RefusedError: it is not offered here and now, there are none left, or the person has had it.
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
        may, why = may_claim(claims[person])
        if not may:
            raise RefusedError(why, allowed="another bait, or none")
        if not bait.offered(place=place, hour=hour, celsius=celsius, claimed=claims.total()):
            left = bait.stock - claims.total()
            raise RefusedError(f"{name} is not offered here and now ({left} left)", allowed="its place, hours, weather")
        made = promise(int(number), name, said_in=_PREFIX + name, at_us=now, due_at_us=now + DAY)
        SqlPromises(connection).make([made])
    return {"claim": id_text(made.promise_id), "bait": name, "person": person, "left": bait.stock - claims.total() - 1}


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
