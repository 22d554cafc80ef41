"""One person (人): who they are, what they allowed, what happened, and why we did or did not speak to them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from siyu.app.lake import open_lake
from siyu.app.views.decisions import Decision, decisions_about
from siyu.app.views.people import PersonRow, people_by_number
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of
from siyu.people.consent import EVERY_CHANNEL, PURPOSES, ConsentRecord, is_granted
from siyu.people.vault import masked
from siyu.stores.lake.layout import bucket_of
from siyu.stores.sql.schema.lake import rehomed
from siyu.stores.sql.schema.people import consent, identifier, relation
from siyu.stores.sql.schema.touches import touch
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.kind import TouchKind

_log = logging.getLogger(__name__)
_LAKE: Final = ("touch_id", "identifier", "at", "kind", "value", "currency", "channel", "scene", "source_code", "staff")
_IDENTIFIER: Final = "identifier"


@dataclass(frozen=True, slots=True)
class HeldIdentifier:
    """One name the person goes by; ``value`` is masked, empty when it was erased."""

    identifier_id: int
    namespace: str
    value: str
    first_seen_at_us: int


@dataclass(frozen=True, slots=True)
class HeldField:
    """One personal field of the vault, masked."""

    identifier_id: int
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class HeldRelation:
    """One connection to an account of ours; ``until_us`` is None while it stands."""

    channel: str
    account: str
    staff: str
    source_code: str
    since_us: int
    until_us: int | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the person's records say today of one purpose; ``granted`` is None when they were never asked."""

    purpose: str
    channel: str
    granted: bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """One touch of the person; ``at_us`` in microseconds since 1970 UTC."""

    at_us: int
    kind: TouchKind
    channel: str
    scene: str
    source_code: str
    staff: str
    value_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything the page of a person shows; nothing of it is personal in plain."""

    person: PersonRow
    identifiers: Sequence[HeldIdentifier]
    fields: Sequence[HeldField]
    relations: Sequence[HeldRelation]
    consents: Sequence[ConsentRecord]
    allowed: Sequence[Allowed]
    events: Sequence[Event]
    events_in_all: int
    decisions: Sequence[Decision]


def person_page(workspace: Workspace, number: int, *, events: int = 100) -> PersonPage:
    """Read one person by any of their identifier numbers.

    Args:
        events: How many of the newest touches.

    Raises:
        BadInputError: there is no such person.
    """
    with workspace.database.read() as connection:
        person_id = connection.execute(
            select(identifier.c.person_id).where(identifier.c.identifier_id == number)
        ).scalar_one_or_none()
    if person_id is None:
        raise BadInputError(f"there is no person {number}", mend="search by something they go by")
    with workspace.database.read() as connection:
        held = connection.execute(
            select(identifier).where(identifier.c.person_id == person_id).order_by(identifier.c.identifier_id)
        ).all()
        numbers = [row.identifier_id for row in held]
        relations = connection.execute(
            select(relation).where(relation.c.identifier_id.in_(numbers)).order_by(relation.c.since_us.desc())
        ).all()
        said = connection.execute(
            select(consent).where(consent.c.identifier_id.in_(numbers)).order_by(consent.c.decided_at_us.desc())
        ).all()
        fields = SqlVault(connection, workspace.vault).of_people([person_id]).get(person_id, [])
    values = {number: value for number, name, value in fields if name == _IDENTIFIER}
    consents = [
        ConsentRecord(
            row.identifier_id, row.purpose, row.channel, bool(row.granted), row.text_version, row.proof,
            row.decided_at_us,
        )
        for row in said
    ]  # fmt: skip
    found = _events(workspace, person_id, numbers)
    return PersonPage(
        person=people_by_number(workspace, [person_id])[0],
        identifiers=[
            HeldIdentifier(
                row.identifier_id, row.namespace, masked(values.get(row.identifier_id, "")), row.first_seen_at_us
            )
            for row in held
        ],
        fields=[HeldField(number, name, masked(value)) for number, name, value in fields if name != _IDENTIFIER],
        relations=[
            HeldRelation(row.channel, row.account, row.staff, row.source_code, row.since_us, row.until_us)
            for row in relations
        ],
        consents=consents,
        allowed=allowed(consents, sorted({row.channel for row in relations if row.until_us is None})),
        events=found[:events],
        events_in_all=len(found),
        decisions=decisions_about(workspace, person_id),
    )


def reveal(workspace: Workspace, number: int, *, name: str = _IDENTIFIER, who: str) -> str:
    """Return one personal value in plain, and log that it was looked at (by whom and whose, never the value).

    Args:
        number: The identifier.
        name: Field of the vault; the identifier itself by default.
        who: Who looks.

    Raises:
        BadInputError: there is no such field, or it was erased.
    """
    with workspace.database.read() as connection:
        person_id = connection.execute(
            select(identifier.c.person_id).where(identifier.c.identifier_id == number)
        ).scalar_one_or_none()
        held = SqlVault(connection, workspace.vault).of_people([person_id or 0]).get(person_id or 0, [])
    value = next((value for at, field, value in held if (at, field) == (number, name)), None)
    if value is None:
        raise BadInputError("there is nothing to reveal: it was erased or never known")
    _log.warning("revealed: %s looked at %s of identifier %d (person %d)", who, name, number, person_id)
    return value


def allowed(consents: Sequence[ConsentRecord], channels: Sequence[str]) -> list[Allowed]:
    """Judge every purpose as the guard would, on each channel where we can reach the person."""
    told = []
    for purpose in PURPOSES:
        asked = any(one.purpose == purpose for one in consents)
        for channel in channels or [EVERY_CHANNEL]:
            granted = is_granted(consents, purpose=purpose, channel=channel) if asked else None
            told.append(Allowed(purpose, channel, granted))
    return told


def _events(workspace: Workspace, person_id: int, numbers: Sequence[int]) -> list[Event]:
    """Return every touch, the newest first: those that wait in the SQL store and those in the lake, each once."""
    found: dict[bytes, Event] = {}
    with workspace.database.read() as connection:
        for row in connection.execute(select(touch).where(touch.c.identifier_id.in_(numbers))):
            found[bytes(row.touch_id)] = Event(
                row.happened_at_us, TouchKind(row.kind), row.channel, row.scene, row.source_code, row.staff,
                row.value_minor, row.currency,
            )  # fmt: skip
    for kept in touches_in_lake(workspace, person_id, numbers, columns=_LAKE):
        found[kept["touch_id"]] = Event(
            us_of(kept["at"]), TouchKind(kept["kind"]), kept["channel"], kept["scene"], kept["source_code"],
            kept["staff"], kept["value"], kept["currency"],
        )  # fmt: skip
    return sorted(found.values(), key=lambda one: (-one.at_us, -one.kind))


def touches_in_lake(
    workspace: Workspace, person_id: int, numbers: Sequence[int], *, columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Return a person's rows of the lake, by the numbers of their identifiers; also those under a person before."""
    with workspace.database.read() as connection:
        before = connection.execute(
            select(rehomed.c.was_person_id).distinct().where(rehomed.c.identifier_id.in_(numbers))
        ).scalars()
        people = sorted({person_id, *before})
    lake = open_lake(workspace)
    buckets = {int(one) for one in bucket_of(np.array(people, np.int64), lake.buckets)}
    for _ in range(3):
        snapshot = lake.snapshot()
        paths = [lake.full_path(file) for bucket in sorted(buckets) for file in snapshot.files.get(bucket, ())]
        try:
            parts = [
                pq.read_table(
                    path, columns=list(columns), filters=[("identifier", "in", list(numbers))],
                    filesystem=lake.filesystem, partitioning=None,
                )
                for path in paths
            ]  # fmt: skip
        except FileNotFoundError:  # compacted meanwhile: look again
            continue
        rows: list[dict[str, Any]] = pa.concat_tables(parts).to_pylist() if parts else []
        return rows
    return []
