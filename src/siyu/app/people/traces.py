"""Traces (痕迹) of a person where no number of theirs stands: rows set aside unread, and who scanned a live code.

They are found by what the person goes by: identifiers, and the phones, e-mail and postal addresses in the vault,
however they are written. A name alone is none of these, for others have it too: a row that holds the name and no phone
or mail address of anybody else counts as theirs, one that does is somebody else's.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from siyu.app.live_codes.desk import take_in_scans
from siyu.app.workspace import Workspace
from siyu.people.namespace import tidy
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.stores.sql.quarantine import SqlQuarantine
from siyu.touchpoints.touch import Identifier

_SHORT: Final = 5  # characters: anything shorter stands in the rows of others as well, and counts as a whole cell only
_PART: Final = 2_000
_SCANS_WITHIN_S: Final = 5.0  # desks at work bring their scans into the store each second
_ALONE: Final = frozenset({"identifier", "phone", "mobile", "email", "address", "id_number"})
_NAME: Final = "name"
#: Signs that people write inside numbers.
_INSIDE: Final = re.compile(r"(?<=\d)[\s().·\-–—/]+(?=\d)")
_SOMEBODY: Final = re.compile(r"(?<![0-9a-z])(?:\+?86)?1[3-9]\d{9}(?!\d)|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CELLS: Final = re.compile(r"[,;\t|\"]")


@dataclass(frozen=True, slots=True)
class Traces:
    """Rows in which a person is named.

    Attributes:
        quarantine: Rows that were set aside.
        by_name: How many of these hold the name alone.
        scans: Groups of live-code decisions.
    """

    quarantine: tuple[bytes, ...]
    by_name: int
    scans: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class GoesBy:
    """What somebody goes by.

    Attributes:
        values: What names them alone, as it was written.
        names: Their names.
    """

    values: frozenset[str]
    names: frozenset[str]


def goes_by(fields: Iterable[tuple[str, str]]) -> GoesBy:
    """Return what names a person, from (field, value) of the vault."""
    rows = list(fields)
    return GoesBy(
        frozenset(value for field, value in rows if field in _ALONE),
        frozenset(_read(value) for field, value in rows if field == _NAME),
    )


def find_traces(workspace: Workspace, person: GoesBy) -> Traces:
    """Return every row in which the person is named; reads all of them, some thousands at a time."""
    written = {form for value in person.values for form in _forms(value)}
    says = re.compile("|".join(_whole(form) for form in sorted(written) if len(form) >= _SHORT) or r"(?!)")
    cells = {form for form in written if len(form) < _SHORT and not form.isdigit() and len(form) > 2}
    aside: list[bytes] = []
    by_name = 0
    take_in_scans(workspace, wait_s=_SCANS_WITHIN_S)
    with workspace.database.read() as connection:
        for key, raw in SqlQuarantine(connection).every(part=_PART):
            row = _read(workspace.vault.decrypt_record(raw).decode("utf-8", "replace"))
            plain = _INSIDE.sub("", row)
            inside = _cells(row) if cells or person.names else set()
            if says.search(row) or says.search(plain) or inside & cells:
                aside.append(key)
            elif inside & person.names and not _SOMEBODY.search(plain):
                aside.append(key)
                by_name += 1
        scans = tuple(SqlLiveCodes(connection).groups_of(person.values, part=_PART))
    return Traces(tuple(aside), by_name, scans)


def _read(text: str) -> str:
    """Return a text as it is compared: full-width signs and capitals are one with the others."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _forms(value: str) -> set[str]:
    """Return a value as it may be written: as it came, and a phone number with and without its country."""
    found = {_read(value)}
    phone, right = tidy(Identifier("phone", value))
    if right:
        digits = phone.value.removeprefix("+")
        found |= {digits, f"00{digits}"}
        if digits.startswith("86"):
            found.add(digits.removeprefix("86"))
    return found


def _cells(row: str) -> set[str]:
    """Return the single values of a row: of its JSON, or between the commas of a line."""
    try:
        return {str(one).strip() for one in _leaves(msgspec.json.decode(row))}
    except msgspec.DecodeError:
        return {one.strip() for one in _CELLS.split(row)}


def _leaves(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]


def _whole(value: str) -> str:
    """Return a pattern for a value that is no part of a longer number or word."""
    return rf"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])"
