"""Match (比对): people without a strong identifier, through typos, by how much their fields agree.

The result is weak evidence with a probability; a person decides between two thresholds, or the threshold alone.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Float64, Int8, Int32
from siyu.people.components import components
from siyu.people.match_blocks import candidate_pairs
from siyu.people.match_chance import count_alike, says_of
from siyu.people.match_clusters import Evidence, gather, pairs_within
from siyu.people.match_columns import Kind, read_columns
from siyu.people.match_fields import Field, read_fields
from siyu.people.match_model import best_threshold, both, chance_of, learn, odds_of
from siyu.people.match_text import CLOSE, EXACT, MISSING, MOVED, OTHER, compare

_RANDOM_PAIRS = 200_000
_THREADS = 2
_NAMES = frozenset({"given_name", "surname", "full_name"})
_PASSES = 2  # who is one person tells how often values meet by chance, and that tells who is one person


@dataclass(frozen=True, slots=True)
class Matched:
    """Pairs of records that are one person.

    Attributes:
        left, right: Record numbers; those of the second file go on after the first.
        probability: How sure, 0 to 1.
        threshold: Pairs from here on were taken; chosen without labels.
        cluster: The smallest record of each record's cluster. Shape: (records,).
        compared: How many pairs were looked at.
        columns: What each column was taken for.
    """

    left: Int32
    right: Int32
    probability: Float64
    threshold: float
    cluster: Int32
    compared: int
    columns: Mapping[str, str]

    @property
    def clusters(self) -> int:
        """How many people have two or more records."""
        return int(np.count_nonzero(np.bincount(self.cluster) > 1)) if self.cluster.size else 0


def match(
    first: Mapping[str, Sequence[str | None]],
    second: Mapping[str, Sequence[str | None]] | None = None,
    *,
    named: Mapping[str, str] | None = None,
    threshold: float | None = None,
) -> Matched:
    """Find records of one person in one file, or between two.

    Args:
        first, second: Columns by name; with a second file only pairs between the two are looked for.
        named: What columns hold, said by hand.
        threshold: Take pairs from this probability on instead of the threshold chosen.

    Raises:
        BadInputError: nothing can be compared, or the two files share no column.
    """
    border = len(next(iter(first.values()), [])) if second is not None else 0
    records = len(next(iter((second or first).values()), [])) + border
    if records < 2 or border == records or (second is not None and not border):
        none = np.empty(0, np.int32)
        return Matched(none, none, np.empty(0), threshold or 1.0, np.arange(records, dtype=np.int32), 0, {})
    fields = read_fields(read_columns(first, second, named=named))
    left, right = candidate_pairs(fields, records, border)
    levels = compare_all(fields, left, right)
    chance_left, chance_right = _random(records, border)
    random_levels = compare_all(fields, chance_left, chance_right)
    every, own = _all_pairs(records, border), [field.own for field in fields]
    codes = np.stack([field.code for field in fields])
    chosen, chance = 1.0, np.empty(0)
    cluster = np.arange(records, dtype=np.int32)
    for number in range(_PASSES):
        people = cluster if number else None
        alike = [count_alike(field, border, people) for field in fields]
        model = learn(levels, random_levels, alike, every, own)
        says, before = says_of(fields, levels, model, people, (left, right))
        odds = both(*(before[kind] + says[:, :, kind].sum(axis=1, dtype=np.float64) for kind in (0, 1)))
        chance = chance_of(odds)
        chosen = best_threshold(chance) if threshold is None else threshold
        if border:
            taken = chance >= chosen
            cluster = components(left[taken], right[taken], records)
        else:
            cluster = gather(Evidence(left, right, odds, says, before, codes), least=odds_of(chosen))
    if border:
        left, right, chance = left[chance >= chosen], right[chance >= chosen], chance[chance >= chosen]
    else:
        left, right, chance = pairs_within(cluster, left, right, chance, least=chosen)
    return Matched(
        left=left,
        right=right,
        probability=chance,
        threshold=chosen,
        cluster=cluster,
        compared=len(levels),
        columns={field.name: field.holds for field in fields},
    )


def compare_all(fields: Sequence[Field], left: Int32, right: Int32) -> Int8:
    """Return the level of every field for every pair. Shape: (pairs, fields)."""
    elsewhere = _elsewhere(fields)

    def one(number: int) -> Int8:
        field = fields[number]
        level = np.zeros(left.size, np.int8)
        compare(field.code, field.letters, field.length, left, right, int(field.kind), level)
        if field.sorted_letters is not None and field.sorted_length is not None:
            compare(field.code, field.sorted_letters, field.sorted_length, left, right, int(field.kind), level)
        if field.kind is Kind.TEXT and len(elsewhere) > 1:
            mine = elsewhere[number]
            for other, theirs in elsewhere.items():
                if other != number:
                    moved = (level <= OTHER) & (mine[left] >= 0) & (mine[left] == theirs[right])
                    level[moved] = MOVED
        return level

    with ThreadPoolExecutor(_THREADS) as pool:
        levels = np.stack(list(pool.map(one, range(len(fields)))), axis=1)
    _without_echoes(fields, levels, left, right)
    return levels


def _without_echoes(fields: Sequence[Field], levels: Int8, left: Int32, right: Int32) -> None:
    """Let an e-mail that repeats the name say nothing where the names agree and it is alike, but not the same."""
    names = [number for number, field in enumerate(fields) if field.role in _NAMES]
    agree = np.all([levels[:, number] >= CLOSE for number in names], axis=0) if names else np.zeros(len(levels), bool)
    for number, field in enumerate(fields):
        if field.role == "email" and agree.any():
            repeats = np.any([_within(fields[name], field) for name in names], axis=0)
            echo = agree & repeats[left] & repeats[right] & (levels[:, number] > OTHER) & (levels[:, number] < EXACT)
            levels[echo, number] = MISSING


def _within(name: Field, field: Field) -> npt.NDArray[np.bool_]:
    """Tell for each record whether a field holds the name, as it sounds. Shape: (records,)."""
    names = [text.replace(" ", "") for text in name.plain]
    held = [
        one >= 0 and other >= 0 and len(names[one]) > 2 and names[one] in field.texts[other]
        for one, other in zip(name.code.tolist(), field.code.tolist(), strict=True)
    ]
    return np.array(held, np.bool_)


def _elsewhere(fields: Sequence[Field]) -> dict[int, Int32]:
    numbers: dict[str, int] = {}
    columns: dict[int, Int32] = {}
    for number, field in enumerate(fields):
        if field.kind is Kind.TEXT:
            lookup = np.array([numbers.setdefault(text, len(numbers)) for text in field.texts], np.int32)
            columns[number] = np.where(field.code >= 0, lookup[np.maximum(field.code, 0)], -1).astype(np.int32)
    return columns


def _all_pairs(records: int, border: int) -> int:
    return max(1, border * (records - border) if border else records * (records - 1) // 2)


def _random(records: int, border: int) -> tuple[Int32, Int32]:
    """Return pairs that are spread evenly over all pairs: the same for the same files."""
    dice = np.random.default_rng(20_261_122)
    count = min(_RANDOM_PAIRS, 20 * _all_pairs(records, border))
    if border:
        return dice.integers(0, border, count).astype(np.int32), dice.integers(border, records, count).astype(np.int32)
    left = dice.integers(0, records, count)
    right = (left + 1 + dice.integers(0, max(1, records - 1), count)) % records
    return left.astype(np.int32), right.astype(np.int32)
