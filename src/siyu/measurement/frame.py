"""Read any table (polars, pandas, Arrow) as timelines: people, moments and kinds become columns of numbers.

A row that cannot be used is set aside and counted under its own heading; nothing is dropped in silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import polars as pl

from siyu.kernel.arrays import Bool, Int8, Int64
from siyu.kernel.errors import BadInputError
from siyu.kernel.money import exponent
from siyu.kernel.period import DAY, EARLIEST_US, LATEST_US, moment_of
from siyu.measurement.dates import read_moments
from siyu.measurement.numbers import read_numbers
from siyu.measurement.suspicions import shared_days, wrong_clocks
from siyu.measurement.timeline import Coded, Timeline
from siyu.touchpoints.kind import KINDS_BY_SLUG, TouchKind

_BUCKETS: Final = 16
_MOST_KINDS: Final = 127


@dataclass(frozen=True, slots=True)
class Read:
    """How a table was understood.

    Attributes:
        rows: In the table; ``used`` of them are measured, the others set aside.
        no_person, no_time, unreadable_time, out_of_range, no_value: Rows set aside, by the first fault each has.
        people: Different ones in the rows used.
        first_us, last_us: The earliest and the latest moment, microseconds since 1970 UTC; ``None`` of nothing.
        repeated: Rows equal to an earlier one in every column of the table; they are used, and said in ``warnings``.
        negative: Rows with money below zero; ``returns_first`` of them come before any order of the person.
        warnings: What is suspicious, in words.
    """

    rows: int
    used: int
    no_person: int
    no_time: int
    unreadable_time: int
    out_of_range: int
    no_value: int
    people: int
    first_us: int | None
    last_us: int | None
    repeated: int = 0
    negative: int = 0
    returns_first: int = 0
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FrameTimelines:
    """Timelines of a table in memory. Implements ``measurement.ports.Timelines``.

    Attributes:
        people: What the table calls person 0, 1, 2, …
        kinds: The number that stands for each kind of the table.
    """

    read: Read
    people: Sequence[Any]
    kinds: Mapping[str, int]
    whole: Timeline
    cuts: Int64 = field(default_factory=lambda: np.zeros(1, np.int64))

    @property
    def buckets(self) -> Sequence[int]:
        """The buckets there are."""
        return range(self.cuts.size - 1)

    def of_bucket(self, bucket: int, columns: Sequence[str]) -> Timeline:
        """Return one bucket."""
        rows = slice(int(self.cuts[bucket]), int(self.cuts[bucket + 1]))
        missing = [name for name in columns if name not in {"kind", "value", "person", "at", *self.whole.text}]
        if missing:
            raise BadInputError(
                f"the table was not told its column for {missing[0]}",
                mend=f"name it with --{missing[0]}, or go --by another",
            )
        whole = self.whole
        text = {name: Coded(column.codes[rows], column.names) for name, column in whole.text.items()}
        return Timeline(whole.person[rows], whole.at[rows], whole.kind[rows], whole.value[rows], text)


def timelines_of(
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
) -> FrameTimelines:
    """Read a table as timelines.

    Args:
        frame: A polars, pandas or Arrow table, or anything with the Arrow C stream.
        person, at: Columns of who and when; a moment without an offset is on the clock of ``zone``. Text is read as
            ISO 8601 or a usual form of date.
        kind: Column of what happened; without one every row is a paid order.
        value: Column of money in whole units of ``currency``.
        texts: Other columns, by the names that metrics know them by: ``{"channel": "utm_source"}``.
        drop_identical: Use rows equal in every column once: for exports that overlap.

    Raises:
        BadInputError: a column is not there, cannot be such a thing at all, has more than 127 kinds, or is to say
            when and says it in no row.
    """
    table = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)
    given = len(table)
    table = table.unique(maintain_order=True) if drop_identical else table
    texts = texts or {}
    for name in [person, at, *(one for one in (kind, value, *texts.values()) if one)]:
        if name not in table.columns:
            near = get_close_matches(name, table.columns, n=3, cutoff=0.4)
            mend = "did you mean " + " or ".join(near) + "?" if near else "there are " + ", ".join(table.columns[:30])
            raise BadInputError(f"there is no column {name!r}", mend=mend)
    _one_currency(table)
    moments, blank, guessed = _moments(table[at], zone)
    minor = _minor(table[value], currency) if value else pl.Series("value", np.zeros(len(table), np.int64))
    who = table[person]
    if who.dtype in {pl.Float32, pl.Float64}:
        who = who.fill_nan(None)
    if who.dtype == pl.String:
        who = who.replace("", None)
    outside = ~moments.is_between(EARLIEST_US, LATEST_US).fill_null(value=True)
    counted: list[int] = []
    good = np.ones(len(table), np.bool_)
    for fault in (who.is_null(), blank, moments.is_null(), outside, minor.is_null()):
        marked = fault.to_numpy()
        counted.append(int((marked & good).sum()))
        good &= ~marked
    used = pl.Series("used", good)
    people, codes = _numbered(who.filter(used))
    times = moments.filter(used).to_numpy().astype(np.int64)
    kinds, kind_numbers = _kinds(table[kind].filter(used) if kind else None, codes.size)
    values = minor.filter(used).to_numpy().astype(np.int64)
    text = {name: _coded(table[column].filter(used)) for name, column in texts.items()}
    order = _order(codes, times, kinds, values)
    whole = Timeline(codes, times, kinds, values, text) if order is None else Timeline(
        codes[order], times[order], kinds[order], values[order],
        {name: Coded(column.codes[order], column.names) for name, column in text.items()},
    )  # fmt: skip
    first, last = (int(times.min()), int(times.max())) if times.size else (None, None)
    no_person, no_time, unreadable, out_of_range, no_value = counted
    if given and unreadable == given - no_person - no_time > 0:
        raise BadInputError(f"nothing in column {at!r} can be read as a moment", mend="name the column that says when")
    rows = np.flatnonzero(good)
    again = _repeated(table, rows if order is None else rows[order], whole)
    repeated = int(again.sum())
    negative = whole.value < 0
    orphans = int((negative & (_bought_before(whole) == 0)).sum())
    read = Read(
        given, int(good.sum()), no_person, no_time, unreadable, out_of_range, no_value, len(people), first, last,
        repeated, int(negative.sum()), orphans,
        (*([guessed] if guessed else []), *_said(whole, again, orphans, given - len(table), zone)),
    )  # fmt: skip
    return FrameTimelines(read, people, kind_numbers, whole, _cuts(whole.person))


def _one_currency(table: pl.DataFrame) -> None:
    for name in table.columns:
        if name.strip().lower() in {"currency", "币种", "货币"}:
            kinds = sorted({str(kind).strip().upper() for kind in table[name].drop_nulls().unique().to_list()})
            if len(kinds) > 1:
                raise BadInputError(
                    f"column {name!r} holds several currencies: {', '.join(kinds[:6])}",
                    mend="measure one currency at a time",
                )


def _repeated(table: pl.DataFrame, rows: Int64, whole: Timeline) -> Bool:
    """Mark the touches whose row equals an earlier one in every column.

    Args:
        rows: Row of the table of each touch of ``whole``.
    """
    same = np.zeros(rows.size, np.bool_)
    if rows.size > 1:
        alike = np.ones(rows.size - 1, np.bool_)
        for column in (whole.person, whole.at, whole.kind, whole.value):
            alike &= column[1:] == column[:-1]
        same[1:] |= alike
        same[:-1] |= alike
    if same.any():  # of rows that look alike, those that are
        first = table[rows[same]].select(pl.struct(pl.all()).is_first_distinct()).to_series()
        same[same] = ~first.to_numpy()
    return same


def _bought_before(whole: Timeline) -> Int64:
    """Return for each touch how many rows of money above zero its person has before it."""
    paid = (whole.value > 0).astype(np.int64)
    upto = np.cumsum(paid) - paid
    starts = np.searchsorted(whole.person, whole.person, "left") if whole.person.size else whole.person
    return np.asarray(upto - upto[starts], np.int64)


def _said(whole: Timeline, again: Bool, orphans: int, dropped: int, zone: tzinfo) -> list[str]:
    """Say what is suspicious about the rows."""
    said = []
    if dropped:
        said.append(f"{dropped} rows equal another in every column: used once")
    if again.any():
        low, high = int(whole.at[again].min()), int(whole.at[again].max())
        offset = moment_of(low).astimezone(zone).utcoffset()
        local = whole.at + (round(offset.total_seconds() * 1e6) if offset else 0)
        shared = shared_days(np.asarray(local // DAY, np.int64), again)
        rows = f"{int(again.sum())} of {len(whole)} rows equal another in every column"
        if shared is not None:
            first, last = (moment_of(day * DAY).date().isoformat() for day in (shared.first, shared.last))
            said.append(
                f"{rows}: two exports overlap, on {shared.days} days from {first} to {last} every row stands twice;"
                " they are counted, drop identical rows to use them once"
            )
        else:
            first, last = (moment_of(at).astimezone(zone).date().isoformat() for at in (low, high))
            why = "two exports may overlap there" if again.sum() >= 10 else "a row may have been exported twice"
            said.append(f"{rows}, {first} to {last}: {why}; they are counted")
    if orphans:
        said.append(f"{orphans} rows give money back before their person ever paid: their orders are not in the data")
    if wrong := wrong_clocks(whole.at):
        said.append(f"{wrong} rows lie more than five years from nearly all others: a clock may have run wrong")
    return said


def _moments(column: pl.Series, zone: tzinfo) -> tuple[pl.Series, pl.Series, str]:
    """Return moments in microseconds UTC (null where unreadable), where there is none at all, and what was guessed."""
    blank = column.is_null()
    if column.dtype == pl.String:
        blank |= (column.str.strip_chars() == "").fill_null(value=False)
    elif not (column.dtype.is_numeric() or column.dtype.is_temporal()):
        raise BadInputError(f"column {column.name!r} holds {column.dtype}, no moments", mend="give dates or ISO texts")
    written = read_moments(column)
    here = written.local_us.cast(pl.Datetime("us")).dt.replace_time_zone(
        str(zone), ambiguous="earliest", non_existent="null"
    )
    with_offset = written.local_us - written.offset_us
    if with_offset.null_count() == len(with_offset):
        return here.dt.epoch("us"), blank, written.note
    return with_offset.zip_with(written.offset_us.is_not_null(), here.dt.epoch("us")), blank, written.note


def _minor(column: pl.Series, currency: str) -> pl.Series:
    if column.dtype == pl.String:
        column = read_numbers(column)
    if not column.dtype.is_numeric():
        raise BadInputError(f"column {column.name!r} holds {column.dtype}, no money")
    scaled = column.cast(pl.Float64) * float(10 ** exponent(currency))
    return scaled.set(scaled.is_nan() | (scaled.abs() > 2.0**62), None).round().cast(pl.Int64)


def _numbered(column: pl.Series) -> tuple[Sequence[Any], Int64]:
    people = column.unique(maintain_order=True)
    if column.dtype.is_integer() and len(people) and column.is_sorted():
        codes = np.cumsum(np.concatenate(([0], np.diff(column.to_numpy()) != 0)))
        return people.to_list(), codes.astype(np.int64)
    numbers = pl.DataFrame({"who": people, "code": np.arange(len(people), dtype=np.int64)})
    joined = pl.DataFrame({"who": column}).join(numbers, on="who", how="left", maintain_order="left")
    return people.to_list(), joined["code"].to_numpy().astype(np.int64)


def _kinds(column: pl.Series | None, rows: int) -> tuple[Int8, Mapping[str, int]]:
    if column is None:
        return np.full(rows, TouchKind.ORDER_PAID, np.int8), {"order_paid": int(TouchKind.ORDER_PAID)}
    texts = column.cast(pl.String).fill_null("")
    names = texts.unique().sort().to_list()
    if len(names) > _MOST_KINDS:
        raise BadInputError(f"column {column.name!r} has {len(names)} kinds", mend=f"at most {_MOST_KINDS}")
    known = {name: int(KINDS_BY_SLUG[name.lower()]) for name in names if name.lower() in KINDS_BY_SLUG}
    free = iter(number for number in range(1, _MOST_KINDS + 1) if number not in set(known.values()))
    taken = set(map(int, KINDS_BY_SLUG.values())) if len(names) < _MOST_KINDS - len(KINDS_BY_SLUG) else set()
    numbers = {name: known[name] if name in known else next(one for one in free if one not in taken) for name in names}
    codes = texts.replace_strict(numbers, return_dtype=pl.Int8) if names else texts.cast(pl.Int8)
    return codes.to_numpy().astype(np.int8), numbers


def _coded(column: pl.Series) -> Coded:
    texts = column.cast(pl.String).fill_null("")
    names = texts.unique().sort()
    codes = (
        texts.replace_strict(names, np.arange(len(names)), return_dtype=pl.Int32)
        if len(names)
        else texts.cast(pl.Int32)
    )
    return Coded(codes.to_numpy().astype(np.int32), names.to_list())


def _order(person: Int64, at: Int64, kind: Int8, value: Int64) -> Int64 | None:
    """Return the order by person, time, kind and value; ``None`` if the rows lie in it already."""
    if person.size < 2:
        return None
    step = np.diff(person)
    if (step > 0).all() or ((step >= 0).all() and (np.diff(at)[step == 0] > 0).all()):
        return None
    return np.lexsort((value, kind, at, person))


def _cuts(person: Int64) -> Int64:
    """Cut sorted rows into some buckets of about the same size, never inside a person."""
    size = person.size
    wanted = [size * place // _BUCKETS for place in range(1, _BUCKETS)]
    cuts = {int(np.searchsorted(person, person[place])) for place in wanted} if size else set()
    return np.array(sorted({0, size, *cuts}), np.int64)
