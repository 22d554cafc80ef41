"""What every played platform stands on: a clock, dice, faults, a courier for its callbacks, and a lock."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import RLock
from typing import Any, Protocol, runtime_checkable

from starlette.routing import BaseRoute

from siyu.sandbox.courier import Courier
from siyu.sandbox.faults import Faults


class Clock(Protocol):
    """Says what time it is (any clock of ``app/clock.py``)."""

    def now_us(self) -> int:
        """Return the present moment, microseconds since 1970 UTC."""
        ...


class SandboxClock:
    """The clock of this machine, set forward as far as one likes; it never goes back."""

    def __init__(self) -> None:
        self._ahead_us = 0

    def now_us(self) -> int:
        """Return the moment the sandbox believes in."""
        return time.time_ns() // 1000 + self._ahead_us

    def advance_to(self, now_us: int) -> None:
        """Set it forward to ``now_us``."""
        self._ahead_us += max(0, now_us - self.now_us())


@dataclass
class Stage:
    """What a platform is given when it is built.

    Attributes:
        name: The platform's own name, such as ``wecom``.
        clock: What time it is there; tests and the demo pass a virtual one.
        random: Dice of this platform alone, from the sandbox's seed.
        faults: What goes wrong, and how often.
        courier: Delivers callbacks.
        lock: Held by a request or a call from Python while it reads or writes the platform's state.
        base_url: Where the platform answers; known once the sandbox runs.
    """

    name: str
    clock: Clock
    random: Random
    faults: Faults
    courier: Courier
    lock: RLock = field(default_factory=RLock)
    base_url: str = ""

    def now_us(self) -> int:
        """Return the present moment on the sandbox's clock."""
        return self.clock.now_us()

    def now_s(self) -> int:
        """Return it in Unix seconds, as most platforms write it."""
        return self.clock.now_us() // 1_000_000


class Platform(Protocol):
    """One platform, played. ``sandbox/<name>.py`` holds ``def build(stage: Stage) -> Platform``."""

    account: str

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes to connect the account, by the names of ``Manifest.credentials``."""
        ...

    def routes(self) -> Sequence[BaseRoute]:
        """Return the platform's own API; served under ``/<name>``."""
        ...

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to look behind the scene and to play people; served under ``/_sandbox/<name>``."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Return a short account of what is inside; JSON."""
        ...

    def send_callbacks_to(self, url: str) -> None:
        """Deliver callbacks to ``url`` from now on; empty for nowhere."""
        ...


@runtime_checkable
class OwnServer(Protocol):
    """A platform that is not reached through the sandbox's HTTP port, such as a mail server."""

    @property
    def own_url(self) -> str:
        """Return where it is, once it was started."""
        ...

    def start(self) -> None:
        """Begin to listen."""
        ...

    def stop(self) -> None:
        """Stop listening."""
        ...
