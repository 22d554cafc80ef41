"""Connect (连接账号): what to paste where, a live try at the platform, what is missing; then keep it encrypted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from siyu.app.workspace import Workspace
from siyu.channels.http import HttpCaller
from siyu.channels.manifest import Manifest, manifests
from siyu.channels.renewal import KEPT
from siyu.dispatch.account import Account, Token
from siyu.kernel.errors import BadInputError, SiyuError
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.tokens import SqlTokens


@dataclass(frozen=True, slots=True)
class Paste:
    """One thing to paste, and where it is found.

    Attributes:
        for_callbacks: The platform's callbacks are checked with it: without it they are refused.
    """

    name: str
    where: str
    secret: bool
    optional: bool
    for_callbacks: bool
    given: bool


@dataclass(frozen=True, slots=True)
class Guide:
    """How one platform is connected, step by step.

    Attributes:
        credentials: What to paste here, and where it is found there.
        missing: What cannot be left out and is not given yet.
        callback_path: Where the platform is to call us, behind the address of ``siyu serve``; empty if it never calls.
        callback_where: Where that address is pasted at the platform.
        can_check: Credentials can be tried live.
        can_pull: What callbacks lost is read by listing.
        refusals: What has no official way, why, and the import that replaces it.
    """

    channel: str
    name: str
    docs: str
    base_url: str
    credentials: list[Paste]
    missing: list[str]
    callback_path: str
    callback_where: str
    can_check: bool
    can_pull: bool
    refusals: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Connected:
    """What became of connecting.

    Attributes:
        checked: What the platform said; empty where it cannot be asked.
        callback_path: Where the platform is to call us; empty if it never calls.
        left_out: Credentials that may be left empty and were.
        next: What is still to do, one step each.
    """

    channel: str
    account: str
    base_url: str
    checked: str
    callback_path: str
    left_out: list[str]
    next: list[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """How a connected account stands: ``said`` is the platform's word, or what is wrong."""

    channel: str
    account: str
    good: bool
    said: str
    left_out: list[str]


def manifest_of(channel: str) -> Manifest:
    """Return a platform's manifest.

    Raises:
        BadInputError: there is no such platform.
    """
    found = manifests().get(channel)
    if found is None:
        raise BadInputError(f"{channel!r} is no platform", mend=f"one of {', '.join(manifests())}")
    return found


def guide(channel: str, *, account: str = "", secrets: Mapping[str, str] | None = None) -> Guide:
    """Say what to paste where, and what is missing so far.

    Raises:
        BadInputError: there is no such platform.
    """
    manifest, given = manifest_of(channel), secrets or {}
    return Guide(
        channel,
        manifest.name,
        manifest.docs,
        manifest.base_url,
        [
            Paste(one.name, one.where, one.secret, one.optional, one.for_callbacks, bool(given.get(one.name)))
            for one in manifest.credentials
        ],
        [one.name for one in manifest.credentials if not one.optional and not given.get(one.name)],
        _callback_path(channel, account),
        manifest.callback_where,
        _live_check(channel) is not None,
        find_spec(f"siyu.channels.{channel}.pull") is not None,
        [one.model_dump() for one in manifest.refusals],
    )


def connect(workspace: Workspace, account: Account, *, check: bool = True) -> Connected:
    """Check that nothing is missing, try it live, and keep it.

    Raises:
        BadInputError: a credential is missing or unknown, or the account has no name.
        ConfigError, PermanentError, RetryLaterError: the platform does not take it; nothing was kept.
    """
    manifest = manifest_of(account.channel)
    known = {one.name: one for one in manifest.credentials}
    if not account.account or len(account.account) > 200 or not account.account.isprintable():
        raise BadInputError("an account needs a name", mend="the platform's id of it: corp id, app id, shop id")
    if unknown := sorted(set(account.secrets) - set(known)):
        mend = f"one of {', '.join(known)}" if known else "none are needed"
        raise BadInputError(f"{unknown[0]!r} is no credential of {manifest.name}", mend=mend)
    for one in known.values():
        if not one.optional and not account.secrets.get(one.name):
            raise BadInputError(f"{manifest.name} needs {one.name}", mend=one.where)
    now_us = workspace.clock.now_us()
    live = _live_check(account.channel)
    checked = live(account, tokens=_Anew(workspace), now_us=now_us) if check and live else ""
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(account, now_us=now_us)
    path = _callback_path(account.channel, account.account)
    return Connected(
        account.channel,
        account.account,
        account.base_url,
        checked,
        path,
        _left_out(manifest, account),
        list(_next(manifest, account, path)),
    )


