"""Open the SQL store: one class for SQLite and PostgreSQL."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from siyu.kernel.errors import ConfigError

_MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 30000",
    "PRAGMA cache_size = -262144",  # KiB: a quarter of a GiB keeps the keys of millions of people in memory
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 50000",  # pages, 200 MB: a page changed by many batches reaches the file once
    "PRAGMA foreign_keys = ON",
)


class Database:
    """The SQL store by its URL (``sqlite:////path/siyu.db`` or ``postgresql+psycopg://…``).

    Readers never block. Writers take the write lock at once (SQLite) so that a transaction never fails half way, and
    they take turns: whoever writes one transaction after another lets those go first who already wait.

    Raises:
        ConfigError: the URL is not one of these two, or the server cannot be reached.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ConfigError(f"{parsed.drivername} is not supported: use sqlite:///… or postgresql://…")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        try:
            self.engine: Engine = create_engine(
                parsed,
                pool_pre_ping=not self.is_sqlite,
                hide_parameters=True,  # values may be personal: no error message shows them
            )
        except ModuleNotFoundError as error:
            raise ConfigError("PostgreSQL needs its driver: pip install 'siyu[postgres]'") from error
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            has_file = parsed.database not in {None, "", ":memory:"}
            turns = f"{parsed.database}-turn" if has_file else os.devnull
            event.listen(self.engine, "begin", partial(_begin_sqlite, turns))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the store."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, overwrite: bool = False) -> Iterator[Connection]:
        """Give a connection whose changes all happen at the end, or none.

        Args:
            overwrite: What is deleted or replaced is overwritten with zeros as well (SQLite): for erasures.
        """
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if not (overwrite and self.is_sqlite):
                yield connection
                return
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("PRAGMA secure_delete = OFF")

    def tidy(self) -> None:
        """Bring what was written into the file and empty the log beside it, as far as readers allow (SQLite)."""
        self._checkpoint("TRUNCATE")

    def put_away(self) -> None:
        """Bring what was written so far into the file, as far as nobody has to wait for it (SQLite).

        For who writes much in short transactions: or else the log grows to 200 MB, and one commit brings it all over.
        """
        self._checkpoint("PASSIVE")

    def _checkpoint(self, how: str) -> None:
        if self.is_sqlite:
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute(f"PRAGMA wal_checkpoint({how})").fetchall()
            finally:
                raw.close()

    def hurry(self) -> None:
        """From now on let nothing wait for the disk (SQLite): for a store that is thrown away before a power cut."""
        if self.is_sqlite:
            self.engine.dispose()
            event.listen(self.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))

    def migrate(self) -> None:
        """Bring the tables to the newest version; where they are, nothing is loaded, locked or written.

        Raises:
            ConfigError: the database cannot be opened, or a newer Siyu has made its tables.
        """
        try:
            version, newest = self.version(), _newest()
            if version > newest:
                raise ConfigError(
                    f"the database is of a newer Siyu: its tables are at {version}, these know {newest}; update Siyu"
                )
            if version < newest:
                self._upgrade()
        except DatabaseError as error:
            raise ConfigError(f"cannot open the database {self.engine.url!r}: {error.orig}") from error

    def _upgrade(self) -> None:
        from alembic import command  # noqa: PLC0415  a tenth of a command's start, needed once a version
        from alembic.config import Config  # noqa: PLC0415  the same

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def version(self) -> str:
        """Return the revision that the tables are at; an empty text where there are none yet."""
        with self.read() as connection:
            if not connection.dialect.has_table(connection, "alembic_version"):
                return ""
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _newest() -> str:
    return max(file.name[:4] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # SQLAlchemy's "begin" event says BEGIN, see below
    cursor = dbapi_connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(turns: str, connection: Connection) -> None:
    """Begin a transaction; one that writes waits in line at the file ``turns``.

    SQLite lets those who wait for the write lock look again now and then. A worker that gives it back for
    microseconds alone, thousands of times, would keep everybody else out until it is done.
    """
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    try:
        line = open(turns, "ab")  # noqa: PTH123, SIM115  no path object for every transaction; closed below
    except OSError as error:
        raise ConfigError(f"cannot write beside the database: {turns}: {error.strerror}") from error
    with line:
        fcntl.flock(line, fcntl.LOCK_EX)  # given back when the file is closed, or the process dies
        connection.exec_driver_sql("BEGIN IMMEDIATE")
