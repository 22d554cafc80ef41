"""How often the measure's 95 % interval holds the truth, for every play: the table of ``docs/market.md``.

Usage: ``market_truth.py [MARKETS] [PEOPLE] [PLAY…]``; every play on 200 markets of 1,500 people if nothing is said;
the table has 1000.
"""

import sys
from math import sqrt

from siyu.app.simulate.truth import Trials, trials
from siyu.campaigns.play import plays
from siyu.sandbox.market.parameters import preset


def _line(found: Trials) -> str:
    return (
        f"| `{found.play}` | {found.market} | {found.markets} | {found.drawn:.0f} | {found.mean_true:+.4f} |"
        f" {found.mean_value:+.4f} | {found.mean_width:.3f} | {found.covered:.1%} | {found.rejected:.1%} |"
    )


def main() -> None:
    """Print one line a play, and one of A/A for two of them."""
    markets = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    people = int(sys.argv[2]) if len(sys.argv) > 2 else 1_500
    named = sys.argv[3:] or list(plays())
    print(f"one standard error of a coverage of 95 % over {markets} markets: {sqrt(0.95 * 0.05 / markets):.2%}")
    print("| play | market | markets | people drawn | true effect | measured | width | covered | zero rejected |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in named:
        days = 240 if name == "anniversary" else 90
        found = trials(plays()[name], preset("skincare"), markets=markets, people=people, days=days, holdout=0.2)
        print(_line(found), flush=True)
    for name in {"replenishment", "win_back"}.intersection(named):
        found = trials(plays()[name], preset("deaf"), markets=markets, people=people, days=90, holdout=0.2)
        print(_line(found), flush=True)


if __name__ == "__main__":
    main()
