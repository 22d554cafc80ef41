"""Quarantine (隔离区): rows that could not be understood, by fault, and one in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import func, select

from siyu.app.intake.quarantine import reason_of
from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text, id_text
from siyu.stores.sql.schema.touches import quarantine


@dataclass(frozen=True, slots=True)
class Fault:
    """How many rows of one source have one fault; ``open`` are those not replayed yet."""

    source: str
    heading: str
    rows: int
    open: int


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """One row, without what stands in it; times in microseconds since 1970 UTC."""

    quarantine_id: str
    source: str
    line: int
    heading: str
    reason: str
    set_aside_at_us: int
    replayed_at_us: int | None


@dataclass(frozen=True, slots=True)
class SetAsidePage:
    """One page of rows; ``after`` is the key for the next one, empty when there are no more."""

    rows: Sequence[SetAsideRow]
    after: str


def faults(workspace: Workspace) -> list[Fault]:
    """Count rows by source and fault, the most open ones first."""

    def read() -> list[Fault]:
        with workspace.database.read() as connection:
            rows = connection.execute(
                select(
                    quarantine.c.source,
                    quarantine.c.heading,
                    func.count(),
                    func.count() - func.count(quarantine.c.replayed_at_us),
                ).group_by(quarantine.c.source, quarantine.c.heading)
            )
            return sorted((Fault(*row) for row in rows), key=lambda one: (-one.open, one.source, one.heading))

    return KEPT.get(workspace, "faults", read, fresh_s=3.0)


def quarantine_page(
    workspace: Workspace, *, source: str = "", heading: str = "", after: str = "", most: int = 50
) -> SetAsidePage:
    """Return rows that still wait to be mended, in the order of their keys."""
    query = (
        select(quarantine).where(quarantine.c.replayed_at_us.is_(None)).order_by(quarantine.c.quarantine_id)
    ).limit(most + 1)
    if source:
        query = query.where(quarantine.c.source == source)
    if heading:
        query = query.where(quarantine.c.heading == heading)
    if after:
        query = query.where(quarantine.c.quarantine_id > id_of_text(after))
    with workspace.database.read() as connection:
        rows = [
            SetAsideRow(
                id_text(bytes(row.quarantine_id)), row.source, row.line, row.heading,
                reason_of(workspace, bytes(row.reason)), row.set_aside_at_us, row.replayed_at_us,
            )
            for row in connection.execute(query)
        ]  # fmt: skip
    return SetAsidePage(rows[:most], rows[most - 1].quarantine_id if len(rows) > most else "")


def set_aside_row(workspace: Workspace, quarantine_id: str) -> Mapping[str, Any]:
    """Return what stands in one row, decrypted: personal data, so the caller logs who looked.

    Raises:
        BadInputError: there is no such row.
    """
    with workspace.database.read() as connection:
        raw = connection.execute(
            select(quarantine.c.raw).where(quarantine.c.quarantine_id == id_of_text(quarantine_id))
        ).scalar_one_or_none()
    if raw is None:
        raise BadInputError("this row is no longer set aside")
    plain = workspace.vault.decrypt_record(bytes(raw))
    try:
        held = msgspec.json.decode(plain)
    except msgspec.DecodeError:
        return {"row": plain.decode("utf-8", "replace")}
    return held if isinstance(held, dict) else {"row": held}
