"""Payload files (报文文件): what is in them, and what each payload becomes: touches, or a reason why none."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from siyu.channels.manifest import Manifest
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Touch

LARGEST_FILE: Final = 64 << 20
_SUFFIXES: Final = frozenset({".json", ".xml", ".eml"})


@dataclass(frozen=True, slots=True)
class Became:
    """What one payload became.

    Attributes:
        outcome: ``touches``, ``to_read`` (it names what to read at the platform), ``ignored`` or ``bad_input``.
        reason: Why there are no touches; empty if there are.
        name: The manifest's word for a payload that brings nothing.
        what, ids: What to read at the platform.
    """

    outcome: str
    touches: tuple[Touch, ...] = ()
    reason: str = ""
    name: str = ""
    what: str = ""
    ids: tuple[str, ...] = ()


def become(manifest: Manifest, payload: Any, *, account: str, received_at_us: int) -> Became:
    """Translate one payload, whatever it is.

    Raises:
        BadInputError: the platform has no payloads that come in.
    """
    mapping = mapping_of(manifest)
    try:
        touches = mapping.touches_from_payload(payload, account=account, received_at_us=received_at_us)
    except NamesOnly as pointer:
        reason = manifest.ignored.get(pointer.name, pointer.name)
        return Became("to_read", (), reason, pointer.name, pointer.what, pointer.ids)
    except Unmapped as unmapped:
        return Became("ignored", (), manifest.ignored.get(unmapped.name, unmapped.name), unmapped.name)
    except BadInputError as error:
        return Became("bad_input", (), str(error))
    return Became("touches", tuple(touches))


def mapping_of(manifest: Manifest) -> Any:
    """Return a platform's ``mapping.py``.

    Raises:
        BadInputError: it has none: nothing comes in from there.
    """
    name = f"siyu.channels.{manifest.domain}.mapping"
    if find_spec(name) is None:
        raise BadInputError(f"nothing comes in from {manifest.name}: it only carries messages out")
    return import_module(name)


def files_in(path: Path) -> list[Path]:
    """Return the payload files of a folder, its folders included; a file is itself, there or not.

    Raises:
        BadInputError: a folder without any.
    """
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.rglob("*") if one.suffix in _SUFFIXES and one.is_file())
    if not found:
        raise BadInputError("no payload files (.json, .xml, .eml) are in the folder", where=str(path))
    return found


def payloads_in(file: Path) -> Iterator[tuple[str, Any]]:
    """Go through the payloads of a file: most hold one; a JSON list, or a collection by name, holds many.

    Yields:
        The payload's name within the file (empty when the file is the payload), and the payload.

    Raises:
        BadInputError: it cannot be read: not there, too large, not UTF-8.
    """
    text = _text(file)
    many = _many(text)
    if many is None:
        yield "", text
    else:
        yield from many


def _text(file: Path) -> str:
    try:
        if (size := file.stat().st_size) > LARGEST_FILE:
            raise BadInputError(f"{size} bytes are too many")
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError("the file is not UTF-8") from error
    except OSError as error:
        raise BadInputError(f"the file cannot be read: {error.strerror}") from error


def _many(text: str) -> list[tuple[str, Any]] | None:
    if not text.lstrip().startswith(("[", "{")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
        return [(str(number), one) for number, one in enumerate(found)]
    if isinstance(found, dict) and found and all(_collected(one) for one in found.values()):
        return [(name, one.get("xml") or one["payload"]) for name, one in found.items()]
    return None


def _collected(one: object) -> bool:
    return isinstance(one, dict) and ("xml" in one or ("payload" in one and "source" in one))
