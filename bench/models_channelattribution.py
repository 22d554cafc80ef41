"""ChannelAttribution (GPL-3) shares conversions by Markov chains.

A process of its own. Not a benchmark itself: run by another benchmark (models.py).
"""

import contextlib
import io
import json
import sys
import time

import pandas as pd

with contextlib.redirect_stdout(io.StringIO()):  # it prints an advertisement
    from ChannelAttribution import markov_model

    table = pd.read_parquet(sys.argv[1])
    begun, used = time.perf_counter(), time.process_time()
    markov_model(table, "path", "won", var_null="lost")
    seconds, busy = time.perf_counter() - begun, time.process_time() - used
print(json.dumps({"seconds": seconds, "busy": busy}))
