"""A journey walked person by person, in plain Python, straight from the meaning of each step: the tests' yardstick."""

from collections.abc import Callable
from dataclasses import dataclass, field

from siyu.campaigns.journey.program import (
    Ask,
    Branch,
    Call,
    End,
    Fact,
    Group,
    Heard,
    Holdout,
    Journey,
    Label,
    Outcome,
    Propose,
    Split,
    Wait,
    draw_of,
)
from siyu.kernel.period import DAY


@dataclass
class Walker:
    identifier: int
    entered_us: int
    dice: int
    entry_seq: int
    step: int = 0
    due_us: int | None = None
    outcome: int = 0
    heard: set[int] = field(default_factory=set)


@dataclass
class Person:
    tags: set[str] = field(default_factory=set)
    orders: int = 0
    treated: bool | None = None
    walks: list[Walker] = field(default_factory=list)


class Reference:
    """Knows one journey and its people; ``done`` lists what was done: (word, step, person, moment of entry)."""

    def __init__(
        self, one: Journey, *, dice: Callable[[int], int], treats: Callable[[int], bool], midnight: Callable[[int], int]
    ) -> None:
        self.one, self._dice, self._treats, self._midnight = one, dice, treats, midnight
        self.people: dict[int, Person] = {}
        self.done: list[tuple[str, str, int, int]] = []

    def person(self, who: int) -> Person:
        return self.people.setdefault(who, Person())

    def runs(self) -> set[tuple[int, int, int, int | None, int, int]]:
        return {
            (
                walk.identifier,
                walk.entered_us,
                walk.step,
                walk.due_us,
                int(walk.outcome),
                sum(1 << bit for bit in walk.heard),
            )
            for person in self.people.values()
            for walk in person.walks
        }

    def deeds(self) -> list[tuple[str, str, int]]:
        return sorted((word, step, who) for word, step, who, _ in self.done if word in {"propose", "ask", "call"})

    def tags(self) -> set[tuple[int, str]]:
        return {(who, name) for who, person in self.people.items() for name in person.tags}

    def tick(self, now_us: int, touches: list[tuple[int, int, int]]) -> None:
        """``touches``: (seq, person, kind) since the last tick, in order."""
        for seq, who, kind in touches:
            if any(entry.pattern and kind in entry.pattern.kinds for entry in self.one.entries):
                self._enter(who, seq, now_us)
        order = sorted(
            range(len(self.one.patterns)), key=lambda bit: (bit not in self.one.goals, bit not in self.one.exits, bit)
        )
        for bit in order:
            for seq, who, kind in touches:
                if kind in self.one.patterns[bit].kinds:
                    for walk in self.people.get(who, Person()).walks:
                        if walk.due_us is not None and seq > walk.entry_seq:
                            self._hear(walk, bit, now_us)
        for who in sorted(self.people):
            for walk in self.people[who].walks:
                while walk.due_us is not None and walk.due_us <= now_us:
                    self._go(who, self.people[who], walk, now_us)

    def _enter(self, who: int, seq: int, now_us: int) -> None:
        person = self.person(who)
        if any(walk.due_us is not None for walk in person.walks):
            return
        if person.walks and self.one.again == "never":
            return
        if (
            person.walks
            and self.one.again == "after"
            and max(walk.entered_us for walk in person.walks) + self.one.again_us > now_us
        ):
            return
        if any(walk.entered_us == now_us for walk in person.walks):
            return
        person.walks.append(Walker(who, now_us, self._dice(who), seq, due_us=now_us))

    def _hear(self, walk: Walker, bit: int, now_us: int) -> None:
        walk.heard.add(bit)
        if bit in self.one.goals or bit in self.one.exits:
            walk.outcome = Outcome.GOAL if bit in self.one.goals else Outcome.EXIT
            walk.step = len(self.one.steps) - (2 if bit in self.one.goals else 1)
            walk.due_us = None
        else:
            step = self.one.steps[walk.step]
            if isinstance(step, Wait) and step.bit == bit:
                walk.due_us = now_us

    def _go(self, who: int, person: Person, walk: Walker, now_us: int) -> None:
        step = self.one.steps[walk.step]
        acts = isinstance(step, (Propose, Ask, Label, Call, Holdout))
        if acts and not self._act(step, who, person, walk):
            return
        there = step.next
        if not acts:
            there = self._exit(person, walk, now_us, there)
        if acts:
            self._forget(walk)
        while isinstance(self.one.steps[there], (Branch, Split)):
            there = self._pass(there, person, walk)
            # somebody who just acted meets the leaving rules again at the first branch behind the action
            if acts:
                if (out := self._exit(person, walk, now_us, -1)) >= 0:
                    there = out
                    break
                acts = False
        self._forget(walk)
        walk.step = there
        target = self.one.steps[there]
        if isinstance(target, End):
            walk.due_us, walk.outcome = None, target.outcome
        elif isinstance(target, Wait):
            walk.due_us = self._due(target, now_us)
        else:
            walk.due_us = now_us

    def _exit(self, person: Person, walk: Walker, now_us: int, there: int) -> int:
        out = len(self.one.steps) - 1
        if self.one.leave_if is not None and self._true(self.one.leave_if, person, walk):
            return out
        if self.one.longest_us and walk.entered_us + self.one.longest_us <= now_us:
            return out
        return there

    def _pass(self, place: int, person: Person, walk: Walker) -> int:
        step = self.one.steps[place]
        if isinstance(step, Branch):
            return step.then if self._true(step.condition, person, walk) else step.otherwise
        draw = draw_of(walk.dice, step.seed)
        return next(way for below, way in zip(step.below, step.ways, strict=True) if draw < below)

    def _true(self, condition: Heard | Fact | Group, person: Person, walk: Walker) -> bool:
        if isinstance(condition, Heard):
            return condition.bit in walk.heard
        if isinstance(condition, Group):
            found = [self._true(part, person, walk) for part in condition.parts]
            return all(found) if condition.how == "all" else any(found) if condition.how == "any" else not any(found)
        if condition.about == "tag":
            return condition.name in person.tags
        assert condition.about == "orders"
        low = condition.low if condition.low is not None else 0
        high = condition.high if condition.high is not None else 2**31
        return low <= person.orders <= high

    def _forget(self, walk: Walker) -> None:
        walk.heard = {bit for bit in walk.heard if self.one.patterns[bit].place < 0}

    def _act(self, step: Propose | Ask | Label | Call | Holdout, who: int, person: Person, walk: Walker) -> bool:
        self.done.append((type(step).__name__.lower(), step.name, walk.identifier, walk.entered_us))
        if isinstance(step, Label):
            (person.tags.add if step.on else person.tags.discard)(step.tag)
        if isinstance(step, Holdout):
            if person.treated is None:
                person.treated = self._treats(who)
            if not person.treated:
                walk.due_us, walk.outcome = None, Outcome.HELD_OUT
                return False
        return True

    def _due(self, step: Wait, now_us: int) -> int:
        if step.how == "for":
            return now_us + step.us
        if step.how == "until":
            return max(now_us, step.us)
        at_us = self._midnight(now_us) + step.us
        return at_us if at_us >= now_us else at_us + DAY
