"""Which channels stood on the way to a purchase: six ways to share the credit, in one pass, without chance.

Definitions: a path is what one person touched up to a conversion, or up to now without one (a null).
    first, last: all credit to the first or last touch. linear: equal shares to the touches. time_decay: shares that
    halve with every ``half_life`` before the conversion (or with every touch, where times are not known).
    shapley: equal shares to the different channels of the path (the simplified Shapley value: a set of channels is
    worth the conversions of the paths made of them alone). markov: people walk from channel to channel as counted;
    a channel's removal effect is the share of conversions lost when everybody who comes to it leaves; credit is in
    proportion to the removal effects.
Units: conversions and money; every way of sharing sums to all conversions and to all money.
When it lies: it is descriptive. It says who stood on the way, not what would have been lost: only a holdout says that.
Source: Anderl, Becker, von Wangenheim and Schumann, Mapping the customer journey, IJRM 33 (2016); Zhao, Mahboobi and
    Bagheri, Shapley value methods for attribution modeling, arXiv 1804.05327 (2018). The removal effect of channel i
    is h c / p, where h is the chance ever to come to i, c the chance to convert from there and p that to convert at
    all: one linear solve instead of one for each channel, or of a simulation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from siyu.kernel.arrays import Float64, Int32, Int64
from siyu.kernel.compiled import compiled
from siyu.kernel.period import DAY
from siyu.measurement.timeline import Timeline
from siyu.touchpoints.kind import TouchKind

WAYS: Final = ("first", "last", "linear", "time_decay", "shapley")
DESCRIPTIVE: Final = (
    "descriptive: it says which channels stood on the way, not what they caused; compare with the lift over a holdout"
)


@dataclass(frozen=True, slots=True)
class PathSums:
    """What all paths add up to; sums of two parts of the people are the sums of both.

    Attributes:
        channels: Their names.
        moves: How many went from row to column: channels first, then start, conversion, null;
            shape (channels + 3, channels + 3).
        conversions, values: Credit by way (``WAYS``) and channel, shape (5, channels) each.
        touches: Touches by channel.
        paths: Number of paths.
        untouched, untouched_value: Conversions without any touch before, and their money; no channel gets them.
    """

    channels: tuple[str, ...]
    moves: Float64
    conversions: Float64
    values: Float64
    touches: Float64
    paths: float
    untouched: float = 0.0
    untouched_value: float = 0.0


@dataclass(frozen=True, slots=True)
class ChannelCredit:
    """One channel: conversions and money (None if unknown) by each way of sharing, and its removal effect in [0, 1]."""

    channel: str
    touches: float
    conversions: dict[str, float]
    value: dict[str, float] | None
    removal_effect: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """Credit of all channels.

    Attributes:
        value: Their money; None where no column says it.
        probability: Conversions over paths.
        untouched: Conversions without any touch before; they are in no channel and not in ``conversions``.
        note: That this is descriptive.
    """

    channels: tuple[ChannelCredit, ...]
    conversions: float
    value: float | None
    nulls: float
    paths: float
    probability: float | None
    untouched: float = 0.0
    note: str = DESCRIPTIVE
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths side by side.

    Attributes:
        channel: Codes of the touches of all paths, one path after the other; shape (touches,).
        at: When, in microseconds, or empty if not known.
        start: Where each path begins in ``channel``, and the end of the last one; shape (paths + 1,).
        conversions, value, nulls: Of each path; a path may stand for many people. (paths,) each.
        end_at: When the conversion was, in microseconds; empty if times are not known.
    """

    channel: Int32
    at: Int64
    start: Int64
    conversions: Float64
    value: Float64
    nulls: Float64
    end_at: Int64
    untouched: float = 0.0
    untouched_value: float = 0.0


def sum_paths(paths: Paths, channels: Sequence[str], *, half_life_us: int = 7 * DAY) -> PathSums:
    """Walk once over all paths."""
    moves, conversions, values, touches, count = _sum(
        paths.channel,
        paths.at,
        paths.start,
        paths.conversions,
        paths.value,
        paths.nulls,
        paths.end_at,
        len(channels),
        float(half_life_us),
    )
    return PathSums(tuple(channels), moves, conversions, values, touches, count, paths.untouched, paths.untouched_value)


def touch_paths(person: Int64, at: Int64, channel: Int32, converts: Float64, value: Float64) -> Paths:
    """Cut touches into paths: each ends with a conversion; what follows the last one is a null.

    Args:
        person, at: Sorted by person, then by time (microseconds).
        channel: Code of the channel; -1 where the row is a conversion and no touch.
        converts: Number of conversions at this row, 0 for none.
        value: Money of the conversion.
    Shape: (rows,) each.
    """
    return Paths(*_cut(person, at, channel, converts, value))


