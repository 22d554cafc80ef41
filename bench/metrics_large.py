"""200 million touches of 10 million people: memory, whether time is linear, and Spark with two executors beside it.

The same funnel, retention, repurchase and RFM run over a lake of 20 million touches (16 buckets) and one of 200 million
(160 buckets), each in a process of its own whose largest memory is looked at, on two threads; then over both as Spark
tasks on two executor processes of one core each. Nothing is kept from the run before. Every answer must be equal, or
the program fails. The lakes are made once, in .bench/ (the large one takes minutes and some gigabytes).
"""

import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from metrics import BUCKETS, FOLDER, PEOPLE, PER_PERSON, SPAN, START, STEPS, make_lake

from siyu.engines.local.engine import LocalEngine
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.metrics.funnel import Funnel
from siyu.measurement.metrics.repurchase import Repurchase
from siyu.measurement.metrics.retention import Retention
from siyu.measurement.metrics.rfm import Rfm
from siyu.stores.lake.lake import Lake
from siyu.stores.lake.timelines import ColumnCache, LakeTimelines

TIMES = 10
LARGE = FOLDER.parent / "lake-200m"
ROUNDS = 3
MOST_BYTES = 8 * 2**30


def measures() -> dict[str, Any]:
    """Return what is measured."""
    paid = np.zeros(128, np.int8)
    paid[7] = 1
    end = START + SPAN + 1
    return {
        "funnel": Funnel(STEPS, 7 * DAY),
        "retention": Retention("day", 30, until_us=LATEST_US),
        "repurchase": Repurchase(paid, until_us=end),
        "RFM": Rfm(paid, until_us=end),
    }


def run(folder: str, where: str) -> None:
    """Measure in this process; answer with seconds, a fingerprint of the answers, and the largest memory."""
    if where == "spark":
        from siyu.engines.spark.engine import SparkEngine  # noqa: PLC0415  only here

        engine: Any = SparkEngine("local-cluster[2,1,1024]")
    else:
        engine = LocalEngine(2)
    lake = Lake(folder)
    seconds: dict[str, float] = {}
    mark = hashlib.sha256()
    for name, measure in measures().items():
        taken = []
        for turn in range(ROUNDS + 1):  # the first one compiles
            began = time.perf_counter()
            result = engine.run(measure, LakeTimelines(lake, lake.snapshot(), cache=ColumnCache()))
            if turn:
                taken.append(time.perf_counter() - began)
        seconds[name] = sorted(taken)[ROUNDS // 2]
        mark.update(repr(result).encode())
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "bytes": largest, "answers": mark.hexdigest()}))


def asked(folder: Path, where: str) -> dict[str, Any]:
    """Run in a process of its own."""
    command = [sys.executable, __file__, "--run", str(folder), where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Make the lakes, measure, print."""
    make_lake()
    make_lake(LARGE, TIMES * PEOPLE, TIMES * BUCKETS)
    few, many = PEOPLE * PER_PERSON, TIMES * PEOPLE * PER_PERSON
    small, large = asked(FOLDER, "threads"), asked(LARGE, "threads")
    spread = {few: asked(FOLDER, "spark"), many: asked(LARGE, "spark")}
    for touches, here in ((few, small), (many, large)):
        if here["answers"] != spread[touches]["answers"]:
            raise SystemExit(f"{touches:,} touches: Spark and threads differ")
    print(f"medians of {ROUNDS}, from the files, seconds; threads: 2, Spark: 2 executors of 1 core")
    print(f"{'':12}{few:>14,}{many:>14,}{'times':>8}{'Spark':>10}{'ratio':>8}{'Spark, few':>12}{'ratio':>8}")
    for name in small["seconds"]:
        a, b = small["seconds"][name], large["seconds"][name]
        c, d = spread[many]["seconds"][name], spread[few]["seconds"][name]
        print(f"{name:12}{a:>14.3f}{b:>14.3f}{b / a:>7.1f}x{c:>10.3f}{c / b:>7.2f}x{d:>12.3f}{d / a:>7.2f}x")
    print(f"largest memory, threads: {small['bytes'] / 2**30:.2f} GB and {large['bytes'] / 2**30:.2f} GB (demand: 8)")
    if large["bytes"] > MOST_BYTES:
        raise SystemExit("more than 8 GB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(*sys.argv[2:4])
    else:
        main()
