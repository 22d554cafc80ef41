"""A whole page of plain HTML: for what must work before anybody is logged in."""

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from markupsafe import Markup
from nicegui import __version__ as nicegui_version

#: The fonts that NiceGUI brings; served by this process.
_FONTS: Final = f"/_nicegui/{nicegui_version}/static/fonts.css"
_STYLE: Final = Path(__file__).parent / "static" / "console.css"


@cache
def style_link() -> Markup:
    """Return the link to our style sheet; its address changes with its content, so browsers never show an old one."""
    version = blake2b(_STYLE.read_bytes(), digest_size=6).hexdigest()
    return Markup('<link rel="stylesheet" href="/console/console.css?v={}">').format(version)


def page_html(body: Markup, language: str, theme: str) -> str:
    """Return a page around ``body``."""
    return Markup(
        '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Siyu 私域</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/console/favicon.svg"><link rel="stylesheet" href="{fonts}">{style}</head>'
        '<body class="plain body--{theme}">{body}</body></html>'
    ).format(language="zh-CN" if language == "zh" else "en", style=style_link(), fonts=_FONTS, theme=theme, body=body)
