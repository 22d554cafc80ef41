"""Rights of people (个人信息权利): hand over everything we hold, put it right, erase it; with deadlines and proofs.

Source: PIPL (个人信息保护法) articles 44 to 50. The deadline is ours: 15 days, half of the 30 that GB/T 35273-2020
(8.7) gives.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select, update

from siyu.app.lake import erase as erase_from_lake
from siyu.app.people.forget import forget
from siyu.app.people.held import held_about, scans_about, set_aside_about, touches_about
from siyu.app.people.identity import find
from siyu.app.people.traces import find_traces, goes_by
from siyu.app.plain_data import plain
from siyu.app.views.decisions import decisions_about
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_text, time_ordered_id
from siyu.kernel.period import DAY
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.stores.sql.quarantine import SqlQuarantine
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.rights import rights_request
from siyu.stores.sql.schema.touches import touch
from siyu.stores.sql.vault_rows import SqlVault

DEADLINE_US: Final = 15 * DAY
KINDS: Final = ("export", "correct", "erase")
_PERSONAL_FIELD: Final = 64
#: More than anybody has.
_ALL: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Erased:
    """Proof of an erasure: counts, nothing of the person."""

    request: str
    identifiers: int
    touches: int
    rows: Mapping[str, int]
    keys_destroyed: int


def export(workspace: Workspace, written: str) -> dict[str, Any]:
    """Return everything that is held about a person, decisions included, in plain and machine-readable.

    Raises:
        BadInputError: nobody goes by that.
    """
    with workspace.database.read() as connection:
        number, person = find(workspace, written, connection)
        numbers = SqlIdentityStore(connection).numbers_of([person])
        fields = SqlVault(connection, workspace.vault).of_people([person]).get(person, [])
        held = held_about(connection, workspace, person, numbers)
        touches = touches_about(connection, workspace, person, numbers)
    known = goes_by((name, value) for _, name, value in fields)
    traces = find_traces(workspace, known)
    with workspace.database.read() as connection:
        document = {
            "person": person,
            "personal": [{"identifier_id": at, "field": name, "value": value} for at, name, value in fields],
            "touches": touches,
            "decisions": plain(decisions_about(workspace, person, most=_ALL)),
            "held": held,
            "set_aside": set_aside_about(connection, workspace, traces),
            "scans": scans_about(connection, traces, known.values),
        }
    digest = sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        request = _open(
            connection, "export", workspace.vault.key_of_number(number), numbers=len(numbers), now_us=now_us
        )
        _close(connection, request, {"sha256": digest, "touches": len(touches)}, now_us)
    return {"request": id_text(request), "sha256": digest, **document}


def correct(workspace: Workspace, written: str, field: str, value: str) -> dict[str, Any]:
    """Put one personal field right; the old value is gone.

    Raises:
        BadInputError: nobody goes by that, or the field is the identifier itself.
    """
    if field == "identifier":
        raise BadInputError("an identifier is not corrected", mend="split it off, and link the right one")
    if not field.isidentifier() or len(field) > _PERSONAL_FIELD:
        raise BadInputError(f"{field!r} is no field", mend="such as name, phone or address")
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        number, person = find(workspace, written, connection)
        vault = SqlVault(connection, workspace.vault)
        holders = [at for at, name, _ in vault.of_people([person]).get(person, []) if name == field] or [number]
        vault.put({at: {field: value} for at in holders}, source="correction", at_us=now_us)
        request = _open(
            connection, "correct", workspace.vault.key_of_number(number), numbers=len(holders), now_us=now_us
        )
        _close(connection, request, {"field": field, "places": len(holders)}, now_us)
    return {"request": id_text(request), "person": person, "field": field, "places": len(holders)}


def erase(workspace: Workspace, written: str) -> Erased:
    """Erase a person: data keys destroyed, rows gone from store and lake; a proof without the person stays.

    Cut short, the request stays open, and erasing again finishes it. Messages on their way are called back. What
    others count on stays and names nobody any more (``forget.py``).

    Raises:
        BadInputError: nobody goes by that.
    """
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        number, person = find(workspace, written, connection)
        numbers = SqlIdentityStore(connection).numbers_of([person])
        fields = SqlVault(connection, workspace.vault).of_people([person]).get(person, [])
        request = _open(connection, "erase", workspace.vault.key_of_number(number), numbers=len(numbers), now_us=now_us)
        calls_back = message.c.identifier_id.in_(numbers) & message.c.state.in_(
            ("ready", "claimed", "awaiting", "unknown")
        )
        connection.execute(
            update(message)
            .where(calls_back)
            .values(state="cancelled", todo=None, detail="the person was erased", settled_at_us=now_us)
        )
    known = goes_by((name, value) for _, name, value in fields)
    traces = find_traces(workspace, known)
    touches = erase_from_lake(workspace, [person])
    with workspace.database.write(overwrite=True) as connection:
        # what came in meanwhile
        touches += _delete(connection, touch, touch.c.identifier_id.in_(numbers))
        keys = len(numbers)
        SqlVault(connection, workspace.vault).destroy(numbers)
        rows = {
            **forget(connection, numbers, person, now_us=now_us),
            "quarantine": SqlQuarantine(connection).drop(traces.quarantine),
            "quarantine_by_name": traces.by_name,
            "live_code_group": SqlLiveCodes(connection).forget(traces.scans, known.values),
        }
        proof = {"touches": touches, "rows": rows, "keys_destroyed": keys}
        _close(connection, request, proof, now_us)
    workspace.database.tidy()
    return Erased(id_text(request), len(numbers), touches, rows, keys)


def receive(workspace: Workspace, kind: str, written: str) -> dict[str, Any]:
    """Note that a person asked for a right, before anything is done; doing it closes the request.

    Raises:
        BadInputError: nobody goes by that, or another kind.
    """
    if kind not in KINDS:
        raise BadInputError(f"{kind!r} is no right", mend=f"one of {', '.join(KINDS)}")
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        number, person = find(workspace, written, connection)
        numbers = SqlIdentityStore(connection).numbers_of([person])
        request = _open(connection, kind, workspace.vault.key_of_number(number), numbers=len(numbers), now_us=now_us)
        due_us = connection.execute(
            select(rights_request.c.due_at_us).where(rights_request.c.request_id == request)
        ).scalar_one()
    return {"request": id_text(request), "kind": kind, "person": person, "due_at_us": due_us}


def requests(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the register of requests, the most urgent first; ``overdue`` tells those past their deadline."""
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        rows = connection.execute(
            select(rights_request).order_by(rights_request.c.done_at_us.is_not(None), rights_request.c.due_at_us)
        ).mappings()
        return [
            {"request": bytes(row["request_id"]).hex(), "kind": row["kind"], "opened_at_us": row["opened_at_us"],
             "due_at_us": row["due_at_us"], "done_at_us": row["done_at_us"],
             "overdue": row["done_at_us"] is None and row["due_at_us"] < now_us, "proof": json.loads(row["proof"])}
            for row in rows
        ]  # fmt: skip


def _open(connection: Connection, kind: str, subject: bytes, *, numbers: int, now_us: int) -> bytes:
    open_one = connection.execute(
        select(rights_request.c.request_id).where(
            rights_request.c.subject == subject, rights_request.c.kind == kind, rights_request.c.done_at_us.is_(None)
        )
    ).scalar_one_or_none()
    if open_one is not None:
        return bytes(open_one)
    count = len(
        connection.execute(select(rights_request.c.request_id).where(rights_request.c.subject == subject)).all()
    )
    key = time_ordered_id(now_us, kind, subject.hex(), str(count))
    connection.execute(
        insert(rights_request),
        {"request_id": key, "kind": kind, "subject": subject, "opened_at_us": now_us,
         "due_at_us": now_us + DEADLINE_US, "proof": "{}", "identifiers": numbers},
    )  # fmt: skip
    return key


def _close(connection: Connection, request: bytes, proof: Mapping[str, Any], now_us: int) -> None:
    connection.execute(
        update(rights_request)
        .where(rights_request.c.request_id == request)
        .values(done_at_us=now_us, proof=json.dumps(proof))
    )


def _delete(connection: Connection, table: Table, where: Any) -> int:
    return int(connection.execute(delete(table).where(where)).rowcount)
