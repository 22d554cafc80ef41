"""``siyu key``: keys of the HTTP doors."""

from pathlib import Path

from cyclopts import App

from siyu.app.access.api_keys import make_key
from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of
from siyu.stores.sql.api_keys import SqlApiKeys

app = App(name="key", help="Make, list and revoke the keys of the HTTP doors.")


@app.command
def create(*, scope: str = "intake", label: str = "", workspace: Path | None = None, json: bool = False) -> None:
    """Make a key; it is shown once and stored as a hash.

    Args:
        scope: intake (send touches), read (ask), admin (everything).
        label: Who uses it.
    """
    with open_workspace(workspace, create=True) as opened:
        key = make_key(opened, scope, label)
    answer({"key": key, "scope": scope, "label": label}, json=json)


@app.command(name="list")
def list_(*, workspace: Path | None = None, json: bool = False) -> None:
    """List the keys by the first digits of their hashes."""
    with open_workspace(workspace) as opened, opened.database.read() as connection:
        keys = SqlApiKeys(connection).every()
    answer(
        [
            {
                "name": key.digest.hex()[:12],
                "scope": key.scope,
                "label": key.label,
                "made_at": moment_of(key.made_at_us),
                "revoked_at": None if key.revoked_at_us is None else moment_of(key.revoked_at_us),
            }
            for key in keys
        ],
        json=json,
    )


@app.command
def revoke(name: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Revoke a key; it stops to open anything within five seconds.

    Args:
        name: The first digits of its hash, as ``siyu key list`` shows them; at least six.
    """
    if len(name) < 6:
        raise BadInputError(f"{name!r} is too short to name a key", mend="at least six digits")
    with open_workspace(workspace) as opened, opened.database.write() as connection:
        revoked = SqlApiKeys(connection).revoke(name.lower(), opened.clock.now_us())
    if not revoked:
        raise BadInputError(f"no key that holds begins with {name!r}")
    answer({"revoked": revoked}, json=json)
