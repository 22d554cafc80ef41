"""Connect (连接账号): try an account's secrets at the platform, keep them encrypted, and pull what changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.channels.manifest import Manifest, manifests
from siyu.channels.tokens import MemoryTokens
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.tokens import SqlTokens
from siyu.touchpoints.touch import Touch

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Connected:
    """What became of connecting: ``checked`` is what the platform said, empty where it cannot be asked."""

    channel: str
    account: str
    base_url: str
    checked: str
    callback_path: str
    left_out: list[str]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought."""

    answers: int
    accepted: int
    duplicates: int


def manifest_of(channel: str) -> Manifest:
    """Return a platform's manifest.

    Raises:
        BadInputError: there is no such platform.
    """
    found = manifests().get(channel)
    if found is None:
        raise BadInputError(f"{channel!r} is no platform", mend=f"one of {', '.join(manifests())}")
    return found


def connect(workspace: Workspace, account: Account, *, check: bool = True) -> Connected:
    """Check that nothing is missing, try it live, and keep it.

    Raises:
        BadInputError: a credential is missing or unknown.
        ConfigError, PermanentError, RetryLaterError: the platform does not take it; nothing was kept.
    """
    manifest = manifest_of(account.channel)
    known = {one.name: one for one in manifest.credentials}
    if unknown := sorted(set(account.secrets) - set(known)):
        raise BadInputError(f"{unknown[0]!r} is no credential of {manifest.name}", mend=f"one of {', '.join(known)}")
    for one in known.values():
        if not one.optional and not account.secrets.get(one.name):
            raise BadInputError(f"{manifest.name} needs {one.name}", mend=one.where)
    now_us = workspace.clock.now_us()
    name = f"siyu.channels.{account.channel}.client"
    live: Callable[..., str] | None = getattr(import_module(name), "live_check", None) if find_spec(name) else None
    checked = live(account, tokens=MemoryTokens(), now_us=now_us) if check and live else ""
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(account, now_us=now_us)
    return Connected(
        account.channel,
        account.account,
        account.base_url,
        checked,
        f"/callbacks/{account.channel}/{account.account}",
        [one.name for one in known.values() if one.optional and not account.secrets.get(one.name)],
    )


def connected(workspace: Workspace) -> list[Account]:
    """Return every connected account."""
    with workspace.database.read() as connection:
        return list(SqlAccounts(connection, workspace.vault).all())


def pull(workspace: Workspace, channel: str, account: str, *, start_us: int, end_us: int) -> Pulled:
    """Read what changed at the platform in ``[start_us, end_us)`` and take it in; what is known counts once.

    Raises:
        BadInputError: no such account is connected, or the platform has nothing to pull.
        SiyuError: the platform could not be asked; what came before it is kept.
    """
    found = [one for one in connected(workspace) if (one.channel, one.account) == (channel, account)]
    if not found:
        raise BadInputError(f"no account {account!r} of {channel} is connected", mend="siyu channel connect")
    name = f"siyu.channels.{channel}.pull"
    if find_spec(name) is None:
        raise BadInputError(f"{manifest_of(channel).name} has nothing to pull: see `siyu channel list --json`")
    module: Any = import_module(name)
    answers: Iterator[list[Touch]] = module.pull(
        found[0],
        tokens=SqlTokens(workspace.database, workspace.vault),
        start_us=start_us,
        end_us=end_us,
        now_us=workspace.clock.now_us(),
    )
    door, waiting, count, accepted, duplicates = TakeIn(workspace), [], 0, 0, 0
    for touches in answers:
        count += 1
        waiting += touches
        if len(waiting) >= _BATCH:
            taken = door.take(waiting)
            accepted, duplicates, waiting = accepted + taken.accepted, duplicates + taken.duplicates, []
    if waiting:
        taken = door.take(waiting)
        accepted, duplicates = accepted + taken.accepted, duplicates + taken.duplicates
    return Pulled(count, accepted, duplicates)
