import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.period import DAY, HOUR
from siyu.people.scores import DEFINITIONS, INGREDIENTS, SCORES, ingredients, produced, scores
from siyu.touchpoints.kind import TouchKind

_NOW = 20_000 * DAY
_ZONE = 8 * HOUR


def _score(*touches: tuple[int, float, TouchKind]) -> tuple[dict[str, int], dict[str, float]]:
    rows = sorted((person, round(_NOW - days * DAY), int(kind)) for person, days, kind in touches)
    table = np.array(rows, np.int64)
    people, counted = ingredients(
        table[:, 0].copy(), table[:, 1].copy(), table[:, 2].astype(np.int8), now_us=_NOW, zone_us=_ZONE
    )
    assert people.tolist() == sorted({row[0] for row in rows})
    found = scores(counted)
    return dict(zip(INGREDIENTS, counted[0].tolist(), strict=True)), {name: float(found[name][0]) for name in SCORES}


def test_a_message_is_answered_by_an_act_within_three_days() -> None:
    out, said = TouchKind.MESSAGE_OUT, TouchKind.MESSAGE_IN
    made, score = _score((1, 20, out), (1, 18, said), (1, 10, out), (1, 5, said), (1, 2, out), (1, 100, out))
    assert (made["messages_out_90d"], made["answered_90d"], made["messages_in_90d"]) == (3, 1, 2)
    assert score["silent"] == 3 / 5


def test_nobody_is_judged_by_what_never_happened() -> None:
    made, score = _score((1, 3, TouchKind.ACCOUNT_CHANGED))
    assert made["days_since_own"] == 36_500
    assert score == {
        "silent": 0.5, "strength": 0.0, "trust": 50.0, "loyalty": 0.0, "participation": 90.0, "active_hour": -1.0,
    }  # fmt: skip


def test_a_standing_contact_who_talks_and_buys_is_stronger_than_a_follower_who_is_silent() -> None:
    close = [(1, days, kind) for days in range(1, 20, 3) for kind in (TouchKind.MESSAGE_IN, TouchKind.MESSAGE_OUT)]
    _, strong = _score((1, 30, TouchKind.CONTACT_ADDED), *close, (1, 2, TouchKind.ORDER_PAID))
    _, weak = _score((1, 30, TouchKind.FOLLOW), (1, 3, TouchKind.MESSAGE_OUT))
    assert 0 <= weak["strength"] < strong["strength"] <= 100
    assert strong["silent"] < weak["silent"]


def test_complaints_refunds_and_being_removed_cost_trust() -> None:
    buys = [(1, days, TouchKind.ORDER_PAID) for days in (40, 30, 20)]
    _, good = _score(*buys)
    _, bad = _score(*buys, (1, 5, TouchKind.COMPLAINT), (1, 4, TouchKind.ORDER_REFUNDED))
    assert bad["trust"] <= 50 < good["trust"]


def test_who_comes_back_and_trusts_us_is_loyal_and_who_does_one_of_both_is_less() -> None:
    buys = [(1, days, TouchKind.ORDER_PAID) for days in (300, 200, 100, 50, 10)]
    talks = [(1, days, TouchKind.MESSAGE_IN) for days in range(20)]
    _, both = _score(*buys, *talks)
    _, back = _score(*buys, *[(1, days, TouchKind.COMPLAINT) for days in (9, 8, 7)])
    _, likes = _score(buys[0], *talks)
    made, old = _score(*[(1, 400 + days, TouchKind.ORDER_PAID) for days in range(5)])
    assert likes["loyalty"] == old["loyalty"] == 0
    assert made["orders_kept_365d"] == 0
    assert 0 < back["loyalty"] < both["loyalty"] <= 100
    assert both["loyalty"] == pytest.approx(100 * (4 / 6 * both["trust"] / 100) ** 0.5)
    taken_back, _ = _score(*buys, (1, 5, TouchKind.ORDER_REFUNDED))
    assert taken_back["orders_kept_365d"] == 4


@given(
    st.lists(
        st.tuples(st.just(1), st.floats(-3, 400), st.sampled_from([one for one in TouchKind if int(one) < 100])),
        min_size=1,
    )
)
def test_the_touches_that_produced_a_score_give_it_alone(touches: list[tuple[int, float, TouchKind]]) -> None:
    rows = sorted((round(_NOW - days * DAY), int(kind)) for _, days, kind in touches)
    at, kind = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.int8)
    _, counted = ingredients(np.ones(at.size, np.int64), at, kind, now_us=_NOW, zone_us=_ZONE)
    all_of_them = scores(counted)
    for name, chosen in produced(at, kind, now_us=_NOW).items():
        if chosen.any():
            one = np.ones(int(chosen.sum()), np.int64)
            _, fewer = ingredients(one, at[chosen], kind[chosen], now_us=_NOW, zone_us=_ZONE)
        else:
            fewer = np.zeros((1, len(INGREDIENTS)), np.int64)
            fewer[0, [INGREDIENTS.index("days_since_own"), INGREDIENTS.index("active_hour")]] = 36_500, -1
        assert scores(fewer)[name][0] == all_of_them[name][0], name


def test_every_score_is_defined_and_stays_in_its_range() -> None:
    assert tuple(one.name for one in DEFINITIONS) == SCORES
    assert {name for one in DEFINITIONS for name in one.made_of} == set(INGREDIENTS)
    rows = np.random.default_rng(7).integers(0, 50, (5_000, len(INGREDIENTS)))
    rows[:, INGREDIENTS.index("answered_90d")] = np.minimum(rows[:, 0], rows[:, 1])
    rows[:, INGREDIENTS.index("channel_level")] %= 3
    rows[:, INGREDIENTS.index("active_hour")] %= 24
    for one in DEFINITIONS:
        value = scores(rows)[one.name]
        assert one.low <= value.min(), one.name
        assert value.max() <= one.high, one.name


def test_layers_and_hours_are_counted_on_the_brands_clock() -> None:
    _, one = _score(*[(1, days, TouchKind.COMMENT) for days in range(1, 11)])
    _, nine = _score((1, 1, TouchKind.GROUP_SPOKE))
    assert (one["participation"], nine["participation"]) == (1.0, 9.0)
    assert one["active_hour"] == 8.0  # midnight in UTC
