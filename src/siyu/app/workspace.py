"""A workspace: one folder with everything Siyu keeps. Opening it wires stores, keys, clock and settings."""

import os
from pathlib import Path
from typing import Self

from siyu.app.clock import Clock, RealClock
from siyu.app.keys import open_vault
from siyu.app.settings import FILE_NAME, Settings, read_settings
from siyu.kernel.errors import ConfigError
from siyu.people.vault import Vault
from siyu.stores.sql.database import Database

_FIRST_SETTINGS = """\
# Settings of this workspace. Everything left out has a default: see docs/settings.md.

[brand]
name = "My brand"
currency = "CNY"
zone = "Asia/Shanghai"
"""


class Workspace:
    """An open workspace.

    Attributes:
        folder: Where it is.
        settings: What is set.
        clock: What time it is.
        database: The SQL store, migrated.
        vault: The master key, opened.
    """

    def __init__(self, folder: Path, settings: Settings, clock: Clock, database: Database, vault: Vault) -> None:
        self.folder, self.settings, self.clock = folder, settings, clock
        self.database, self.vault = database, vault

    @property
    def lake_url(self) -> str:
        """Where the lake is: a folder or an object-store URL."""
        return self.settings.lake_url or str(self.folder / "lake")

    def close(self) -> None:
        """Give everything back; leaving a ``with`` does so too."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def make_workspace(folder: Path) -> None:
    """Make the folder and its first settings; a workspace that is there already stays as it is.

    Raises:
        ConfigError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / FILE_NAME
        if not file.exists():
            file.write_text(_FIRST_SETTINGS, "utf-8")
    except OSError as error:
        raise ConfigError(f"cannot make the workspace {folder}: {error.strerror}") from error


def open_workspace(folder: Path | None = None, *, clock: Clock | None = None, create: bool = False) -> Workspace:
    """Open a workspace.

    Args:
        folder: Where it is; ``default_workspace()`` if not said.
        create: Make it first if it is not there.

    Raises:
        ConfigError: there is none, or its settings or database are wrong.
    """
    folder = folder or default_workspace()
    if create:
        make_workspace(folder)
    if not (folder / FILE_NAME).exists():
        raise ConfigError(f"{folder} is no workspace: run `siyu init --workspace {folder}` first")
    settings = read_settings(folder)
    database = Database(settings.database_url or f"sqlite:///{(folder / 'siyu.db').absolute()}")
    database.migrate()
    return Workspace(folder, settings, clock or RealClock(), database, open_vault(folder / "keys" / "master.key"))


def default_workspace() -> Path:
    """Return ``$SIYU_WORKSPACE``, or ``.workspace`` in the folder one stands in."""
    return Path(os.environ.get("SIYU_WORKSPACE", ".workspace"))
