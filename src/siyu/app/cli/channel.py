"""``siyu channel``: what each platform can do and may not, and what its payloads become."""

import sys
from collections.abc import Callable
from datetime import date
from getpass import getpass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer, notes
from siyu.app.clock import RealClock
from siyu.app.workspace import default_workspace, open_workspace
from siyu.channels.manifest import Manifest, manifests
from siyu.channels.record import json_in
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_text
from siyu.kernel.period import DAY, HOUR, moment_of
from siyu.touchpoints.touch import Touch

app = App(name="channel", help="Platforms: what they can do, their limits, and what their payloads become.")

#: A fact about a platform that nobody has read again for so long is worth a look.
_OLD_AFTER_DAYS: Final = 180
_LARGEST_FILE: Final = 64 << 20
_MOST_DAYS: Final = 3660
_JSON_HELP: Final = "Print one JSON document."


@app.command(name="list")
def list_(*, json: Annotated[bool, Parameter(help=_JSON_HELP)] = False) -> None:
    """List the platforms: what comes in, what goes out, and what has no official way."""
    rows: list[dict[str, Any]] = [
        {
            "channel": manifest.domain,
            "name": manifest.name,
            "inbound": list(manifest.inbound) if json else len(manifest.inbound),
            "outbound": list(manifest.outbound) if json else ", ".join(manifest.outbound),
            "limits": len(manifest.limits),
            "refusals": [one.model_dump() for one in manifest.refusals] if json else len(manifest.refusals),
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
    chosen = [_manifest(platform)] if platform else list(manifests().values())
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
    files: Annotated[list[Path], Parameter(help="Payload files: JSON or XML.", consume_multiple=True)],
    /,
    *,
    account: Annotated[str, Parameter(help="The brand's account there, as it was connected.")] = "",
    json: Annotated[bool, Parameter(help=_JSON_HELP)] = False,
) -> None:
    """Show what payload files become: touches, or the reason why none. One bad file never stops the others."""
    manifest = _manifest(platform)
    mapping = _mapping(platform)
    received_at_us = RealClock().now_us()
    rows = [_mapped(file, manifest, mapping, account, received_at_us) for file in files]
    if json:
        answer(rows, json=True)
    else:
        answer([{"file": row["file"], "outcome": row["outcome"], "what": _brief(row)} for row in rows], json=False)


@app.command(name="table")
def table_(folder: Path, /) -> None:
    """Write what every payload of FOLDER/<platform>/fixtures becomes, or why nothing, as Markdown."""
    from siyu.app.channel_table import table  # noqa: PLC0415  imports every platform: only when asked for

    sys.stdout.write(table(folder))


@app.command
def check(*, json: Annotated[bool, Parameter(help=_JSON_HELP)] = False) -> None:
    """Check every platform's folder: its manifest, its files, and facts that nobody has read again for half a year."""
    today = moment_of(RealClock().now_us()).date()
    rows = [_checked(manifest, today) for manifest in manifests().values()]
    answer(rows if json else [{**row, "missing": ", ".join(row["missing"])} for row in rows], json=json)
    if any(row["missing"] for row in rows):
        raise BadInputError("a platform's folder is not complete: see the list")


@app.command
def connect(
    platform: str,
    account: str,
    /,
    *,
    secrets: Annotated[
        Path | None, Parameter(help="JSON file: credential -> value. Without it each one is asked for.")
    ] = None,
    base_url: Annotated[str, Parameter(help="The platform's address, or the sandbox's.")] = "",
    live: Annotated[bool, Parameter(help="Try the secrets at the platform before they are kept.")] = True,
    workspace: Path | None = None,
    json: Annotated[bool, Parameter(help=_JSON_HELP)] = False,
) -> None:
    """Connect one of the brand's accounts: asks for each credential and says where it is found, tries it, keeps it."""
    from siyu.app import connect as connecting  # noqa: PLC0415  opens the database: only when asked for

    manifest = connecting.manifest_of(platform)
    given = _secrets(secrets) if secrets else _asked(manifest)
    opened = open_workspace(workspace or default_workspace())
    try:
        one = Account(platform, account, base_url or manifest.base_url, given)
        answer(connecting.connect(opened, one, check=live), json=json)
    finally:
        opened.close()


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
    from siyu.app import connect as connecting  # noqa: PLC0415  opens the database: only when asked for

    if not 0 < days <= _MOST_DAYS:
        raise BadInputError(f"{days} is no number of days to look back", mend=f"more than 0, at most {_MOST_DAYS}")
    opened = open_workspace(workspace or default_workspace())
    try:
        now_us = opened.clock.now_us()
        start_us = max(0, now_us - int(days * DAY))
        answer(connecting.pull(opened, platform, account, start_us=start_us, end_us=now_us + HOUR), json=json)
    finally:
        opened.close()


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


def _manifest(platform: str) -> Manifest:
    found = manifests().get(platform)
    if found is None:
        raise BadInputError(f"{platform!r} is no platform", mend=f"one of {', '.join(manifests())}")
    return found


def _mapping(platform: str) -> Callable[..., Any]:
    module = import_module(f"siyu.channels.{platform}.mapping")
    found = getattr(module, "touches_from_payload", None)
    if found is None:
        raise BadInputError(f"payloads of {platform} cannot be read from files")
    mapping: Callable[..., Any] = found
    return mapping


def _mapped(
    file: Path, manifest: Manifest, mapping: Callable[..., Any], account: str, received_at_us: int
) -> dict[str, Any]:
    row: dict[str, Any] = {"file": str(file)}
    try:
        touches = mapping(_read(file), account=account, received_at_us=received_at_us)
    except NamesOnly as pointer:
        reason = manifest.ignored.get(pointer.name, pointer.name)
        row |= {"outcome": "to_read", "name": pointer.name, "reason": reason}
        row |= {"what": pointer.what, "ids": list(pointer.ids)}
    except Unmapped as unmapped:
        reason = manifest.ignored.get(unmapped.name, unmapped.name)
        row |= {"outcome": "ignored", "name": unmapped.name, "reason": reason}
    except BadInputError as error:
        row |= {"outcome": "bad_input", "reason": str(error)}
    except UnicodeDecodeError:
        row |= {"outcome": "bad_input", "reason": "the file is not UTF-8"}
    except OSError as error:
        row |= {"outcome": "bad_input", "reason": f"the file cannot be read: {error.strerror}"}
    else:
        row |= {"outcome": "touches", "touches": [_shown(one) for one in touches]}
    return row


def _read(file: Path) -> str:
    if (size := file.stat().st_size) > _LARGEST_FILE:
        raise BadInputError(f"{size} bytes are too many")
    return file.read_bytes().decode("utf-8-sig")


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
    if "touches" in row:
        return ", ".join(one["kind"] for one in row["touches"])
    return str(row["reason"])


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
