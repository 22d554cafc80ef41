"""What a new version of a journey changes, and where people of the old one find their step again."""

from collections.abc import Iterator
from typing import Final

import msgspec

from siyu.campaigns.journey.program import Branch, Condition, End, Journey, Split, Start, Step, Wait
from siyu.campaigns.journey.told import says, span

_LEADS: Final = frozenset({"next", "then", "otherwise", "ways", "line", "bit", "condition"})


class Change(msgspec.Struct, frozen=True):
    """One difference: ``added``, ``removed`` or ``changed``; of a step or of the journey's own words."""

    what: str
    name: str
    detail: str


class Followed(msgspec.Struct, frozen=True):
    """Steps and bits of an old version and the same ones in the new."""

    steps: dict[int, int]
    bits: dict[int, int]


def changes(old: Journey | None, new: Journey) -> list[Change]:
    """Return what differs, the journey's own words first, then its steps as they are written."""
    if old is None:
        return [Change("added", new.name, f"a new journey of {len(list(_written(new)))} steps")]
    found = [
        Change("changed", word, f"{_short(getattr(old, word))} -> {_short(getattr(new, word))}")
        for word in ("title", "again", "again_us", "in_flight", "caps", "longest_us")
        if getattr(old, word) != getattr(new, word)
    ]
    if _entries(old) != _entries(new):
        found.append(Change("changed", "entry", "who comes in"))
    found += [
        Change("changed", word.rstrip("s"), "what ends it")
        for word in ("goals", "exits")
        if [old.patterns[bit] for bit in getattr(old, word)] != [new.patterns[bit] for bit in getattr(new, word)]
    ]
    if _leaves(old) != _leaves(new):
        found.append(Change("changed", "exit", "on which condition one leaves"))
    before, after = dict(_written(old)), dict(_written(new))
    for name in [*after, *(name for name in before if name not in after)]:
        if name not in before:
            found.append(Change("added", name, _kind(after[name])))
        elif name not in after:
            found.append(Change("removed", name, _kind(before[name])))
        elif difference := _difference(old, before[name], new, after[name]):
            found.append(Change("changed", name, difference))
    return found


def followed(old: Journey, new: Journey) -> Followed:
    """Return where people on their way in ``old`` go in ``new``: to the step of the same name and kind."""
    places = {step.name: place for place, step in enumerate(new.steps)}
    steps = {}
    for place, step in enumerate(old.steps):
        there = places.get(step.name)
        if there is not None and type(new.steps[there]) is type(step) and not isinstance(step, End):
            steps[place] = there
    bits = {}
    for bit, pattern in enumerate(old.patterns):
        wanted = pattern
        if pattern.place >= 0:
            if pattern.place not in steps:
                continue
            wanted = msgspec.structs.replace(pattern, place=steps[pattern.place])
        if wanted in new.patterns:
            bits[bit] = new.patterns.index(wanted)
    return Followed(steps, bits)


def _written(one: Journey) -> Iterator[tuple[str, Step]]:
    """Give the steps that somebody wrote, without those that the compiler put between."""
    for step in one.steps:
        if not isinstance(step, Start) and not step.name.startswith("(") and not _is_made(one, step):
            yield step.name, step


def _is_made(one: Journey, step: Step) -> bool:
    return isinstance(step, Branch) and step.name.endswith((".came", ".late")) and any(
        isinstance(other, Wait) and step.name.startswith(f"{other.name}.") for other in one.steps
    )  # fmt: skip


def _difference(old: Journey, one: Step, new: Journey, other: Step) -> str:
    if type(one) is not type(other):
        return f"{_kind(one)} -> {_kind(other)}"
    before, after = msgspec.structs.asdict(one), msgspec.structs.asdict(other)
    words = [word for word in before if word not in _LEADS and before[word] != after[word]]
    if isinstance(one, (Wait, Split)):
        was, now = says(old, one), says(new, other)
        told = [f"{was} -> {now}"] if was != now else []
    else:
        told = [_changed(word, before[word], after[word]) for word in words]
    if (
        isinstance(one, Branch)
        and isinstance(other, Branch)
        and _told(old, one.condition) != _told(new, other.condition)
    ):
        told.append("its condition")
    if [_name(old, way) for way in _ways(one)] != [_name(new, way) for way in _ways(other)]:
        told.append("where it leads")
    return ", ".join(told)


def _leaves(one: Journey) -> bytes:
    return b"" if one.leave_if is None else _told(one, one.leave_if)


def _told(one: Journey, condition: Condition) -> bytes:
    """Write a condition with its patterns instead of their bits."""
    patterns = {bit: [pattern.kinds, pattern.where] for bit, pattern in enumerate(one.patterns)}
    plain = msgspec.to_builtins(condition)

    def spelled(value: object) -> object:
        if isinstance(value, dict):
            if value.get("type") == "heard":
                return patterns[int(value["bit"])]
            return {key: spelled(inside) for key, inside in value.items()}
        return [spelled(inside) for inside in value] if isinstance(value, (list, tuple)) else value

    return msgspec.json.encode(spelled(plain))


def _ways(step: Step) -> tuple[int, ...]:
    if isinstance(step, Branch):
        return (step.then, step.otherwise)
    if isinstance(step, Split):
        return step.ways
    return () if isinstance(step, End) else (step.next,)


def _name(one: Journey, place: int) -> str:
    return one.steps[place].name


def _entries(one: Journey) -> list[bytes]:
    return [msgspec.json.encode(msgspec.structs.replace(entry, line=0)) for entry in one.entries]


def _kind(step: Step) -> str:
    return type(step).__name__.lower()


def _changed(word: str, before: object, after: object) -> str:
    """Say what became of one word; lengths of time as the language writes them."""
    if word.endswith("_us") and isinstance(before, int) and isinstance(after, int):
        return f"{word.removesuffix('_us')}: {span(before)} -> {span(after)}"
    return f"{word}: {_short(before)} -> {_short(after)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
