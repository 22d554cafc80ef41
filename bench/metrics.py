"""Funnel, retention, RFM and repurchase over 20 million touches of 1 million people, beside chDB and DuckDB, in turn.

What is timed:
- Siyu, from files: open the lake's newest version, read the columns from its Parquet files (16 buckets, compacted, in
  the page cache), run the kernel on 2 threads, add up. Nothing is kept from the run before.
- Siyu, running: the same in a process that keeps the columns it has read, as `siyu serve` does.
- chDB: the query on a MergeTree table sorted by (person, at), merged to one part, in a process that stays open, with
  2 threads, as hashed and as in-order aggregation; the faster of the two counts.
- DuckDB: SQL over the same Parquet files, 2 threads.
Counts must be equal, or the program fails.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from peers import peer_python

from siyu.engines.local.engine import LocalEngine
from siyu.kernel.period import DAY, LATEST_US
from siyu.measurement.metrics.funnel import Funnel, FunnelResult
from siyu.measurement.metrics.repurchase import Repurchase, RepurchaseResult
from siyu.measurement.metrics.retention import Retention, RetentionResult
from siyu.measurement.metrics.rfm import Rfm, RfmResult
from siyu.measurement.ports import Measure
from siyu.stores.lake.lake import Lake
from siyu.stores.lake.layout import COLUMNS, TEXTS, bucket_of
from siyu.stores.lake.timelines import ColumnCache, LakeTimelines

PEOPLE, PER_PERSON, BUCKETS, ROUNDS = 1_000_000, 20, 16, 7
FOLDER = Path(__file__).resolve().parents[1] / ".bench" / "lake-20m"
START, SPAN = 1_767_225_600_000_000, 60 * DAY
STEPS = tuple((f"step {kind}", kind) for kind in range(1, 8))
SHARES = (0.28, 0.22, 0.16, 0.12, 0.1, 0.07, 0.05)  # the kinds' shares of touches


def make_lake(folder: Path = FOLDER, size: int = PEOPLE, buckets: int = BUCKETS) -> Lake:
    """Make the lake once: about 20 touches a person, anywhere in 60 days, one compacted file a bucket."""
    lake = Lake(str(folder), buckets=buckets)
    chance = np.random.default_rng(20)
    people = np.arange(1, size + 1)
    touches = np.bincount(chance.integers(0, size, size * PER_PERSON), minlength=size)
    bucket = bucket_of(people, buckets)
    done = lake.snapshot().batch
    for number in range(buckets):
        person = np.repeat(people[bucket == number], touches[bucket == number])
        size = person.size
        at = START + chance.integers(0, SPAN, size)
        kind = chance.choice(np.arange(1, 8, dtype=np.int8), size, p=SHARES)
        value = np.where(kind == 7, chance.integers(100, 50_000, size), 0)
        word = pa.array(["", "wecom", "douyin", "store"])
        names = {name: word.take(pa.array(chance.integers(0, 4, size))) for name in TEXTS[:3]}
        if number + 1 > done:
            columns = {
                "person": person, "identifier": person, "kind": kind, "value": value,
                "at": pa.array(at).cast(pa.timestamp("us", tz="UTC")), **names,
                "touch_id": pa.FixedSizeBinaryArray.from_buffers(
                    pa.binary(8), size, [None, pa.py_buffer(np.arange(size))]
                ).cast(pa.binary()),
            }  # fmt: skip
            blank = pa.array([""]).take(pa.array(np.zeros(size, np.int32)))
            rows = pa.table([columns.get(field.name, blank) for field in COLUMNS], schema=COLUMNS)
            lake.append(rows, batch=number + 1)
            print(f"  bucket {number + 1} of {buckets} written", file=sys.stderr)
    return lake


def ours(measure: Measure[Any, Any], cache: ColumnCache | None = None) -> tuple[float, Any]:
    """Measure with the lake, from its files up."""
    began = time.perf_counter()
    lake = Lake(str(FOLDER))
    result = LocalEngine(2).run(measure, LakeTimelines(lake, lake.snapshot(), cache=cache or ColumnCache()))
    return time.perf_counter() - began, result


def duckdb_funnel(files: list[str]) -> str:
    """Return the windowed funnel in SQL: the latest beginning of a chain that reached each step, step by step."""
    began = 'CASE WHEN kind = 1 THEN epoch_us("at") END AS s1'
    inner = f'SELECT person, epoch_us("at") AS t, kind, {began} FROM read_parquet({files})'
    for step in range(2, 8):
        before = f"max(s{step - 1}) OVER (PARTITION BY person ORDER BY t ROWS UNBOUNDED PRECEDING)"
        chain = f"CASE WHEN kind = {step} AND t - {before} <= {7 * DAY} THEN {before} END AS s{step}"
        inner = f"SELECT *, {chain} FROM ({inner})"
    depth = " + ".join(f"(count(s{step}) > 0)::INT" for step in range(1, 8))
    levels = f"SELECT person, {depth} AS level FROM ({inner}) GROUP BY person"
    return f"SELECT level, count(*) FROM ({levels}) GROUP BY level ORDER BY level"


def duckdb_retention(files: list[str]) -> str:
    """Return the retention matrix in SQL."""
    days = f'SELECT DISTINCT person, epoch_us("at") // {DAY} AS day FROM read_parquet({files})'
    first = f"SELECT day, min(day) OVER (PARTITION BY person) AS cohort FROM ({days})"
    return f"SELECT cohort, day - cohort AS k, count(*) FROM ({first}) WHERE k <= 30 GROUP BY ALL ORDER BY ALL"


def funnel_rows(result: FunnelResult) -> list[list[int]]:
    """Return people by deepest step, as the queries do."""
    reached = [step.people for step in result.steps] + [0]
    counts = [(level, reached[level - 1] - reached[level]) for level in range(1, 8)]
    return [[0, PEOPLE_SEEN - reached[0]], *[list(pair) for pair in counts]]


def retention_rows(result: RetentionResult) -> list[list[int]]:
    """Return people by cohort day and offset, as the queries do."""
    epoch = np.datetime64("1970-01-01")
    rows = []
    for cohort in result.cohorts:
        day = int((np.datetime64(cohort.cohort) - epoch).astype(int))
        rows += [[day, k, kept] for k, kept in enumerate(cohort.kept) if kept]
    return rows


def rfm_rows(result: RfmResult) -> list[list[Any]]:
    """Return buyers, money and the breaks of the fifths, as the query does."""
    return [[result.buyers, result.value_minor, *result.breaks.values()]]


def repurchase_rows(result: RepurchaseResult) -> list[list[Any]]:
    """Return buyers, repeaters, purchase days, money and the quantiles of the interval, as the query does."""
    return [[result.buyers, result.repeaters, result.purchase_days, result.value_minor, result.interval_days]]


def numbers(cell: Any) -> Any:
    """Return a cell of a peer's answer as numbers."""
    return [float(part) for part in cell] if isinstance(cell, list) else int(cell)


