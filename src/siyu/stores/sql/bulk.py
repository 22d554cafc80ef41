"""Move thousands of rows in few statements: many rows in one VALUES list (SQLite), arrays (PostgreSQL).

One statement for each row costs more than the row itself, and gives the interpreter's lock away and back each time.
Measured with commit on SQLite, tables ``touch_id`` and ``touch``: 4.9 us a row with ``executemany``, 3.8 us
with 500 rows in a statement.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final, cast

import numpy as np
from sqlalchemy import Connection, Dialect, Select, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from siyu.kernel.arrays import Float64
from siyu.stores.sql.batch import chunks

_POSTGRESQL: Final[Dialect] = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped
# few different sizes, so that every statement is parsed once and then found in the driver's cache; the largest keeps
# 15 columns below the 32,766 values that SQLite takes in one statement
_SIZES: Final = (2048, 256, 32, 4, 1)
#: Keys lie close together where they are more than every third number of their range.
_CLOSE: Final = 3


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    alike: Sequence[Any] = (),
    then: str = "",
) -> None:
    """Insert rows.

    Args:
        columns: Which columns the rows hold, in order.
        rows: Values as the driver takes them. Shape: (rows, columns).
        alike: Values that all rows get in the first of the columns; ``rows`` then leave these out.
        then: What follows the values, such as ``ON CONFLICT …``; the same text must hold on both databases.
    """
    for _ in _insert(connection, table, tuple(columns), rows, then=then, alike=tuple(alike)):
        pass


def insert_returning(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    then: str,
) -> list[Any]:
    """Insert rows and return what ``RETURNING`` in ``then`` says of those that were really inserted."""
    return list(_insert(connection, table, tuple(columns), rows, then=then))


def insert_keys(connection: Connection, table: Table, column: str, keys: Sequence[bytes]) -> set[bytes] | None:
    """Insert different keys into the one column of a table; those that are there already stay as they are.

    Returns:
        The keys that were not there, or ``None`` if none of them was there.
    """
    then = f"ON CONFLICT ({column}) DO NOTHING RETURNING {column}"
    if connection.dialect.name == "postgresql":
        rows = insert_returning(connection, table, (column,), [(key,) for key in keys], then=then)
        return None if len(rows) == len(keys) else {bytes(key) for (key,) in rows}
    start, clashes = 0, False
    new: list[bytes] = []
    for size in cuts(len(keys)):
        part = tuple(keys[start : start + size])
        start += size
        try:
            # as a rule all are new: to ask which ones are costs as much again as to insert them
            connection.exec_driver_sql(_values_text(table.name, (column,), size, ""), part)
            new += part
        except IntegrityError:  # and SQLite took this statement back, this one alone
            clashes = True
            new += [key for (key,) in _fetched(connection, _values_text(table.name, (column,), size, then), part)]
    return set(new) if clashes else None


def select_numbers(connection: Connection, statement: Select[Any]) -> Float64:
    """Return what a SELECT of numbers finds. Shape: (rows, columns); a number beyond 2^53 loses its last digits."""
    result = connection.execute(statement)
    rows = result.cursor.fetchall()  # the driver's own tuples, as in ``_fetched``
    result.close()
    return np.array(rows, np.float64).reshape(-1, len(statement.selected_columns))


def select_in(
    connection: Connection, select: str, keys: Sequence[Any], kind: str, *, given: tuple[Any, ...] = ()
) -> Iterator[Any]:
    """Run ``select … WHERE column`` for many keys.

    Args:
        select: Ends with the name of the column that must be among ``keys``.
        kind: The column's PostgreSQL type: ``bytea``, ``bigint``.
        given: Values for the ``{}`` in ``select``.
    """
    if connection.dialect.name == "postgresql":
        if keys:
            text = select.format(*["%s"] * len(given)) if given else select
            yield from _fetched(connection, f"{text} = ANY(%s::{kind}[])", (*given, list(keys)))
        return
    if given:
        select = select.format(*"?" * len(given))
    start = 0
    for size in cuts(len(keys)):
        part = (*given, *keys[start : start + size])
        start += size
        yield from _fetched(connection, _select_text(select, size), part)


def select_close(
    connection: Connection,
    select: str,
    keys: Sequence[Any],
    kind: str,
    *,
    given: tuple[Any, ...] = (),
    at: int = 0,
) -> list[Any]:
    """Run ``select … WHERE column`` as ``select_in`` does, for keys that lie close together where they are numbers.

    SQLite reads them as ranges then: to be told each number costs it as much as to find the row.

    Args:
        keys: Ascending, none twice.
        at: Which column of a row holds the key.
    """
    if connection.dialect.name == "postgresql":
        return list(select_in(connection, select, keys, kind, given=given))
    text = f"{select.format(*'?' * len(given)) if given else select} BETWEEN ? AND ?"
    found: list[Any] = []
    start = 0
    all_close = keys and keys[-1] - keys[0] < _CLOSE * len(keys)
    for size in [len(keys)] if all_close else cuts(len(keys)):
        part = keys[start : start + size]
        start += size
        first, last = part[0], part[-1]
        if last - first < size:
            found += _fetched(connection, text, (*given, first, last))
        elif last - first < _CLOSE * size:
            wanted = set(part)
            found += [row for row in _fetched(connection, text, (*given, first, last)) if row[at] in wanted]
        else:
            found += select_in(connection, select, part, kind, given=given)
    return found


def _insert(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    then: str,
    alike: tuple[Any, ...] = (),
) -> Iterator[Any]:
    returning = "RETURNING" in then
    if connection.dialect.name == "postgresql":
        for part in chunks(rows):
            arrays = tuple(list(column) for column in zip(*part, strict=True))
            text = _unnest_text(table, columns, len(alike), then)
            if returning:
                yield from _fetched(connection, text, (*alike, *arrays))
            else:
                connection.exec_driver_sql(text, (*alike, *arrays))
        return
    start = 0
    for size in cuts(len(rows)):
        flat: list[Any] = [*alike]
        for row in rows[start : start + size]:
            flat += row  # copies a row at once, where chain() would ask for each value
        values = tuple(flat)
        start += size
        text = _values_text(table.name, columns, size, then, len(alike))
        if returning:
            yield from _fetched(connection, text, values)
        else:
            connection.exec_driver_sql(text, values)


def _fetched(connection: Connection, text: str, values: tuple[Any, ...]) -> Iterable[Any]:
    if connection.dialect.name == "postgresql":  # keys come as bytes, not as text to be read
        cursor: Any = connection.connection.cursor(binary=True)
        with cursor:
            cursor.execute(text, values)
            return cast("list[Any]", cursor.fetchall())
    result = connection.exec_driver_sql(text, values)
    rows: Iterable[Any] = result.cursor.fetchall()  # the driver's own tuples: no row objects on the hot path
    result.close()
    return rows


def fetch_rows(connection: Connection, text: str, values: tuple[Any, ...]) -> list[Any]:
    """Return the driver's own rows of a statement, without a row object for each.

    Args:
        text: With ``?`` for each value, whatever the driver calls it, and no other ``?``.
    """
    if connection.dialect.name == "postgresql":
        text = text.replace("?", "%s")
    return list(_fetched(connection, text, values))


def cuts(rows: int) -> Iterator[int]:
    """Yield sizes that add up to ``rows``, the same few again and again."""
    for size in _SIZES:
        while rows >= size:
            yield size
            rows -= size


@cache
def _values_text(table: str, columns: tuple[str, ...], rows: int, then: str, alike: int = 0) -> str:
    values = f"VALUES {','.join([f'({_marks(len(columns) - alike)})'] * rows)}"
    if alike:
        # the word after SELECT … keeps ON CONFLICT from being read as a join's ON
        values = f"SELECT {_marks(alike)}, own.* FROM ({values}) AS own WHERE true"
    return f"INSERT INTO {table} ({','.join(columns)}) {values} {then}"


def _marks(values: int) -> str:
    return ",".join("?" * values)


@cache
def _select_text(select: str, keys: int) -> str:
    return f"{select} IN ({_marks(keys)})"


@cache
def _unnest_text(table: Table, columns: tuple[str, ...], alike: int, then: str) -> str:
    kinds = [str(table.c[name].type.compile(_POSTGRESQL)).partition("(")[0] for name in columns]
    same = "".join(f"%s::{kind}, " for kind in kinds[:alike])
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds[alike:])
    names = ",".join(columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {same}own.* FROM unnest({arrays}) AS own WHERE true {then}"
