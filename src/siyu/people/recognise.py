"""Recognise (识别): which person each touch of a batch belongs to, by the strong identifiers it carries.

Identifiers that come in one touch are one person (evidence). A person is the connected component of its identifiers
and goes by the smallest identifier number in it, so a recomputation from the evidence gives the same numbers.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Final

from siyu.people.namespace import Strength, rule_of, tidy
from siyu.people.ports import IdentityStore, Known, Link
from siyu.touchpoints.touch import Identifier, Touch

_OPEN: Final = -1


@lru_cache(maxsize=1 << 18)
def is_strong(identifier: Identifier) -> bool:
    """Tell whether sharing this identifier makes two touches one person (``namespaces.toml``).

    A malformed one does not: a form filled in with zeros would make everybody one person.
    """
    return rule_of(identifier.namespace).strength is Strength.STRONG and tidy(identifier)[1]


def recognise(
    touches: Sequence[Touch],
    *,
    key_of: Callable[[Identifier], bytes],
    store: IdentityStore,
    remembered: dict[Identifier, int] | None = None,
) -> tuple[list[int], list[tuple[Identifier, Known]]]:
    """Find or make the identifiers of a batch and join what the touches join.

    Args:
        key_of: The keyed hash of an identifier (``Vault.key_of``).
        store: The identity log; the caller owns the transaction.
        remembered: Numbers of identifiers that the store is known to hold; what is learnt here is added. The caller
            forgets them when an identifier is erased or when the transaction fails.

    Returns:
        The identifier number each touch hangs on (its first strong one; its first if it has no strong one; 0 if it
        has none), and the identifiers that were new.
    """
    numbers = {} if remembered is None else remembered
    number_of = numbers.get
    # nearly every touch names one person who was here before
    anchors = [number_of(touch.actors[0], _OPEN) if len(touch.actors) == 1 else _OPEN for touch in touches]
    places = [place for place, number in enumerate(anchors) if number == _OPEN]
    if not places:
        return anchors, []
    rest = [touches[place] for place in places]
    key_of = cache(key_of)  # whoever comes with others is asked for twice
    added = _number(rest, numbers, key_of, store)
    links = _links(rest, key_of)
    if links:
        store.link(links)
    for place, touch in zip(places, rest, strict=True):
        anchors[place] = _anchor(touch.actors, numbers)
    return anchors, added


def _number(
    touches: Sequence[Touch],
    numbers: dict[Identifier, int],
    key_of: Callable[[Identifier], bytes],
    store: IdentityStore,
) -> list[tuple[Identifier, Known]]:
    """Learn the numbers of those who are not remembered; return the identifiers that were new."""
    keys: dict[Identifier, bytes] = {}
    first_seen: dict[bytes, tuple[Identifier, int]] = {}
    for touch in touches:
        for actor in touch.actors:
            if actor not in numbers and actor not in keys:
                key = keys[actor] = key_of(actor)
                first_seen[key] = (actor, touch.happened_at_us)
    if not keys:
        return []
    known = dict(store.lookup(list(first_seen)))
    new = [(key, actor.namespace, at) for key, (actor, at) in first_seen.items() if key not in known]
    added = dict(store.add(new)) if new else {}
    known.update(added)
    for actor, key in keys.items():
        numbers[actor] = known[key].identifier_id
    return [(first_seen[key][0], one) for key, one in added.items()]


def _links(touches: Sequence[Touch], key_of: Callable[[Identifier], bytes]) -> list[Link]:
    links: dict[tuple[bytes, bytes], Link] = {}
    for touch in touches:
        if len(touch.actors) < 2:
            continue
        strong = [key_of(actor) for actor in touch.actors if is_strong(actor)]
        for other in strong[1:]:
            if (strong[0], other) not in links and strong[0] != other:
                links[strong[0], other] = Link(strong[0], other, touch.touch_id, touch.happened_at_us)
    return list(links.values())


def _anchor(actors: Sequence[Identifier], numbers: dict[Identifier, int]) -> int:
    if not actors:
        return 0
    anchor = next((actor for actor in actors if is_strong(actor)), actors[0])
    return numbers[anchor]
