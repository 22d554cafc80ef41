"""Settled knowledge in SQL."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from siyu.communities.knowledge import Entry
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.communities import knowledge

_COLUMNS = Entry.__slots__


class SqlKnowledge:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entries: Sequence[Entry]) -> None:
        """Keep entries; one that is there already stays as it is."""
        rows = [tuple(getattr(one, name) for name in _COLUMNS) for one in entries]
        insert_rows(self._connection, knowledge, _COLUMNS, rows, then="ON CONFLICT (entry_id) DO NOTHING")

    def all(self, *, topic: str = "") -> list[Entry]:
        """Return every entry, the newest first; of one topic, if it is named."""
        query = select(*(knowledge.c[name] for name in _COLUMNS)).order_by(knowledge.c.entry_id.desc())
        if topic:
            query = query.where(knowledge.c.topic == topic)
        return [Entry(bytes(row.entry_id), *row[1:]) for row in self._connection.execute(query)]

    def drop(self, entry_id: bytes) -> bool:
        """Forget an entry; return whether it was there."""
        return bool(self._connection.execute(delete(knowledge).where(knowledge.c.entry_id == entry_id)).rowcount)
