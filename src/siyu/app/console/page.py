"""A page of the console: what its file must define.

A page is ``console/pages/<name>.py`` with one ``PAGE``::

    async def build(screen: Screen) -> None:
        rows = await screen.load(orders_of_today)          # a read model of app/views, run off the event loop
        screen.show(table(...))

    PAGE = Page(path="/orders", title=Words("Orders", "订单"), icon="receipt_long", order=45, build=build)

Nothing else needs to be edited: the menu, the login, the frame, language and theme come from the shell.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from siyu.app.console.screen import Screen


class Words(NamedTuple):
    """The same words in both languages."""

    english: str
    chinese: str


_NOTHING = Words("", "")


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        path: Where it is; may hold parameters: ``/people/{person_id}`` (``screen.of_path["person_id"]``).
        title: In the menu and above the page.
        icon: Name of a Material Symbol (https://fonts.google.com/icons); served by this process.
        order: Place in the menu, ascending; 0 to 99 daily work, 100 and more the workshop behind it.
        build: Shows the page; anything it raises becomes a card that says what to do next.
        in_menu: False for pages one reaches from another page.
        lead: One sentence under the title.
    """

    path: str
    title: Words
    icon: str
    order: int
    build: Callable[[Screen], Awaitable[None]]
    in_menu: bool = True
    lead: Words = _NOTHING
