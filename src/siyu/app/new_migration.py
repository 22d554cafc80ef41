"""Make a migration: what the schema in the code has and the migrations do not make yet."""

import tempfile
from argparse import Namespace
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script

import siyu.stores.sql
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.stores.sql.database import Database

_MIGRATIONS = Path(siyu.stores.sql.__file__).parent / "migrations"


def new_migration(message: str, folder: Path | None = None) -> Path:
    """Write the next migration and return its file.

    The tables that the migrations make so far are made in a database of their own, which is thrown away.

    Args:
        folder: Where migrations are; the product's own if left out.

    Raises:
        BadInputError: there is no message.
        ConfigError: the migrations that are there do not run.
    """
    if not message.strip():
        raise BadInputError("a migration needs a message", mend="say what changed")
    with tempfile.TemporaryDirectory() as scratch:
        database = Database(f"sqlite:///{Path(scratch) / 'scratch.db'}")
        config = Config(cmd_opts=Namespace(quiet=True))  # standard output is for the answer
        config.set_main_option("script_location", str(folder or _MIGRATIONS))
        try:
            with database.write() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            with database.write() as connection:
                config.attributes["connection"] = connection
                number = len(list((folder or _MIGRATIONS).glob("versions/[0-9]*.py"))) + 1
                script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        finally:
            database.close()
    if not isinstance(script, Script):
        raise ConfigError("no migration was written")
    return Path(script.path)
