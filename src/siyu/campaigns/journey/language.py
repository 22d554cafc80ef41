"""The language of journeys: YAML in, a checked program out, with every fault at its line and column.

``docs/journeys.md`` explains every word.
"""

from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import yaml

from siyu.campaigns.journey.place import Fault, FaultyError, compose
from siyu.campaigns.journey.program import (
    Condition,
    End,
    Entry,
    Group,
    Heard,
    Holdout,
    Journey,
    Outcome,
    Pattern,
    Start,
)
from siyu.campaigns.journey.steps import NAME, StepReader
from siyu.campaigns.journey.words import CAPS, ENTRY, JOURNEY, SCHEDULE, WEEKDAYS
from siyu.touchpoints.kind import TouchKind

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


class _JourneyReader(StepReader):
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
        if "name" in fields and not NAME.fullmatch(name):
            self.fault(fields["name"], f"{name!r} is no name", "letters, digits, _ and -, at most 64")
        self.journey_name = name
        entries = tuple(self._entry(one) for one in self.items(fields["entry"])) if "entry" in fields else ()
        again, again_us = self._again(fields["again"]) if "again" in fields else ("never", 0)
        caps = {}
        if "caps" in fields:
            caps = {word: self.whole(node, low=1) for word, node in self.fields(fields["caps"], "caps", CAPS).items()}
        goals = self._bits(fields.get("goal"))
        exits, leave_if = self._exits(fields.get("exit"))
        self.emit(Start, "start", root)
        if "steps" in fields:
            if isinstance(fields["steps"], yaml.SequenceNode) and not fields["steps"].value:
                self.fault(fields["steps"], "the journey has no step", "- wait: 1d")
            self.block(fields["steps"], "", 1)
        self._finish(root)
        in_flight = "stay"
        if "in_flight" in fields:
            in_flight = self.choice(fields["in_flight"], "rule", ("stay", "move"))
        longest_us = self.span(fields["longest"]) if "longest" in fields else 0
        title = self.text(fields["title"]) if "title" in fields else name
        if "goal" not in fields:
            self.warn(root, "no goal: everybody stays until the end", "goal: {did: order_paid}")
        if not any(kind is Holdout for kind, _ in self.drafts):
            self.warn(root, "nobody is held out: what it brings cannot be known", "begin the steps with holdout: 10%")
        if self.faults:
            return None
        steps = tuple(kind(**draft) for kind, draft in self.drafts)
        return Journey(
            name=name,
            title=title,
            entries=entries,
            steps=steps,
            patterns=tuple(self.patterns),
            again=again,
            again_us=again_us,
            in_flight=in_flight,
            caps=caps,
            goals=goals,
            exits=exits,
            leave_if=leave_if,
            longest_us=longest_us,
            currency=self.currency,
        )

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

    def _finish(self, root: yaml.Node) -> None:
        for name, outcome in (("end", Outcome.DONE), ("goal", Outcome.GOAL), ("exit", Outcome.EXIT)):
            self.emit(End, f"({name})", root, outcome=int(outcome))
            self.open = []