def connected(workspace: Workspace) -> list[Account]:
    """Return every connected account."""
    with workspace.database.read() as connection:
        return list(SqlAccounts(connection, workspace.vault).all())


def try_again(workspace: Workspace, account: Account) -> Tried:
    """Try a connected account at its platform; what is wrong is said, not raised."""
    manifest, live = manifest_of(account.channel), _live_check(account.channel)
    left_out = _left_out(manifest, account)
    if live is None:
        return Tried(account.channel, account.account, True, "the platform cannot be asked", left_out)
    try:
        said = live(account, tokens=_Anew(workspace), now_us=workspace.clock.now_us())
    except SiyuError as error:
        return Tried(account.channel, account.account, False, str(error), left_out)
    return Tried(account.channel, account.account, True, said, left_out)


def account_of_sandbox(url: str, channel: str, *, callbacks_at: str = "") -> Account:
    """Ask a running sandbox for a platform's account and credentials.

    Args:
        url: What ``siyu sandbox`` printed.
        callbacks_at: The address of ``siyu serve``: the sandbox calls back there from now on.

    Raises:
        BadInputError: the sandbox does not play the platform.
        RetryLaterError: no sandbox is there.
    """
    manifest = manifest_of(channel)
    with HttpCaller(url) as http:
        played = http.call_json("GET", "/_sandbox").get("platforms")
        found = played.get(channel) if isinstance(played, dict) else None
        if not isinstance(found, dict):
            raise BadInputError(f"the sandbox does not play {manifest.name}")
        account = Account(channel, str(found["account"]), str(found["base_url"]), dict(found["credentials"]))
        path = _callback_path(channel, account.account)
        if callbacks_at and path:
            if any(one.name == "public_url" for one in manifest.credentials):
                account.secrets["public_url"] = callbacks_at
            http.call_json("POST", f"/_sandbox/{channel}/callbacks_to", json={"url": callbacks_at.rstrip("/") + path})
    return account


class _Anew:
    """A token store that takes no access token of yesterday: what is tried are the secrets.

    What it fetches is kept for all: some platforms end the old token, or the refresh token, with each new one.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._tokens = SqlTokens(workspace.database, workspace.vault)
        self._asked: set[str] = set()

    def token(self, name: str, *, now_us: int, fetch: Callable[[], Token], refused: str = "") -> Token:
        """Return a token that was fetched since this store was made (see ``TokenStore``)."""
        if name in self._asked or name.startswith(KEPT):
            return self._tokens.token(name, now_us=now_us, fetch=fetch, refused=refused)
        self._asked.add(name)
        fresh = fetch()
        known = self._tokens.token(name, now_us=now_us, fetch=lambda: fresh)
        if known.value != fresh.value:
            self._tokens.token(name, now_us=now_us, fetch=lambda: fresh, refused=known.value)
        return fresh


def _live_check(channel: str) -> Callable[..., str] | None:
    name = f"siyu.channels.{channel}.client"
    found: Any = import_module(name) if find_spec(name) else None
    return getattr(found, "live_check", None)


def _callback_path(channel: str, account: str) -> str:
    calls_back = find_spec(f"siyu.channels.{channel}.callback") is not None and manifest_of(channel).callback_where
    return f"/callbacks/{channel}/{account or '<account>'}" if calls_back else ""


def _left_out(manifest: Manifest, account: Account) -> list[str]:
    return [one.name for one in manifest.credentials if one.optional and not account.secrets.get(one.name)]


def _next(manifest: Manifest, account: Account, path: str) -> list[str]:
    steps = []
    silent = [one.name for one in manifest.credentials if one.for_callbacks and not account.secrets.get(one.name)]
    if path and silent:
        steps.append(f"callbacks are refused until {' and '.join(silent)} is given")
    elif path:
        steps.append(f"paste https://<your address>{path} at: {manifest.callback_where}")
    if find_spec(f"siyu.channels.{account.channel}.pull"):
        steps.append(f"read what is there already: siyu channel pull {account.channel} {account.account} --days 30")
    return steps
