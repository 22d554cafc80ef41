"""Membership (会员): tiers by what somebody bought and whom they truly brought; lowered one step at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from siyu.kernel.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Tier:
    """One level.

    Attributes:
        spent_minor: What must have been paid (and kept) in the period, in minor units.
        brought: Or how many retained people must have been brought.
        rights: What members of the tier get, as names that content and campaigns understand.
        points_per_hundred: Points for each 100 minor units paid, per cent of one point.
    """

    name: str
    spent_minor: int
    brought: int
    rights: tuple[str, ...]
    points_per_hundred: int


@dataclass(frozen=True, slots=True)
class Programme:
    """The tiers from the lowest to the highest, and how long a tier is kept.

    Raises:
        ConfigError: no tiers, a lowest tier that asks for something, or tiers that are not rising.
    """

    tiers: tuple[Tier, ...]
    keep_us: int

    def __post_init__(self) -> None:
        if not self.tiers or self.tiers[0].spent_minor or self.tiers[0].brought:
            raise ConfigError("membership: the lowest tier must be open to everybody")
        for low, high in zip(self.tiers, self.tiers[1:], strict=False):
            if high.spent_minor <= low.spent_minor:
                raise ConfigError(f"membership: {high.name} must ask for more than {low.name}")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: the tier (0 is the lowest) and until when it is kept at least."""

    tier: int
    kept_until_us: int


def tier_reached(programme: Programme, *, spent_minor: int, brought: int) -> int:
    """Return the highest tier whose spending or whose retained invitees are reached."""
    reached = 0
    for level, tier in enumerate(programme.tiers):
        if spent_minor >= tier.spent_minor or (tier.brought and brought >= tier.brought):
            reached = level
    return reached


def stand(programme: Programme, before: Standing | None, *, spent_minor: int, brought: int, now_us: int) -> Standing:
    """Return the new standing: up at once, down one step at a time and only when the kept time is over."""
    reached = tier_reached(programme, spent_minor=spent_minor, brought=brought)
    if before is None or reached > before.tier:
        return Standing(reached, now_us + programme.keep_us)
    if reached == before.tier:
        return Standing(reached, max(before.kept_until_us, now_us + programme.keep_us))
    if now_us < before.kept_until_us:
        return before
    return Standing(before.tier - 1, now_us + programme.keep_us)


def points_for(tier: Tier, paid_minor: int) -> int:
    """Return the points for an amount paid, rounded down; the same amount taken back costs as many."""
    return paid_minor * tier.points_per_hundred // 10_000


def rights_of(programme: Programme, standing: Standing) -> Sequence[str]:
    """Return everything a member may claim: the rights of the tier and of all below."""
    return [right for tier in programme.tiers[: standing.tier + 1] for right in tier.rights]