@dataclass(frozen=True, slots=True)
class ChannelPaths:
    """A ``Measure``: attribution over the timeline, from any touch in a channel to a paid order.

    Attributes:
        conversion: The kind of touch that ends a path; it is no touch of a channel itself.
        half_life_us: Of the time decay.
        by: The text column that counts as the channel.
    """

    conversion: TouchKind = TouchKind.ORDER_PAID
    half_life_us: int = 7 * DAY
    by: str = "channel"

    @property
    def columns(self) -> tuple[str, ...]:
        """What to read from the lake."""
        return ("kind", "value", self.by)

    def of_bucket(self, timeline: Timeline) -> PathSums:
        """Add up the paths of one bucket."""
        coded = timeline.text[self.by]
        converts = timeline.kind == self.conversion
        blank = np.array([not name for name in coded.names] or [True])
        codes = np.where(converts | blank[coded.codes], -1, coded.codes).astype(np.int32)
        paths = touch_paths(
            timeline.person, timeline.at, codes, converts.astype(np.float64), np.where(converts, timeline.value, 0.0)
        )
        return sum_paths(paths, coded.names, half_life_us=self.half_life_us)

    def combine(self, parts: Iterable[PathSums]) -> Attribution:
        """Add the buckets up by name of channel and share the credit."""
        return share_credit(add(parts))


def add(parts: Iterable[PathSums]) -> PathSums:
    """Add up; channels go by name."""
    taken = list(parts)
    names = tuple(sorted({name for part in taken for name in part.channels}))
    size = len(names)
    moves, touches = np.zeros((size + 3, size + 3)), np.zeros(size)
    conversions, values = np.zeros((len(WAYS), size)), np.zeros((len(WAYS), size))
    for part in taken:
        place = np.array([names.index(name) for name in part.channels], np.int64)
        wide = np.concatenate([place, size + np.arange(3)])
        np.add.at(moves, (wide[:, None], wide[None, :]), part.moves)
        np.add.at(touches, place, part.touches)
        np.add.at(conversions.T, place, part.conversions.T)
        np.add.at(values.T, place, part.values.T)
    return PathSums(
        names,
        moves,
        conversions,
        values,
        touches,
        sum(part.paths for part in taken),
        sum(part.untouched for part in taken),
        sum(part.untouched_value for part in taken),
    )


def share_credit(sums: PathSums) -> Attribution:
    """Turn sums into credit; channels by descending Markov credit."""
    size = len(sums.channels)
    converted = float(sums.moves[:, size + 1].sum())
    nulls = float(sums.moves[:, size + 2].sum())
    money = float(sums.values[0].sum())
    effects = removal_effects(sums.moves)
    total = float(effects.sum())
    shares = effects / total if total > 0 else np.zeros(size)
    warnings = []
    if not nulls:
        warnings.append("no path without a conversion: the Markov way cannot tell channels apart by what they lose")
    if sums.untouched:
        warnings.append(f"{sums.untouched:,.0f} conversions have no touch before them: no channel is given them")
    if not converted:
        warnings.append("no conversion at all")
    credits_ = [
        ChannelCredit(
            name,
            float(sums.touches[i]),
            {way: float(sums.conversions[w, i]) for w, way in enumerate(WAYS)}
            | {"markov": float(shares[i]) * converted},
            {way: float(sums.values[w, i]) for w, way in enumerate(WAYS)} | {"markov": float(shares[i]) * money},
            float(effects[i]),
        )
        for i, name in enumerate(sums.channels)
        if sums.touches[i] > 0
    ]
    credits_.sort(key=lambda credit: (-credit.conversions["markov"], credit.channel))
    paths = converted + nulls
    return Attribution(
        tuple(credits_),
        converted,
        money,
        nulls,
        sums.paths,
        converted / paths if paths else None,
        sums.untouched,
        warnings=tuple(warnings),
    )


