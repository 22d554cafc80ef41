"""The courier: delivers callbacks in the background, three tries each, and loses, doubles and mixes them on request."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Queue
from random import Random
from threading import Condition, Thread
from typing import Final

import httpx

from siyu.sandbox.faults import Faults

#: The platform waits so long for an answer and tries so often (WeCom, WeChat: 5 s, 3 tries).
_TIMEOUT_S: Final = 5.0
TRIES: Final = 3
_HELD_BACK: Final = 10


@dataclass(frozen=True, slots=True)
class Parcel:
    """One callback on its way."""

    platform: str
    url: str
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Courier:
    """One thread that posts callbacks in order, as far as the faults let it.

    Args:
        random: The dice for faults; drawn when a callback is handed in, so a seed always gives the same losses.
    """

    def __init__(self, faults: Faults, random: Random) -> None:
        self.counts: Counter[str] = Counter()
        self._faults, self._random = faults, random
        self._queue: Queue[Parcel | None] = Queue()
        self._held: list[tuple[int, Parcel]] = []
        self._settled = Condition()
        self._under_way = 0
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._thread = Thread(target=self._deliver_all, name="sandbox-courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is queued; give up what is held back."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=30)
            self._thread = None

    def hand_in(self, parcel: Parcel) -> None:
        """Take a callback; returns at once."""
        faults, dice = self._faults, self._random
        self.counts["handed_in"] += 1
        if dice.random() < faults.lost_callbacks:
            self.counts["lost"] += 1
            return
        copies = 2 if dice.random() < faults.duplicate_callbacks else 1
        self.counts["duplicated"] += copies - 1
        if dice.random() < faults.late_callbacks:
            self.counts["late"] += 1
            self._held.append((dice.randint(1, _HELD_BACK), parcel))
            copies -= 1
        for _ in range(copies):
            self._enqueue(parcel)
        self._held = [(left - 1, held) for left, held in self._held]
        for left, held in self._held:
            if left < 0:
                self._enqueue(held)
        self._held = [entry for entry in self._held if entry[0] >= 0]

    def settle(self, timeout_s: float = 30.0) -> bool:
        """Let what is held back go, and wait until everything has been tried; False if it took too long."""
        held, self._held = self._held, []
        for _, parcel in held:
            self._enqueue(parcel)
        with self._settled:
            return self._settled.wait_for(lambda: self._under_way == 0, timeout_s)

    def _enqueue(self, parcel: Parcel) -> None:
        with self._settled:
            self._under_way += 1
        self._queue.put(parcel)

    def _deliver_all(self) -> None:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False, verify=False) as client:  # noqa: S501  loopback, no TLS
            while (parcel := self._queue.get()) is not None:
                self._deliver(client, parcel)
                with self._settled:
                    self._under_way -= 1
                    self._settled.notify_all()

    def _deliver(self, client: httpx.Client, parcel: Parcel) -> None:
        for _ in range(TRIES):
            try:
                response = client.post(
                    parcel.url, params=dict(parcel.query) or None, content=parcel.body, headers=dict(parcel.headers)
                )
            except httpx.HTTPError:
                self.counts["refused"] += 1
                continue
            if response.status_code == 200:
                self.counts["delivered"] += 1
                return
            self.counts["refused"] += 1
        self.counts["given_up"] += 1
