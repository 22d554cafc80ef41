"""Who is who, by hand: find a person, merge, split, explain why, and work through the conflicts."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.ids import id_of_text
from siyu.people.joining import Held
from siyu.people.namespace import namespaces, read_identifier
from siyu.people.vault import masked
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.schema.conflicts import conflict
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.vault_rows import SqlVault

_REASONS = ("staff", "test", "shared")


@dataclass(frozen=True, slots=True)
class Changed:
    """What a merge or split came to.

    Attributes:
        person_id: The person that is left of it.
        moved: New person of every identifier that changed person.
    """

    person_id: int
    moved: Mapping[int, int]


def find(workspace: Workspace, written: str, connection: Connection) -> tuple[int, int]:
    """Return the identifier number and the person of ``phone:13800138000``, or of a number.

    Raises:
        BadInputError: it is malformed, or nobody goes by it.
    """
    if written.isascii() and written.isdigit() and len(written) < 19:
        row = connection.execute(
            select(identifier.c.identifier_id, identifier.c.person_id).where(identifier.c.identifier_id == int(written))
        ).first()
        if row is None:
            raise BadInputError(f"there is no person {written}", mend="a number, or such as phone:13800138000")
        return int(row.identifier_id), int(row.person_id)
    name = read_identifier(written)
    key = workspace.vault.key_of(name)
    known = SqlIdentityStore(connection).lookup([key]).get(key)
    if known is None:
        listed = name.namespace.partition("@")[0] in namespaces()
        raise BadInputError(
            f"nobody goes by {name.namespace}:{masked(name.value)}",
            mend="" if listed else f"{name.namespace} is no namespace of ours: {', '.join(namespaces())}",
        )
    return known.identifier_id, known.person_id


def merge(workspace: Workspace, left: str, right: str, *, by: str = "operator") -> Changed:
    """Make two people one; the smaller number stays, and ``split`` takes it back.

    Raises:
        BadInputError: one is unknown, or they are one person already.
        RefusedError: they have two ids of which one person has one only.
    """
    with workspace.database.write() as connection:
        (one, first), (other, second) = find(workspace, left, connection), find(workspace, right, connection)
        if first == second:
            raise BadInputError(f"{left} and {right} are one person already (person {first})")
        store = SqlIdentityStore(connection)
        before = store.numbers_of([max(first, second)])
        held = store.merge(one, other, by=by, at_us=workspace.clock.now_us())
        if held is Held.TWO_IDS:
            raise RefusedError(
                "they have two ids of one platform account, and a person has one of these",
                allowed="split off the wrong identifier first: siyu people split",
            )
        return Changed(min(first, second), dict.fromkeys(before, min(first, second)))


def split(workspace: Workspace, written: str, *, by: str = "operator") -> Changed:
    """Take one identifier out of its person; its touches, consents and orders go with it.

    What was merged by hand comes apart as it was before; else the identifier comes out alone.

    Raises:
        BadInputError: it is unknown, or was never merged with anything.
    """
    with workspace.database.write() as connection:
        number, person = find(workspace, written, connection)
        store = SqlIdentityStore(connection)
        if len(store.numbers_of([person])) == 1:
            raise BadInputError(f"{written} was never merged: person {person} has this identifier alone")
        moved = store.split(number, by=by, at_us=workspace.clock.now_us())
        return Changed(person, moved)


def withdraw(workspace: Workspace, evidence_id: str, *, by: str = "operator") -> Changed:
    """Take one piece of evidence back; who was one person through it alone is two again.

    Raises:
        BadInputError: there is no such evidence.
    """
    key = id_of_text(evidence_id)
    with workspace.database.write() as connection:
        store = SqlIdentityStore(connection)
        person = store.person_of_evidence(key)
        if person is None:
            raise BadInputError(f"there is no evidence {evidence_id}")
        store.withdraw([key], by=by, at_us=workspace.clock.now_us())
        return Changed(person, store.recompute([person]))


def set_apart(workspace: Workspace, written: str, *, why: str, detail: str = "") -> dict[str, Any]:
    """Let an identifier of staff, of a test or of many join nobody from now on, and undo what it joined.

    Raises:
        BadInputError: it is unknown, or another reason.
    """
    if why not in _REASONS:
        raise BadInputError(f"{why!r} is no reason", where="--why", mend=f"one of {', '.join(_REASONS)}")
    with workspace.database.write() as connection:
        number, person = find(workspace, written, connection)
        store = SqlIdentityStore(connection)
        before = store.numbers_of([person])
        store.set_apart(number, why=why, detail=detail, at_us=workspace.clock.now_us())
        after = {at: now for now in {find(workspace, str(one), connection)[1] for one in before}
                 for at in store.numbers_of([now])}  # fmt: skip
    return {"identifier": number, "person": after[number], "why": why,
            "moved": {at: now for at, now in after.items() if now != person}}  # fmt: skip


def why(workspace: Workspace, left: str, right: str = "") -> dict[str, Any]:
    """Explain why two identifiers are one person, or everything that was said about one person.

    Raises:
        BadInputError: one of them is unknown.
    """
    with workspace.database.read() as connection:
        one, first = find(workspace, left, connection)
        other, second = find(workspace, right, connection) if right else (one, first)
        store = SqlIdentityStore(connection)
        rows = store.evidence_of(list({first, second}))
        back = {bytes(row["withdraws"]) for row in rows if row["withdraws"]}
        numbers = sorted({row[side] for row in rows for side in ("left_id", "right_id")} | {one, other})
        names = _names(workspace, connection, numbers)
    active = [row for row in rows if row["strength"] == "strong" and bytes(row["evidence_id"]) not in back]
    shown = active if not right else _way(active, one, other)
    if right and first != second:
        shown = [row for row in rows if row["strength"] in {"held", "apart"}
                 and {row["left_id"], row["right_id"]} & {one, other}]  # fmt: skip
    elif not right:
        shown = [row for row in rows if row["strength"] != "withdrawn"]
    return {
        "same_person": first == second,
        "people": sorted({first, second}),
        "identifiers": {str(number): names[number] for number in numbers},
        "evidence": [
            {"evidence_id": bytes(row["evidence_id"]).hex(), **_step(row, names, back)} for row in shown
        ],
    }  # fmt: skip


def conflicts(workspace: Workspace, *, every: bool = False) -> list[dict[str, Any]]:
    """Return the cases that wait for a decision, the oldest first, with a suggested answer."""
    query = select(conflict).order_by(conflict.c.opened_at_us, conflict.c.conflict_id)
    if not every:
        query = query.where(conflict.c.settled_at_us.is_(None))
    with workspace.database.read() as connection:
        rows = connection.execute(query).mappings().all()
        names = _names(workspace, connection, sorted({row[side] for row in rows for side in ("left_id", "right_id")}))
    return [
        {
            "conflict": bytes(row["conflict_id"]).hex(), "left": names.get(row["left_id"], ""),
            "right": names.get(row["right_id"], ""), "left_id": row["left_id"], "right_id": row["right_id"],
            "reason": row["reason"], "suggestion": row["suggestion"], "detail": row["detail"],
            "opened_at_us": row["opened_at_us"], "decision": row["decision"],
        }
        for row in rows
    ]  # fmt: skip


def settle(workspace: Workspace, conflict_id: str, decision: str, *, by: str = "operator") -> dict[str, Any]:
    """Decide a conflict: ``merge`` makes them one person, ``apart`` keeps them two.

    Raises:
        BadInputError: no such open conflict, or another decision.
        RefusedError: they cannot be merged.
    """
    if decision not in {"merge", "apart"}:
        raise BadInputError(f"{decision!r} is no decision", mend="merge or apart")
    key = id_of_text(conflict_id)
    with workspace.database.read() as connection:
        row = connection.execute(
            select(conflict).where(conflict.c.conflict_id == key, conflict.c.settled_at_us.is_(None))
        ).first()
    if row is None:
        raise BadInputError(f"there is no open conflict {conflict_id}")
    if decision == "merge":
        merge(workspace, str(row.left_id), str(row.right_id), by=by)
        return {"conflict": conflict_id, "decision": decision}
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        SqlIdentityStore(connection).keep_apart(row.left_id, row.right_id, by=by, at_us=now_us)
        connection.execute(
            update(conflict)
            .where(conflict.c.conflict_id == key)
            .values(settled_at_us=now_us, decision=decision)
        )  # fmt: skip
    return {"conflict": conflict_id, "decision": decision}


def _names(workspace: Workspace, connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    values = SqlVault(connection, workspace.vault).identifiers(numbers)
    rows = connection.execute(
        select(identifier.c.identifier_id, identifier.c.namespace).where(identifier.c.identifier_id.in_(numbers))
    )
    return {number: f"{namespace}:{masked(values.get(number, ''))}" for number, namespace in rows}


def _step(row: Mapping[str, Any], names: Mapping[int, str], back: set[bytes]) -> dict[str, Any]:
    return {
        "left": names.get(row["left_id"], ""), "right": names.get(row["right_id"], ""), "left_id": row["left_id"],
        "right_id": row["right_id"], "strength": row["strength"], "probability": row["probability"],
        "source": row["source"], "touch": bytes(row["touch_id"]).hex() if row["touch_id"] else "",
        "said_at_us": row["said_at_us"], "withdrawn": bytes(row["evidence_id"]) in back,
    }  # fmt: skip


def _way(rows: Sequence[Mapping[str, Any]], start: int, end: int) -> list[Mapping[str, Any]]:
    """Return the shortest chain of evidence between two identifiers."""
    near: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        near.setdefault(row["left_id"], []).append(row)
        near.setdefault(row["right_id"], []).append(row)
    came: dict[int, Mapping[str, Any] | None] = {start: None}
    queue = deque([start])
    while queue and end not in came:
        at = queue.popleft()
        for row in near.get(at, []):
            to = row["right_id"] if row["left_id"] == at else row["left_id"]
            if to not in came:
                came[to] = row
                queue.append(to)
    way, at = [], end
    while (last := came.get(at)) is not None:
        way.append(last)
        at = last["right_id"] if last["left_id"] == at else last["left_id"]
    return way[::-1]
