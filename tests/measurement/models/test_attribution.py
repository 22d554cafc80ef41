"""Attribution: credits always sum to the conversions, and Markov equals taking each channel out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.kernel.arrays import Float64
from siyu.kernel.period import DAY
from siyu.measurement.models.attribution import (
    Attribution,
    ChannelPaths,
    Paths,
    PathSums,
    add,
    removal_effects,
    share_credit,
    sum_paths,
    touch_paths,
)
from siyu.measurement.models.sorting import order_of
from siyu.measurement.timeline import Coded, Timeline
from siyu.touchpoints.kind import TouchKind

NAMES = ["ad", "chat", "live", "shop"]
path_lists = st.lists(
    st.tuples(
        st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(0, 9), st.integers(0, 900), st.integers(0, 9)
    ),
    min_size=1,
    max_size=12,
)


def sums_of(paths: list[tuple[list[int], int, int, int]]) -> PathSums:
    codes = np.array([code for path, *_ in paths for code in path], np.int32)
    start = np.cumsum([0, *(len(path) for path, *_ in paths)])
    won, money, lost = (np.array([path[i] for path in paths], np.float64) for i in (1, 2, 3))
    empty = np.empty(0, np.int64)
    return sum_paths(Paths(codes, empty, start, won, money * (won > 0), lost, empty), NAMES)


def probability(moves: Float64, without: int | None = None) -> float:
    """Chance to convert, walking the chain step by step; who comes to ``without`` leaves."""
    size = moves.shape[0] - 3
    here = np.zeros(size + 3)
    here[size] = 1.0
    out = moves.sum(axis=1, keepdims=True)
    chance = np.divide(moves, out, out=np.zeros_like(moves), where=out > 0)
    converted = 0.0
    for _ in range(4000):
        here = here @ chance
        converted += here[size + 1]
        here[size + 1 :] = 0.0
        if without is not None:
            here[without] = 0.0
    return float(converted)


@settings(deadline=None, max_examples=60)
@given(path_lists)
def test_every_way_of_sharing_sums_to_the_conversions_and_to_the_money(
    paths: list[tuple[list[int], int, int, int]],
) -> None:
    credit = share_credit(sums_of(paths))
    assert credit.conversions == sum(path[1] for path in paths)
    for way in ("first", "last", "linear", "time_decay", "shapley", "markov"):
        assert sum(one.conversions[way] for one in credit.channels) == pytest.approx(credit.conversions, abs=1e-9)
        assert sum(one.value[way] for one in credit.channels) == pytest.approx(credit.value, abs=1e-6)
    assert "descriptive" in credit.note


@settings(deadline=None, max_examples=25)
@given(path_lists)
def test_the_removal_effect_is_what_is_lost_when_the_channel_is_taken_out(
    paths: list[tuple[list[int], int, int, int]],
) -> None:
    moves = sums_of(paths).moves
    everything = probability(moves)
    effects = removal_effects(moves)
    for channel in range(4):
        lost = 1 - probability(moves, channel) / everything if everything else 0.0
        assert effects[channel] == pytest.approx(lost, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(path_lists, path_lists)
def test_two_parts_of_the_people_add_up(
    left: list[tuple[list[int], int, int, int]], right: list[tuple[list[int], int, int, int]]
) -> None:
    both = share_credit(sums_of(left + right))
    parts = share_credit(add([sums_of(left), sums_of(right)]))
    assert [one.channel for one in both.channels] == [one.channel for one in parts.channels]
    for one, other in zip(both.channels, parts.channels, strict=True):
        assert one.conversions == pytest.approx(other.conversions)


def test_a_path_by_hand() -> None:
    credit = share_credit(sums_of([([0, 1, 1, 2], 1, 400, 0), ([0], 0, 0, 1)]))
    by_name = {one.channel: one for one in credit.channels}
    assert by_name["ad"].conversions["first"] == 1.0
    assert by_name["live"].conversions["last"] == 1.0
    assert by_name["chat"].conversions["linear"] == 0.5
    assert by_name["chat"].conversions["shapley"] == pytest.approx(1 / 3)
    # eighth, quarter, half, whole, over their sum
    assert by_name["ad"].conversions["time_decay"] == pytest.approx(0.125 / 1.875)
    assert credit.probability == 0.5
    assert by_name["ad"].removal_effect == 1.0
    assert "shop" not in by_name


def test_touches_are_cut_at_conversions_and_what_follows_the_last_is_a_null() -> None:
    person = np.array([1, 1, 1, 1, 2, 3], np.int64)
    at = np.array([0, 7, 8, 9, 1, 1], np.int64) * DAY
    channel = np.array([0, 1, -1, 2, 3, -1], np.int32)
    wins = np.array([0, 0, 1, 0, 0, 1], np.float64)
    paths = touch_paths(person, at, channel, wins, wins * 10)
    assert paths.start.tolist() == [0, 2, 3, 4]
    assert paths.conversions.tolist() == [1, 0, 0]
    assert paths.nulls.tolist() == [0, 1, 1]
    assert (paths.untouched, paths.untouched_value) == (1.0, 10.0)
    credit = share_credit(sum_paths(paths, NAMES))
    by_name = {one.channel: one.conversions["time_decay"] for one in credit.channels}
    # a half-life of seven days: eight days before the order, and one
    assert by_name["ad"] / by_name["chat"] == pytest.approx(0.5)
    assert any("no touch before" in warning for warning in credit.warnings)


def test_the_timeline_gives_channels_by_name_whatever_their_number() -> None:
    def bucket(person: int, names: list[str]) -> Timeline:
        return Timeline(
            np.full(3, person),
            np.arange(3, dtype=np.int64) * DAY,
            np.array([TouchKind.VIEW, TouchKind.MESSAGE_IN, TouchKind.ORDER_PAID], np.int8),
            np.array([0, 0, 900], np.int64),
            {"channel": Coded(np.array([0, 1, 0], np.int32), names)},
        )

    measure = ChannelPaths()
    parts = [measure.of_bucket(bucket(1, ["video", "chat"])), measure.of_bucket(bucket(2, ["chat", "video"]))]
    credit: Attribution = measure.combine(parts)
    assert {one.channel: one.conversions["last"] for one in credit.channels} == {"video": 1.0, "chat": 1.0}
    assert credit.value == 1800


def test_nothing_at_all_is_said_and_not_divided() -> None:
    credit = share_credit(sums_of([([0, 1], 0, 0, 0)]))
    assert credit.probability is None
    assert "no conversion at all" in credit.warnings


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 10**15)), min_size=1, max_size=50))
@settings(deadline=None, max_examples=40)
def test_rows_are_put_in_order_of_person_and_time(rows: list[tuple[int, int]]) -> None:
    person, at = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    order = order_of(person, at)
    if order is None:
        assert rows == sorted(rows)
    else:
        assert [rows[i] for i in order] == sorted(rows)
        np.testing.assert_array_equal(order, np.lexsort((at, person)))


@pytest.mark.parametrize("people", [3, 10**12])
def test_many_rows_of_few_people_are_put_in_a_stable_order(people: int) -> None:
    rng = np.random.default_rng(1)
    person, at = rng.integers(0, 3, 1000) * (people // 3), rng.integers(0, 50, 1000)
    np.testing.assert_array_equal(order_of(person, at), np.lexsort((at, person)))