def removal_effects(moves: Float64) -> Float64:
    """Return the share of conversions lost without each channel, exactly.

    Args:
        moves: Counts from row to column: channels, then start, conversion, null.
    """
    size = moves.shape[0] - 3
    out = moves[: size + 1].sum(axis=1)
    chance = np.divide(moves[: size + 1], out[:, None], out=np.zeros_like(moves[: size + 1]), where=out[:, None] > 0)
    visited = out[:size] > 0
    if not visited.any():
        return np.zeros(size)
    among = chance[:size, :size][np.ix_(visited, visited)]
    visits = np.linalg.inv(np.eye(among.shape[0]) - among)
    from_start = chance[size, :size][visited] @ visits
    converts = visits @ chance[:size, size + 1][visited]
    probability = float(chance[size, :size][visited] @ converts + chance[size, size + 1])
    effects = np.zeros(size)
    if probability > 0:
        effects[visited] = from_start / np.diag(visits) * converts / probability
    return effects


@compiled
def _cut(
    person: Int64, at: Int64, channel: Int32, converts: Float64, value: Float64
) -> tuple[Int32, Int64, Int64, Float64, Float64, Float64, Int64, float, float]:
    rows = person.size
    paths = touches = open_touches = 0
    for i in range(rows):
        if i > 0 and person[i] != person[i - 1]:
            paths += open_touches > 0
            open_touches = 0
        if channel[i] >= 0:
            touches += 1
            open_touches += 1
        if converts[i] > 0:
            paths += open_touches > 0
            open_touches = 0
    paths += open_touches > 0
    code, when = np.empty(touches, np.int32), np.empty(touches, np.int64)
    start, end_at = np.zeros(paths + 1, np.int64), np.zeros(paths, np.int64)
    conversions, money, nulls = np.zeros(paths), np.zeros(paths), np.zeros(paths)
    touches = path = open_touches = 0
    untouched = untouched_value = 0.0
    for i in range(rows + 1):
        if i == rows or (i > 0 and person[i] != person[i - 1]):
            if open_touches > 0:
                nulls[path] = 1.0
                end_at[path] = at[i - 1]
                path += 1
                start[path] = touches
                open_touches = 0
            if i == rows:
                break
        if channel[i] >= 0:
            code[touches], when[touches] = channel[i], at[i]
            touches += 1
            open_touches += 1
        if converts[i] > 0 and open_touches == 0:
            untouched += converts[i]
            untouched_value += value[i]
        elif converts[i] > 0:
            conversions[path], money[path], end_at[path] = converts[i], value[i], at[i]
            path += 1
            start[path] = touches
            open_touches = 0
    return code, when, start, conversions, money, nulls, end_at, untouched, untouched_value


@compiled
def _sum(  # noqa: PLR0917  a compiled kernel takes its columns by position
    channel: Int32,
    at: Int64,
    start: Int64,
    conversions: Float64,
    value: Float64,
    nulls: Float64,
    end_at: Int64,
    size: int,
    half_life: float,
) -> tuple[Float64, Float64, Float64, Float64, float]:
    moves = np.zeros((size + 3, size + 3))
    credit, money, touches = np.zeros((5, size)), np.zeros((5, size)), np.zeros(size)
    seen, different = np.full(size, -1, np.int64), np.empty(size, np.int64)
    timed = at.size > 0
    paths = 0.0
    for path in range(start.size - 1):
        first, last = start[path], start[path + 1]
        won, amount = conversions[path], value[path]
        people = won + nulls[path]
        paths += people
        before = size
        for i in range(first, last):
            here = channel[i]
            moves[before, here] += people
            touches[here] += people
            before = here
        moves[before, size + 1] += won
        moves[before, size + 2] += nulls[path]
        if won == 0.0 and amount == 0.0:
            continue
        length = last - first
        if length == 0:
            continue
        credit[0, channel[first]] += won
        money[0, channel[first]] += amount
        credit[1, channel[last - 1]] += won
        money[1, channel[last - 1]] += amount
        weights, kinds = 0.0, 0
        for i in range(first, last):
            here = channel[i]
            credit[2, here] += won / length
            money[2, here] += amount / length
            weights += 2.0 ** (-(end_at[path] - at[i]) / half_life) if timed else 2.0 ** (i + 1.0 - last)
            if seen[here] != path:
                seen[here] = path
                different[kinds] = here
                kinds += 1
        for i in range(first, last):
            here = channel[i]
            if weights > 0.0:
                weight = 2.0 ** (-(end_at[path] - at[i]) / half_life) if timed else 2.0 ** (i + 1.0 - last)
                share = weight / weights
            else:
                share = 1.0 if i == last - 1 else 0.0
            credit[3, here] += won * share
            money[3, here] += amount * share
        for k in range(kinds):
            credit[4, different[k]] += won / kinds
            money[4, different[k]] += amount / kinds
    return moves, credit, money, touches, paths
