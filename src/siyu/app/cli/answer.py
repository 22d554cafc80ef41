"""How a command answers: one JSON document or a table on standard output, all else on standard error."""

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

#: Progress and notes go here, so that standard output holds the answer alone.
notes = Console(stderr=True)


def answer(document: Any, *, json: bool) -> None:
    """Print ``document`` (dataclasses, mappings, sequences, numbers) as JSON or as readable lines."""
    plain = _plain(document)
    if json:
        sys.stdout.write(msgspec.json.encode(plain).decode() + "\n")
    else:
        _print(plain)


def failed(error: Exception) -> int:
    """Say on standard error, in one line, what went wrong; return the exit status 2."""
    sys.stderr.write(f"siyu: {' '.join(str(error).split())}\n")
    return 2


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and value != value:  # noqa: PLR0124  NaN is the one value unlike itself
        return None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _print(plain: Any) -> None:
    out = Console()
    if isinstance(plain, list) and plain and isinstance(plain[0], dict):
        table = Table(*[str(name) for name in plain[0]])
        for row in plain:
            table.add_row(*[_cell(value) for value in row.values()])
        out.print(table)
    elif isinstance(plain, dict):
        for name, value in plain.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                out.print(f"[bold]{name}[/bold]")
                _print(value)
            else:
                out.print(f"[bold]{name}[/bold]  {_cell(value)}", highlight=False)
    else:
        out.print(plain)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value)
