"""Every metric says exactly the same on threads and as Spark tasks, over the same lake."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from siyu.engines.local.engine import LocalEngine
from siyu.kernel.period import DAY
from siyu.measurement.arms import Arms
from siyu.measurement.metric import Options, built, cards
from siyu.measurement.ports import Engine
from siyu.measurement.spending import Spending
from siyu.measurement.together import Together
from siyu.stores.lake.lake import Lake
from siyu.stores.lake.layout import COLUMNS
from siyu.stores.lake.timelines import LakeTimelines, Pending

START, PEOPLE, TOUCHES = 1_767_225_600_000_000, 400, 9000
DAYS = 130
MEASURED = sorted(name for name, card in cards().items() if card.reads == "touches")


def touches(seed: int, size: int) -> pa.Table:
    """Make touches of every kind a metric looks at, some of one moment."""
    chance = np.random.default_rng(seed)
    kinds = np.array([10, 11, 21, 22, 27, 31, 40, 42, 51, 51, 52, 54, 56, 70, 71, 72, 1], np.int8)
    columns = {
        "person": chance.integers(1, PEOPLE, size),
        "at": pa.array(START + chance.integers(0, 2000, size) * (DAYS * DAY // 2000)).cast(
            pa.timestamp("us", tz="UTC")
        ),
        "kind": chance.choice(kinds, size),
        "value": chance.integers(1, 9000, size),
        "channel": chance.choice(["wecom", "douyin", "store"], size),
        "source_code": chance.choice(["", "door", "poster"], size),
        "scene": chance.choice(["feed", "store"], size),
        "about": chance.choice(["", "group one", "group two"], size),
        "account": chance.choice(["", "mall"], size),
        "properties": chance.choice(["{}", '{"watched_share":0.4}', '{"watched_share":1.0}'], size),
        "currency": ["CNY"] * size,
        "touch_id": pa.array([bytes([seed]) + number.tobytes() for number in np.arange(size)], pa.binary()),
    }
    columns["identifier"] = columns["person"]
    return pa.table([columns.get(field.name, [""] * size) for field in COLUMNS], schema=COLUMNS)


@pytest.fixture(scope="module")
def timelines(tmp_path_factory: pytest.TempPathFactory) -> LakeTimelines:
    lake = Lake(str(tmp_path_factory.mktemp("lake") / "lake"), buckets=4)
    lake.append(touches(1, TOUCHES // 2), batch=1)
    lake.append(touches(2, TOUCHES // 3), batch=2)
    lake.compact(1)
    moved = np.array([5, 9], np.int64)
    pending = Pending(touches(3, TOUCHES // 6), moved, moved, np.array([1, 2], np.int64))
    return LakeTimelines(lake, lake.snapshot(), pending)


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    pytest.importorskip("pyspark", reason="pyspark is an extra")
    from siyu.engines.spark.engine import SparkEngine  # noqa: PLC0415  an extra

    engine = SparkEngine("local-cluster[2,1,1024]")
    yield engine
    engine.close()


def options() -> Options:
    person = np.arange(1, PEOPLE, dtype=np.int64)
    arms = Arms(person, (person % 3 > 0).astype(np.int8), np.full(person.size, START + DAY))
    owned = np.arange(1, PEOPLE, 2, dtype=np.int64)
    days = START + np.arange(0, DAYS, 3, dtype=np.int64) * DAY
    spending = Spending(days, ["door"] * days.size, ["wecom"] * days.size, np.full(days.size, 900))
    return Options(until_us=START + DAYS * DAY, since_us=START, extra={"arms": arms, "owned": owned, "spend": spending})


@pytest.fixture(scope="module")
def by_spark(timelines: LakeTimelines, spark: Engine) -> dict[str, Any]:
    together = Together([built(cards()[name], options()) for name in MEASURED])
    return dict(zip(MEASURED, spark.run(together, timelines), strict=True))


@pytest.mark.filterwarnings("ignore")  # of pyspark's own: pandas, sockets
@pytest.mark.parametrize("name", MEASURED)
def test_threads_and_spark_say_the_same(name: str, timelines: LakeTimelines, by_spark: dict[str, Any]) -> None:
    here = LocalEngine(2).run(built(cards()[name], options()), timelines)
    with np.printoptions(threshold=10**9):
        assert repr(by_spark[name]) == repr(here)


def test_every_touch_is_read_once(timelines: LakeTimelines) -> None:
    assert sum(len(timelines.of_bucket(bucket, ())) for bucket in timelines.buckets) == TOUCHES
