"""The shell: the frame around every page. Menu, search, language, theme, and retention first."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote, urlencode

from markupsafe import Markup
from nicegui import ui

from siyu.app.console.page import Page
from siyu.app.console.parts.card import icon, notice
from siyu.app.console.plain import style_link
from siyu.app.console.screen import Screen
from siyu.app.views.headline import Headline, headline
from siyu.kernel.errors import BadInputError, RefusedError, RetryLaterError, SiyuError

#: Pages from this place in the menu on stand under their own heading.
_WORKSHOP: Final = 100


@asynccontextmanager
async def frame(screen: Screen, page: Page, pages: Sequence[Page]) -> AsyncIterator[None]:
    """Put the frame up and give the place for the page inside it."""
    ui.add_head_html(style_link())
    # before anything is painted, so that a dark page never flashes white
    ui.add_head_html(
        Markup(
            '<script>document.documentElement.lang="{}";document.documentElement.dataset.theme="{}"</script>'
        ).format("zh-CN" if screen.language == "zh" else "en", "dark" if screen.dark else "light")
    )
    ui.dark_mode(value=screen.dark)
    ui.page_title(f"{screen.say(*page.title)} · {screen.workspace.settings.brand.name}")
    try:
        first = await screen.load(headline)
    except SiyuError:
        first = None
    with ui.element("div").classes("shell"):
        screen.show(_side(screen, page, pages), classes="side-holder")
        with ui.element("div").classes("stage"):
            screen.show(_bar(screen), classes="bar-holder")
            with ui.element("main").classes("main"):
                screen.show(_head(screen, page, first))
                yield


def trouble(screen: Screen, error: Exception) -> None:
    """Say what went wrong and what to do next."""
    say = screen.say
    if isinstance(error, RetryLaterError):
        screen.show(notice("hourglass_empty", say("Not just now", "请稍候"), f"{error}", _again(screen)))
    elif isinstance(error, (BadInputError, RefusedError)):
        screen.show(notice("error", say("That cannot be shown", "无法显示"), f"{error}", _again(screen)))
    elif isinstance(error, SiyuError):
        doctor = say("Run `siyu doctor`, mend what it names, then reload.", "运行 `siyu doctor`，按它说的修好后刷新。")
        screen.show(
            notice("build", say("The set-up needs a hand", "设置需要修一下"), f"{error}. {doctor}", _again(screen))
        )
    else:
        told = say(
            "This page failed; the others still work. Reload it; if it fails again, run `siyu doctor` and look at "
            "what the server printed.",
            "这一页出错了，其他页面不受影响。请刷新；再出错就运行 `siyu doctor`，并查看服务器的输出。",
        )
        screen.show(notice("error", say("Something failed here", "这里出错了"), told, _again(screen)))


def _again(screen: Screen) -> Markup:
    return Markup('<a class="button" href="{}">{}</a>').format(screen.path, screen.say("Reload", "刷新"))


def _side(screen: Screen, page: Page, pages: Sequence[Page]) -> Markup:
    shown = [one for one in pages if one.in_menu]
    here = page if page.in_menu else _parent(page, shown)
    daily = [_entry(screen, one, here) for one in shown if one.order < _WORKSHOP]
    workshop = [_entry(screen, one, here) for one in shown if one.order >= _WORKSHOP]
    return Markup("""
<input type="checkbox" id="menu-open" class="menu-open" aria-label="{menu}">
<label class="veil" for="menu-open"></label>
<aside class="side">
  <a class="brand" href="/"><span class="mark">私</span><span><b>{brand}</b><small>Siyu 私域</small></span></a>
  <nav>{daily}</nav>
  <p class="nav-title">{title}</p>
  <nav>{workshop}</nav>
  <form class="leave" method="post" action="/logout"><button type="submit">{leave_icon}{leave}</button></form>
</aside>""").format(
        menu=screen.say("Menu", "菜单"),
        brand=screen.workspace.settings.brand.name,
        daily=Markup().join(daily),
        title=screen.say("Workshop", "后台"),
        workshop=Markup().join(workshop),
        leave_icon=icon("logout"),
        leave=screen.say("Log out", "退出登录"),
    )


def _entry(screen: Screen, page: Page, here: Page | None) -> Markup:
    return Markup('<a href="{}"{}>{}<span>{}</span></a>').format(
        page.path,
        Markup(' class="here" aria-current="page"') if page is here else "",
        icon(page.icon),
        screen.say(*page.title),
    )


def _parent(page: Page, shown: Sequence[Page]) -> Page | None:
    over = [one for one in shown if one.path != "/" and page.path.startswith(f"{one.path}/")]
    return max(over, key=lambda one: len(one.path), default=None)


def _bar(screen: Screen) -> Markup:
    here = screen.path + (f"?{urlencode(screen.query)}" if screen.query else "")
    to = quote(here)
    other = "en" if screen.language == "zh" else "zh"
    theme = "light" if screen.dark else "dark"
    return Markup("""
<header class="bar">
  <label class="icon-button menu-button" for="menu-open" title="{menu}">{menu_icon}</label>
  <a class="bar-mark mark" href="/">私</a>
  <form class="search" action="/people" role="search">{search_icon}
    <input name="find" placeholder="{find}" aria-label="{find}" autocomplete="off" spellcheck="false">
  </form>
  <a class="icon-button words" href="/preferences?language={other}&amp;to={to}" id="switch-language">{other_name}</a>
  <a class="icon-button" href="/preferences?theme={theme}&amp;to={to}" id="switch-theme" title="{theme_name}"
    >{theme_icon}</a>
</header>""").format(
        menu=screen.say("Menu", "菜单"),
        menu_icon=icon("menu"),
        search_icon=icon("search"),
        find=screen.say("Phone, member number, WeChat id …", "手机号、会员号、微信号 …"),
        other=other,
        to=to,
        other_name="EN" if screen.language == "zh" else "中文",
        theme=theme,
        theme_name=screen.say("Dark theme", "深色主题") if theme == "dark" else screen.say("Light theme", "浅色主题"),
        theme_icon=icon("dark_mode" if theme == "dark" else "light_mode"),
    )


def _head(screen: Screen, page: Page, first: Headline | None) -> Markup:
    lead = screen.say(*page.lead)
    return Markup('<div class="page-head"><div><h1>{}</h1>{}</div>{}</div>').format(
        screen.say(*page.title),
        Markup('<p class="lead">{}</p>').format(lead) if lead else "",
        _first(screen, first),
    )


def _first(screen: Screen, first: Headline | None) -> Markup:
    """Retention stands first on every screen."""
    if first is None:
        return Markup("")
    told = (
        (screen.say("Next-month retention", "次月留存"), screen.percent(first.next_month)),
        (screen.say("D30 retention", "30 日留存"), screen.percent(first.day_30)),
        (screen.say("Repurchase rate", "复购率"), screen.percent(first.repurchase)),
    )
    return Markup('<dl class="first" title="{}">{}</dl>').format(
        screen.say("Retention comes first: every action here is judged by it.", "留存第一：这里的每个动作都按它评判。"),
        Markup().join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*pair) for pair in told),
    )
