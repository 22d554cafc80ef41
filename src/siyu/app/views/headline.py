"""The headline (首要指标): retention in three numbers. It stands first on every screen."""

from dataclasses import dataclass

from siyu.app.views.measured import data_until_us, metric
from siyu.app.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Headline:
    """Retention in three numbers; shares in [0, 1], ``None`` while nobody can be observed for that long.

    Attributes:
        buyers: People who ever bought.
        repeaters: Of them, those who bought on two days or more.
        next_month: Of all monthly cohorts, the share that bought in the following month.
        day_30: The share that bought again within 30 days of the first purchase.
        repurchase: Repeaters of buyers.
        until_us: The data reaches up to here.
    """

    buyers: int
    repeaters: int
    next_month: float | None
    day_30: float | None
    repurchase: float | None
    until_us: int


def headline(workspace: Workspace) -> Headline:
    """Read it."""
    until_us = data_until_us(workspace)
    if not until_us:
        return Headline(0, 0, None, None, None, 0)
    again = metric(workspace, "repurchase")
    months = metric(workspace, "retention").total
    within = next((one for one in again.within if one.days == 30), None)
    return Headline(
        buyers=again.buyers,
        repeaters=again.repeaters,
        next_month=months.share[1] if months else None,
        day_30=within.rate.value if within and within.rate else None,
        repurchase=again.rate.value if again.rate else None,
        until_us=until_us,
    )
