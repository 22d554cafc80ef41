"""Tables: numbers on the right with aligned digits, rows that become small cards on a phone, links for paging."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from markupsafe import Markup

from siyu.app.console.screen import Screen

Cell = str | Markup


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        align: ``end`` for numbers.
        grow: Takes the room that is left; long text goes here.
        minor: Left out on a phone.
        wrap: May break into lines; other columns stay on one.
    """

    title: str
    align: Literal["start", "end"] = "start"
    grow: bool = False
    wrap: bool = False
    minor: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, links: Sequence[str] | None = None) -> Markup:
    """Return a table.

    Args:
        links: Where each row leads; its first cell becomes the link and the whole row can be pressed.
    """
    head = Markup().join(
        Markup('<th scope="col" class="{}{}">{}</th>').format(
            column.align, " grow" if column.grow else "", column.title
        )
        for column in columns
    )
    body = Markup().join(
        _row(columns, row, links[place] if links is not None else "") for place, row in enumerate(rows)
    )
    return Markup(
        '<div class="table-holder"><table class="table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, body)


def _row(columns: Sequence[Column], row: Sequence[Cell], to: str) -> Markup:
    cells = []
    for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
        inside = Markup('<a class="row-link" href="{}">{}</a>').format(to, cell) if to and place == 0 else cell
        looks: list[str] = [column.align]
        if column.grow or column.wrap:
            looks.append("wrap")
        if column.minor:
            looks.append("minor")
        if not cell:
            looks.append("none")
        cells.append(
            Markup('<td class="{}" data-title="{}"><div>{}</div></td>').format(" ".join(looks), column.title, inside)
        )
    return Markup("<tr{}>{}</tr>").format(Markup(' class="leads"') if to else "", Markup().join(cells))


def filters(
    path: str, chosen: Mapping[str, str], groups: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
) -> Markup:
    """Return filters as links: one press, no form.

    Args:
        chosen: What is in the address now.
        groups: (name of the parameter, its title, choices as (value, label); the empty value stands for all).
    """
    told = []
    for name, title, choices in groups:
        now = chosen.get(name, "")
        links = []
        for value, label in choices:
            others = {key: kept for key, kept in chosen.items() if key not in {name, "after", "find"} and kept}
            query = urlencode({**others, name: value} if value else others)
            links.append(
                Markup('<a href="{}"{}>{}</a>').format(
                    f"{path}?{query}" if query else path,
                    Markup(' class="here" aria-current="true"') if value == now else "",
                    label,
                )
            )
        told.append(
            Markup('<div class="filter"><span>{}</span><div class="choices">{}</div></div>').format(
                title, Markup().join(links)
            )
        )
    return Markup('<div class="filters">{}</div>').format(Markup().join(told))


def pager(screen: Screen, after: str) -> Markup:
    """Return links to the next page and, when one is not there, to the first; what was chosen stays chosen.

    Args:
        after: Key of the last row shown; empty when there are no more.
    """
    kept = {key: value for key, value in screen.query.items() if key != "after" and value}
    parts = []
    if screen.query.get("after"):
        parts.append((kept, screen.say("First page", "第一页")))
    if after:
        parts.append(({**kept, "after": after}, screen.say("Next page", "下一页")))
    links = [
        Markup('<a class="button" href="{}">{}</a>').format(
            f"{screen.path}?{urlencode(query)}" if query else screen.path, told
        )
        for query, told in parts
    ]
    return Markup('<div class="pager">{}</div>').format(Markup().join(links)) if links else Markup("")


def search_box(screen: Screen, *, hint: str, label: str) -> Markup:
    """Return a box to search with: it opens the same page with what was written as ``find``."""
    return Markup(
        '<form class="search-box" action="{}" role="search"><input name="find" value="{}" placeholder="{}" '
        'aria-label="{}" autocomplete="off"><button class="button" type="submit">{}</button></form>'
    ).format(screen.path, screen.query.get("find", ""), hint, label, screen.say("Search", "查找"))
