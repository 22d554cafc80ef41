"""pymc-marketing finds the MAP of BG/NBD under flat priors.

A process of its own. Not a benchmark itself: run by another benchmark (models.py).
The first fit compiles; the second one is timed. Its height is measured with the function of lifetimes.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter
from pymc_extras.prior import Prior
from pymc_marketing.clv import BetaGeoModel

warnings.simplefilter("ignore")
NAMES = ("r", "alpha", "a", "b")
rows = np.load(sys.argv[1])
table = pd.DataFrame(
    {"customer_id": np.arange(rows["x"].size), "frequency": rows["x"], "recency": rows["t"], "T": rows["age"]}
)


def fit(data: pd.DataFrame) -> list[float]:
    """Fit, and return the parameters."""
    model = BetaGeoModel(data=data, model_config={name: Prior("HalfFlat") for name in NAMES})
    model.fit(method="map", progressbar=False)
    return [float(model.fit_result[name].mean()) for name in NAMES]


fit(table.head(2000))
begun, used = time.perf_counter(), time.process_time()
found = fit(table)
seconds, busy = time.perf_counter() - begun, time.process_time() - used
theirs = BetaGeoFitter._negative_log_likelihood(  # noqa: SLF001  it has no public way to ask
    np.log(found), rows["x"], rows["t"], rows["age"], np.ones(rows["x"].size), 0.0
)
print(json.dumps({"seconds": seconds, "busy": busy, "log_likelihood": -float(theirs) * rows["x"].size}))
