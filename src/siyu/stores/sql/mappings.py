"""Mappings that rows in the quarantine were read by, kept once each, so that the rows can be read again."""

from hashlib import blake2b

from sqlalchemy import Connection, select

from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.app import setting

_PREFIX = "mapping:"


class SqlMappings:
    """Texts by a name that is derived from them. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, text: str) -> str:
        """Keep a text; return its name."""
        name = blake2b(text.encode(), digest_size=12).hexdigest()
        insert_rows(
            self._connection, setting, ("name", "value"), [(_PREFIX + name, text)], then="ON CONFLICT (name) DO NOTHING"
        )
        return name

    def find(self, name: str) -> str | None:
        """Return the text of that name."""
        value = self._connection.execute(select(setting.c.value).where(setting.c.name == _PREFIX + name)).scalar()
        return None if value is None else str(value)
