"""A play (玩法): a reason to speak to somebody. One file per play in ``plays/``; found by its file name."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from siyu.campaigns import plays as _folder
from siyu.campaigns.facts import Facts
from siyu.campaigns.proposal import Proposal


class Play(Protocol):
    """Proposes; cannot send.

    Attributes:
        name: Names the play in tables, commands and reports.
        chinese: Its name for people.
        subsystem: ``motivation`` (win-back), ``ability`` (membership) or ``trigger`` (after-sales):
            action = motivation + ability + trigger.

    A play may also have ``needs``, what it has to know beyond the counters (``facts.py``), and ``prior``, the expected
    share of people who buy because of it until that was measured.
    """

    @property
    def name(self) -> str: ...  # noqa: D102  described above
    @property
    def chinese(self) -> str: ...  # noqa: D102  described above
    @property
    def subsystem(self) -> str: ...  # noqa: D102  described above

    def propose(self, facts: Facts, /, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody for whom the occasion has come; the same occasion gives the same ids."""
        ...


@cache
def plays() -> dict[str, Play]:
    """Return every play by name."""
    found = (import_module(f"{_folder.__name__}.{module.name}").PLAY for module in iter_modules(_folder.__path__))
    return {play.name: play for play in found}
