"""Cards, icons, badges and notices."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from markupsafe import Markup
from nicegui import ui

from siyu.app.console.screen import Tone


def icon(name: str) -> Markup:
    """Return a Material Symbol; it says nothing to a screen reader."""
    return Markup('<i class="icon" aria-hidden="true">{}</i>').format(name)


def badge(text: str, tone: Tone = "plain") -> Markup:
    """Return a short word in a coloured pill."""
    return Markup('<span class="badge {}">{}</span>').format(tone, text)


def link(text: str, to: str) -> Markup:
    """Return a link."""
    return Markup('<a class="link" href="{}">{}</a>').format(to, text)


def quiet(text: str) -> Markup:
    """Return text in the second colour."""
    return Markup('<span class="quiet">{}</span>').format(text)


def mono(text: str) -> Markup:
    """Return text in which every character counts: ids and codes."""
    return Markup('<code class="mono">{}</code>').format(text)


def notice(name: str, title: str, text: str, *actions: Markup) -> Markup:
    """Return what stands where nothing can be shown: why, and what to do next. `Code` in backticks is set as code."""
    told = Markup().join(
        Markup("<code>{}</code>").format(part) if i % 2 else Markup("{}").format(part)
        for i, part in enumerate(text.split("`"))
    )
    return Markup('<div class="notice">{}<div><b>{}</b><p>{}</p>{}</div></div>').format(
        icon(name), title, told, Markup('<p class="actions">{}</p>').format(Markup().join(actions)) if actions else ""
    )


@contextmanager
def card(title: str = "", *, lead: str = "", more: Markup | str = "", classes: str = "") -> Iterator[None]:
    """Put a card on the page; what is shown inside stands in it.

    Args:
        lead: One sentence under the title: what one sees, and what to make of it.
        more: Stands at the right of the title: a link or a badge.
        classes: ``half``, ``third`` or ``two-thirds`` of the width on a wide window; the whole width otherwise.
    """
    with ui.element("section").classes(f"card {classes}"):
        if title:
            ui.html(
                Markup('<header class="card-head"><div><h2>{}</h2>{}</div>{}</header>').format(
                    title,
                    Markup("<p>{}</p>").format(lead) if lead else "",
                    Markup('<div class="card-more">{}</div>').format(more) if more else "",
                ),
                sanitize=False,
            )
        yield


@contextmanager
def grid() -> Iterator[None]:
    """Put cards side by side where there is room."""
    with ui.element("div").classes("grid"):
        yield


def figures(told: Sequence[tuple[str, str, str]]) -> Markup:
    """Return large numbers side by side: (what it is, the number, a remark)."""
    return Markup('<dl class="figures">{}</dl>').format(
        Markup().join(
            Markup("<div><dt>{}</dt><dd>{}</dd>{}</div>").format(
                name, value, Markup("<p>{}</p>").format(remark) if remark else ""
            )
            for name, value, remark in told
        )
    )


def facts(pairs: Sequence[tuple[str | Markup, str | Markup]], *, wide: bool = False) -> Markup:
    """Return names and values in two columns.

    Args:
        wide: For long values: they begin at one line instead of ending at one.
    """
    return Markup('<dl class="facts{}">{}</dl>').format(
        " wide" if wide else "",
        Markup().join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*pair) for pair in pairs),
    )
