"""Catchment (门店漏斗): of the people around a store, how many come in, and how many of those are added and stay."""

from collections.abc import Sequence
from dataclasses import dataclass

from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Store:
    """A store's funnel of one period.

    Attributes:
        around: People who live or work around it, by whatever source.
        came: People who came in.
        added: People who were added.
        retained: Of those, people who are still there.
    """

    name: str
    around: int
    came: int
    added: int
    retained: int

    def __post_init__(self) -> None:
        if not self.around >= self.came >= self.added >= self.retained >= 0:
            raise BadInputError("each step can hold at most the people of the one before", where=f"store {self.name}")


@dataclass(frozen=True, slots=True)
class Standing:
    """A store beside the others.

    Attributes:
        short_of_best: Retained people it would have more if its weakest step were as good as the best store's.
        weakest: That step: ``came``, ``added`` or ``retained``.
    """

    store: Store
    came_share: float
    added_share: float
    retained_share: float
    weakest: str
    short_of_best: float


def league(stores: Sequence[Store]) -> list[Standing]:
    """Rank stores by retained people, and say for each which step would bring most."""
    best = {step: max((_share(store, step) for store in stores), default=0.0) for step in ("came", "added", "retained")}
    found = []
    for store in stores:
        shares = {step: _share(store, step) for step in best}
        gains = {step: store.retained * (best[step] / shares[step] - 1) if shares[step] else 0.0 for step in best}
        weakest = max(gains, key=lambda step: gains[step])
        found.append(Standing(store, shares["came"], shares["added"], shares["retained"], weakest, gains[weakest]))
    return sorted(found, key=lambda one: (-one.store.retained, one.store.name))


def _share(store: Store, step: str) -> float:
    before, after = {
        "came": (store.around, store.came),
        "added": (store.came, store.added),
        "retained": (store.added, store.retained),
    }[step]
    return after / before if before else 0.0
