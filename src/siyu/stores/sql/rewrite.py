"""Change many rows by their keys in few statements: one prepared statement (SQLite), arrays (PostgreSQL)."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves its dialects untyped


def rewrite_rows(
    connection: Connection,
    table: Table,
    key: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    only: str = "",
    kept_if_larger: str = "",
) -> None:
    """Set columns of the rows that these keys name.

    Args:
        rows: The new values in the order of ``columns``, and the key last. Shape: (rows, columns + 1).
        only: A condition on the row as it is; others stay as they are. Constant text.
        kept_if_larger: A column that only grows: the larger of old and new stays.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_one_text(table.name, key, tuple(columns), only, kept_if_larger), list(rows))
        return
    text = _arrays_text(table, key, tuple(columns), only, kept_if_larger)
    connection.exec_driver_sql(text, tuple(list(column) for column in zip(*rows, strict=True)))


@cache
def _one_text(table: str, key: str, columns: tuple[str, ...], only: str, growing: str) -> str:
    sets = ", ".join(f"{name} = max({name}, ?)" if name == growing else f"{name} = ?" for name in columns)
    return f"UPDATE {table} SET {sets} WHERE {key} = ?{f' AND {only}' if only else ''}"


@cache
def _arrays_text(table: Table, key: str, columns: tuple[str, ...], only: str, growing: str) -> str:
    names = (*columns, key)
    kinds = [table.c[name].type.compile(_POSTGRESQL).partition("(")[0] for name in names]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    sets = ", ".join(
        f"{name} = greatest({table.name}.{name}, new.{name})" if name == growing else f"{name} = new.{name}"
        for name in columns
    )
    where = f"{table.name}.{key} = new.{key}{f' AND {table.name}.{only}' if only else ''}"
    return f"UPDATE {table.name} SET {sets} FROM unnest({arrays}) AS new({', '.join(names)}) WHERE {where}"
