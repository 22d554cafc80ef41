"""How a command answers: one JSON document or a table on standard output, all else on standard error."""

import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from siyu.app.plain_data import plain

#: Progress and notes go here, so that standard output holds the answer alone.
notes = Console(stderr=True)


def answer(document: Any, *, json: bool) -> None:
    """Print ``document`` (dataclasses, mappings, sequences, numbers) as JSON or as readable lines."""
    simple = plain(document)
    if json:
        sys.stdout.write(msgspec.json.encode(simple).decode() + "\n")
    else:
        _print(simple)


def failed(error: Exception) -> int:
    """Say on standard error, in one line, what went wrong; return the exit status 2."""
    sys.stderr.write(f"siyu: {' '.join(str(error).split())}\n")
    return 2


def _print(simple: Any) -> None:
    out = Console()
    if isinstance(simple, list) and simple and isinstance(simple[0], dict):
        table = Table(*[str(name) for name in simple[0]])
        for row in simple:
            table.add_row(*[_cell(value) for value in row.values()])
        out.print(table)
    elif isinstance(simple, dict):
        for name, value in simple.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                out.print(f"[bold]{name}[/bold]")
                _print(value)
            else:
                out.print(f"[bold]{name}[/bold]  {_cell(value)}", highlight=False)
    else:
        out.print(simple)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value)
