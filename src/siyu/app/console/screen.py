"""The screen: what a page is given. Whose workspace, which language and theme, and how numbers are written."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Concatenate, Literal, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from markupsafe import Markup
from nicegui import ui

from siyu.app.workspace import Workspace
from siyu.kernel.money import major_text
from siyu.kernel.period import moment_of

P = ParamSpec("P")
R = TypeVar("R")
Language = Literal["en", "zh"]
#: What a badge means, by its colour.
Tone = Literal["plain", "good", "bad", "warn", "accent"]


@dataclass(frozen=True, slots=True)
class Screen:
    """One visit to one page.

    Attributes:
        workspace: What is shown.
        language: ``en`` or ``zh``.
        dark: Whether the dark theme is on; charts need to be told (``parts/chart.py``).
        path: The page's address without its query.
        query: What stands behind ``?`` in the address.
        of_path: Parameters in the page's path.
        is_open: Whether the session still holds; handlers of buttons ask before they do or reveal anything.
    """

    workspace: Workspace
    language: Language
    dark: bool
    path: str
    query: Mapping[str, str]
    of_path: Mapping[str, str]
    is_open: Callable[[], bool] = field(default=lambda: False)

    def say(self, english: str, chinese: str) -> str:
        """Return the words in the language of this visit."""
        return chinese if self.language == "zh" else english

    async def load(self, view: Callable[Concatenate[Workspace, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a read model on a thread, so that nobody else's page waits for it."""
        return await asyncio.to_thread(view, self.workspace, *args, **kwargs)

    def show(self, markup: Markup, *, classes: str = "") -> ui.html:
        """Put escaped markup on the page."""
        return ui.html(markup, sanitize=False).classes(classes)

    @property
    def zone(self) -> ZoneInfo:
        """The brand's time zone."""
        return ZoneInfo(self.workspace.settings.brand.zone)

    @property
    def currency(self) -> str:
        """The brand's currency."""
        return self.workspace.settings.brand.currency

    def time(self, at_us: int | None) -> str:
        """Write a moment on the brand's clock: ``2026-11-22 09:30``; a dash for none."""
        return f"{moment_of(at_us).astimezone(self.zone):%Y-%m-%d %H:%M}" if at_us else "–"

    def day(self, at_us: int | None) -> str:
        """Write the day of a moment on the brand's clock."""
        return f"{moment_of(at_us).astimezone(self.zone):%Y-%m-%d}" if at_us else "–"

    def money(self, minor: float, currency: str = "") -> str:
        """Write money with its currency: ``CNY 1,204.50``."""
        currency = currency or self.currency
        sign = "−" if minor < 0 else ""
        return f"{currency} {sign}{major_text(abs(round(minor)), currency)}"

    def number(self, value: float | None, places: int = 0) -> str:
        """Write a number with thousands apart; a dash for none."""
        return "–" if value is None or value != value else f"{value:,.{places}f}"  # noqa: PLR0124  NaN is unlike itself

    def percent(self, share: float | None, places: int = 1) -> str:
        """Write a share in [0, 1] as per cent; a dash for none."""
        return "–" if share is None or share != share else f"{100 * share:.{places}f}%"  # noqa: PLR0124  NaN is unlike itself

    def points(self, difference: float | None, places: int = 1) -> str:
        """Write a difference of shares as signed percentage points."""
        if difference is None or difference != difference:  # noqa: PLR0124  NaN is unlike itself
            return "–"
        sign = "+" if difference > 0 else "−" if difference < 0 else "±"
        return f"{sign}{abs(100 * difference):.{places}f} {self.say('pp', '个百分点')}"
