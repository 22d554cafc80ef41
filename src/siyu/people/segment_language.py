"""The language of segments: YAML that a shop owner can read, with errors that name the line.

``docs/segments.md`` explains every word. Every error is a ``BadInputError`` at file, line and column.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

import yaml

from siyu.kernel.errors import BadInputError
from siyu.kernel.money import minor_units
from siyu.kernel.period import DAY, HOUR
from siyu.people.segment import AND, NOT, OR, Leaf, Of, Question, Segment
from siyu.people.stage import Stage
from siyu.touchpoints.kind import KINDS_BY_SLUG

_COLUMNS: Final = ("channel", "account", "scene", "source_code", "content_id", "staff", "about")
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(h|hours?|d|days?|w|weeks?|小时|天|周)")
_NAME: Final = re.compile(r"[\w\u4e00-\u9fff][\w\u4e00-\u9fff.\-]{0,63}")
_DEEPEST: Final = 30
_MOST_LEAVES: Final = 200


def read_segments(text: str, *, file: str = "segment", currency: str = "CNY") -> list[Segment]:
    """Read one segment, or a list of them.

    Raises:
        BadInputError: the text is no YAML, or says something the language does not know; with file, line and column.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file}, line {mark.line + 1}, column {mark.column + 1}" if mark else file
        raise BadInputError(f"no YAML: {error.problem}", where=place) from error
    except yaml.YAMLError as error:
        raise BadInputError(f"no YAML: {error}", where=file) from error
    if root is None:
        raise BadInputError("the file is empty", where=file, mend="begin with name:")
    reader = _Reader(file, currency)
    nodes = root.value if isinstance(root, yaml.SequenceNode) else [root]
    segments = [reader.segment(node, text) for node in nodes]
    seen: set[str] = set()
    for node, segment in zip(nodes, segments, strict=True):
        if segment.name in seen:
            raise reader.error(node, f"the name {segment.name!r} is there twice")
        seen.add(segment.name)
    return segments


