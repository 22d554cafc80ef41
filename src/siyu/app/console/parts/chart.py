"""Charts in the console's own colours. ECharts does not follow the page into the dark: the theme is handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nicegui import ui

from siyu.app.console.screen import Screen

_FONT: Final = 'Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "WenQuanYi Micro Hei", system-ui, sans-serif'


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one theme; the same as in ``static/console.css``."""

    ink: str
    second: str
    line: str
    surface: str
    accent: str
    scale: Sequence[str]


LIGHT: Final = Colours(
    "#16211f", "#5d6b68", "#e3e8e6", "#ffffff", "#0f766e",
    ("#0f766e", "#64748b", "#b7791f", "#3b6fb6", "#a14a76", "#7c8f2f", "#8a8f98"),
)  # fmt: skip
DARK: Final = Colours(
    "#e8eeec", "#93a29e", "#26312f", "#161d1c", "#2dd4bf",
    ("#2dd4bf", "#94a3b8", "#e0b25c", "#7aa7e8", "#d98bb4", "#b8c96a", "#a4aab3"),
)  # fmt: skip


def colours(screen: Screen) -> Colours:
    """Return the colours of this visit."""
    return DARK if screen.dark else LIGHT


def chart(screen: Screen, options: Mapping[str, Any], *, height: int, label: str) -> ui.echart:
    """Put a chart on the page.

    Args:
        options: As ECharts knows them; colours and fonts of the theme are added.
        height: Pixels.
        label: What it shows, for those who cannot see it.
    """
    now = colours(screen)
    axis = {
        "axisLine": {"lineStyle": {"color": now.line}},
        "axisTick": {"show": False},
        "axisLabel": {"color": now.second, "fontSize": 12},
        "splitLine": {"lineStyle": {"color": now.line}},
        "nameTextStyle": {"color": now.second},
    }
    theme = {
        "color": list(now.scale),
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": _FONT, "color": now.ink},
        "categoryAxis": {**axis, "splitLine": {"show": False}},
        "valueAxis": {**axis, "axisLine": {"show": False}},
        "timeAxis": axis,
        "legend": {"textStyle": {"color": now.second}},
        "tooltip": {
            "backgroundColor": now.surface,
            "borderColor": now.line,
            "textStyle": {"color": now.ink, "fontSize": 13},
        },
    }
    drawn = ui.echart({"animation": False, **options}, theme=theme)
    drawn.classes("chart").style(f"height:{height}px")
    drawn.props(f'role=img aria-label="{label.replace(chr(34), "")}"')
    return drawn
