"""Every page there is, found by file name."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from siyu.app.console import pages as _folder
from siyu.app.console.page import Page


@cache
def pages() -> tuple[Page, ...]:
    """Import every file of ``pages/`` and return what they define, in the order of the menu."""
    found = [import_module(f"{_folder.__name__}.{module.name}").PAGE for module in iter_modules(_folder.__path__)]
    return tuple(sorted(found, key=lambda page: (page.order, page.path)))
