"""Somebody who joins people, in a process of their own."""

import os
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier

from siyu.people.ports import Link
from siyu.stores.sql.database import Database
from siyu.stores.sql.identity import SqlIdentityStore

NOW_US = 1_781_056_800_000_000
_STARTS: list[Barrier] = []


def come(start: Barrier) -> None:
    """Know what to wait at."""
    _STARTS.append(start)


def key(number: int) -> bytes:
    """Return the key of an identifier."""
    return number.to_bytes(16, "big")


def join(url: str, pairs: Sequence[tuple[int, int]], source: int) -> int:
    """Join pairs, each in a transaction of its own, from when everybody is there; return the process that did."""
    database = Database(url)
    _STARTS[0].wait(timeout=120)
    for place, (left, right) in enumerate(pairs):
        with database.write() as connection:
            said = Link(key(left), key(right), (source * 1000 + place).to_bytes(16, "big"), NOW_US)
            SqlIdentityStore(connection).link([said])
    database.close()
    return os.getpid()
