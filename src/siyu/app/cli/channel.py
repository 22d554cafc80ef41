"""``siyu channel``: what each platform can do and may not, and what its payloads become."""

import sys
from collections.abc import Iterator
from datetime import date
from getpass import getpass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from siyu.app.channels.connect import Guide, account_of_sandbox, connected, guide, manifest_of, try_again
from siyu.app.channels.connect import connect as connecting
from siyu.app.channels.payloads import become, files_in, mapping_of, payloads_in
from siyu.app.cli.answer import answer, notes
from siyu.app.clock import RealClock
from siyu.app.settings import FILE_NAME
from siyu.app.workspace import Workspace, default_workspace, open_workspace
from siyu.channels.manifest import Manifest, manifests
from siyu.channels.record import json_in
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.kernel.ids import id_text
from siyu.kernel.period import DAY, HOUR, moment_of
from siyu.touchpoints.touch import Touch

app = App(name="channel", help="Platforms: what they can do, their limits, and what their payloads become.")

#: A fact about a platform that nobody has read again for so long is worth a look.
_OLD_AFTER_DAYS: Final = 180
_MOST_DAYS: Final = 3660
_JSON_HELP: Final = "Print one JSON document."


@app.command(name="list")
def list_(*, workspace: Path | None = None, json: Annotated[bool, Parameter(help=_JSON_HELP)] = False) -> None:
    """List the platforms: what comes in, what goes out, what has no official way, and which accounts are connected."""
    accounts: dict[str, list[str]] = {}
    for one in _connected(workspace):
        accounts.setdefault(one.channel, []).append(one.account)
    rows: list[dict[str, Any]] = [
        {
            "channel": manifest.domain,
            "name": manifest.name,
            "inbound": list(manifest.inbound) if json else len(manifest.inbound),
            "outbound": list(manifest.outbound) if json else ", ".join(manifest.outbound),
            "limits": len(manifest.limits),
            "refusals": [one.model_dump() for one in manifest.refusals] if json else len(manifest.refusals),
            "accounts": accounts.get(manifest.domain, []) if json else ", ".join(accounts.get(manifest.domain, [])),
        }
        for manifest in manifests().values()
    ]
    answer(rows, json=json)


@app.command
def limits(
    platform: str | None = None,
    *,
    json: Annotated[bool, Parameter(help=_JSON_HELP)] = False,
) -> None:
    """Show the limits of one platform or of all: how many, per what, how we know, and when somebody read it."""
    chosen = [manifest_of(platform)] if platform else list(manifests().values())
    rows = [
        {
            "channel": manifest.domain,
            "what": limit.what,
            "per": limit.per,
            "window": limit.window,
            "max": limit.max,
            "sure": limit.sure,
            "checked_on": limit.checked_on,
            "source": limit.source,
            "note": limit.note,
        }
        for manifest in chosen
        for limit in manifest.limits
    ]
    answer(rows, json=json)


@app.command(name="map")
def map_(
    platform: str,
    files: Annotated[list[Path], Parameter(help="Payload files (JSON, XML, mail) or folders.", consume_multiple=True)],
    /,
    *,
    account: Annotated[str, Parameter(help="The brand's account there, as it was connected.")] = "",
    json: Annotated[bool, Parameter(help=_JSON_HELP)] = False,
) -> None:
    """Show what payload files become: touches, or the reason why none. One bad file never stops the others."""
    manifest = manifest_of(platform)
    mapping_of(manifest)
    received_at_us = RealClock().now_us()
    rows = [row for path in files for row in _mapped(path, manifest, account, received_at_us)]
    if json:
        answer(rows, json=True)
    else:
        answer([{"file": row["file"], "outcome": row["outcome"], "what": _brief(row)} for row in rows], json=False)


@app.command(name="table")
def table_(folder: Path, /) -> None:
    """Write what every payload of FOLDER/<platform>/fixtures becomes, or why nothing, as Markdown."""
    from siyu.app.channels.table import table  # noqa: PLC0415  imports every platform: only when asked for

    sys.stdout.write(table(folder))


