"""The language of journeys: YAML in, a checked program out, with every fault at its line and column.

``docs/journeys.md`` explains every word.
"""

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import yaml

from siyu.campaigns.journey.conditions import ConditionReader
from siyu.campaigns.journey.place import Fault, FaultyError, Fields, compose
from siyu.campaigns.journey.program import (
    DICE,
    Ask,
    Branch,
    Call,
    Condition,
    End,
    Entry,
    Group,
    Heard,
    Holdout,
    Journey,
    Label,
    Outcome,
    Pattern,
    Propose,
    Split,
    Start,
    Step,
    Wait,
)
from siyu.campaigns.journey.words import (
    ARM,
    ASK,
    ATTACHMENT,
    BESIDE,
    CAPS,
    ENTRY,
    JOURNEY,
    PROPOSE,
    PURPOSES,
    SCHEDULE,
    STEPS,
    WAIT,
    WEEKDAYS,
)
from siyu.content.piece import Attachment
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY, HOUR, us_of_text
from siyu.touchpoints.kind import TouchKind

_NAME: Final = re.compile(r"[\w\u4e00-\u9fff][\w\u4e00-\u9fff.\-]{0,63}")
_MOST_STEPS: Final = 500
_DEEPEST: Final = 20
_ID: Final = {"id": "hello"}
_ZONE: Final = ZoneInfo("Asia/Shanghai")


class Checked(msgspec.Struct, frozen=True):
    """What a check came to: a journey, or faults; warnings in either case."""

    journey: Journey | None
    faults: list[Fault]
    warnings: list[Fault]


def check(text: str, *, currency: str = "CNY", zone: tzinfo = _ZONE) -> Checked:
    """Read a journey and say everything that is wrong with it.

    Args:
        currency: What amounts are in.
        zone: The clock of moments without an offset.
    """
    root = compose(text)
    if isinstance(root, Fault):
        return Checked(None, [root], [])
    reader = _JourneyReader(currency, zone)
    journey = reader.journey(root)
    faults = sorted(reader.faults, key=lambda one: (one.line, one.column))
    return Checked(None if faults else journey, faults, reader.warnings)


def read_journey(text: str, *, file: str = "journey", currency: str = "CNY", zone: tzinfo = _ZONE) -> Journey:
    """Read a journey.

    Raises:
        FaultyError: it has faults; with line, column and how to mend it.
    """
    checked = check(text, currency=currency, zone=zone)
    if checked.journey is None:
        raise FaultyError(checked.faults, file=file)
    return checked.journey


