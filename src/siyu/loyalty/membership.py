"""Membership (会员): tiers by what somebody paid and kept within a period."""

from dataclasses import dataclass
from typing import Any

from siyu.kernel.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Tier:
    """One level, and what must have been paid (and kept) in the period for it, in minor units."""

    name: str
    spent_minor: int


@dataclass(frozen=True, slots=True)
class Programme:
    """The tiers from the lowest to the highest, and the length of the period.

    Raises:
        ConfigError: no tiers, a lowest tier that asks for something, or tiers that are not rising.
    """

    tiers: tuple[Tier, ...]
    keep_us: int

    def __post_init__(self) -> None:
        if not self.tiers or self.tiers[0].spent_minor:
            raise ConfigError("membership: the lowest tier must be open to everybody")
        for low, high in zip(self.tiers, self.tiers[1:], strict=False):
            if high.spent_minor <= low.spent_minor:
                raise ConfigError(f"membership: {high.name} must ask for more than {low.name}")


def standing(programme: Programme, paid_minor: int) -> dict[str, Any]:
    """Return the tier reached by what was paid in the period, the next one, and what is missing to it."""
    reached = sum(tier.spent_minor <= max(paid_minor, 0) for tier in programme.tiers)
    found: dict[str, Any] = {"tier": programme.tiers[reached - 1].name, "paid_in_period_minor": paid_minor}
    if reached < len(programme.tiers):
        above = programme.tiers[reached]
        found |= {"next_tier": above.name, "missing_minor": above.spent_minor - max(paid_minor, 0)}
    return found
