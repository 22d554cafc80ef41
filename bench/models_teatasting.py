"""tea-tasting: difference, CUPED, ratio and sample ratio, on its faster backend.

A process of its own. Not a benchmark itself: run by another benchmark (models.py).
"""

import json
import statistics
import sys
import time

import ibis
import pandas as pd
import polars as pl
import tea_tasting as tt

table = pd.read_parquet(sys.argv[1])
experiment = tt.Experiment(
    spend=tt.Mean("spend"),
    adjusted=tt.Mean("spend", "before"),
    ratio=tt.RatioOfMeans("spend", "visits"),
    people=tt.SampleRatio(),
    variant="arm",
)
connection = ibis.duckdb.connect()
connection.raw_sql(f"CREATE TABLE people AS SELECT * FROM read_parquet('{sys.argv[1]}')")
backends = {
    "duckdb": connection.table("people"),
    "polars": pl.read_parquet(sys.argv[1]),
    "pandas": table,
}
best: dict[str, float | str] = {"seconds": float("inf")}
for name, data in backends.items():
    experiment.analyze(data, control=0)
    taken = []
    for _ in range(3):
        begun, used = time.perf_counter(), time.process_time()
        found = experiment.analyze(data, control=0)
        taken.append((time.perf_counter() - begun, time.process_time() - used))
    seconds, busy = (statistics.median(values) for values in zip(*taken, strict=True))
    if seconds < float(best["seconds"]):
        best = {"seconds": seconds, "busy": busy, "p": float(found["spend"].pvalue), "backend": name}
print(json.dumps(best))
