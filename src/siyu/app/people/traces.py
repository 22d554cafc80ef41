"""Traces (痕迹) of a person where no number of theirs stands: rows set aside unread, and who scanned a live code.

They are found by what the person goes by: identifiers, and the phones, e-mail and postal addresses in the vault. A name
alone is none of these: others have it too.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from siyu.app.workspace import Workspace
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.stores.sql.quarantine import SqlQuarantine

_SHORT: Final = 5  # characters: anything shorter stands in the rows of others as well
_PART: Final = 2_000


@dataclass(frozen=True, slots=True)
class Traces:
    """Rows in which a person is named.

    Attributes:
        quarantine: Rows that were set aside.
        scans: Groups of live-code decisions.
    """

    quarantine: tuple[bytes, ...]
    scans: tuple[bytes, ...]


def values_of(fields: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return what names a person alone, from (field, value) of the vault: long enough, phones without country."""
    found = set()
    for field, value in fields:
        if field in {"identifier", "phone", "mobile", "email", "address", "id_number"}:
            found.add(value)
            if value.startswith("+86"):
                found.add(value.removeprefix("+86"))
    return tuple(sorted(value for value in found if len(value) >= _SHORT))


def find_traces(workspace: Workspace, values: Iterable[str]) -> Traces:
    """Return every row in which one of the values stands; reads all of them, some thousands at a time."""
    wanted = tuple(values)
    if not wanted:
        return Traces((), ())
    says = re.compile("|".join(_whole(value.casefold()) for value in wanted))
    names = frozenset(wanted)
    with workspace.database.read() as connection:
        aside = tuple(
            key
            for key, raw in SqlQuarantine(connection).every(part=_PART)
            if any(map(says.search, _readings(workspace.vault.decrypt_record(raw).decode("utf-8", "replace"))))
        )
        scans = tuple(SqlLiveCodes(connection).groups_of(names, part=_PART))
    return Traces(aside, scans)


def _readings(text: str) -> Iterator[str]:
    """Give a row as it is, and with the signs inside numbers taken out: 138-0013-8000 is a phone as well."""
    yield text.casefold()
    yield re.sub(r"(?<=\d)[\s()-]+(?=\d)", "", text.casefold())


def _whole(value: str) -> str:
    """Return a pattern for a value that is no part of a longer number or word."""
    return rf"(?<![a-z0-9]){re.escape(value)}(?![a-z0-9])"
