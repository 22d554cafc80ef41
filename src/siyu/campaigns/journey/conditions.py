"""Read conditions and patterns of touches."""

from difflib import get_close_matches
from typing import Final

import yaml

from siyu.campaigns.journey.place import Fields, Reader
from siyu.campaigns.journey.program import MOST_PATTERNS, Condition, Fact, Group, Heard, Pattern
from siyu.campaigns.journey.words import BESIDE_CONDITION, BOUNDS, CONDITIONS, FIGURES, WHERE
from siyu.touchpoints.kind import KINDS_BY_SLUG

_NOBODY: Final = Group("any", ())
_DEEPEST: Final = 20


class ConditionReader(Reader):
    """Reads conditions; collects the patterns that the journey has to listen to."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.patterns: list[Pattern] = []

    def bit(self, pattern: Pattern, node: yaml.Node) -> int:
        """Return the bit of a pattern; the same pattern has one bit."""
        if pattern in self.patterns:
            return self.patterns.index(pattern)
        if len(self.patterns) >= MOST_PATTERNS:
            self.fault(node, f"a journey listens to at most {MOST_PATTERNS} kinds of touch", "write two journeys")
            return 0
        self.patterns.append(pattern)
        return len(self.patterns) - 1

    def kinds(self, node: yaml.Node) -> tuple[int, ...]:
        """Read one kind of touch or several."""
        found = set()
        for one in self.items(node):
            slug = self.text(one)
            if slug in KINDS_BY_SLUG:
                found.add(int(KINDS_BY_SLUG[slug]))
            else:
                close = get_close_matches(slug, KINDS_BY_SLUG, 3) or ["contact_added", "message_in", "order_paid"]
                self.fault(one, f"{slug!r} is no kind of touch", f"such as {', '.join(close)}")
        if not found and isinstance(node, yaml.SequenceNode) and not node.value:
            self.fault(node, "no kind of touch is named", "such as order_paid")
        return tuple(sorted(found))

    def where(self, fields: Fields) -> dict[str, tuple[str, ...]]:
        """Read which touches of a kind are meant."""
        if "where" not in fields:
            return {}
        known = dict.fromkeys(WHERE, "wecom")
        read = self.fields(fields["where"], "where", known)
        return {word: tuple(self.text(one) for one in self.items(node)) for word, node in sorted(read.items())}

    def any_of(self, node: yaml.Node, depth: int = 0) -> Condition:
        """Read a list of conditions of which one is enough."""
        parts = tuple(self.condition(one, depth) for one in self.items(node))
        return parts[0] if len(parts) == 1 else Group("any", parts)

    def condition(self, node: yaml.Node, depth: int = 0) -> Condition:
        """Read one condition."""
        if depth > _DEEPEST:
            self.fault(node, f"conditions are nested deeper than {_DEEPEST}", "take some apart")
            return _NOBODY
        beside = {word: example for words in BESIDE_CONDITION.values() for word, example in words.items()}
        before = len(self.faults)
        fields = self.fields(node, "a condition", CONDITIONS | beside)
        said = [word for word in fields if word in CONDITIONS]
        if len(said) != 1:
            if len(self.faults) == before:
                what = f"{' and '.join(said)} in one condition" if said else "no condition is named"
                self.fault(node, what, "put them in a list under all: or any:" if said else "such as did: order_paid")
            return _NOBODY
        word = said[0]
        for other in fields:
            if other != word and other not in BESIDE_CONDITION.get(word, {}):
                self.fault(fields[other], f"{word} does not go with {other!r}", f"take {other}: out")
        return self._read(word, fields, depth)

    def _read(self, word: str, fields: Fields, depth: int) -> Condition:
        value = fields[word]
        match word:
            case "did":
                pattern = Pattern(self.kinds(value), self.where(fields))
                return Heard(self.bit(pattern, value))
            case "all" | "any" | "none":
                parts = tuple(self.condition(one, depth + 1) for one in self.items(value))
                if not parts:
                    self.fault(value, f"{word} needs conditions", "one a line, each beginning with -")
                return Group(word, parts)
            case "not":
                return Group("none", (self.condition(value, depth + 1),))
            case "score":
                low, high = self._bounds(fields, value)
                return Fact("score", self._name(value), low, high)
            case "attribute":
                if "is" not in fields:
                    self.fault(value, "an attribute needs a value", "is: [上海, 杭州]")
                    return _NOBODY
                values = tuple(self.text(one) for one in self.items(fields["is"]))
                return Fact("attribute", self._name(value), values=values)
            case _ if word in FIGURES:
                read = self.fields(value, word, BOUNDS)
                low, high = self._bounds(read, value, money=word == "spent")
                return Fact(word, "", low, high)
            case _:
                return Fact(word, self._name(value))

    def _name(self, node: yaml.Node) -> str:
        name = self.text(node)
        if not name and isinstance(node, yaml.ScalarNode):
            self.fault(node, "a name is missing", "write one after the colon")
        return name

    def _bounds(self, fields: Fields, node: yaml.Node, *, money: bool = False) -> tuple[float | None, float | None]:
        read = self.money if money else self.number
        low = float(read(fields["at_least"])) if "at_least" in fields else None
        high = float(read(fields["at_most"])) if "at_most" in fields else None
        if low is None and high is None and isinstance(node, (yaml.MappingNode, yaml.ScalarNode)):
            self.fault(node, "how much?", "at_least: or at_most:")
        if low is not None and high is not None and low > high:
            self.fault(fields["at_least"], "at_least is above at_most: true of nobody", "turn them round")
        return low, high
