"""The migrations make exactly the tables that the code speaks of."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, text

from siyu.kernel.errors import ConfigError
from siyu.stores.sql.database import Database
from siyu.stores.sql.schema import metadata


def test_nothing_is_left_to_migrate(database_url: str) -> None:
    database = Database(database_url)
    database.migrate()
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_sqlite_gets_the_same_statements_as_from_the_tables_themselves(tmp_path: object) -> None:
    migrated, plain = Database(f"sqlite:///{tmp_path}/a.db"), create_engine(f"sqlite:///{tmp_path}/b.db")
    migrated.migrate()
    with plain.begin() as connection:
        metadata.create_all(connection)
        wanted = _statements(connection)
    with migrated.read() as connection:
        assert _statements(connection) == wanted
    plain.dispose()
    migrated.close()


def test_tables_that_are_the_newest_are_opened_without_a_write(database_url: str) -> None:
    """A command that only reads waits for no writer."""
    database, writes = Database(database_url), []
    database.migrate()
    event.listen(database.engine, "begin", lambda one: writes.append(one.get_execution_options().get("writes")))
    database.migrate()
    assert not any(writes)
    database.close()


def test_tables_of_a_newer_siyu_are_one_clear_error(database_url: str) -> None:
    database = Database(database_url)
    database.migrate()
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="of a newer Siyu: its tables are at 9999"):
        database.migrate()
    database.close()


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "siyu.db").write_text("no database " * 500)
    database = Database(f"sqlite:///{tmp_path / 'siyu.db'}")
    with pytest.raises(ConfigError, match="cannot open the database"):
        database.migrate()
    database.close()


def _statements(connection: object) -> dict[str, list[str]]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'"))  # type: ignore[attr-defined]  a connection
    # neither the order of the parts counts nor their lines: SQLite writes a later column beside the one before
    apart = re.compile(r"\n|,(?![^()]*\))")
    return {
        name: sorted(re.sub(r"\s+", " ", part).strip(" ,") for part in apart.split(sql or "") if part.strip(" ,"))
        for name, sql in rows
        if "alembic" not in name
    }
