"""A file of touches in the very form that ``POST /v1/touches`` takes: one JSON object a line."""

from typing import Final

import polars as pl

from siyu.app.intake.read_table import LINE
from siyu.app.intake.understood import SetAside, Understood
from siyu.app.intake.wire_touch import MOST_TOUCHES, WireTouch, touches_of
from siyu.touchpoints.touch import Touch

_FIELDS: Final = frozenset(WireTouch.__struct_fields__)
_TABLES: Final = frozenset({"actors", "properties", "traits"})


def is_wire(table: pl.DataFrame) -> bool:
    """Tell whether a table was read from such a file: it has ``channel``, ``kind`` and a moment by these names."""
    names = {name for name in table.columns if not name.startswith("__")}
    return {"channel", "kind"} <= names <= _FIELDS and bool({"happened_at", "happened_at_us"} & names)


def understand_wire(table: pl.DataFrame, now_us: int) -> Understood:
    """Understand each row as one touch."""
    touches: list[Touch] = []
    aside: list[SetAside] = []
    headings: dict[str, int] = {}
    lines = table[LINE].to_list()
    raws = _raws(table)
    for start in range(0, len(raws), MOST_TOUCHES):
        found, _, wrong = touches_of(b"\n".join(raws[start : start + MOST_TOUCHES]), now_us, ndjson=True)
        touches += found
        for one in wrong:
            aside.append(SetAside(lines[start + one.line - 1], one.heading, one.reason, one.raw))
            headings[one.heading] = headings.get(one.heading, 0) + 1
    return Understood(table.height, touches, [1] * len(touches), aside, headings=headings)


def _raws(table: pl.DataFrame) -> list[bytes]:
    """Write the rows back as JSON: what was nested or a number when it was read is so again."""
    import msgspec  # noqa: PLC0415  only such files need it

    names = [name for name in table.columns if not name.startswith("__")]
    broken = table["__broken__"].to_list() if "__broken__" in table.columns else [None] * table.height
    rows: list[bytes] = []
    for row, fault in zip(table.select(names).iter_rows(), broken, strict=True):
        if fault is not None:
            rows.append(str(fault).encode())
            continue
        plain: dict[str, object] = {}
        for name, value in zip(names, row, strict=True):
            if value is None:
                continue
            nested = name in _TABLES or name.endswith(("_us", "_minor"))
            plain[name] = msgspec.Raw(str(value).encode()) if nested else value
        rows.append(msgspec.json.encode(plain))
    return rows
