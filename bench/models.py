"""Lifetime value, attribution and experiments: ours beside the named peers, on the same rows, in the same run.

- BG/NBD: customers drawn from the parameters of CDNOW on a grid of days. Siyu groups equal histories and climbs with
  exact slopes; lifetimes and pymc-marketing (MAP, flat priors) fit the same rows. Log-likelihoods must be equal.
- Chain: BG/NBD, Gamma-Gamma and the value of the next 12 months of every customer, from grouped statistics.
- Attribution of ten million paths: Siyu and ChannelAttribution (Markov) from the same ready strings; Siyu from raw
  touches in random order, and from touches that stand person by person. Exact against simulated, so only the time is
  compared.
- Experiment: moments, Welch, CUPED and a ratio; tea-tasting on the faster of its backends.

lifetimes and pymc-marketing get fewer rows than us, as they would take minutes; then ours is timed on those rows too.
``--full`` gives everybody ten million. ``attribution``, ``experiment`` or ``repeat_purchase`` runs that part alone.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from peers import peer_python

from siyu import models
from siyu.measurement.models.attribution import share_credit, sum_paths, touch_paths
from siyu.measurement.models.bgnbd import BgNbd
from siyu.measurement.models.gamma_gamma import GammaGamma, group_money
from siyu.measurement.models.histories import group_days
from siyu.measurement.models.sorting import order_of
from siyu.measurement.models.value import Ahead, expected, quick_values

FULL = "--full" in sys.argv
FOLDER = Path(__file__).resolve().parents[1] / ".bench" / "models"
PARAMETERS = np.array([0.2426, 4.4135, 0.7929, 2.4258])
AMOUNTS = np.array([6.25, 3.74, 15.44])
MANY = 10_000_000
FEW = MANY if FULL else 1_000_000
PATHS = MANY
NAMES = [f"channel {i}" for i in range(12)]


def median(work: Callable[[], object], rounds: int = 5) -> tuple[float, float]:
    """Return the medians of the time and of the processor's time; the first call, which compiles, is not counted."""
    work()
    taken, busy = [], []
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        work()
        taken.append(time.perf_counter() - begun)
        busy.append(time.process_time() - used)
    return statistics.median(taken), statistics.median(busy)