class _Reader:
    def __init__(self, file: str, currency: str) -> None:
        self._file, self._currency = file, currency
        self._leaves: list[Leaf] = []
        self._program: list[int] = []
        self._words: Mapping[str, Callable[[yaml.Node, dict[str, yaml.Node]], Leaf]] = {
            "did": self._did, "days": self._days, "spent": self._spent, "last": self._age, "first": self._age,
            "late": self._late, "share": self._share, "sequence": self._sequence, "stage": self._stage,
            "score": self._score, "segment": self._named, "reachable": self._named, "consent": self._named,
            "tag": self._named, "attribute": self._attribute,
        }  # fmt: skip

    def error(self, node: yaml.Node, what: str, mend: str = "") -> BadInputError:
        mark = node.start_mark
        return BadInputError(what, where=f"{self._file}, line {mark.line + 1}, column {mark.column + 1}", mend=mend)

    def segment(self, node: yaml.Node, text: str) -> Segment:
        fields = self._fields(node)
        self._leaves, self._program = [], []
        if "name" not in fields:
            raise self.error(node, "the segment has no name", "name: my_segment")
        name = self._text(fields.pop("name"))
        if not _NAME.fullmatch(name):
            raise self.error(node, f"{name!r} is no name", "letters, digits, _ and -, at most 64")
        title = self._text(fields.pop("title")) if "title" in fields else name
        fields.pop("about", None)
        words = [word for word in ("all", "any", "none") if word in fields]
        unknown = [word for word in fields if word not in words]
        if unknown:
            raise self.error(fields[unknown[0]], f"unknown word {unknown[0]!r}", "name, title, about, all, any, none")
        if not words:
            raise self.error(node, "the segment says nothing", "write conditions under all:, any: or none:")
        for word in words:
            self._group(word, fields[word], 1)
        self._program += [AND] * (len(words) - 1)
        return Segment(name, title, tuple(self._leaves), tuple(self._program), text)

    def _group(self, word: str, node: yaml.Node, depth: int) -> None:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.error(node, f"{word} needs a list of conditions", "one per line, each beginning with -")
        if depth > _DEEPEST:
            raise self.error(node, f"conditions are nested deeper than {_DEEPEST}")
        for item in node.value:
            self._condition(item, depth)
        self._program += [AND if word == "all" else OR] * (len(node.value) - 1)
        if word == "none":
            self._program.append(NOT)

    def _condition(self, node: yaml.Node, depth: int) -> None:
        fields = self._fields(node)
        groups = [word for word in ("all", "any", "none") if word in fields]
        if groups:
            if len(fields) > 1:
                raise self.error(node, "all, any and none stand alone in their condition")
            self._group(groups[0], fields[groups[0]], depth + 1)
            return
        if "not" in fields:
            if len(fields) > 1:
                raise self.error(node, "not stands alone in its condition", "put the rest under not:")
            self._condition(fields["not"], depth + 1)
            self._program.append(NOT)
            return
        words = [word for word in fields if word in self._words]
        if len(words) != 1:
            said = (
                f"{' and '.join(words)} in one condition" if words else f"no condition in {', '.join(fields) or '{}'}"
            )
            raise self.error(node, said, f"exactly one of {', '.join(self._words)}, not, all, any, none")
        leaf = self._words[words[0]](fields.pop(words[0]), fields | {"": node, words[0]: node})
        if len(self._leaves) >= _MOST_LEAVES:
            raise self.error(node, f"more than {_MOST_LEAVES} conditions")
        self._program.append(len(self._leaves))
        self._leaves.append(leaf)

    # --- the conditions -------------------------------------------------------------------------------------------

    def _did(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "did", "at_least", "at_most", "exactly", "in", "before", "where")
        low, high = self._bounds(fields, self._number, default=1)
        return self._leaf(Of.COUNT, fields, kinds=self._kinds(node), low=low, high=high)

    def _days(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "days", "at_least", "at_most", "exactly", "in", "before", "where")
        low, high = self._bounds(fields, self._number, default=1)
        return self._leaf(Of.DAYS, fields, kinds=self._kinds(node), low=low, high=high)

    def _spent(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "spent", "at_least", "at_most", "exactly", "in", "before", "where")
        low, high = self._bounds(fields, self._money)
        return self._leaf(Of.SUM, fields, kinds=self._kinds(node), low=low, high=high)

    def _age(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        word = "last" if "last" in fields else "first"
        self._only(fields, word, "at_least", "at_most", "where")
        low, high = self._bounds(fields, self._span_days)
        return self._leaf(Of.LAST if word == "last" else Of.FIRST, fields, kinds=self._kinds(node), low=low, high=high)

    def _late(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "late", "at_least", "at_most", "in", "before", "where")
        low, high = self._bounds(fields, self._number)
        return self._leaf(Of.LATE, fields, kinds=self._kinds(node), low=low, high=high)

    def _share(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "share", "to", "at_least", "at_most", "in", "before", "where")
        if "to" not in fields:
            raise self.error(node, "share of what?", "to: order_paid")
        low, high = self._bounds(fields, self._number)
        over = self._kinds(fields["to"])
        return self._leaf(Of.SHARE, fields, kinds=self._kinds(node), over=over, low=low, high=high)

    def _sequence(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "sequence", "within", "in", "before", "where")
        if not isinstance(node, yaml.SequenceNode) or not 2 <= len(node.value) <= 16:
            raise self.error(node, "a sequence has 2 to 16 steps", "sequence: [visit, cart, order_paid]")
        within = self._span_days(fields["within"]) if "within" in fields else 36_500.0
        steps = tuple(self._kinds(step) for step in node.value)
        return self._leaf(Of.SEQUENCE, fields, kinds=frozenset().union(*steps), steps=steps,
                          within_us=round(within * DAY), low=1.0)  # fmt: skip

    def _stage(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "stage")
        name = self._text(node)
        if name.upper() not in Stage.__members__:
            raise self.error(node, f"{name!r} is no stage", ", ".join(stage.name.lower() for stage in Stage))
        return self._member(Question("stage", name.lower()), node)

    def _score(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "score", "at_least", "at_most", "exactly")
        low, high = self._bounds(fields, self._number)
        return self._member(Question("score", self._text(node), low, high), node)

    def _named(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        word = next(word for word in ("segment", "reachable", "consent", "tag") if word in fields)
        self._only(fields, word)
        return self._member(Question(word, self._text(node)), node)

    def _attribute(self, node: yaml.Node, fields: dict[str, yaml.Node]) -> Leaf:
        self._only(fields, "attribute", "is")
        if "is" not in fields:
            raise self.error(node, "an attribute needs a value", "is: [上海, 杭州]")
        wanted = fields["is"]
        nodes = wanted.value if isinstance(wanted, yaml.SequenceNode) else [wanted]
        return self._member(
            Question("attribute", self._text(node), values=tuple(self._text(one) for one in nodes)), node
        )

    # --- their parts ----------------------------------------------------------------------------------------------

    def _leaf(self, of: Of, fields: dict[str, yaml.Node], **given: object) -> Leaf:
        from_days = self._span_days(fields["in"]) if "in" in fields else None
        to_days = self._span_days(fields["before"]) if "before" in fields else None
        if from_days is not None and to_days is not None and from_days <= to_days:
            raise self.error(fields["before"], "the window is empty", "in must reach further back than before")
        where = self._where(fields["where"]) if "where" in fields else {}
        return Leaf(of, from_days=from_days, to_days=to_days, where=where,
                    line=fields[""].start_mark.line + 1, **given)  # type: ignore[arg-type]  # fmt: skip  # each caller names its own fields

    def _member(self, question: Question, node: yaml.Node) -> Leaf:
        return Leaf(Of.MEMBER, question=question, low=1.0, line=node.start_mark.line + 1)

    def _kinds(self, node: yaml.Node) -> frozenset[int]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        kinds = set()
        for one in nodes:
            slug = self._text(one)
            if slug not in KINDS_BY_SLUG:
                close = sorted(KINDS_BY_SLUG, key=lambda known: (-_common(known, slug), known))[:3]
                raise self.error(one, f"{slug!r} is no kind of touch", f"such as {', '.join(close)}")
            kinds.add(int(KINDS_BY_SLUG[slug]))
        if not kinds:
            raise self.error(node, "no kind of touch is named")
        return frozenset(kinds)

    def _where(self, node: yaml.Node) -> dict[str, frozenset[str]]:
        where = {}
        for column, value in self._fields(node).items():
            if column not in _COLUMNS:
                raise self.error(value, f"a touch has no {column!r}", ", ".join(_COLUMNS))
            values = value.value if isinstance(value, yaml.SequenceNode) else [value]
            where[column] = frozenset(self._text(one) for one in values)
        return where

    def _bounds(
        self, fields: dict[str, yaml.Node], read: Callable[[yaml.Node], float], default: float | None = None
    ) -> tuple[float, float]:
        said = [word for word in ("at_least", "at_most", "exactly") if word in fields]
        if not said:
            if default is None:
                raise self.error(fields[""], "how much?", "at_least: or at_most:")
            return default, math.inf
        if "exactly" in said and len(said) > 1:
            raise self.error(fields["exactly"], "exactly stands alone")
        low = read(fields["at_least"]) if "at_least" in fields else -math.inf
        high = read(fields["at_most"]) if "at_most" in fields else math.inf
        if "exactly" in fields:
            low = high = read(fields["exactly"])
        if low > high:
            raise self.error(fields["at_least"], "at_least is above at_most: nobody can be in")
        return low, high

    def _number(self, node: yaml.Node) -> float:
        try:
            number = float(self._text(node))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self.error(node, f"{self._text(node)!r} is no number")
        return number

    def _money(self, node: yaml.Node) -> float:
        try:
            return float(minor_units(self._text(node), self._currency))
        except BadInputError as error:
            raise self.error(node, error.what, error.mend) from error

    def _span_days(self, node: yaml.Node) -> float:
        found = _SPAN.fullmatch(self._text(node))
        if not found:
            raise self.error(node, f"{self._text(node)!r} is no length of time", "such as 30d, 12h or 4w")
        days = {"h": HOUR / DAY, "小": HOUR / DAY, "d": 1.0, "天": 1.0, "w": 7.0, "周": 7.0}[found[2][0]]
        if (length := float(found[1]) * days) > 36_500:
            raise self.error(node, "longer than a hundred years")
        return length

    def _fields(self, node: yaml.Node) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, "a condition is written as word: value", "did: order_paid")
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            word = self._text(key)
            if word in fields:
                raise self.error(key, f"{word!r} is there twice")
            fields[word] = value
        return fields

    def _only(self, fields: dict[str, yaml.Node], *words: str) -> None:
        for word, node in fields.items():
            if word and word not in words:
                raise self.error(node, f"{words[0]} does not know {word!r}", f"it knows {', '.join(words[1:])}")

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, "one word or number belongs here")
        return str(node.value).strip()


def _common(one: str, other: str) -> int:
    return len({one[i : i + 3] for i in range(len(one))} & {other[i : i + 3] for i in range(len(other))})
