"""Joining (合并): which links make one person, and which wait for somebody to look at them.

Guards, in this order; a link that fails one is kept as evidence that is held, and becomes a conflict:

- set apart: staff, tests and names that too many people share do not join;
- apart: somebody decided that these are two people;
- two ids: one person has one value in some namespaces (a unionid of one open platform account); two mean two people;
- shared: a family's phone joins at most ``shared_by`` people;
- too large: a person of very many identifiers is more often a mistake than a person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from siyu.people.namespace import rule_of

#: Identifiers that one person may have before somebody looks at it.
LARGEST_PERSON: Final = 60


class Held(StrEnum):
    """Why a link waits."""

    APART = "apart"
    TWO_IDS = "two_ids"
    SHARED = "shared"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Named:
    """An identifier as far as joining needs it."""

    identifier_id: int
    namespace: str


@dataclass(slots=True)
class Joining:
    """What a batch of links came to.

    Attributes:
        joined: Positions of links that hold, also those that say what was known already.
        held: Position of each link that waits, and why.
        person_of: New person of every person that changed.
        shared: Identifiers that joined too many people and are set apart from now on.
    """

    joined: list[int] = field(default_factory=list)
    held: dict[int, Held] = field(default_factory=dict)
    person_of: dict[int, int] = field(default_factory=dict)
    shared: set[int] = field(default_factory=set)


def join_links(
    links: Sequence[tuple[int, int]],
    *,
    person_of: Mapping[int, int],
    members: Mapping[int, Sequence[Named]],
    apart: Iterable[tuple[int, int]] = (),
    set_apart: Iterable[int] = (),
    largest: int = LARGEST_PERSON,
    by_hand: bool = False,
) -> Joining:
    """Judge links in order and join what may be joined.

    Args:
        links: Identifier numbers, two each.
        person_of: Person of every identifier in ``links`` and ``apart``.
        members: Identifiers of every person in ``person_of``.
        apart: Identifiers that were decided to be two people.
        set_apart: Identifiers that do not join.
        largest: Identifiers that one person may have.
        by_hand: A person decided: only two ids of a namespace of one still stand in the way.
    """
    result = Joining()
    root = {person: person for person in members}
    held_by = {person: list(named) for person, named in members.items()}
    walls = {(person_of[one], person_of[other]) for one, other in apart}
    loners = set(set_apart)
    namespace_of = {named.identifier_id: named.namespace for ones in members.values() for named in ones}
    for place, (left, right) in enumerate(links):
        if (left in loners or right in loners) and not by_hand:
            result.held[place] = Held.SHARED
            continue
        one, other = _root(root, person_of[left]), _root(root, person_of[right])
        if one == other:
            result.joined.append(place)
            continue
        reason = _why_not(held_by[one], held_by[other], largest=largest, by_hand=by_hand)
        if not by_hand and any({_root(root, low), _root(root, high)} == {one, other} for low, high in walls):
            reason = Held.APART
        if reason is None and not by_hand:
            for number in (left, right):
                if _too_many(rule_of(namespace_of[number]).shared_by, held_by[one], held_by[other]):
                    loners.add(number)
                    result.shared.add(number)
                    reason = Held.SHARED
        if reason is not None:
            result.held[place] = reason
            continue
        kept, gone = min(one, other), max(one, other)
        root[gone] = kept
        held_by[kept] = held_by[kept] + held_by.pop(gone)
        result.joined.append(place)
    result.person_of = {person: _root(root, person) for person in members if _root(root, person) != person}
    return result


def _why_not(ones: Sequence[Named], others: Sequence[Named], *, largest: int, by_hand: bool) -> Held | None:
    mine = {named.namespace for named in ones if rule_of(named.namespace).one_per_person}
    if mine and any(named.namespace in mine for named in others):
        return Held.TWO_IDS
    if len(ones) + len(others) > largest and not by_hand:
        return Held.TOO_LARGE
    return None


def _too_many(shared_by: int, ones: Sequence[Named], others: Sequence[Named]) -> bool:
    """Tell whether both sides bring names of one kind, such as member numbers, and together more than may share."""
    if not shared_by:
        return False
    mine, theirs = (
        Counter(named.namespace for named in side if not rule_of(named.namespace).shared) for side in (ones, others)
    )
    return any(mine[space] + theirs[space] > shared_by for space in mine if space in theirs)


def _root(root: dict[int, int], person: int) -> int:
    while root[person] != person:
        root[person] = root[root[person]]
        person = root[person]
    return person


def split_people(numbers: Sequence[int], links: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return the person of each identifier from the links that still hold: what a recomputation gives.

    Args:
        numbers: Identifiers.
        links: Pairs of them.
    """
    root = {number: number for number in numbers}
    for left, right in links:
        one, other = _root(root, left), _root(root, right)
        root[max(one, other)] = min(one, other)
    return {number: _root(root, number) for number in numbers}
