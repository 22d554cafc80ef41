"""The market: how fast people live a year, beside a SimPy market of the same law; and the whole product on them.

The peer, SimPy, runs one process per person (arrival, exponential gaps, drop-out), without messages: less than what the
market does. Prints medians and the ratio per person-year; then the whole product on a virtual clock.

Usage: ``market.py [PEOPLE] [PEOPLE OF THE WHOLE PRODUCT] [DAYS]``; ``20000 100000 364`` is a year of 100,000 people.
"""

import statistics
import subprocess
import sys
import time

from peers import peer_python

from siyu.app.simulate.ask import asked
from siyu.kernel.period import DAY
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import preset

_START = 20_000 * DAY
_PEER = """
import random, sys, time
import simpy
people, days = int(sys.argv[1]), 365
dice = random.Random(1)
def life(env, bought):
    rate, drop = dice.gammavariate(1.6, 1 / 96.0), dice.gammavariate(0.9, 1 / 650.0)
    yield env.timeout(dice.random() * days)
    ends = env.now + dice.expovariate(max(drop, 1e-9))
    while True:
        yield env.timeout(dice.expovariate(max(rate, 1e-6)))
        if env.now >= ends:
            return
        bought.append((env.now, dice.lognormvariate(9.7, 0.7)))
began = time.perf_counter()
env, bought = simpy.Environment(), []
for _ in range(people):
    env.process(life(env, bought))
env.run(until=days)
print(time.perf_counter() - began, len(bought))
"""


def _lives(people: int) -> float:
    began = time.perf_counter()
    market = Market(preset("skincare"), people=people, seed=1, start_us=_START, days=365)
    market.live_until(_START + 365 * DAY)
    return time.perf_counter() - began


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    _lives(1_000)
    ours = statistics.median(_lives(5 * people) for _ in range(3)) / (5 * people)
    peer = peer_python("simpy")
    theirs = (
        statistics.median(
            float(
                subprocess.run(
                    [peer, "-c", _PEER, str(people)], capture_output=True, text=True, check=True
                ).stdout.split()[0]
            )
            for _ in range(3)
        )
        / people
    )
    print(
        f"a year of one person  market {ours * 1e6:8.2f} us   simpy {theirs * 1e6:8.2f} us   ratio {theirs / ours:6.1f}"
    )
    asked("replenishment", market="skincare", people=200, days=14, seed=1, every_days=7)
    many = int(sys.argv[2]) if len(sys.argv) > 2 else people // 4
    days = int(sys.argv[3]) if len(sys.argv) > 3 else 182
    run = asked("replenishment,win_back", market="skincare", people=many, days=days, seed=1, every_days=7)
    print(
        f"the whole product     {run.people:,} people, {run.days} days, {run.touches:,} touches, {run.sent:,} sent:"
        f" {run.seconds:.1f} s, {run.processor_seconds:.1f} s of processor; held {run.held}, denied {run.denied}"
    )


if __name__ == "__main__":
    main()
