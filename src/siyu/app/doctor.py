"""The doctor: looks at a workspace and this machine, and says how to mend what is wrong."""

import os
import platform
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siyu import __version__
from siyu.app.keys import VARIABLE
from siyu.app.lake import status
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import SiyuError
from siyu.kernel.period import SECOND, moment_of
from siyu.stores.sql.touch_log import SqlTouchLog

_LITTLE_DISK: Final = 2 * 2**30
_PENDING_LONG: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        good: Whether it is as it should be.
        says: What was found.
        mend: What to do; empty when it is good.
    """

    what: str
    good: bool
    says: str
    mend: str = ""


def examine(folder: Path) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = [_python(), _disk(folder)]
    try:
        workspace = open_workspace(folder)
    except SiyuError as error:
        return [*findings, Finding("workspace", good=False, says=str(error), mend=f"siyu init {folder}")]
    try:
        findings += [
            Finding("workspace", good=True, says=str(folder.absolute())),
            Finding("siyu", good=True, says=__version__),
            _database(workspace),
            _key(folder),
            _clock(workspace),
            _lake(workspace),
        ]
    finally:
        workspace.close()
    return findings


def _python() -> Finding:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    return Finding("python", good=good, says=version, mend="" if good else "install Python 3.11 or newer")


def _disk(folder: Path) -> Finding:
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    good = free >= _LITTLE_DISK
    return Finding(
        "disk", good=good, says=f"{free / 2**30:.1f} GiB free", mend="" if good else "make room: 2 GiB at least"
    )


def _database(workspace: Workspace) -> Finding:
    with workspace.database.read() as connection:
        touches = SqlTouchLog(connection).taken_in()
    kind = "SQLite" if workspace.database.is_sqlite else "PostgreSQL"
    return Finding("database", good=True, says=f"{kind}, revision {workspace.database.version()}, {touches:,} touches")


def _key(folder: Path) -> Finding:
    if os.environ.get(VARIABLE):
        return Finding("master key", good=True, says=f"from ${VARIABLE}")
    file = folder / "keys" / "master.key"
    open_to_others = stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(
        "master key",
        good=not open_to_others,
        says=str(file),
        mend=f"chmod 600 {file}" if open_to_others else "",
    )


def _clock(workspace: Workspace) -> Finding:
    now_us = workspace.clock.now_us()
    newest = (workspace.folder / "siyu.toml").stat().st_mtime_ns // 1000
    if now_us + 60 * SECOND >= newest:
        return Finding("clock", good=True, says=f"{moment_of(now_us):%Y-%m-%d %H:%M:%S} UTC")
    return Finding("clock", good=False, says="behind the workspace's own files", mend="set this machine's clock by NTP")


def _lake(workspace: Workspace) -> Finding:
    now = status(workspace)
    says = f"{now.touches:,} touches in {now.files} files, {now.pending:,} waiting"
    good = now.pending < _PENDING_LONG
    return Finding("lake", good=good, says=says, mend="" if good else "siyu lake flush")
