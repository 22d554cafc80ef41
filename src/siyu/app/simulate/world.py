"""A world: a market, a throw-away workspace with the whole product in it, and one virtual clock for both."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from json import dumps
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import look_up
from siyu.app.lake import compact, flush
from siyu.app.settings import FILE_NAME
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace, make_workspace, open_workspace
from siyu.campaigns.play import Play
from siyu.kernel.arrays import Int64
from siyu.kernel.collector import collector_waits
from siyu.kernel.period import DAY, HOUR, MINUTE, us_of
from siyu.sandbox.market.as_touches import ACCOUNT, CHANNEL, contact, members, touches_of
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import Parameters
from siyu.sandbox.market.platform import Platform
from siyu.sandbox.market.sender import MarketSender
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.touch import Touch

#: Every simulation begins on Monday 5 January 2026 in Shanghai; the loop turns at ten in the morning or later.
START_US: Final = us_of(datetime(2026, 1, 4, 16, tzinfo=UTC))
TURN_AT: Final = 10 * HOUR
#: At the earliest so long after the quiet hours end.
_AFTER_QUIET: Final = 30 * MINUTE
_BATCH: Final = 20_000
_FLUSH_EVERY: Final = 30_000
#: A bucket of fewer files is read as fast as one that was put in order.
_MANY_FILES: Final = 8
#: The guard's numbers that a simulation may set, as they stand in ``[policy]``.
Numbers = Mapping[str, int | float | str]


@dataclass(slots=True)
class World:
    """A market and the product that serves it.

    Attributes:
        held: How often the guard said "not now", by rule.
        denied: What the guard denied, by rule.
        turns: How often the loop went round.
    """

    market: Market
    workspace: Workspace
    clock: VirtualClock
    sender: MarketSender
    held: Counter[str] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)
    proposed: int = 0
    turns: int = 0
    waiting: int = 0
    _take_in: TakeIn = field(init=False)

    def __post_init__(self) -> None:
        self._take_in = TakeIn(self.workspace)

    def remember(self) -> None:
        """Take in what happened before the simulation begins."""
        with collector_waits():
            self.take(touches_of(self.market, self.market.live_until(START_US)))
        self._to_the_lake()

    def go_on(self, until_us: int, of_plays: Sequence[Play]) -> None:
        """Let people live until then, and go once round the loop with what they did."""
        self.live_on(until_us)
        self.turn(of_plays)

    def turn(self, of_plays: Sequence[Play]) -> None:
        """Go once round the loop."""
        with collector_waits():
            done = turn(self.workspace, (), senders={(CHANNEL, ACCOUNT): self.sender}, of_plays=of_plays)
        self.held.update(done.judged.held)
        self.denied.update(done.judged.denied)
        self.proposed += done.proposed
        self.turns += 1
        self.waiting += done.returned
        if self.waiting >= _FLUSH_EVERY:
            self._to_the_lake()

    def live_on(self, until_us: int) -> None:
        """Let people live until then and take in what they did, without a turn of the loop."""
        with collector_waits():
            touches = touches_of(self.market, self.market.live_until(until_us))
            self.clock.advance_to(until_us)
            self.take(touches)

    def finish(self, until_us: int) -> None:
        """Let the last messages arrive and people live to the end."""
        self.live_on(until_us)
        look_up(self.workspace, {(CHANNEL, ACCOUNT): self.sender}, channel=CHANNEL)
        self._to_the_lake()

    def take(self, touches: Sequence[Touch]) -> None:
        """Take touches into the product."""
        for start in range(0, len(touches), _BATCH):
            self._take_in.take(touches[start : start + _BATCH])
        self.waiting += len(touches)

    def number_of_person(self) -> tuple[Int64, Int64]:
        """Return the product's person numbers, ascending, and whom of the market each is."""
        key_of, everybody = self.workspace.vault.key_of, range(len(self.market))
        names = [*map(contact, everybody), *members(everybody)]
        numbers = {key_of(name): place % len(everybody) for place, name in enumerate(names)}
        spaces = sorted({name.namespace for name in names})
        query = select(identifier.c.person_id, identifier.c.key).where(identifier.c.namespace.in_(spaces))
        with self.workspace.database.read() as connection:
            rows = {(person, numbers[bytes(key)]) for person, key in connection.execute(query)}
        pairs = np.array(sorted(rows), np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def _to_the_lake(self) -> None:
        flush(self.workspace)
        compact(self.workspace, of_files=_MANY_FILES)
        self.waiting = 0


@contextmanager
def world(
    of: Parameters, *, people: int, days: int, seed: int, numbers: Numbers, outsiders: int = 0, punishing: bool = False,
    market: Market | None = None, settings: str = "",
) -> Iterator[World]:  # fmt: skip
    """Make a world that is thrown away at the end.

    Args:
        numbers: Settings of the guard that differ from the product's defaults.
        outsiders: People who come only if somebody brings them.
        punishing: Whether the platform punishes sharing that is paid for.
        market: Whom it holds, if not people drawn from ``of``.
        settings: More of ``siyu.toml``.
    """
    market = market or Market(of, people=people, seed=seed, start_us=START_US, days=days, outsiders=outsiders)
    clock = VirtualClock(START_US)
    with tempfile.TemporaryDirectory(prefix="siyu-simulate-") as name:
        folder = Path(name)
        make_workspace(folder)
        policy = "".join(f"{key} = {dumps(value)}\n" for key, value in numbers.items())
        (folder / FILE_NAME).write_text(
            f'[brand]\nname = "Simulated"\n\n[policy]\nholdout_salt = "market {seed}"\n{policy}{settings}', "utf-8"
        )
        with open_workspace(folder, clock=clock) as workspace:
            workspace.database.hurry()
            platform = Platform(of.punishing, seed) if punishing else None
            yield World(market, workspace, clock, MarketSender(market, now_us=clock.now_us, platform=platform))


def moments(days: int, every_days: int, numbers: Numbers | None = None) -> list[int]:
    """Return when the loop turns: at ten, or half an hour after the guard's quiet hours end."""
    ends = time.fromisoformat(str((numbers or {}).get("quiet_to", "08:00")))
    at_us = max(TURN_AT, ends.hour * HOUR + ends.minute * MINUTE + _AFTER_QUIET)
    return [START_US + day * DAY + at_us for day in range(0, days, every_days)]