@app.command
def check(
    platform: str | None = None,
    account: str | None = None,
    /,
    *,
    live: Annotated[bool, Parameter(help="Ask the platforms of connected accounts.")] = True,
    workspace: Path | None = None,
    json: Annotated[bool, Parameter(help=_JSON_HELP)] = False,
) -> None:
    """Check platforms and connected accounts: the folder, facts that grow old, and each account at its platform."""
    chosen = [manifest_of(platform)] if platform else list(manifests().values())
    opened = _opened(workspace)
    try:
        known = [one for one in (connected(opened) if opened else []) if account in {None, one.account}]
        if account and not any(one.channel == platform for one in known):
            raise BadInputError(f"no account {account!r} of {platform} is connected", mend="siyu channel connect")
        today = moment_of(RealClock().now_us()).date()
        rows = [_checked(manifest, today) for manifest in chosen]
        for row in rows:
            mine = [one for one in known if one.channel == row["channel"]]
            row["accounts"] = [try_again(opened, one) for one in mine] if opened and live else []
    finally:
        if opened:
            opened.close()
    answer(rows if json else [_readable(row) for row in rows], json=json)
    if any(row["missing"] for row in rows):
        raise BadInputError("a platform's folder is not complete: see the list")
    if bad := [one for row in rows for one in row["accounts"] if not one.good]:
        raise ConfigError(f"{bad[0].channel} {bad[0].account}: {bad[0].said}")


@app.command
def connect(
    platform: str,
    account: str = "",
    /,
    *,
    secrets: Annotated[
        Path | None, Parameter(help="JSON file: credential -> value. Without it each one is asked for.")
    ] = None,
    base_url: Annotated[str, Parameter(help="The platform's address, or the sandbox's.")] = "",
    sandbox: Annotated[str, Parameter(help="Address of a running sandbox: its account is connected.")] = "",
    callbacks_at: Annotated[str, Parameter(help="Address of siyu serve; the sandbox calls back there.")] = "",
    live: Annotated[bool, Parameter(help="Try the secrets at the platform before they are kept.")] = True,
    workspace: Path | None = None,
    json: Annotated[bool, Parameter(help=_JSON_HELP)] = False,
) -> None:
    """Connect one of the brand's accounts: asks for each credential and says where it is found, tries it, keeps it.

    Without an account it only says what to paste where.
    """
    manifest = manifest_of(platform)
    if not account and not sandbox:
        found = guide(platform, secrets=_secrets(secrets) if secrets else None)
        answer(found if json else _steps(found), json=json)
        return
    if sandbox:
        one = account_of_sandbox(sandbox, platform, callbacks_at=callbacks_at)
    else:
        given = _secrets(secrets) if secrets else _asked(manifest)
        one = Account(platform, account, base_url or manifest.base_url, given)
    with open_workspace(workspace) as opened:
        answer(connecting(opened, one, check=live), json=json)


@app.command
def pull(
    platform: str,
    account: str,
    /,
    *,
    days: Annotated[float, Parameter(help="How far back to look.")] = 1.0,
    workspace: Path | None = None,
    json: Annotated[bool, Parameter(help=_JSON_HELP)] = False,
) -> None:
    """Read what changed at a connected account and take it in: makes up for callbacks that were lost."""
    from siyu.app.channels.pull import pull as pulling  # noqa: PLC0415  loads the whole way in: only when asked for

    if not 0 < days <= _MOST_DAYS:
        raise BadInputError(f"{days} is no number of days to look back", mend=f"more than 0, at most {_MOST_DAYS}")
    with open_workspace(workspace) as opened:
        now_us = opened.clock.now_us()
        start_us = max(0, now_us - int(days * DAY))
        answer(pulling(opened, platform, account, start_us=start_us, end_us=now_us + HOUR), json=json)


