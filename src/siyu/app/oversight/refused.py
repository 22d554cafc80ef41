"""Refused asks (被拒绝的要求): how often somebody asked at a door for what Siyu will not do, by day."""

import json
from collections import Counter
from typing import Final

from sqlalchemy import Connection, select

from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.app import setting

_NAME: Final = "refused asks"


def note_refused(workspace: Workspace, refusal: str) -> None:
    """Count one ask for what is refused."""
    day = str(workspace.clock.now_us() // DAY)
    with workspace.database.write() as connection:
        known = _read(connection)
        today = known.setdefault(day, {})
        today[refusal] = today.get(refusal, 0) + 1
        then = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        insert_rows(connection, setting, ("name", "value"), [(_NAME, json.dumps(known))], then=then)


def refused_asks(connection: Connection, *, from_us: int, to_us: int) -> Counter[str]:
    """Count the asks of whole UTC days that begin within a period, by refusal."""
    found: Counter[str] = Counter()
    for day, asks in _read(connection).items():
        if from_us <= int(day) * DAY + DAY - 1 and int(day) * DAY < to_us:
            found.update(asks)
    return found


def _read(connection: Connection) -> dict[str, dict[str, int]]:
    value = connection.execute(select(setting.c.value).where(setting.c.name == _NAME)).scalar()
    kept: dict[str, dict[str, int]] = json.loads(value or "{}")
    return kept
