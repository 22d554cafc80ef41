"""The clock: the only place where the product learns what time it is."""

import time
from typing import Protocol


class Clock(Protocol):
    """Says what time it is, in microseconds since 1970 UTC."""

    def now_us(self) -> int:
        """Return the present moment."""
        ...


class RealClock:
    """The clock of this machine."""

    def now_us(self) -> int:
        """Return the present moment."""
        return time.time_ns() // 1000


class VirtualClock:
    """A clock that stands still until it is moved: for replays, simulations and tests.

    Args:
        now_us: Where it starts, microseconds since 1970 UTC.
    """

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """Return where the clock stands."""
        return self._now_us

    def advance_to(self, now_us: int) -> None:
        """Move forward; a clock never goes back."""
        self._now_us = max(self._now_us, now_us)