def peer(name: str, file: Path) -> dict[str, Any] | None:
    """Run one peer as a program of its own; None, with the reason, if it does not run here."""
    program = Path(__file__).with_name(f"models_{name.replace('-', '')}.py")
    done = subprocess.run(
        [peer_python("models"), str(program), str(file)], capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode:
        print(f"  {name}: does not run here: {(done.stderr.strip().splitlines() or ['?'])[-1][:120]}")
        return None
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def row(what: str, ours: tuple[float, float], theirs: dict[str, Any] | None, note: str = "") -> None:
    """Print one line of the table: seconds, and seconds of the processor, which other work disturbs less."""
    line = f"  {what:<58} {ours[0]:8.3f} {ours[1]:8.3f}"
    if theirs is None:
        print(f"{line} {'-':>8} {'-':>8} {'-':>9} {'-':>9}  {note}", flush=True)
        return
    wall, busy = theirs["seconds"], theirs["busy"]
    ratios = f"{wall / ours[0]:8.1f}x {busy / ours[1]:8.1f}x"
    print(f"{line} {wall:8.3f} {busy:8.3f} {ratios}  {note}", flush=True)


def repeat_purchase() -> None:
    """BG/NBD on one and on ten million, and the chain on ten."""
    rng = np.random.default_rng(1)
    age = rng.integers(27 * 7, 39 * 7, MANY)
    x_, t = BgNbd().simulate(PARAMETERS, age / 7, 2)
    x, last = x_.astype(np.int64), np.ceil(t * 7).astype(np.int64)
    money = np.round(GammaGamma().simulate(AMOUNTS, x_, 3) * 100).astype(np.int64)
    few = (x[:FEW], last[:FEW], age[:FEW])
    file = FOLDER / "histories.npz"
    np.savez(file, x=few[0], t=few[1] / 7, age=few[2] / 7)

    def fit(rows: tuple[np.ndarray, ...]) -> float:
        return BgNbd().fit(group_days(*rows).histories).log_likelihood

    ours = median(lambda: fit(few))
    for name in ("lifetimes", "pymc"):
        found = peer(name, file)
        if found is None:
            row(f"BG/NBD, {FEW:,} customers", ours, None)
            continue
        height = fit(few)
        apart = abs(found["log_likelihood"] - height) / abs(height)
        if name == "lifetimes" and apart > 1e-9:
            raise SystemExit(f"log-likelihoods differ: {height!r} and {found['log_likelihood']!r}")
        row(f"BG/NBD, {FEW:,} customers, against {name}", ours, found, f"log-likelihoods apart {apart:.1e}")
    row(f"BG/NBD, {MANY:,} customers", median(lambda: fit((x, last, age))), None)

    def chain() -> float:
        grouped = group_days(x, last, age)
        fitted = BgNbd().fit(grouped.histories)
        spend = GammaGamma().fit(group_money(x, money))
        ahead_of = expected(BgNbd(), fitted.values, grouped.histories, Ahead(12.0, 0.01))
        return float(quick_values(grouped, ahead_of, spend, x, money, scale=0.01).sum())

    row(f"BG/NBD + Gamma-Gamma + 12 months' value, {MANY:,}", median(chain, 3), None, "demand: under 2 s")


def attribution() -> None:
    """Raw touches to credits, and ready strings to credits."""
    rng = np.random.default_rng(4)
    length = rng.geometric(0.3, PATHS)
    person = np.repeat(np.arange(PATHS), length)
    at = rng.integers(0, 30 * 86_400, person.size) * 1_000_000
    channel = rng.choice(12, person.size, p=np.arange(12, 0, -1) / 78).astype(np.int32)
    order = np.lexsort((at, person))
    at, channel = at[order], channel[order]
    ends = np.cumsum(length) - 1
    converts = np.zeros(person.size)
    converts[ends] = rng.random(PATHS) < 0.026

    def clustered() -> float:
        credit = share_credit(sum_paths(touch_paths(person, at, channel, converts, converts), NAMES))
        return credit.conversions

    mixed = rng.permutation(person.size)
    p, a, c, w = person[mixed], at[mixed], channel[mixed], converts[mixed]

    def raw() -> float:
        by = order_of(p, a)
        won_ = w[by]
        credit = share_credit(sum_paths(touch_paths(p[by], a[by], c[by], won_, won_), NAMES))
        return credit.conversions

    if abs(raw() - converts.sum()) > 1e-6 * converts.sum():
        raise SystemExit("credits do not sum to the conversions")
    file = FOLDER / "paths.parquet"
    words = pl.Series(NAMES).gather(channel)
    table = pl.DataFrame({"person": person, "channel": words}).group_by("person", maintain_order=True)
    strings = table.agg(pl.col("channel").str.join(" > ").alias("path"))
    won = converts[ends]
    strings.with_columns(pl.Series("won", won), pl.Series("lost", 1 - won)).drop("person").write_parquet(file)
    strings = pl.read_parquet(file)

    def ready() -> float:
        return models.attribution(strings, path="path", conversions="won", nulls="lost").conversions

    if ready() != converts.sum():
        raise SystemExit("credits do not sum to the conversions")
    found = peer("channelattribution", file)
    row(f"attribution, {PATHS:,} paths, the same ready strings", median(ready, 3), found, "six ways against Markov")
    row(f"attribution, {PATHS:,} paths, {person.size:,} raw touches", median(raw, 3), found, "Markov from strings")
    row(f"attribution, {PATHS:,} paths, touches person by person", median(clustered, 3), found, "six ways in one pass")


def experiment() -> None:
    """Difference, CUPED and ratio at once."""
    rng = np.random.default_rng(5)
    before = rng.gamma(1.0, 50.0, MANY)
    table = pl.DataFrame(
        {
            "arm": rng.integers(0, 2, MANY).astype(np.int64),
            "spend": 0.7 * before + rng.gamma(1.0, 50.0, MANY),
            "before": before,
            "visits": rng.poisson(2.0, MANY).astype(np.float64),
        }
    )
    file = FOLDER / "people.parquet"
    table.write_parquet(file)

    def ours() -> float:
        found = models.experiment_report(
            table, arm="arm", control="0", metrics=["spend"], before={"spend": "before"}, ratios=[("spend", "visits")]
        )
        return found.findings[0].comparison.p

    taken = median(ours)
    found = peer("tea-tasting", file)
    note = ""
    if found is not None:
        apart = abs(found["p"] / ours() - 1)
        note = f"{found['backend']}; p apart {apart:.1e}"
    row(f"experiment, {MANY:,} people, table in memory", taken, found, note)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"  {'':<58} {'Siyu':>8} {'cpu':>8} {'peer':>8} {'cpu':>8} {'ratio':>9} {'of cpu':>9}")
    parts = {part.__name__: part for part in (repeat_purchase, attribution, experiment)}
    for name in [one for one in sys.argv[1:] if one in parts] or parts:
        parts[name]()
