"""The table of channels (渠道对照表): what every known payload becomes, or why it becomes nothing, as Markdown."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from siyu.app.channels.payloads import become, files_in, payloads_in
from siyu.channels.manifest import Manifest, manifests
from siyu.kernel.errors import BadInputError

_RECEIVED_AT_US: Final = 1_790_000_000_000_000
_WORDS: Final = {"touches": "touches", "to_read": "to read", "ignored": "nothing", "bad_input": "refused"}


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
            became = become(manifest, payload, account="account", received_at_us=_RECEIVED_AT_US)
            what = ", ".join(dict.fromkeys(one.kind.slug for one in became.touches)) or became.reason
            yield f"| {name} | {_WORDS[became.outcome]} | {what.replace('|', '/')} |"
        yield ""


def _payloads(folder: Path) -> Iterator[tuple[str, Any]]:
    for file in files_in(folder) if folder.is_dir() else ():
        if file.name == "encrypted_callbacks.json":
            continue
        for inner, payload in payloads_in(file):
            yield inner or str(file.relative_to(folder)), payload
