"""Fraud on the market's known rings: precision and recall of the score at the threshold in use, many markets.

People who are asked with a gift bring friends, and rings bring made-up accounts; the market says who truly cheats.
What the score sees is what the product would see: accepted invitations, devices, addresses, who never did anything.
Run: python bench/fraud.py [markets]
"""

import sys
from dataclasses import replace

import numpy as np

from siyu.app.fission.tree import REVIEW_ABOVE
from siyu.app.simulate.world import START_US
from siyu.campaigns.fission.fraud import suspect
from siyu.kernel.period import DAY
from siyu.measurement.interval import share
from siyu.sandbox.market.live import ORDERED, REPLIED
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import preset

PEOPLE, DAYS, EVERY = 3_000, 91, 14


def one(seed: int, ring: float, careful: float) -> tuple[int, int, int, int]:
    """Return flagged, cheats, both, and inviters of one market."""
    of = replace(preset("skincare"), ring=ring)
    of = replace(of, inviting=replace(of.inviting, careful=careful))
    market = Market(of, people=PEOPLE, seed=seed, start_us=START_US, days=DAYS, outsiders=PEOPLE)
    for day in range(0, DAYS, EVERY):
        now = START_US + day * DAY
        market.live_until(now)
        here = np.flatnonzero((market.state["arrived"] == 1) & (market.state["left_at"] > now))
        market.invite(here, np.full(here.size, now, np.int64), "gift")
    market.live_until(START_US + DAYS * DAY)
    hidden, arrived = market.hidden, market.state["arrived"] == 1
    invitee = np.flatnonzero(arrived & (hidden["inviter"] >= 0)).astype(np.int32)
    inviter = hidden["inviter"][invitee].astype(np.int32)
    made_up = hidden["ring"] >= 0
    own = np.arange(len(market))
    device = np.where(made_up & (hidden["careful"] == 0), hidden["ring"], own + 1_000_000)
    address = np.where(made_up, hidden["ring"], hidden["phone"] + 1_000_000)
    came = np.isin(own, invitee)
    hashes = [
        np.where(came, np.unique(names, return_inverse=True)[1], -1).astype(np.int32) for names in (device, address)
    ]
    did = np.zeros(len(market), np.bool_)
    past = market.past()
    did[past.person[(past.what == ORDERED) | (past.what == REPLIED)]] = True
    at = hidden["born_at"][invitee]
    found = suspect(inviter, invitee, at, people=len(market), device=hashes[0], address=hashes[1], silent=~did)
    flagged, cheats = found.score >= REVIEW_ABOVE, market.cheats()
    return int(flagged.sum()), int(cheats.sum()), int((flagged & cheats).sum()), int(np.unique(inviter).size)


def main() -> None:
    """Print the table."""
    markets = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{markets} markets of {PEOPLE} people and as many friends, {DAYS} days")
    print(f"{'rings':<34}{'inviters':>9}{'cheats':>8}{'flagged':>9}{'precision':>22}{'recall':>22}")
    for name, ring, careful in (
        ("as in the preset, 30 % careful", 0.01, 0.3),
        ("five times as many, 30 % careful", 0.05, 0.3),
        ("five times as many, all careful", 0.05, 1.0),
    ):
        flagged, cheats, both, inviters = np.sum([one(seed, ring, careful) for seed in range(1, markets + 1)], axis=0)
        told = [
            f"{got.value:.3f} ({got.low:.3f}, {got.high:.3f})" if got else "-"
            for got in (share(int(both), int(flagged)), share(int(both), int(cheats)))
        ]
        print(f"{name:<34}{inviters:>9}{cheats:>8}{flagged:>9}{told[0]:>22}{told[1]:>22}")


if __name__ == "__main__":
    main()