class _JourneyReader(ConditionReader):
    def __init__(self, currency: str, zone: tzinfo) -> None:
        super().__init__(currency)
        self._zone = zone
        self.warnings: list[Fault] = []
        self._drafts: list[tuple[type[Step], dict[str, Any]]] = []
        self._open: list[tuple[int, str, int]] = []  # ends that lead to the step that is written next
        self._ids: set[str] = set()
        self._journey = ""
        self._words: Final[dict[str, Callable[[str, yaml.Node, Fields], None]]] = {
            "wait": self._wait, "if": self._if, "split": self._split, "holdout": self._holdout,
            "propose": self._propose, "ask": self._ask, "tag": self._tag, "untag": self._tag,
            "webhook": self._webhook, "end": self._end,
        }  # fmt: skip

    def warn(self, node: yaml.Node, what: str, mend: str) -> None:
        mark = node.start_mark
        self.warnings.append(Fault(mark.line + 1, mark.column + 1, what, mend))

    def journey(self, root: yaml.Node) -> Journey | None:
        fields = self.fields(root, "a journey", JOURNEY)
        if not fields:
            if not self.faults:
                self.fault(root, "the journey says nothing", "begin with name:")
            return None
        for word, example in (("name", "welcome"), ("entry", "{touch: contact_added}"), ("steps", "a list of steps")):
            if word not in fields:
                self.fault(root, f"the journey has no {word}", f"{word}: {example}")
        name = self.text(fields["name"]) if "name" in fields else ""
        if "name" in fields and not _NAME.fullmatch(name):
            self.fault(fields["name"], f"{name!r} is no name", "letters, digits, _ and -, at most 64")
        self._journey = name
        entries = tuple(self._entry(one) for one in self.items(fields["entry"])) if "entry" in fields else ()
        again, again_us = self._again(fields["again"]) if "again" in fields else ("never", 0)
        caps = {}
        if "caps" in fields:
            caps = {word: self.whole(node, low=1) for word, node in self.fields(fields["caps"], "caps", CAPS).items()}
        goals = self._bits(fields.get("goal"))
        exits, leave_if = self._exits(fields.get("exit"))
        self._emit(Start, "start", root)
        if "steps" in fields:
            self._block(fields["steps"], "", 1)
        self._finish(root)
        if "goal" not in fields:
            self.warn(root, "no goal: everybody stays until the end", "goal: {did: order_paid}")
        if not any(kind is Holdout for kind, _ in self._drafts):
            self.warn(root, "nobody is held out: what it brings cannot be known", "begin the steps with holdout: 10%")
        if self.faults:
            return None
        steps = tuple(kind(**draft) for kind, draft in self._drafts)
        return Journey(
            name=name,
            title=self.text(fields["title"]) if "title" in fields else name,
            entries=entries,
            steps=steps,
            patterns=tuple(self.patterns),
            again=again,
            again_us=again_us,
            in_flight=self.choice(fields["in_flight"], "rule", ("stay", "move")) if "in_flight" in fields else "stay",
            caps=caps,
            goals=goals,
            exits=exits,
            leave_if=leave_if,
            longest_us=self.span(fields["longest"]) if "longest" in fields else 0,
        ) if not self.faults else None  # fmt: skip

    # --- who comes in, and what ends it ---------------------------------------------------------------------------

    def _entry(self, node: yaml.Node) -> Entry:
        fields = self.fields(node, "an entry", ENTRY)
        line = node.start_mark.line + 1
        said = [word for word in fields if word != "where"]
        if len(said) != 1:
            if fields:
                self.fault(node, "an entry is one of touch, segment, schedule, request", "write several as a list")
            return Entry("request", line)
        how = said[0]
        if "where" in fields and how != "touch":
            self.fault(fields["where"], "where goes with touch alone", "take it out")
        value = fields[how]
        if how == "touch":
            return Entry(how, line, Pattern(self.kinds(value), self.where(fields)))
        if how == "segment":
            return Entry(how, line, Pattern((int(TouchKind.SEGMENT_ENTERED),), {"about": (self._name(value),)}))
        if how == "schedule":
            return self._schedule(value, line)
        if not self.yes(value):
            self.fault(value, "an entry on request that is off is no entry", "request: yes, or leave it out")
        return Entry("request", line)

    def _schedule(self, node: yaml.Node, line: int) -> Entry:
        fields = self.fields(node, "a schedule", SCHEDULE)
        for word in ("every", "at", "of"):
            if word not in fields:
                self.fault(node, f"the schedule has no {word}", f"{word}: {SCHEDULE[word]}")
        every = self.choice(fields["every"], "rhythm", ("day", "week", "month")) if "every" in fields else "day"
        on: list[int] = []
        for one in self.items(fields["days"]) if "days" in fields else ():
            if every == "week":
                on.append(WEEKDAYS.index(self.choice(one, "weekday", WEEKDAYS)))
            elif every == "month":
                on.append(self.whole(one, low=1, high=28))
            else:
                self.fault(one, "every day is every day", "take days: out, or write every: week")
        if every != "day" and not on:
            self.fault(node, f"on which day of the {every}?", "days: [mon]" if every == "week" else "days: [1]")
        at = self.clock(fields["at"]) if "at" in fields else 0
        return Entry("schedule", line, None, self._name(fields["of"]) if "of" in fields else "", every,
                     tuple(sorted(set(on))), at)  # fmt: skip

    def _again(self, node: yaml.Node) -> tuple[str, int]:
        if isinstance(node, yaml.MappingNode):
            fields = self.fields(node, "again", {"after": "30d"})
            return ("after", self.span(fields["after"])) if "after" in fields else ("never", 0)
        return self.choice(node, "rule for coming again (or after: 30d)", ("never", "always")), 0

    def _bits(self, node: yaml.Node | None) -> tuple[int, ...]:
        bits = []
        for one in self.items(node) if node else ():
            condition = self.condition(one)
            if isinstance(condition, Heard):
                bits.append(condition.bit)
            else:
                self.fault(one, "a goal is something that the person does", "goal: {did: order_paid}")
        return tuple(bits)

    def _exits(self, node: yaml.Node | None) -> tuple[tuple[int, ...], Condition | None]:
        bits: list[int] = []
        others: list[Condition] = []
        for one in self.items(node) if node else ():
            condition = self.condition(one)
            if isinstance(condition, Heard):
                bits.append(condition.bit)
            else:
                others.append(condition)
        leave_if = None if not others else others[0] if len(others) == 1 else Group("any", tuple(others))
        return tuple(bits), leave_if

    # --- steps ----------------------------------------------------------------------------------------------------

    def _emit(self, kind: type[Step], name: str, node: yaml.Node, **fields: Any) -> int:
        place = len(self._drafts)
        if place == _MOST_STEPS:
            self.fault(node, f"more than {_MOST_STEPS} steps", "write two journeys")
        self._lead_to(place)
        self._drafts.append((kind, {"name": name, "line": node.start_mark.line + 1, **fields}))
        self._open = [(place, "next", -1)]
        return place

    def _lead_to(self, place: int) -> None:
        for source, field, arm in self._open:
            draft = self._drafts[source][1]
            if arm < 0:
                draft[field] = place
            else:
                draft[field] = (*draft[field][:arm], place, *draft[field][arm + 1 :])

    def _block(self, node: yaml.Node, path: str, depth: int) -> None:
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, "steps are a list", "one step a line, each beginning with -")
            return
        if depth > _DEEPEST:
            self.fault(node, f"steps are nested deeper than {_DEEPEST}", "write two journeys")
            return
        for number, item in enumerate(node.value, 1):
            if not self._open:
                self.fault(item, "nobody gets here: the step before ends every way", "take it out, or move the end")
                return
            self._step(item, f"{path}{number}", depth)

    def _step(self, node: yaml.Node, path: str, depth: int) -> None:
        before = len(self.faults)
        beside = {word: example for words in BESIDE.values() for word, example in words.items()}
        fields = self.fields(node, "a step", STEPS | beside | _ID)
        said = [word for word in fields if word in STEPS]
        if len(said) != 1:
            if len(self.faults) == before:
                what = f"{' and '.join(said)} in one step" if said else "this step does nothing"
                self.fault(node, what, "begin each with -" if said else f"one of {', '.join(STEPS)}")
            return
        word = said[0]
        for other in fields:
            if other not in {word, "id"} and other not in BESIDE.get(word, {}):
                self.fault(fields[other], f"{word} does not go with {other!r}", f"take {other}: out")
        name = f"{path}-{word}"
        if "id" in fields:
            name = self.text(fields["id"])
            if not _NAME.fullmatch(name):
                self.fault(fields["id"], f"{name!r} is no id", "letters, digits, _ and -, at most 64")
        if name in self._ids:
            self.fault(fields.get("id", node), f"the id {name!r} is there twice", "give one of them another")
        self._ids.add(name)
        self._depth = depth
        self._words[word](name, fields[word], fields)
        self._depth = depth

    def _inner(self, node: yaml.Node, path: str) -> None:
        depth = self._depth
        self._block(node, path, depth + 1)
        self._depth = depth

    def _wait(self, name: str, node: yaml.Node, fields: Fields) -> None:
        if not isinstance(node, yaml.MappingNode):
            self._no_time_out(fields)
            self._emit(Wait, name, node, how="for", us=self.span(node))
            return
        read = self.fields(node, "wait", WAIT)
        said = [word for word in ("for", "until", "clock", "best_hour", "touch") if word in read]
        if len(said) != 1:
            if read or not node.value:
                self.fault(node, "a wait is one of for, until, clock, best_hour, touch", "for: 3d")
            return
        how, value = said[0], read[said[0]]
        for other in ("where", "at_most"):
            if other in read and how != "touch":
                self.fault(read[other], f"{other} goes with touch alone", "take it out")
        if how == "touch":
            self._wait_for_touch(name, node, read, fields)
            return
        self._no_time_out(fields)
        if how == "for":
            us = self.span(value)
        elif how == "until":
            us = self._moment(value)
        else:
            us = self.clock(value)
            if how == "best_hour":
                us -= us % HOUR
        self._emit(Wait, name, node, how=how, us=us)

    def _wait_for_touch(self, name: str, node: yaml.Node, read: Fields, fields: Fields) -> None:
        if "at_most" not in read:
            self.fault(node, "a wait for a touch needs a time-out", "at_most: 3d")
            return
        us = self.span(read["at_most"])
        place = len(self._drafts) + 1
        bit = self.bit(Pattern(self.kinds(read["touch"]), self.where(read), place), node)
        came = self._emit(Branch, f"{name}.came", node, condition=Heard(bit))
        self._open = [(came, "otherwise", -1)]
        self._emit(Wait, name, node, how="for", us=us, bit=bit)
        if "timed_out" in fields:
            late = self._emit(Branch, f"{name}.late", node, condition=Heard(bit))
            self._open = [(late, "otherwise", -1)]
            self._inner(fields["timed_out"], f"{name}.timed_out.")
            self._open += [(late, "then", -1)]
        self._open += [(came, "then", -1)]

    def _no_time_out(self, fields: Fields) -> None:
        if "timed_out" in fields:
            self.fault(fields["timed_out"], "timed_out goes with a wait for a touch", "wait: {touch: …, at_most: 3d}")

    def _moment(self, node: yaml.Node) -> int:
        try:
            return us_of_text(self.text(node), self._zone)
        except BadInputError as error:
            self.fault(node, error.what, error.mend)
            return 0

    def _if(self, name: str, node: yaml.Node, fields: Fields) -> None:
        place = self._emit(Branch, name, node, condition=self.condition(node))
        if "then" not in fields and "else" not in fields:
            self.fault(node, "both ways are the same", "write steps under then: or else:")
        self._open = [(place, "then", -1)]
        if "then" in fields:
            self._inner(fields["then"], f"{name}.then.")
        ends = self._open
        self._open = [(place, "otherwise", -1)]
        if "else" in fields:
            self._inner(fields["else"], f"{name}.else.")
        self._open = ends + self._open

    def _split(self, name: str, node: yaml.Node, _: Fields) -> None:
        arms = self.fields(node, "a split")
        if not 2 <= len(arms) <= 10:
            self.fault(node, "a split has 2 to 10 ways", "a: {share: 50%, steps: […]}")
            return
        read = {arm: self.fields(value, f"the way {arm!r}", ARM) for arm, value in arms.items()}
        shares = []
        for arm, inside in read.items():
            if "share" not in inside:
                self.fault(arms[arm], f"which share goes the way {arm!r}?", "share: 50%")
            shares.append(self.share(inside["share"]) if "share" in inside else 0.0)
        if abs(sum(shares) - 1) > 1e-9 and all("share" in inside for inside in read.values()):
            self.fault(node, f"the shares add up to {100 * sum(shares):g}%", "they must add up to 100%")
        below = [round(DICE * sum(shares[: place + 1])) for place in range(len(shares))]
        below[-1] = DICE
        seed = int(share_of("split", self._journey, name) * (1 << 53))
        place = self._emit(Split, name, node, arms=tuple(arms), below=tuple(below),
                           ways=(-1,) * len(arms), seed=seed)  # fmt: skip
        ends: list[tuple[int, str, int]] = []
        for number, (arm, inside) in enumerate(read.items()):
            self._open = [(place, "ways", number)]
            if "steps" in inside:
                self._inner(inside["steps"], f"{name}.{arm}.")
            ends += self._open
        self._open = ends

    def _holdout(self, name: str, node: yaml.Node, _: Fields) -> None:
        share = self.share(node)
        if not 0 < share < 1 and not self.faults:
            self.fault(node, "hold out some, and not all", "holdout: 10%")
        if any(kind is Holdout for kind, _ in self._drafts):
            self.fault(node, "a journey holds out once", "take the second holdout out")
        self._emit(Holdout, name, node, share=share)

    def _propose(self, name: str, node: yaml.Node, _: Fields) -> None:
        read = self.fields(node, "propose", PROPOSE)
        for word in ("channel", "action", "text"):
            if read and word not in read:
                self.fault(node, f"the proposal has no {word}", f"{word}: {PROPOSE[word]}")
        texts = {word: self.text(read[word]) for word in ("channel", "action", "text") if word in read}
        attachments = []
        for one in self.items(read["attachments"]) if "attachments" in read else ():
            inside = {word: self.text(value) for word, value in self.fields(one, "an attachment", ATTACHMENT).items()}
            if not inside.get("kind"):
                self.fault(one, "what kind of attachment?", "kind: link")
            attachments.append(Attachment(**{"kind": "link", **inside}))
        self._emit(
            Propose, name, node,
            channel=texts.get("channel", ""), action=texts.get("action", ""), text=texts.get("text", ""),
            content_id=self.text(read["content"]) if "content" in read else f"{self._journey}/{name}"[:128],
            purpose=self.choice(read["purpose"], "purpose", PURPOSES) if "purpose" in read else "marketing",
            value_minor=self.money(read["value"]) if "value" in read else 0,
            cost_minor=self.money(read["cost"]) if "cost" in read else 0,
            open_us=self.span(read["open_for"]) if "open_for" in read else 3 * DAY,
            personal=self.yes(read["personal"]) if "personal" in read else True,
            attachments=tuple(attachments),
        )  # fmt: skip

    def _ask(self, name: str, node: yaml.Node, _: Fields) -> None:
        read = {"text": node} if isinstance(node, yaml.ScalarNode) else self.fields(node, "ask", ASK)
        if read and "text" not in read:
            self.fault(node, "ask for what?", "text: Call and ask how it went")
        self._emit(
            Ask, name, node,
            text=self._name(read["text"]) if "text" in read else "",
            staff=self.text(read["staff"]) if "staff" in read else "",
            within_us=self.span(read["within"]) if "within" in read else DAY,
        )  # fmt: skip

    def _tag(self, name: str, node: yaml.Node, fields: Fields) -> None:
        if "for" in fields and "untag" in fields:
            self.fault(fields["for"], "a tag is taken off for good", "take for: out")
        for_us = self.span(fields["for"]) if "for" in fields else 0
        self._emit(Label, name, node, tag=self._name(node), on="tag" in fields, for_us=for_us)

    def _webhook(self, name: str, node: yaml.Node, _: Fields) -> None:
        url = self.text(node)
        if not re.match(r"https://[^\s/]+|http://(127\.0\.0\.1|localhost|\[::1\])([:/]|$)", url):
            self.fault(node, f"{url!r} is no safe address", "https://…")
        self._emit(Call, name, node, url=url)

    def _end(self, name: str, node: yaml.Node, _: Fields) -> None:
        self._emit(End, name, node, outcome=int(Outcome.DONE), why=self.text(node))
        self._open = []

    def _finish(self, root: yaml.Node) -> None:
        for name, outcome in (("end", Outcome.DONE), ("goal", Outcome.GOAL), ("exit", Outcome.EXIT)):
            self._emit(End, f"({name})", root, outcome=int(outcome))
            self._open = []