def _secrets(file: Path) -> dict[str, str]:
    try:
        found = json_in(file.read_text("utf-8"), where=str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("the file of secrets cannot be read", where=str(file)) from error
    return {name: str(value) for name, value in found.items()}


def _asked(manifest: Manifest) -> dict[str, str]:
    """Ask for each credential on the terminal; secrets are not shown."""
    if not sys.stdin.isatty():
        raise BadInputError("nobody is here to ask", mend="give --secrets FILE")
    found = {}
    for one in manifest.credentials:
        notes.print(f"[bold]{one.name}[/bold]{' (may be left empty)' if one.optional else ''}: {one.where}")
        value = getpass("> ") if one.secret else input("> ")
        if value.strip():
            found[one.name] = value.strip()
    return found


def _opened(folder: Path | None) -> Workspace | None:
    """Open the workspace that is named, or the default one if there is one."""
    if folder is None and not (default_workspace() / FILE_NAME).exists():
        return None
    return open_workspace(folder)


def _connected(folder: Path | None) -> list[Account]:
    opened = _opened(folder)
    if opened is None:
        return []
    try:
        return connected(opened)
    finally:
        opened.close()


def _steps(found: Guide) -> list[dict[str, str]]:
    steps = [{"step": f"find {one.name}", "where": one.where} for one in found.credentials]
    steps.append({"step": "connect", "where": f"siyu channel connect {found.channel} ACCOUNT"})
    if found.callback_path:
        steps.append({"step": f"paste https://<your address>{found.callback_path}", "where": found.callback_where})
    steps += [{"step": f"no official way: {one['wish']}", "where": one["instead"]} for one in found.refusals]
    return steps


def _mapped(path: Path, manifest: Manifest, account: str, received_at_us: int) -> Iterator[dict[str, Any]]:
    """Translate the payloads of a file, or of every file of a folder; every row has touches or a reason."""
    try:
        for file in files_in(path):
            yield from _mapped_file(file, manifest, account, received_at_us)
    except BadInputError as error:
        yield {"file": str(path), "outcome": "bad_input", "reason": str(error), "touches": []}


def _mapped_file(file: Path, manifest: Manifest, account: str, received_at_us: int) -> Iterator[dict[str, Any]]:
    row: dict[str, Any] = {"file": str(file)}
    try:
        for part, payload in payloads_in(file):
            became = become(manifest, payload, account=account, received_at_us=received_at_us)
            shown = row | ({"part": part} if part else {}) | {"outcome": became.outcome, "reason": became.reason}
            if became.name:
                shown["name"] = became.name
            if became.what:
                shown |= {"what": became.what, "ids": list(became.ids)}
            yield shown | {"touches": [_shown(one) for one in became.touches]}
    except BadInputError as error:
        yield row | {"outcome": "bad_input", "reason": str(error), "touches": []}


def _shown(one: Touch) -> dict[str, Any]:
    """Show a touch without what is personal: identifiers by namespace, traits by name."""
    return {
        "touch_id": id_text(one.touch_id),
        "channel": one.channel,
        "account": one.account,
        "kind": one.kind.slug,
        "happened_at": moment_of(one.happened_at_us).isoformat(),
        "actors": [{"namespace": actor.namespace, "value": actor.value} for actor in one.actors],
        "scene": one.scene,
        "source_code": one.source_code,
        "content_id": one.content_id,
        "staff": one.staff,
        "about": one.about,
        "value_minor": one.value_minor,
        "currency": one.currency,
        "properties": dict(one.properties),
        "traits": sorted(one.traits),
    }


def _brief(row: dict[str, Any]) -> str:
    if row["touches"]:
        return ", ".join(one["kind"] for one in row["touches"])
    return str(row["reason"])


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    accounts = [f"{one.account}: {one.said}" for one in row["accounts"]]
    return {**row, "missing": ", ".join(row["missing"]), "accounts": "; ".join(accounts)}


def _checked(manifest: Manifest, today: date) -> dict[str, Any]:
    wanted = ["mapping"] if manifest.inbound else []
    wanted += ["errors", "client"] if manifest.base_url else []
    wanted += ["sender"] if manifest.outbound else []
    missing = [name for name in wanted if find_spec(f"siyu.channels.{manifest.domain}.{name}") is None]
    old = [limit.what for limit in manifest.limits if (today - limit.checked_on).days > _OLD_AFTER_DAYS]
    if old:
        notes.print(f"{manifest.domain}: read again at the platform: {', '.join(old)}")
    return {
        "channel": manifest.domain,
        "name": manifest.name,
        "missing": missing,
        "limits": len(manifest.limits),
        "old_limits": len(old),
        "unsure_limits": sum(limit.sure in {"assumed", "third_party"} for limit in manifest.limits),
        "refusals": len(manifest.refusals),
    }
