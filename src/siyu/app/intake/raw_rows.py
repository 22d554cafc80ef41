"""Rows as they came, for the quarantine."""

from collections.abc import Iterator

import polars as pl

from siyu.app.intake.read_table import LINE
from siyu.app.intake.understood import SetAside


def raw_rows(table: pl.DataFrame) -> Iterator[bytes]:
    """Write rows as they came, one JSON object each; our own columns are left out."""
    if table.height == 0:
        return iter(())
    plain = table.select(pl.exclude("^__.*__$"))
    return iter((plain.write_ndjson() or "").encode().splitlines())


def set_aside_of(table: pl.DataFrame, heading: str, reason: str) -> list[SetAside]:
    """Set rows aside by their columns ``heading`` and ``reason``."""
    raws = raw_rows(table.drop(heading, reason))
    rows = table.select(LINE, heading, reason).iter_rows()
    return [SetAside(line, head, why, raw) for (line, head, why), raw in zip(rows, raws, strict=True)]
