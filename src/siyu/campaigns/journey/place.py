"""Read YAML with the place of every word, and collect every fault instead of stopping at the first."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

import msgspec
import yaml

from siyu.kernel.errors import BadInputError
from siyu.kernel.money import minor_units
from siyu.kernel.period import DAY, HOUR, MINUTE

_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(min|minutes?|h|hours?|d|days?|w|weeks?|分钟|小时|天|周)")
_UNITS: Final = {"m": MINUTE, "分": MINUTE, "h": HOUR, "小": HOUR, "d": DAY, "天": DAY, "w": 7 * DAY, "周": 7 * DAY}
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LONGEST: Final = 36_500 * DAY
#: No number in a journey is larger: a double holds it exactly.
_MANY: Final = 2**53
Fields = dict[str, yaml.Node]


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong, and how to mend it; lines and columns count from 1."""

    line: int
    column: int
    what: str
    mend: str


class FaultyError(BadInputError):
    """A file that cannot be used, with every fault in it."""

    def __init__(self, faults: list[Fault], *, file: str) -> None:
        self.faults = faults
        first = faults[0]
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        super().__init__(first.what + more, where=f"{file}, line {first.line}, column {first.column}", mend=first.mend)


def compose(text: str) -> yaml.Node | Fault:
    """Return the file as nodes that know their places, or why it is no YAML."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Fault(line, column, f"no YAML: {error.problem}", "look at the indentation, quotes and colons there")
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        return Fault(line, error.position - text.rfind("\n", 0, error.position), f"no YAML: {error.reason}",
                     "take the character out")  # fmt: skip
    except RecursionError:
        return Fault(1, 1, "nested too deeply", "a journey is nested at most 20 deep")
    return root or Fault(1, 1, "the file is empty", "begin with name:")


class Reader:
    """Reads words, numbers, lengths of time and money; what is wrong is noted in ``faults``."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.faults: list[Fault] = []

    def fault(self, node: yaml.Node, what: str, mend: str = "") -> None:
        """Note what is wrong at a node."""
        mark = node.start_mark
        self.faults.append(Fault(mark.line + 1, mark.column + 1, what, mend))

    def fields(self, node: yaml.Node, what: str, known: Mapping[str, str] | None = None) -> Fields:
        """Read a mapping; unknown and repeated words are faults at the word itself.

        Args:
            known: The words there may be, and for each what belongs there.
        """
        if not isinstance(node, yaml.MappingNode):
            example = next(iter(known.items()), ("word", "value")) if known else ("word", "value")
            self.fault(node, f"{what} is written as word: value", f"{example[0]}: {example[1]}")
            return {}
        found: Fields = {}
        for key, value in node.value:
            word = self.text(key)
            if not isinstance(key, yaml.ScalarNode):
                continue
            if word in found:
                self.fault(key, f"{word!r} is there twice", "keep one of them")
            elif known is not None and word not in known:
                close = get_close_matches(word, known, 1)
                mend = f"do you mean {close[0]!r}?" if close else f"it knows {', '.join(known)}"
                self.fault(key, f"{what} does not know {word!r}", mend)
            else:
                found[word] = value
        return found

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """Read a list; a single value is a list of one."""
        return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

    def text(self, node: yaml.Node) -> str:
        """Read one word or line."""
        if not isinstance(node, yaml.ScalarNode):
            self.fault(node, "one word or number belongs here", "write a single value")
            return ""
        return str(node.value).strip()

    def choice(self, node: yaml.Node, what: str, choices: tuple[str, ...]) -> str:
        """Read one of a few words."""
        said = self.text(node)
        if said not in choices:
            close = get_close_matches(said, choices, 1)
            self.fault(node, f"{said!r} is no {what}", f"do you mean {close[0]!r}?" if close else " or ".join(choices))
            return choices[0]
        return said

    def span(self, node: yaml.Node) -> int:
        """Read a length of time, in microseconds."""
        said = self.text(node)
        found = _SPAN.fullmatch(said)
        if not found:
            self.fault(node, f"{said!r} is no length of time", "such as 3d, 12h, 30min or 2w")
            return DAY
        length = round(float(found[1]) * _UNITS[found[2][0]])
        if not 0 < length <= _LONGEST:
            self.fault(node, f"{said!r} is not between nothing and a hundred years", "such as 3d")
            return DAY
        return length

    def clock(self, node: yaml.Node) -> int:
        """Read a time of day, in microseconds after midnight. YAML reads 18:00 without quotes as text here."""
        said = self.text(node)
        found = _CLOCK.fullmatch(said)
        if not found:
            self.fault(node, f"{said!r} is no time of day", 'such as "18:00", in quotes')
            return 0
        return int(found[1]) * HOUR + int(found[2]) * MINUTE

    def number(self, node: yaml.Node, *, low: float = float("-inf"), high: float = float("inf")) -> float:
        """Read a number between bounds."""
        said = self.text(node)
        try:
            number = float(said)
        except ValueError:
            number = float("nan")
        if not low <= number <= high or number in {float("inf"), float("-inf")}:
            bounds = f" from {low:g} to {high:g}" if high < _MANY else f" from {low:g} up" if low > -_MANY else ""
            self.fault(node, f"{said!r} is no number{bounds}", "write digits, such as 3")
            return max(low, 0.0)
        return number

    def whole(self, node: yaml.Node, *, low: int = 0, high: int = _MANY) -> int:
        """Read a whole number between bounds."""
        number = self.number(node, low=low, high=high)
        if number != int(number):
            self.fault(node, f"{self.text(node)!r} is no whole number", str(int(number)))
        return int(number)

    def share(self, node: yaml.Node) -> float:
        """Read a share: 10% or 0.1."""
        said = self.text(node)
        try:
            share = float(said[:-1]) / 100 if said.endswith("%") else float(said)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self.fault(node, f"{said!r} is no share", "such as 10% or 0.1")
            return 0.0
        return share

    def money(self, node: yaml.Node) -> int:
        """Read an amount in whole units, in minor units."""
        try:
            amount = minor_units(self.text(node), self.currency)
        except BadInputError as error:
            self.fault(node, error.what, error.mend)
            return 0
        if amount < 0:
            self.fault(node, f"{self.text(node)!r} is less than nothing", "write it without the minus")
        return amount

    def yes(self, node: yaml.Node) -> bool:
        """Read yes or no."""
        return self.choice(node, "yes or no", ("yes", "no", "true", "false", "on", "off")) in {"yes", "true", "on"}
