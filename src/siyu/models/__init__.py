"""The models as a library for analysts: ``from siyu import models`` on any polars, pandas or Arrow table.

Every function takes a table and the names of its columns, says what it set aside and why, and returns plain
dataclasses, with a polars table of customers where there is one. See docs/models.md.
"""

from siyu.models.channels import attribution
from siyu.models.experiments import arms_of, experiment_economics, experiment_report
from siyu.models.lifetime import LtvReport, Rows, ltv
from siyu.models.targeting import RhythmReport, UpliftReport, rhythm, uplift

__all__ = [
    "LtvReport",
    "RhythmReport",
    "Rows",
    "UpliftReport",
    "arms_of",
    "attribution",
    "experiment_economics",
    "experiment_report",
    "ltv",
    "rhythm",
    "uplift",
]
