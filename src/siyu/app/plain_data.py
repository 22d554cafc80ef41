"""Turn results into plain data for JSON: dataclasses, structs, arrays, moments and ids become what JSON knows."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec


def plain(value: Any) -> Any:
    """Return ``value`` as dicts, lists, texts and numbers; bytes as hexadecimal digits, NaN as None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and value != value:  # noqa: PLR0124  NaN is the one value unlike itself
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value
