"""Baits (诱饵): what is offered to come nearer, to whom, at what cost; judged by what a retained person costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from siyu.kernel.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Bait:
    """Something offered once to a person.

    Attributes:
        cost_minor: What one costs the brand, in minor units.
        stock: How many there are.
        places, hours: Where and when it is offered (local hours, half-open, may cross midnight); empty means always.
        least_celsius, most_celsius: In what weather; both 0 means any.
    """

    name: str
    cost_minor: int
    stock: int
    places: frozenset[str] = frozenset()
    hours: tuple[int, int] = (0, 24)
    least_celsius: int = 0
    most_celsius: int = 0

    def __post_init__(self) -> None:
        if self.cost_minor < 0 or self.stock < 0 or not all(0 <= hour <= 24 for hour in self.hours):
            raise BadInputError("cost, stock or hours do not fit", where=f"bait {self.name}")

    def offered(self, *, place: str, hour: int, celsius: float | None, claimed: int) -> bool:
        """Say whether it is offered here and now; without a known weather a bait for weather is not."""
        if claimed >= self.stock or (self.places and place not in self.places):
            return False
        starts, ends = self.hours
        if not (starts <= hour < ends if starts <= ends else hour >= starts or hour < ends):
            return False
        if self.least_celsius == self.most_celsius == 0:
            return True
        return celsius is not None and self.least_celsius <= celsius <= self.most_celsius


@dataclass(frozen=True, slots=True)
class BaitResult:
    """What became of a bait: people who claimed it, were given it, came back, and stayed."""

    bait: Bait
    claimed: int
    kept: int
    returned: int
    retained: int

    @property
    def cost_per_retained_minor(self) -> float:
        """Cost of one retained person; infinite while nobody stayed."""
        return self.kept * self.bait.cost_minor / self.retained if self.retained else float("inf")


#: Why a bait is not given at once, in the words for the person, English and Chinese.
REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "had_it": ("you have had it already, under this or another account", "您已领取过（含其他账号）"),
    "doubtful": ("we look at this ourselves and tell you the result", "需要人工核实，核实后通知您"),
    "not_offered": ("it is not offered here and now", "此时此地不提供"),
    "none_left": ("there are none left", "已领完"),
}


def why_not(person_claims: int, *, suspicion: float = 0.0, review_above: float = 0.8) -> str:
    """Say why a person may not claim, one of ``REASONS``; empty if nothing speaks against it.

    Once per person over all accounts; doubtful people are looked at first.
    """
    if person_claims:
        return "had_it"
    return "doubtful" if suspicion >= review_above else ""
