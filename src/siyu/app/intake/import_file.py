"""Import files: read, understand, take in by batches, set aside what cannot be understood."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from siyu.app.intake.guess import guess
from siyu.app.intake.mapping import Mapping, What
from siyu.app.intake.orders import understand_orders
from siyu.app.intake.read_table import read_table
from siyu.app.intake.rows import understand_rows, understand_spend
from siyu.app.intake.set_aside import set_aside
from siyu.app.intake.understood import Understood
from siyu.app.intake.wire_file import is_wire, understand_wire
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.mappings import SqlMappings
from siyu.stores.sql.spend import SqlSpend
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch

_AT_ONCE = 10_000
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Imported:
    """What became of an import.

    Attributes:
        rows: Data rows read; every row is accepted, a duplicate, quarantined or skipped.
        duplicates: Rows that were there before, in this file or in an earlier import.
        headings: How many rows stand under each heading; a row may stand under several.
        touches: New touches by kind.
        orders, refunds: New ones.
        people: Different people in what was accepted now or before.
        paid_minor, refunded_minor: Sums of the new ones by currency, in minor units.
    """

    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    skipped: int = 0
    headings: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    refunds: int = 0
    people: int = 0
    touches: dict[str, int] = field(default_factory=dict)
    paid_minor: dict[str, int] = field(default_factory=dict)
    refunded_minor: dict[str, int] = field(default_factory=dict)


def mapping_for(table: pl.DataFrame, what: What, given: Mapping | None, fixed: dict[str, str], zone: str) -> Mapping:
    """Return the mapping that is given, or the best guess, with what the caller fixed on top."""
    mapping = given or guess(table.columns, what)
    said = {name: value for name, value in fixed.items() if value}
    return mapping.model_copy(update={"fixed": {**mapping.fixed, **said}, "zone": zone or mapping.zone})


def understand(table: pl.DataFrame, mapping: Mapping, workspace: Workspace, where: str = "") -> Understood:
    """Understand a table as its mapping says (everything but spend).

    Raises:
        BadInputError: a column that is needed is not there.
    """
    brand = workspace.settings.brand
    zone, now_us = ZoneInfo(brand.zone), workspace.clock.now_us()
    if mapping.what == "touches" and is_wire(table):
        return understand_wire(table, now_us)
    read = understand_orders if mapping.what == "orders" else understand_rows
    return read(table, mapping, zone=zone, currency=brand.currency, now_us=now_us, where=where)


def import_file(
    workspace: Workspace,
    what: What,
    path: Path,
    *,
    mapping: Mapping | None = None,
    fixed: dict[str, str] | None = None,
    zone: str = "",
    progress: Progress | None = None,
) -> Imported:
    """Import one file. The same file again changes nothing; one that was broken off is completed.

    Args:
        mapping: Which column means what; None guesses.
        fixed: ``channel``, ``account``, ``currency`` … over what the mapping says.
        progress: Is told (touches done, touches in all).

    Raises:
        BadInputError: the file cannot be read, or a column that is needed is not there.
    """
    table = read_table(path, mapping.file if mapping else None)
    chosen = mapping_for(table, what, mapping, fixed or {}, zone)
    if what == "spend":
        return _import_spend(workspace, table, chosen, path.name)
    understood = understand(table, chosen, workspace, str(path))
    return take_understood(workspace, understood, chosen, source=path.name, progress=progress)


def take_understood(
    workspace: Workspace, understood: Understood, mapping: Mapping, *, source: str, progress: Progress | None = None
) -> Imported:
    """Take in what a file was understood to say, and set the rest aside."""
    done = Imported(rows=understood.rows, skipped=understood.skipped, duplicates=understood.repeated)
    done.headings = dict(understood.headings)
    take_in = TakeIn(workspace)
    kinds: Counter[TouchKind] = Counter()
    for start in range(0, len(understood.touches), _AT_ONCE):
        batch = understood.touches[start : start + _AT_ONCE]
        taken = take_in.take(batch)
        for one, rows, fresh in zip(batch, understood.rows_of[start : start + _AT_ONCE], taken.fresh, strict=True):
            if fresh:
                done.accepted += rows
                kinds[one.kind] += 1
                _sum(done, one)
            else:
                done.duplicates += rows
        if progress:
            progress(start + len(batch), len(understood.touches))
    done.touches = {kind.slug: count for kind, count in sorted(kinds.items())}
    done.orders, done.refunds = kinds[TouchKind.ORDER_PAID], kinds[TouchKind.ORDER_REFUNDED]
    done.people = _people(workspace, understood.touches)
    if understood.set_aside:
        how = remember(workspace, mapping)
        set_aside(workspace, understood.set_aside, source=source, mapping=how)
        done.quarantined = len(understood.set_aside)
    return done


def remember(workspace: Workspace, mapping: Mapping) -> dict[str, str]:
    """Keep a mapping once, and return what each row has to know of it."""
    with workspace.database.write() as connection:
        name = SqlMappings(connection).keep(mapping.model_dump_json(exclude_defaults=True))
    return {"what": mapping.what, "stored": name}


def together(parts: Sequence[Imported]) -> Imported:
    """Add up the imports of several files (people who are in two of them count in both)."""
    whole = Imported()
    for part in parts:
        for name in ("rows", "accepted", "duplicates", "quarantined", "skipped", "orders", "refunds", "people"):
            setattr(whole, name, getattr(whole, name) + getattr(part, name))
        for name in ("headings", "touches", "paid_minor", "refunded_minor"):
            setattr(whole, name, dict(Counter(getattr(whole, name)) + Counter(getattr(part, name))))
    return whole


def _import_spend(workspace: Workspace, table: pl.DataFrame, mapping: Mapping, source: str) -> Imported:
    brand = workspace.settings.brand
    rows, aside = understand_spend(table, mapping, zone=ZoneInfo(brand.zone), currency=brand.currency, where=source)
    with workspace.database.write() as connection:
        new = SqlSpend(connection).put(rows, workspace.clock.now_us())
    if aside:
        set_aside(workspace, aside, source=source, mapping=remember(workspace, mapping))
    return Imported(
        rows=table.height, accepted=new, duplicates=len(rows) - new, quarantined=len(aside),
        headings=dict(Counter(one.heading for one in aside)),
    )  # fmt: skip


def _sum(done: Imported, one: Touch) -> None:
    if one.kind is TouchKind.ORDER_PAID:
        done.paid_minor[one.currency] = done.paid_minor.get(one.currency, 0) + one.value_minor
    elif one.kind is TouchKind.ORDER_REFUNDED:
        done.refunded_minor[one.currency] = done.refunded_minor.get(one.currency, 0) - one.value_minor


def _people(workspace: Workspace, touches: Sequence[Touch]) -> int:
    actors: set[Identifier] = {one.actors[0] for one in touches if one.actors}
    with workspace.database.read() as connection:
        known = SqlIdentityStore(connection).lookup([workspace.vault.key_of(actor) for actor in actors])
    return len({one.person_id for one in known.values()})
