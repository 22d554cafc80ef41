"""What a metric file offers: a card that says what it measures, its options, and how it is built from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, Literal

import numpy as np

from siyu.kernel.arrays import Int8
from siyu.kernel.errors import BadInputError
from siyu.measurement.calendar import UNITS, Unit
from siyu.touchpoints.kind import KINDS_BY_SLUG, TouchKind

#: Kinds are numbers from 0 to 127: tables that are looked up by kind have this many rows.
KINDS: Final = 128
TEXT_COLUMNS: Final = ("channel", "account", "scene", "source_code", "content_id", "staff", "about", "currency")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that may be chosen about a metric, such as ``--window 7``."""

    name: str
    says: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What was chosen, and what the data knows.

    Attributes:
        chosen: Options by name, as text.
        zone: Whose calendar days and months are.
        until_us: Up to when the data is complete (without); a later period is immature.
        since_us: From when there is data.
        kinds: Numbers of kinds by the names that the data uses.
        extra: What the app looked up for the metric, such as the arms of a play.
    """

    chosen: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    until_us: int = 0
    since_us: int = 0
    kinds: Mapping[str, int] = field(default_factory=lambda: {name: int(kind) for name, kind in KINDS_BY_SLUG.items()})
    extra: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        return self.chosen.get(name, default) or default

    def whole(self, name: str, default: int, *, least: int = 0) -> int:
        """Return a whole number of at least ``least``."""
        number = self.number(name, default, least=least)
        if number != int(number):
            raise BadInputError(f"{number} is not whole", where=f"--{name}")
        return int(number)

    def number(self, name: str, default: float, *, least: float = 0.0) -> float:
        """Return a number of at least ``least``."""
        written = self.text(name)
        try:
            number = float(written) if written else default
        except ValueError as error:
            raise BadInputError(f"{written!r} is not a number", where=f"--{name}") from error
        if not least <= number < 2**53:
            raise BadInputError(f"{written or default} is out of range", where=f"--{name}", mend=f"at least {least}")
        return number

    def names(self, name: str, default: str = "") -> tuple[str, ...]:
        """Return texts that were written with commas between them."""
        return tuple(part.strip() for part in self.text(name, default).split(",") if part.strip())

    def unit(self, name: str, default: Unit) -> Unit:
        """Return day, week or month."""
        written = self.text(name, default)
        for unit in UNITS:
            if written == unit:
                return unit
        raise BadInputError(f"{written!r} is no unit of the calendar", where=f"--{name}", mend="day, week or month")

    def column(self, name: str) -> str:
        """Return the name of a text column, or nothing."""
        written = self.text(name)
        if written and written not in TEXT_COLUMNS:
            raise BadInputError(
                f"{written!r} is no column to go by", where=f"--{name}", mend=_nearest(written, TEXT_COLUMNS)
            )
        return written

    def kind(self, slug: str, where: str) -> int:
        """Return the number of a kind by its name."""
        number = self.kinds.get(slug, self.kinds.get(slug.lower()))
        if number is None:
            raise BadInputError(f"there is no kind {slug!r}", where=f"--{where}", mend=_nearest(slug, self.kinds))
        return number

    def kind_set(self, name: str, default: Sequence[TouchKind] = ()) -> Int8:
        """Return a table by kind: 1 for the kinds chosen; without a choice the default ones, or all.

        A file whose kinds are none of ours has no default kinds: then every kind counts.
        """
        table = np.zeros(KINDS, np.int8)
        chosen = self.names(name)
        for slug in chosen:
            table[self.kind(slug, name)] = 1
        if not chosen:
            known = {number for number in self.kinds.values() if number in set(map(int, default))}
            table[sorted(known) if known else slice(None)] = 1
        return table


@dataclass(frozen=True, slots=True)
class Card:
    """How a metric is listed, asked for and built.

    Attributes:
        name: In commands and URLs.
        chinese: As it is called in Chinese.
        says: One sentence: what the number tells.
        build: Makes the measure from options; raises ``BadInputError`` for a wrong one.
        needs: What the app must look up into ``Options.extra``: ``arms``.
        reads: ``touches`` of people; or ``nothing``: then ``build`` gives the answer itself.
    """

    name: str
    chinese: str
    says: str
    options: tuple[Option, ...]
    build: Callable[[Options], Any]
    needs: tuple[str, ...] = ()
    reads: Literal["touches", "nothing"] = "touches"


@lru_cache(maxsize=1)
def cards() -> Mapping[str, Card]:
    """Return every metric by its name; each file of ``metrics/`` with a ``CARD`` is one."""
    package = import_module("siyu.measurement.metrics")
    found = {}
    for module in sorted(module.name for module in iter_modules(package.__path__)):
        card: Card | None = getattr(import_module(f"{package.__name__}.{module}"), "CARD", None)
        if card is not None:
            found[card.name] = card
    return found


def card_of(name: str) -> Card:
    """Return a metric's card.

    Raises:
        BadInputError: there is no such metric.
    """
    found = cards().get(name) or cards().get(name.replace("_", "-"))
    if found is None:
        raise BadInputError(f"there is no metric {name!r}", mend=_nearest(name, cards()))
    return found


def built(card: Card, options: Options) -> Any:
    """Build a metric.

    Raises:
        BadInputError: an option that it does not have, or a value that it cannot take.
    """
    known = {option.name for option in card.options}
    for name in options.chosen:
        if name not in known:
            raise BadInputError(f"{card.name} has no option --{name}", mend=_nearest(name, known, before="--"))
    return card.build(options)


def _nearest(name: str, known: Any, before: str = "") -> str:
    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(before + one for one in near) + "?"
    some = sorted(known)
    return ("there are " + ", ".join(before + one for one in some[:20])) if some else "there are none"
