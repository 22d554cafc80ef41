"""Look at what was set aside, and replay it: with the same mapping, or with a better one."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from siyu.app.intake.import_file import take_understood, understand
from siyu.app.intake.mapping import Mapping, read_mapping
from siyu.app.intake.read_table import LINE
from siyu.app.intake.rows import understand_spend
from siyu.app.intake.segment import touch_of_call
from siyu.app.intake.sensors import touch_of_event
from siyu.app.intake.understood import SetAside, Understood
from siyu.app.intake.wire_touch import touches_of
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of
from siyu.stores.sql.mappings import SqlMappings
from siyu.stores.sql.quarantine import QuarantineRow, SqlQuarantine
from siyu.stores.sql.spend import SqlSpend
from siyu.touchpoints.touch import Touch


def look(
    workspace: Workspace, *, source: str = "", heading: str = "", limit: int = 20, show: bool = False
) -> dict[str, Any]:
    """Count what waits by source and heading, and list the first rows.

    Args:
        show: Decrypt what stands in the rows.
    """
    with workspace.database.read() as connection:
        store = SqlQuarantine(connection)
        counts = store.counts()
        rows = list(store.waiting(source=source, heading=heading, limit=limit))
    listed = []
    for one in rows:
        shown: dict[str, Any] = {
            "id": one.quarantine_id.hex(),
            "source": one.source,
            "line": one.line,
            "heading": one.heading,
            "reason": reason_of(workspace, one.reason),
            "set_aside_at": moment_of(one.set_aside_at_us).isoformat(),
        }
        if show:
            shown["row"] = workspace.vault.decrypt_record(one.raw).decode("utf-8", "replace")
        listed.append(shown)
    return {
        "waiting": sum(count for _, _, count in counts),
        "by_heading": [{"source": place, "heading": head, "rows": count} for place, head, count in counts],
        "rows": listed,
    }


def reason_of(workspace: Workspace, closed: bytes) -> str:
    """Return what is wrong with a row, in words; empty for rows from before reasons were encrypted."""
    return workspace.vault.decrypt_record(closed).decode() if closed else ""


def replay(workspace: Workspace, *, mapping: Path | None = None, source: str = "", heading: str = "") -> dict[str, Any]:
    """Read rows again and take in what is understood now; the others stay.

    Args:
        mapping: A better mapping file; without one, each row is read as before.

    Raises:
        BadInputError: the mapping file cannot be read, or does not fit the rows.
    """
    with workspace.database.read() as connection:
        waiting = list(SqlQuarantine(connection).waiting(source=source, heading=heading))
    groups: dict[tuple[str, str], list[QuarantineRow]] = defaultdict(list)
    for one in waiting:
        groups[one.source, one.mapping].append(one)
    accepted = 0
    for (place, how), rows in groups.items():
        said = msgspec.json.decode(how, type=dict[str, str])
        try:
            still = _again(workspace, said, rows, mapping, place)
        except BadInputError:
            if mapping is not None:
                raise
            continue  # rows that now say even less, without those beside them, hold up no others
        understood = [row.quarantine_id for number, row in enumerate(rows, start=1) if number not in still]
        with workspace.database.write() as connection:
            SqlQuarantine(connection).replayed(understood, workspace.clock.now_us())
        accepted += len(understood)
    return {"read": len(waiting), "understood": accepted, "waiting": len(waiting) - accepted}


def _again(
    workspace: Workspace, said: dict[str, str], rows: Sequence[QuarantineRow], better: Path | None, place: str
) -> set[int]:
    """Take in what is understood now; return the numbers (1 is the first of ``rows``) of those that are not."""
    raws = [workspace.vault.decrypt_record(one.raw) for one in rows]
    if "stored" not in said:
        understood = _events(workspace, said, raws)
        take_understood(workspace, understood, Mapping(what="touches"), source=place)
        return {one.line for one in understood.set_aside}
    chosen = _mapping(workspace, said, better)
    table = _table(raws)
    brand = workspace.settings.brand
    if chosen.what == "spend":
        from zoneinfo import ZoneInfo  # noqa: PLC0415  this one branch needs it

        found, aside = understand_spend(table, chosen, zone=ZoneInfo(brand.zone), currency=brand.currency, where=place)
        with workspace.database.write() as connection:
            SqlSpend(connection).put(found, workspace.clock.now_us())
        return {one.line for one in aside}
    understood = understand(table, chosen, workspace, place)
    kept = Understood(understood.rows, understood.touches, understood.rows_of, ())
    take_understood(workspace, kept, chosen, source=place)
    return {one.line for one in understood.set_aside}


def _mapping(workspace: Workspace, said: dict[str, str], better: Path | None) -> Mapping:
    with workspace.database.read() as connection:
        text = SqlMappings(connection).find(said["stored"])
    if text is None:
        raise BadInputError("the mapping of these rows is gone", mend="give one with --mapping")
    before = Mapping.model_validate_json(text)
    return read_mapping(better, before.what) if better else before


def _table(raws: Sequence[bytes]) -> pl.DataFrame:
    rows = [msgspec.json.decode(raw, type=dict[str, Any]) for raw in raws]
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pl.DataFrame({name: pl.Series(name, [row.get(name) for row in rows], strict=False) for name in names})
    return table.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))


def _events(workspace: Workspace, said: dict[str, str], raws: Sequence[bytes]) -> Understood:
    """Read what came over HTTP again."""
    now_us, currency = workspace.clock.now_us(), workspace.settings.brand.currency
    touches: list[Touch] = []
    aside: list[SetAside] = []
    for line, raw in enumerate(raws, start=1):
        try:
            if said["what"] == "touches":
                found, _, wrong = touches_of(raw, now_us, ndjson=True)
                touches += found
                aside += [SetAside(line, one.heading, one.reason, raw) for one in wrong]
            else:
                read = touch_of_call if said["what"] == "segment" else touch_of_event
                event = msgspec.json.decode(raw)
                touches.append(read(event, received_at_us=now_us, currency=currency, account=said.get("account", "")))
        except (BadInputError, msgspec.MsgspecError, UnicodeError, ValueError) as error:
            aside.append(SetAside(line, "bad_again", str(error), raw))
    kept = Understood(len(raws), touches, [1] * len(touches), ())
    return Understood(kept.rows, kept.touches, kept.rows_of, aside)
