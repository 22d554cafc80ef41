"""The table of channels (渠道对照表): what every known payload becomes, or why it becomes nothing, as Markdown."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from siyu.channels.manifest import Manifest, manifests
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.kernel.errors import BadInputError

_RECEIVED_AT_US: Final = 1_790_000_000_000_000


def table(folder: Path) -> str:
    """Write the table.

    Args:
        folder: Holds ``<channel>/fixtures`` with payload files (JSON, XML, or JSON collections of them).

    Raises:
        BadInputError: no such folder.
    """
    if not folder.is_dir():
        raise BadInputError(f"{folder} is no folder", mend="such as tests/channels of the source tree")
    parts = [part for manifest in manifests().values() for part in _channel(manifest, folder)]
    return "\n".join(parts) + "\n"


def outcome(manifest: Manifest, payload: Any) -> tuple[str, str]:
    """Return what one payload becomes: (``touches``, ``to read``, ``nothing`` or ``refused``; kinds or the reason)."""
    mapping: Any = import_module(f"siyu.channels.{manifest.domain}.mapping")
    try:
        touches = mapping.touches_from_payload(payload, account="account", received_at_us=_RECEIVED_AT_US)
    except NamesOnly as pointer:
        return "to read", manifest.ignored.get(pointer.name, pointer.name)
    except Unmapped as unmapped:
        return "nothing", manifest.ignored.get(unmapped.name, unmapped.name)
    except BadInputError as error:
        return "refused", str(error)
    return "touches", ", ".join(dict.fromkeys(one.kind.slug for one in touches))


def _channel(manifest: Manifest, folder: Path) -> Iterator[str]:
    yield f"## {manifest.name}\n\nOut: {', '.join(manifest.outbound) or 'nothing'}.\n"
    if manifest.refusals:
        yield "| no official way | why | instead |\n| --- | --- | --- |"
        yield from (f"| {one.wish} | {one.reason} | {one.instead} |" for one in manifest.refusals)
        yield ""
    rows = list(_payloads(folder / manifest.domain / "fixtures"))
    if rows:
        yield "| payload | becomes | touch or reason |\n| --- | --- | --- |"
        for name, payload in rows:
            how, what = outcome(manifest, payload)
            yield f"| {name} | {how} | {what.replace('|', '/')} |"
        yield ""


def _payloads(folder: Path) -> Iterator[tuple[str, Any]]:
    for file in sorted(folder.rglob("*")):
        if file.suffix not in {".json", ".xml"} or file.name == "encrypted_callbacks.json":
            continue
        text, name = file.read_text("utf-8"), str(file.relative_to(folder))
        known = msgspec.json.decode(text) if file.suffix == ".json" else None
        if isinstance(known, dict) and known and all(_collected(one) for one in known.values()):
            for inner, one in known.items():
                yield inner, one.get("xml") or one["payload"]
        else:
            yield name, text


def _collected(one: object) -> bool:
    return isinstance(one, dict) and ("xml" in one or ("payload" in one and "source" in one))
