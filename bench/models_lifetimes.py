"""lifetimes fits BG/NBD on the rows of a file.

A process of its own. Not a benchmark itself: run by another benchmark (models.py).
"""

import json
import sys
import time
import warnings

import numpy as np
from lifetimes import BetaGeoFitter

warnings.simplefilter("ignore")
rows = np.load(sys.argv[1])
begun, used = time.perf_counter(), time.process_time()
fitter = BetaGeoFitter().fit(rows["x"], rows["t"], rows["age"])
seconds, busy = time.perf_counter() - begun, time.process_time() - used
found = fitter.params_[["r", "alpha", "a", "b"]].to_numpy()
theirs = BetaGeoFitter._negative_log_likelihood(  # noqa: SLF001  it has no public way to ask
    np.log(found), rows["x"], rows["t"], rows["age"], np.ones(rows["x"].size), 0.0
)
print(json.dumps({"seconds": seconds, "busy": busy, "log_likelihood": -float(theirs) * rows["x"].size}))