PEOPLE_SEEN = 0


def main() -> None:
    """Run everything in turn and print the table."""
    global PEOPLE_SEEN  # noqa: PLW0603  counted once, from the lake itself
    lake = make_lake()
    files = [lake.full_path(file) for files in lake.snapshot().files.values() for file in files]
    peer = subprocess.Popen(
        [peer_python(), str(Path(__file__).with_name("metrics_peer.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert peer.stdin is not None
    assert peer.stdout is not None

    def ask(command: str) -> dict:
        peer.stdin.write(command + "\n")
        peer.stdin.flush()
        return json.loads(peer.stdout.readline())

    loaded = ask(f"load {FOLDER}/bucket=*/*.parquet")
    assert int(loaded["rows"][0][0]) == PEOPLE * PER_PERSON
    database = duckdb.connect()
    database.execute("SET threads = 2")
    PEOPLE_SEEN = database.sql(f"SELECT count(DISTINCT person) FROM read_parquet({files})").fetchall()[0][0]
    paid = np.zeros(128, np.int8)
    paid[7] = 1
    end = START + SPAN + 1
    wanted: dict[str, tuple[str, Measure[Any, Any], Any, str | None]] = {
        "funnel, 7 steps, 7 days": ("funnel", Funnel(STEPS, 7 * DAY), funnel_rows, duckdb_funnel(files)),
        "retention, 30 days": (
            "retention", Retention("day", 30, until_us=LATEST_US), retention_rows, duckdb_retention(files),
        ),
        "RFM, breaks and layers": ("rfm", Rfm(paid, until_us=end), rfm_rows, None),
        "repurchase interval": ("repurchase", Repurchase(paid, until_us=end), repurchase_rows, None),
    }  # fmt: skip
    print(f"{PEOPLE * PER_PERSON:,} touches of {PEOPLE:,} people; medians of {ROUNDS} rounds in turn, seconds")
    print(
        f"{'':26}{'Siyu, files':>13}{'Siyu, running':>15}{'chDB':>8}{'ratio':>7}{'ratio':>7}{'DuckDB':>8}{'ratio':>7}"
    )
    chosen = set(sys.argv[1:])
    for title, (name, measure, rows_of, sql) in wanted.items():
        if chosen and name not in chosen:
            continue
        cache = ColumnCache()
        ours(measure, cache)
        fresh, running, chdb, duck = [], [], [], []
        for turn in range(ROUNDS):
            seconds, result = ours(measure)
            fresh.append(seconds)
            running.append(ours(measure, cache)[0])
            answer = ask(name)
            chdb.append(answer["ways"])
            rows = rows_of(result)
            theirs = [[numbers(cell) for cell in row] for row in answer["rows"]]
            assert rows == theirs, f"{title}: the counts differ: {rows[:9]} {theirs[:9]}"
            if turn < 2 and sql is not None:
                began = time.perf_counter()
                third = [list(row) for row in database.sql(sql).fetchall()]
                duck.append(time.perf_counter() - began)
                assert rows == third, f"{title}: the counts differ: {rows[:9]} {third[:9]}"
        a, b = statistics.median(fresh), statistics.median(running)
        c = min(statistics.median(way) for way in zip(*chdb, strict=True))
        last = f"{statistics.median(duck):>8.2f}{statistics.median(duck) / a:>6.1f}x" if duck else ""
        print(f"{title:26}{a:>13.3f}{b:>15.3f}{c:>8.3f}{c / a:>6.1f}x{c / b:>6.1f}x{last}", flush=True)
    peer.stdin.close()
    peer.wait()


if __name__ == "__main__":
    main()
