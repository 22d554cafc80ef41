"""Compile a numeric kernel once, keep it on disk, run it without the interpreter's lock."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """Compile ``kernel`` with numba: typed at the first call, cached beside its file, free of the GIL.

    Several buckets then run on several threads at once (``engines/local``).
    """
    return cast("Callable[P, R]", numba.njit(nogil=True, cache=True)(kernel))


def compiled_sum(kernel: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel that adds up, and let it add in the order that the machine likes best (several sums at once).

    The answer differs from that of another order by rounding only, and is always the same on the same machine.
    """
    return cast("Callable[P, R]", numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})(kernel))
