"""Metrics of what becomes of newcomers: against plain Python, and examples worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings

from measurement.metrics.plain import JOINS, OWN_KINDS, people_of
from measurement.people import Row, measured, rows
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.measurement.metric import Options, built, card_of
from siyu.measurement.metrics.aarrr import Aarrr
from siyu.measurement.metrics.acquisition import Acquisition
from siyu.measurement.metrics.private_public import PrivatePublic
from siyu.measurement.metrics.short_long import ShortLong, kendall
from siyu.measurement.newcomers import Watch
from siyu.measurement.spending import Spending

UNTIL = 100 * DAY
WATCH = Watch(short_us=7 * DAY, long_us=30 * DAY, keep=(10 * DAY, 20 * DAY), until_us=UNTIL)
TOUCHES = rows(kinds=[1, 10, 11, 51, 54, 70], longest=99 * DAY, people=6, most=60, step=DAY // 2)


def spending(*days: tuple[str, int, int]) -> Spending:
    return Spending(
        np.array([day * DAY for _, day, _ in days], np.int64), [name for name, _, _ in days], ["x"] * len(days),
        np.array([cost for _, _, cost in days], np.int64),
    )  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(TOUCHES)
def test_both_views_are_those_of_plain_python(some: list[Row]) -> None:
    result = measured(ShortLong(WATCH, "channel"), some)
    people = [one for one in people_of(some) if one.first + 30 * DAY <= UNTIL]
    assert (result.people, result.immature) == (len(people), len(people_of(some)) - len(people))
    for row in result.sources:
        mine = [one for one in people if one.source == row.source]
        assert row.people == len(mine)
        assert row.short_bought.value == pytest.approx(sum(one.did({51}, 0, 7 * DAY) for one in mine) / len(mine))
        assert row.kept.value == pytest.approx(sum(one.did(OWN_KINDS, 10 * DAY, 20 * DAY) for one in mine) / len(mine))
        buyers = [one for one in mine if one.did({51}, 0, 30 * DAY)]
        again = [
            len({row[1] for row in one.rows if row[2] == 51 and row[1] - one.first < 30 * DAY}) > 1 for one in buyers
        ]
        assert (row.repeat is None) == (not buyers)
        if buyers:
            assert row.repeat.value == pytest.approx(sum(again) / len(buyers))
        if len(mine) > 1:
            assert row.short_minor.value == pytest.approx(sum(one.money(7 * DAY) for one in mine) / len(mine))
            assert row.long_minor.value == pytest.approx(sum(one.money(30 * DAY) for one in mine) / len(mine))
        else:
            assert row.long_minor is None, "one person has no interval"


@settings(deadline=None, max_examples=40)
@given(TOUCHES)
def test_both_sides_of_the_landmark_are_those_of_plain_python(some: list[Row]) -> None:
    result = measured(PrivatePublic(WATCH), some)
    over = [one for one in people_of(some) if one.first + 30 * DAY <= UNTIL]
    used = [one for one in over if not one.did({51}, 0, 7 * DAY)]
    assert result.bought_before == len(over) - len(used)
    for side, private in ((result.private, True), (result.public, False)):
        mine = [one for one in used if one.did(JOINS, 0, 7 * DAY) == private]
        assert side.people == len(mine)
        assert side.bought == sum(one.did({51}, 7 * DAY, 30 * DAY) for one in mine)
        if len(mine) > 1:
            money = [one.money(30 * DAY) - one.money(7 * DAY) for one in mine]
            assert side.money_minor.value == pytest.approx(sum(money) / len(money))


@settings(deadline=None, max_examples=40)
@given(TOUCHES)
def test_the_five_stages_are_those_of_plain_python(some: list[Row]) -> None:
    result = measured(Aarrr(WATCH, "day"), some)
    people = people_of(some)
    over = [one for one in people if one.first + 30 * DAY <= UNTIL]
    assert (result.total.acquired, result.total.observed) == (len(people), len(over))
    assert sum(row.acquired for row in result.cohorts) == len(people)
    if over:
        assert result.total.activated.value == pytest.approx(
            sum(one.did(JOINS, 0, 7 * DAY) for one in over) / len(over)
        )
        assert result.total.referred.value == pytest.approx(sum(one.did({70}, 0, 30 * DAY) for one in over) / len(over))
        assert result.total.bought.value == pytest.approx(sum(one.did({51}, 0, 30 * DAY) for one in over) / len(over))
    else:
        assert result.total.activated is None


@settings(deadline=None, max_examples=40)
@given(TOUCHES)
def test_costs_meet_the_people_of_the_days_they_bought(some: list[Row]) -> None:
    spent = spending(("a", 0, 500), ("a", 10, 700), ("a", 90, 1000), ("c", 3, 50))
    result = measured(Acquisition(spent, WATCH, 0.5, "source_code"), some, "source_code")
    mine = [one for one in people_of(some) if one.source == "a" and one.first < 11 * DAY]
    row = next(row for row in result.sources if row.source == "a")
    assert (row.cost_minor, row.immature_cost_minor, row.people) == (1200, 1000, len(mine))
    customers = sum(one.did({51}, 0, 30 * DAY) for one in mine)
    assert row.customers == customers
    assert (row.cac_minor is None) == (customers == 0)
    if customers:
        assert row.cac_minor.value == pytest.approx(1200 / customers)
        assert row.cac_minor.low <= row.cac_minor.value <= row.cac_minor.high
        assert row.cac_minor.low == pytest.approx(1200 / len(mine)) or row.cac_minor.low > 1200 / len(mine)
    assert row.money_minor == sum(one.money(30 * DAY) for one in mine)
    if len(mine) > 1:
        assert row.roi.value == pytest.approx(0.5 * row.money_minor / 1200 - 1)
    assert "c" in result.without_people


def test_the_guard_of_the_order_value_holds_breaks_or_is_open() -> None:
    def guard(values: list[int], cost: int) -> str:
        some = [(person, 0, 51, value, "a") for person, value in enumerate(values, 1)]
        return measured(Acquisition(spending(("a", 0, cost)), WATCH, 0.5), some, "source_code").sources[0].guard

    assert guard([100, 102, 98, 100], 150) == "holds"  # an order must bring 150 / (4 x 0.5) = 75
    assert guard([100, 102, 98, 100], 300) == "broken"
    assert guard([10, 200, 90, 100], 210) == "open"
    assert guard([100], 10) == "unknown"


def test_no_spend_is_said_and_never_free() -> None:
    result = measured(Acquisition(Spending(), WATCH), [(1, 0, 51, 5, "a")], "source_code")
    assert result.total.cac_minor is None
    assert result.total.roi is None
    assert "siyu import spend" in result.warnings[0]


def test_a_source_that_is_first_in_days_may_be_last_in_months() -> None:
    some = [(1, 0, 51, 100, "quick"), (2, 0, 51, 100, "quick"), (3, 0, 21, 0, "slow"), (4, 0, 21, 0, "slow")]
    some += [(3, 20 * DAY, 51, 900, "slow"), (4, 20 * DAY, 51, 800, "slow")]
    result = measured(ShortLong(WATCH, "channel"), some)
    assert [(row.source, row.short_rank, row.long_rank, row.moved) for row in result.sources] == [
        ("slow", 2, 1, 1), ("quick", 1, 2, -1),
    ]  # fmt: skip
    assert result.agreement == -1.0


def test_kendall_is_that_of_scipy() -> None:
    from scipy.stats import kendalltau  # noqa: PLC0415  slow to import

    chance = np.random.default_rng(3)
    for _ in range(20):
        one, other = chance.integers(0, 5, 12).tolist(), chance.integers(0, 5, 12).tolist()
        assert kendall(one, other) == pytest.approx(kendalltau(one, other).statistic)
    assert kendall([1, 1], [1, 2]) is None


@pytest.mark.parametrize(
    ("name", "chosen", "said"),
    [
        ("acquisition", {"margin": "45"}, "0.45 for 45 %"),
        ("private-public", {"short": "30", "long": "7"}, "more days than --short"),
        ("short-long", {"by": "chanel"}, "did you mean channel"),
        ("catchment", {"around": "door"}, "door=50000"),
        ("content", {"by": "mood"}, "scene, crowd, hour"),
        ("next-purchase", {"days": "soon"}, "such as 7,30"),
    ],
)
def test_a_wrong_option_is_one_line_that_helps(name: str, chosen: dict[str, str], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        built(card_of(name), Options(chosen, until_us=UNTIL))
