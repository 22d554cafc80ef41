"""The demo's market: a small one, one play, what was measured beside what is true."""

from dataclasses import dataclass
from typing import Final

from siyu.app.simulate.run import Progress, Simulated, simulate
from siyu.campaigns.play import plays
from siyu.sandbox.market.parameters import preset

_PEOPLE: Final = 4_000
_DAYS: Final = 84
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class MarketReport:
    """What happened on a market whose people do respond.

    Attributes:
        says: What was measured and what is true, in words.
    """

    run: Simulated
    says: str


def market_demo(progress: Progress = lambda *_: None) -> MarketReport:
    """Run win-back on buyers of music, of whom most drop out early; a third is held out so that its effect shows."""
    run = simulate(
        [plays()["win_back"]],
        preset("cdnow"),
        people=_PEOPLE,
        days=_DAYS,
        seed=_SEED,
        numbers={"holdout_share": 1 / 3},
        every_days=7,
        window_days=14,
        progress=progress,
    )
    return MarketReport(run, _words(run))


def _words(run: Simulated) -> str:
    if run.uplift is None or run.low is None or run.high is None or run.true_effect is None:
        return "too few people were drawn to say anything"
    inside = "inside" if run.covered else "outside"
    return (
        f"{run.play} on the market {run.market}: measured {run.uplift:+.3f} ({run.low:+.3f} to {run.high:+.3f}) within"
        f" {run.window_days} days; true {run.true_effect:+.3f}, {inside} the interval"
    )
