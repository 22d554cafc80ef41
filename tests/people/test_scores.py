import numpy as np

from siyu.kernel.period import DAY, HOUR
from siyu.people.scores import INGREDIENTS, SCORES, ingredients, scores
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
    assert score == {"silent": 0.5, "strength": 0.0, "trust": 50.0, "participation": 90.0, "active_hour": -1.0}


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


def test_layers_and_hours_are_counted_on_the_brands_clock() -> None:
    _, one = _score(*[(1, days, TouchKind.COMMENT) for days in range(1, 11)])
    _, nine = _score((1, 1, TouchKind.GROUP_SPOKE))
    assert (one["participation"], nine["participation"]) == (1.0, 9.0)
    assert one["active_hour"] == 8.0  # midnight in UTC
