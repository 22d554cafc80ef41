"""Run a measure on the threads of this machine: one bucket at a time each, the sum at the end."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from siyu.measurement.ports import Measure, Timelines

Partial = TypeVar("Partial")
Result = TypeVar("Result")


class LocalEngine:
    """Implements ``measurement.ports.Engine``.

    Kernels give the interpreter's lock back while they run, so threads use every core. Partial results are added
    in the order of the buckets, whatever order they came in: the answer is the same to the last bit.

    Args:
        threads: How many buckets at a time; the number of cores if it is not given.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()

    def run(self, measure: Measure[Partial, Result], timelines: Timelines) -> Result:
        """Return what the measure says of everybody."""

        def of_bucket(bucket: int) -> Partial:
            return measure.of_bucket(timelines.of_bucket(bucket, measure.columns))

        with ThreadPoolExecutor(self._threads) as pool:
            return measure.combine(list(pool.map(of_bucket, timelines.buckets)))
