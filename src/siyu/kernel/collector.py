"""Python's garbage collector, asked to wait.

It looks for cycles whenever enough objects were made. A batch of thousands of cases makes many and no cycle, and the
looking took a quarter of the guard's time. Memory is given back by reference counts all the same.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_waiting = 0


@contextmanager
def collector_waits() -> Iterator[None]:
    """Let nobody look for cycles until the last of those who asked is done; hold it for a second, not for minutes."""
    global _waiting  # noqa: PLW0603  the collector is one for the whole process
    with _lock:
        if not _waiting and not gc.isenabled():
            asked = False  # somebody switched it off for good: leave it off
        else:
            asked = True
            _waiting += 1
            gc.disable()
    try:
        yield
    finally:
        if asked:
            with _lock:
                _waiting -= 1
                if not _waiting:
                    gc.enable()


def calm_the_collector() -> None:
    """Let the collector pass over all that a server has loaded, and look less often; once, when it begins to serve.

    A batch of touches is thousands of small objects that die together: looking through them for cycles took a tenth of
    the time, and looking through everything that is loaded stopped all scans of codes for 80 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
