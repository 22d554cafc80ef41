"""Change many rows by their keys in few statements: many rows in one VALUES list (SQLite), arrays (PostgreSQL).

Measured on SQLite, ends of 10,000 messages: 7.5 us a row with one prepared statement, 4.6 us with a VALUES list, 3.3 us
where all rows get the same values.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

from siyu.stores.sql.bulk import cuts

_POSTGRESQL: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped


class Change(NamedTuple):
    """What is set in which rows. All of it is constant text, and part of a statement.

    Attributes:
        key: The column that names the rows.
        columns: What is set, in the order of the values.
        only: A condition on the row as it is; others stay as they are.
        growing: The one of ``columns`` that only grows: the larger of old and new stays.
        also: What else is set, such as ``n = n + 1``.
    """

    table: Table
    key: str
    columns: tuple[str, ...]
    only: str = ""
    growing: str = ""
    also: str = ""

    def sets(self, largest: str, new: Callable[[str], str]) -> str:
        """Write the list after ``SET``; ``largest`` is the database's word for it, ``new`` names a new value."""
        table = self.table.name
        parts = [
            f"{name} = {largest}({table}.{name}, {new(name)})" if name == self.growing else f"{name} = {new(name)}"
            for name in self.columns
        ]
        return ", ".join([*parts, self.also] if self.also else parts)

    def where(self) -> str:
        """Write the condition after that on the key."""
        return f" AND {self.table.name}.{self.only}" if self.only else ""

    def kind(self, name: str) -> str:
        """Return a column's type on PostgreSQL."""
        return str(self.table.c[name].type.compile(_POSTGRESQL)).partition("(")[0]


def rewrite_rows(
    connection: Connection, change: Change, rows: Sequence[Sequence[Any]], *, alike: Sequence[Any] = ()
) -> None:
    """Give each row values of its own.

    Args:
        rows: The new values in the order of the columns, and the key last; no key twice. Shape: (rows, columns + 1).
        alike: Values that all rows get in the first of the columns; ``rows`` then leave these out.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        arrays = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(_arrays_text(change, len(alike)), (*alike, *arrays))
        return
    start = 0
    for size in cuts(len(rows)):
        flat: list[Any] = []
        for row in rows[start : start + size]:
            flat += row
        start += size
        connection.exec_driver_sql(_values_text(change, len(alike), size), (*flat, *alike))


def rewrite_alike(connection: Connection, change: Change, values: Sequence[Any], keys: Sequence[Any]) -> None:
    """Give all the rows that ``keys`` name the same values."""
    if not keys:
        return
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_array_text(change), (*values, list(keys)))
        return
    start = 0
    for size in cuts(len(keys)):
        connection.exec_driver_sql(_keys_text(change, size), (*values, *keys[start : start + size]))
        start += size


@cache
def _values_text(change: Change, alike: int, rows: int) -> str:
    table, key, names = change.table.name, change.key, (*change.columns[alike:], change.key)
    row = f"({','.join('?' * len(names))})"
    sets = change.sets("max", lambda name: f"new.{name}" if name in names else "?")
    return (
        f"WITH new({', '.join(names)}) AS (VALUES {','.join([row] * rows)})"
        f" UPDATE {table} SET {sets} FROM new WHERE {table}.{key} = new.{key}{change.where()}"
    )


@cache
def _keys_text(change: Change, keys: int) -> str:
    marks = ",".join("?" * keys)
    sets = change.sets("max", lambda _: "?")
    return f"UPDATE {change.table.name} SET {sets} WHERE {change.key} IN ({marks}){change.where()}"


@cache
def _arrays_text(change: Change, alike: int) -> str:
    table, key, names = change.table.name, change.key, (*change.columns[alike:], change.key)
    arrays = ", ".join(f"%s::{change.kind(name)}[]" for name in names)
    sets = change.sets("greatest", lambda name: f"new.{name}" if name in names else f"%s::{change.kind(name)}")
    return (
        f"UPDATE {table} SET {sets}"
        f" FROM unnest({arrays}) AS new({', '.join(names)}) WHERE {table}.{key} = new.{key}{change.where()}"
    )


@cache
def _array_text(change: Change) -> str:
    sets = change.sets("greatest", lambda name: f"%s::{change.kind(name)}")
    keys = f"%s::{change.kind(change.key)}[]"
    return f"UPDATE {change.table.name} SET {sets} WHERE {change.key} = ANY({keys}){change.where()}"
