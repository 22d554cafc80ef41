"""Everything that is held (持有) about one person, out of every room: what an export hands over.

Every table that can name a person is read here, or stands in ``NOT_HANDED_OVER`` with the reason; a test goes through
all tables there are.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, or_, select

from siyu.app.people.forget import KEPT, OF_IDENTIFIERS, OF_PEOPLE
from siyu.app.people.traces import Traces
from siyu.app.views.person import touches_in_lake
from siyu.app.workspace import Workspace
from siyu.kernel.period import us_of
from siyu.stores.lake.layout import COLUMNS
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.stores.sql.quarantine import SqlQuarantine
from siyu.stores.sql.schema.acquire import invite, invite_code
from siyu.stores.sql.schema.conflicts import conflict
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.journeys import journey_version
from siyu.stores.sql.schema.loyalty import ledger_entry, ledger_posting, reward
from siyu.stores.sql.schema.people import evidence, identifier
from siyu.stores.sql.schema.rights import rights_request
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

#: Tables that name people and are not handed over as they stand.
NOT_HANDED_OVER: Final[Mapping[str, str]] = {
    "vault": "handed over in plain, as `personal`",
    "vault_key": "keys: they say nothing, and open everything",
    "touch": "handed over together with the lake, as `touches`",
    "rehomed": "which person an identifier belonged to before a merge: `evidence` says so with its reasons",
    "journey_rehomed": "the same, for journeys",
}
_WHO: Final[tuple[tuple[Table, tuple[str, ...]], ...]] = (
    *((table, ("identifier_id",)) for table in (*OF_IDENTIFIERS, *KEPT, identifier, message, invite_code)),
    (invite, ("invitee_id",)),
    (reward, ("inviter_id", "invitee_id")),
    (evidence, ("left_id", "right_id")),
    (conflict, ("left_id", "right_id")),
)


def held_about(connection: Connection, workspace: Workspace, person: int, numbers: Sequence[int]) -> dict[str, Any]:
    """Return the rows of every table that are about one person, by table."""
    held = {table.name: _rows(connection, table, columns, numbers) for table, columns in _WHO}
    held |= {table.name: _rows(connection, table, ("person_id",), [person]) for table in OF_PEOPLE}
    entries = [bytes.fromhex(row["entry_id"]) for row in held[ledger_posting.name]]
    held[ledger_entry.name] = _rows(connection, ledger_entry, ("entry_id",), entries)
    versions = connection.execute(select(journey_version.c.version_id, journey_version.c.name))
    journeys = {row.version_id: row.name for row in versions}
    for run in held["journey_run"]:
        run["journey"] = journeys.get(run["version_id"], "")
    asked = [workspace.vault.key_of_number(number) for number in numbers]
    held[rights_request.name] = _rows(connection, rights_request, ("subject",), asked)
    return held


def touches_about(
    connection: Connection, workspace: Workspace, person: int, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """Return every touch of a person with all its fields, the newest first; log and lake together, each once."""
    found: dict[bytes, dict[str, Any]] = {}
    for part in chunks(numbers):
        for row in connection.execute(select(touch).where(touch.c.identifier_id.in_(part))).mappings():
            found[bytes(row["touch_id"])] = {name: row[name] for name in row if name not in {"seq", "received_at_us"}}
    for kept in touches_in_lake(workspace, person, numbers, columns=COLUMNS.names):
        at, identifier_id, value = kept.pop("at"), kept.pop("identifier"), kept.pop("value")
        del kept["person"]
        kept |= {"happened_at_us": us_of(at), "identifier_id": identifier_id, "value_minor": value}
        found.setdefault(kept["touch_id"], kept)
    told = [
        {
            **_plain(one),
            "kind": TouchKind(one["kind"]).slug,
            "properties": json.loads(one["properties"] or "{}"),
        }
        for one in found.values()
    ]
    return sorted(told, key=lambda one: (-one["happened_at_us"], one["touch_id"]))


def set_aside_about(connection: Connection, workspace: Workspace, traces: Traces) -> list[Any]:
    """Return what stands in rows that were set aside unread and name the person."""
    rows = SqlQuarantine(connection).raws(traces.quarantine)
    return [_text(workspace.vault.decrypt_record(raw)) for raw in rows]


def scans_about(connection: Connection, traces: Traces, values: Iterable[str]) -> list[dict[str, Any]]:
    """Return the person's scans of live codes."""
    return SqlLiveCodes(connection).scans_of(traces.scans, frozenset(values))


def _rows(connection: Connection, table: Table, columns: Sequence[str], wanted: Sequence[Any]) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for part in chunks(wanted):
        where = or_(*(table.c[name].in_(part) for name in columns))
        for row in connection.execute(select(table).where(where)).mappings():
            found[tuple(row[key.name] for key in table.primary_key.columns)] = _plain(row)
    return list(found.values())


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    """Return what JSON can say: bytes as the JSON they hold, as text, or as hexadecimal digits."""
    if not isinstance(value, (bytes, memoryview)):
        return value
    raw = bytes(value)
    if raw[:1] in {b"{", b"["}:
        try:
            return json.loads(raw)
        except ValueError:
            pass
    return raw.hex()
