"""How a command answers: one JSON document or a table on standard output, all else on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from siyu.app.plain_data import plain

#: Progress and notes go here, so that standard output holds the answer alone.
notes = Console(stderr=True)

_SERIES = 3  # numbers: from so many on, a list in a row is a line of its own table
_BETWEEN = 3  # columns of a terminal between two columns of a table
_LARGE = 1000.0  # from here on, decimals of a number are noise


def answer(document: Any, *, json: bool) -> None:
    """Print ``document`` (dataclasses, mappings, sequences, numbers) as JSON or as readable lines."""
    simple = plain(document)
    if json:
        sys.stdout.write(msgspec.json.encode(simple).decode() + "\n")
    else:
        _print(simple)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show long work on standard error: yield ``progress(what, done, of)``, which draws a bar for each ``what``."""
    with Progress(TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn(), console=notes) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=min(done, of))

        yield progress


def failed(error: Exception) -> int:
    """Say on standard error, in one line, what went wrong; return the exit status 2."""
    sys.stderr.write(f"siyu: {' '.join(str(error).split())}\n")
    return 2


def _print(simple: Any) -> None:
    out = Console()
    for block in _blocks(simple, "", out.width):
        out.print(block, highlight=False)


def _blocks(value: Any, title: str, width: int) -> Iterator[Table | str]:
    """Yield what to print of ``value``, top to bottom: single values beside their names, lists as tables."""
    if isinstance(value, dict):
        single = {name: one for name, one in value.items() if not _is_nested(one)}
        if single:
            yield from _heading(title)
            yield _record(single)
        for name, one in value.items():
            if name not in single:
                yield from _blocks(one, _under(title, name), width)
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        yield from _tables(value, title, width)
    else:
        yield from _heading(title)
        yield escape("\n".join(map(_cell, value)) or "nothing" if isinstance(value, list) else _cell(value))


def _tables(rows: list[dict[str, Any]], title: str, width: int) -> Iterator[Table | str]:
    """Yield one table of the rows' single values and, for every series in them, one table of its numbers by row."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    series = [name for name in names if any(_is_series(row.get(name)) for row in rows)]
    single = [name for name in names if name not in series]
    yield from _heading(title)
    if _width(single, rows) > width:
        for row in rows:
            yield _record({name: row[name] for name in single if name in row})
            yield ""
    elif single:
        yield _table(single, [[row.get(name) for name in single] for row in rows])
    for name in series:
        longest = max(_last_told(row.get(name)) for row in rows)
        lines = [[row.get(label) for label in single[:1]] + (row.get(name) or [])[:longest] for row in rows]
        yield from _heading(_under(title, name))
        yield _table([*single[:1], *map(str, range(longest))], lines)


def _under(title: str, name: str) -> str:
    return f"{title} · {name}" if title else name


def _heading(title: str) -> Iterator[str]:
    if title:
        yield f"\n[bold]{escape(title)}[/bold]"


def _record(values: dict[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in values.items():
        grid.add_row(f"[bold]{escape(name)}[/bold]", escape(_cell(value)))
    return grid


def _table(names: list[str], lines: list[list[Any]]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for place, name in enumerate(names):
        numbers = all(isinstance(line[place], int | float | None) for line in lines if place < len(line))
        table.add_column(escape(name), justify="right" if numbers else "left", overflow="fold")
    for line in lines:
        table.add_row(*[escape(_cell(value)) for value in line])
    return table


def _width(names: list[str], rows: list[dict[str, Any]]) -> int:
    widest = [max([cell_len(name), *(cell_len(_cell(row.get(name))) for row in rows)]) for name in names]
    return sum(widest) + _BETWEEN * len(widest)


def _is_nested(value: Any) -> bool:
    return (isinstance(value, dict) and bool(value)) or (
        isinstance(value, list) and any(isinstance(one, dict | list) for one in value)
    )


def _is_series(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) >= _SERIES and all(isinstance(one, int | float | None) for one in value)
    )


def _last_told(value: Any) -> int:
    return max((place for place, one in enumerate(value or (), 1) if one is not None), default=0)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < _LARGE else f"{value:,.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(one)}" for name, one in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value) or "-"
    return str(value)
