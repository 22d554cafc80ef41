"""Run the same measure as Spark tasks: Spark schedules and carries, the kernels stay the same.

Every task reads the buckets it is given from the lake's files, so the lake must be where the executors see it (a
shared folder or an object store). Partial results come back pickled and are added in the order of the buckets.
"""

import atexit
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from siyu.kernel.errors import ConfigError
from siyu.measurement.ports import Measure, Timelines

Partial = TypeVar("Partial")
Result = TypeVar("Result")


class SparkEngine:
    """Implements ``measurement.ports.Engine``.

    Args:
        master: Spark's master, such as ``spark://host:7077``, ``local[*]`` or ``local-cluster[2,1,1024]``.

    Raises:
        ConfigError: pyspark or Java is not there.
    """

    def __init__(self, master: str = "local[*]") -> None:
        try:
            from pyspark.sql import SparkSession  # noqa: PLC0415  an extra, loaded when asked for
        except ModuleNotFoundError as error:
            raise ConfigError("the Spark engine needs its extra: pip install 'siyu[spark]'") from error
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master(master).appName("siyu")
        builder = builder.config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        self._session = builder.getOrCreate()
        atexit.register(self.close)  # executors that outlive us complain at length

    def run(self, measure: Measure[Partial, Result], timelines: Timelines) -> Result:
        """Return what the measure says of everybody."""
        buckets = list(timelines.buckets)

        def of_buckets(numbers: Iterable[int]) -> Iterator[tuple[int, Partial]]:
            for number in numbers:
                yield number, measure.of_bucket(timelines.of_bucket(number, measure.columns))

        parts = self._session.sparkContext.parallelize(buckets, len(buckets)).mapPartitions(of_buckets).collect()
        return measure.combine([part for _, part in sorted(parts, key=lambda pair: pair[0])])

    def close(self) -> None:
        """Stop the session; once more does nothing."""
        atexit.unregister(self.close)
        self._session.stop()
