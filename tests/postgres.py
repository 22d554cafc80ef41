"""A throw-away PostgreSQL for tests: one cluster a run, one empty database a test."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

_FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").exists() else []
_NUMBERS = count(1)


def _as_postgres(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str | None]:
    """Start a cluster on a free loopback port; give the URL of its server without a database, or None if not installed.

    Args:
        durable: Whether it waits for the disk, as it does in earnest.
    """
    initdb = shutil.which("initdb") or (str(_FOUND[-1]) if _FOUND else None)
    if initdb is None:
        yield None
        return
    bin_dir = Path(initdb).parent
    folder = Path(tempfile.mkdtemp(prefix="siyu-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    initdb_command = _as_postgres(
        str(bin_dir / "initdb"), "-D", str(data), "-U", "siyu", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"
    )
    _run(initdb_command)
    fsync = "on" if durable else "off"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync={fsync}"
    control = str(bin_dir / "pg_ctl")
    start = _as_postgres(control, "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
    _run(start)
    try:
        yield f"postgresql+psycopg://siyu@127.0.0.1:{port}"
    finally:
        stop = _as_postgres(control, "-D", str(data), "-m", "immediate", "stop")
        _run(stop)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """Give the URL of a cluster's server without a database."""
    with cluster() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
        yield url


def new_database(server: str, *, like: str = "template1") -> str:
    """Make a database on a cluster, empty or a copy of another that nobody is connected to; return its URL."""
    import psycopg  # noqa: PLC0415  an extra: only these tests need it

    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like.rpartition('/')[2]}")
    return f"{server}/{name}"


@pytest.fixture
def postgres_url(postgres_cluster: str) -> str:
    """Give the URL of an empty database."""
    return new_database(postgres_cluster)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give an empty database of every kind that Siyu knows, one after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'siyu.db'}"
    return str(request.getfixturevalue("postgres_url"))
