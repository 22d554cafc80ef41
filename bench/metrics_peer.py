"""The peer's side of metrics.py: ClickHouse in a process (chDB). Not a benchmark itself: run by another benchmark.

Reads one command a line (``load FILES`` or a query's name), answers one JSON document a line.
"""

import json
import sys
import time

from chdb.session import Session

DAY = 86_400_000_000
TODAY = 1_767_225_600_000_000 // DAY + 60  # as in metrics.py
FUNNEL = """
    SELECT level, count() FROM (
        SELECT person, windowFunnel({window})(
            at, kind = 1, kind = 2, kind = 3, kind = 4, kind = 5, kind = 6, kind = 7
        ) AS level FROM touches GROUP BY person
    ) GROUP BY level ORDER BY level {settings}
"""
RETENTION = """
    SELECT cohort, arrayJoin(days) - cohort AS k, count() FROM (
        SELECT person, min(day) AS cohort, groupUniqArray(day) AS days
        FROM (SELECT person, toUInt16(intDiv(at, {day})) AS day FROM touches) GROUP BY person
    ) GROUP BY cohort, k HAVING k <= 30 ORDER BY cohort, k {settings}
"""
RFM = """
    SELECT count(), sum(m), quantilesExactInclusive(0.2, 0.4, 0.6, 0.8)({today} - r),
        quantilesExactInclusive(0.2, 0.4, 0.6, 0.8)(f), quantilesExactInclusive(0.2, 0.4, 0.6, 0.8)(m)
    FROM (
        SELECT person, uniqExact(toUInt16(intDiv(at, {day}))) AS f, sum(value) AS m,
            max(toInt32(intDiv(at, {day}))) AS r
        FROM touches WHERE kind = 7 GROUP BY person
    ) {settings}
"""
REPURCHASE = """
    SELECT count(), countIf(length(days) > 1), sum(length(days)), sum(m),
        quantilesExactInclusiveArray(0.1, 0.25, 0.5, 0.75, 0.9)(arraySlice(arrayDifference(days), 2))
    FROM (
        SELECT person, arraySort(groupUniqArray(toInt32(intDiv(at, {day})))) AS days, sum(value) AS m
        FROM touches WHERE kind = 7 GROUP BY person
    ) {settings}
"""
IN_ORDER = "SETTINGS max_threads = 2, optimize_aggregation_in_order = 1"
HASHED = "SETTINGS max_threads = 2, optimize_aggregation_in_order = 0"


def queries() -> dict[str, list[str]]:
    """Every query in the ways that ClickHouse can run it; the faster one counts."""
    return {
        "funnel": [FUNNEL.format(window=7 * DAY, settings=how) for how in (HASHED, IN_ORDER)],
        "retention": [RETENTION.format(day=DAY, settings=how) for how in (HASHED, IN_ORDER)],
        "rfm": [RFM.format(day=DAY, today=TODAY, settings=how) for how in (HASHED, IN_ORDER)],
        "repurchase": [REPURCHASE.format(day=DAY, settings=how) for how in (HASHED, IN_ORDER)],
    }


def main() -> None:
    """Answer until the input ends."""
    session = Session()
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        if command == "load":
            session.query("CREATE DATABASE bench")
            session.query("USE bench")
            session.query(
                "CREATE TABLE touches (person UInt32, at UInt64, kind UInt8, value Int64)"
                " ENGINE = MergeTree ORDER BY (person, at)"
            )
            began = time.perf_counter()
            session.query(
                "INSERT INTO touches SELECT person, toUnixTimestamp64Micro(at), kind, value"
                f" FROM file('{rest}', Parquet, 'person Int64, at DateTime64(6), kind Int8, value Int64')"
            )
            session.query("OPTIMIZE TABLE touches FINAL")
            rows = session.query("SELECT count() FROM touches", "JSONCompact").bytes()
            answer = {"seconds": time.perf_counter() - began, "rows": json.loads(rows)["data"]}
        else:
            answer = {"ways": []}
            for text in queries()[command]:
                began = time.perf_counter()
                out = session.query(text, "JSONCompact").bytes()
                seconds = time.perf_counter() - began
                answer["ways"].append(seconds)
                answer["rows"] = json.loads(out)["data"]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
