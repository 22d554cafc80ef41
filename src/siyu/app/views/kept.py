"""Keep what was read for a moment: a screen opens at once, and figures over everybody are made once, not per visit."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar, cast

from siyu.app.workspace import Workspace

R = TypeVar("R")
FRESH_S: Final = 20.0
_STALE_S: Final = 3600.0
_MOST: Final = 256


class Kept:
    """Values by workspace and key. A value older than ``fresh_s`` is still given, while a thread makes a new one.

    So a reader waits only for the very first value, or for one that nobody has asked for in an hour.
    """

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[float, Any]] = {}
        self._making: set[Hashable] = set()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, workspace: Workspace, key: Hashable, make: Callable[[], R], *, fresh_s: float = FRESH_S) -> R:
        """Return the value of ``key``, made by ``make`` when there is none."""
        place = (str(workspace.database.engine.url), key)
        with self._guard:
            lock = self._locks.setdefault(place, threading.Lock())
        held = self._values.get(place)
        age_s = time.monotonic() - held[0] if held else _STALE_S
        if held is None or age_s >= _STALE_S:
            with lock:
                again = self._values.get(place)
                if again is None or again is held:
                    self._put(place, make())
                return cast("R", self._values[place][1])
        if age_s >= fresh_s:
            self._renew(place, make)
        return cast("R", held[1])

    def forget(self) -> None:
        """Drop everything: after something was changed by hand, and in tests."""
        with self._guard:
            self._values.clear()

    def _renew(self, place: Hashable, make: Callable[[], Any]) -> None:
        with self._guard:
            if place in self._making:
                return
            self._making.add(place)

        def work() -> None:
            try:
                self._put(place, make())
            finally:
                with self._guard:
                    self._making.discard(place)

        threading.Thread(target=work, name="siyu-view", daemon=True).start()

    def _put(self, place: Hashable, value: Any) -> None:
        with self._guard:
            while len(self._values) >= _MOST:
                self._values.pop(next(iter(self._values)))
            self._values[place] = (time.monotonic(), value)


KEPT: Final = Kept()
