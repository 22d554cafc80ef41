"""``siyu dev``: for people who build Siyu: a new channel's folder, a migration."""

import re
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.kernel.errors import BadInputError, ConfigError

app = App(name="dev", help="For people who build Siyu: make a channel's folder, make a migration.")

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,40}")
_ROOT: Final = Path(__file__).resolve().parents[4]


@app.command(name="new-channel")
def new_channel(
    name: str,
    /,
    *,
    root: Annotated[Path, Parameter(help="The checkout.")] = _ROOT,
    title: Annotated[str, Parameter(help="What people call the platform.")] = "",
    json: bool = False,
) -> None:
    """Make a new channel: manifest, mapping, errors, client, fixtures and their test. No other file changes."""
    from siyu.app.channels.new_channel import files_of  # noqa: PLC0415  only when asked for

    if not _NAME.fullmatch(name):
        raise BadInputError(f"{name!r} is no name for a channel", mend="small letters, digits and _, such as my_shop")
    found = files_of(name, title or name.replace("_", " ").title())
    there = [path for path in found if (root / path).exists()]
    if there:
        raise BadInputError(f"{there[0]} is there already", mend="choose another name")
    if not (root / "src" / "siyu" / "channels").is_dir():
        raise BadInputError(f"{root} is no checkout of Siyu", mend="give --root")
    try:
        for path, text in found.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}") from error
    answer({"channel": name, "files": list(found), "next": f"pytest tests/channels/{name}"}, json=json)


@app.command
def migration(
    message: str,
    /,
    *,
    folder: Annotated[Path | None, Parameter(help="Where migrations are; the product's own if left out.")] = None,
    json: bool = False,
) -> None:
    """Make a migration: what the tables of the code have and the migrations do not make yet."""
    from siyu.app.new_migration import new_migration  # noqa: PLC0415  loads Alembic: only when asked for

    made = new_migration(message, folder)
    answer({"migration": str(made), "message": message}, json=json)
