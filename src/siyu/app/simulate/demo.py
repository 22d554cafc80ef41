"""The demo's market: a small one, one play, what was measured beside what is true."""

from dataclasses import dataclass, replace
from typing import Final

from siyu.app.simulate.run import Progress, Simulated, simulate
from siyu.campaigns.play import plays
from siyu.sandbox.market.parameters import preset

_PEOPLE: Final = 4_000
_DAYS: Final = 84
_SEED: Final = 7
_PEOPLE_OF_ALL: Final = 800
_DAYS_OF_ALL: Final = 70
#: Long enough for anniversaries.
_KNOWN_DAYS: Final = 420


@dataclass(frozen=True, slots=True)
class MarketReport:
    """What happened on a market whose people do respond.

    Attributes:
        says: What was measured and what is true, in words.
        every_play: Every play there is, together on a smaller market: what each proposed, sent and brought.
    """

    run: Simulated
    says: str
    every_play: Simulated


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
    return MarketReport(run, _words(run), every_play(progress))


def every_play(progress: Progress = lambda *_: None) -> Simulated:
    """Run all plays together on people who have been known for more than a year; a fifth is held out from each."""
    return simulate(
        list(plays().values()),
        replace(preset("skincare"), name="skincare, known for longer", history_days=_KNOWN_DAYS),
        people=_PEOPLE_OF_ALL,
        days=_DAYS_OF_ALL,
        seed=_SEED,
        numbers={"holdout_share": 0.2},
        every_days=7,
        window_days=14,
        furnished=True,
        progress=progress,
    )


def lines_of(together: Simulated) -> list[str]:
    """Say of every play what it did where all of them ran, those first that brought most people back."""
    found = []
    for row in together.by_play:
        effect = "no window is over"
        if row.uplift is not None and row.low is not None and row.high is not None:
            effect = f"{row.uplift:+.3f} ({row.low:+.3f} to {row.high:+.3f}) bought again within 14 days"
        found.append(f"{row.play}: proposed {row.proposed}, sent {row.sent}; {effect}")
    return found


def _words(run: Simulated) -> str:
    if run.uplift is None or run.low is None or run.high is None or run.true_effect is None:
        return "too few people were drawn to say anything"
    inside = "inside" if run.covered else "outside"
    return (
        f"{run.play} on the market {run.market}: measured {run.uplift:+.3f} ({run.low:+.3f} to {run.high:+.3f}) within"
        f" {run.window_days} days; true {run.true_effect:+.3f}, {inside} the interval"
    )
