"""Metrics on any table: ``siyu.metrics.retention(frame, person="customer", at="date")``.

``frame`` is a polars, pandas or Arrow table. Moments without an offset are on the clock of ``zone``. Every function
returns a frozen dataclass; ``None`` stands where there is nothing to say. ``faults`` says what was set aside.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

from siyu.engines.local.engine import LocalEngine
from siyu.measurement.frame import FrameTimelines, Read, timelines_of
from siyu.measurement.metric import Options, built, card_of, cards
from siyu.measurement.metrics.funnel import FunnelResult
from siyu.measurement.metrics.repurchase import RepurchaseResult
from siyu.measurement.metrics.retention import RetentionResult

__all__ = ["Read", "faults", "funnel", "measure", "names", "read", "repurchase", "retention", "revenue", "rfm"]


def names() -> Sequence[str]:
    """Return the name of every metric."""
    return sorted(cards())


def read(frame: Any, **columns: Any) -> FrameTimelines:
    """Read a table once, to measure it many times; the arguments of ``measurement.frame.timelines_of``.

    >>> import polars as pl
    >>> orders = pl.DataFrame({"who": ["a", "b", None], "day": ["2026-01-01", "2026-01-05", "2026-01-06"]})
    >>> seen = read(orders, person="who", at="day")
    >>> seen.read.used, seen.read.no_person
    (2, 1)
    """
    return frame if isinstance(frame, FrameTimelines) else timelines_of(frame, **columns)


def faults(frame: Any, **columns: Any) -> Read:
    """Say how a table is understood: rows, rows set aside and why, people, first and last moment."""
    return read(frame, **columns).read


def measure(
    name: str,
    frame: Any,
    *,
    person: str = "person",
    at: str = "at",
    kind: str | None = None,
    value: str | None = None,
    currency: str = "CNY",
    texts: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
    drop_identical: bool = False,
    until_us: int | None = None,
    extra: Mapping[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Measure any metric by its name.

    Args:
        person, at, kind, value, currency, texts, zone, drop_identical: As in ``measurement.frame.timelines_of``.
        until_us: Up to when the table is complete; just after its last row if it is not said.
        options: As on the command line: ``steps="view,cart,order_paid"``, ``cohort="month"``.

    Raises:
        BadInputError: a column or an option that is not there, or cannot be read.
    """
    seen = read(
        frame, person=person, at=at, kind=kind, value=value, currency=currency, texts=texts, zone=zone,
        drop_identical=drop_identical,
    )  # fmt: skip
    chosen = {
        option.replace("_", "-"): ",".join(map(str, given)) if isinstance(given, (list, tuple)) else str(given)
        for option, given in options.items()
        if given is not None
    }
    until = until_us if until_us is not None else (seen.read.last_us or 0) + 1
    asked = Options(chosen, zone, until, seen.read.first_us or 0, seen.kinds, extra or {})
    return LocalEngine().run(built(card_of(name), asked), seen)


def funnel(frame: Any, steps: Sequence[str], *, kind: str = "kind", **given: Any) -> FunnelResult:
    """Return how far people come along ordered ``steps`` (texts of column ``kind``) within ``window`` days.

    >>> import polars as pl
    >>> seen = pl.DataFrame({
    ...     "person": [1, 1, 2], "at": ["2026-01-01", "2026-01-02", "2026-01-01"], "kind": ["view", "cart", "view"]
    ... })
    >>> [step.people for step in funnel(seen, ["view", "cart"]).steps]
    [2, 1]
    """
    result: FunnelResult = measure("funnel", frame, kind=kind, steps=steps, **given)
    return result


def retention(frame: Any, *, cohort: str = "month", **given: Any) -> RetentionResult:
    """Return how many people of each cohort came back in each later period.

    >>> import polars as pl
    >>> orders = pl.DataFrame({"person": [1, 1, 2], "at": ["2026-01-01", "2026-02-03", "2026-01-05"]})
    >>> retention(orders, horizon=2).cohorts[0].kept[:2]
    [2, None]
    """
    result: RetentionResult = measure("retention", frame, cohort=cohort, **given)
    return result


def repurchase(frame: Any, **given: Any) -> RepurchaseResult:
    """Return how many buyers bought again, how soon, and how often; every row is a purchase without ``kind``."""
    result: RepurchaseResult = measure("repurchase", frame, **given)
    return result


def rfm(frame: Any, *, value: str, **given: Any) -> Any:
    """Return buyers by recency, frequency and money."""
    return measure("rfm", frame, value=value, **given)


def revenue(frame: Any, *, value: str, **given: Any) -> Any:
    """Return revenue as customers x orders x average order value in two periods, and what moved it."""
    return measure("revenue", frame, value=value, **given)
