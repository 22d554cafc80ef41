"""The channel of each person: allowed, answered, cheap, and fit for how often they buy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siyu.channels.manifest import manifests
from siyu.dispatch.choose import Role, choose, ways
from siyu.kernel.arrays import Int64

_MAP = ways()
_AMONG = [_MAP[name] for name in ("wecom", "wechat_mp", "sms")]


def _ranked(
    open_to: list[bool],
    *,
    heard: list[float] | None = None,
    answered: list[float] | None = None,
    worth: float = 10_000.0,
    gap: float = 7.0,
    role: Role | None = None,
) -> list[str]:
    order = choose(
        _AMONG,
        np.array([open_to]),
        np.array([heard or [0.0] * 3]),
        np.array([answered or [0.0] * 3]),
        np.array([worth]),
        np.array([gap]),
        role=role,
    )
    return [_AMONG[place].channel for place in order[0] if place >= 0]


def test_who_buys_often_is_talked_to_and_who_buys_seldom_reads() -> None:
    assert _ranked([True, True, False], gap=7.0)[0] == "wecom"
    silent = {"heard": [10.0, 10.0, 0.0], "answered": [0.0, 1.0, 0.0]}
    assert _ranked([True, True, False], gap=90.0, **silent)[0] == "wechat_mp"
    assert _ranked([True, True, False], gap=0.0, **silent)[0] == "wechat_mp"


def test_only_what_the_person_allows_is_chosen_and_the_rest_are_fallbacks_in_order() -> None:
    assert _ranked([False, True, True]) == ["wechat_mp", "sms"]
    assert _ranked([True, True, True])[0] == "wecom"
    assert _ranked([False, False, False]) == []


def test_where_somebody_answers_they_are_met() -> None:
    assert _ranked([True, True, False], heard=[20.0, 4.0, 0.0], answered=[0.0, 4.0, 0.0])[0] == "wechat_mp"


def test_what_costs_more_than_it_brings_comes_last() -> None:
    assert _ranked([False, True, True], worth=100.0) == ["wechat_mp", "sms"]
    # a service message belongs on a channel that serves, even if it costs a little
    assert _ranked([True, False, True], worth=100_000.0, heard=[30.0, 0.0, 0.0], role="serve")[0] == "sms"


def test_among_equals_the_cheaper_is_taken() -> None:
    twins = [_MAP["sms"].model_copy(update={"channel": "a", "cost_minor": 9}), _MAP["sms"]]
    order = choose(
        twins, np.ones((1, 2), bool), np.zeros((1, 2)), np.zeros((1, 2)), np.zeros(1), np.zeros(1), role="serve"
    )
    assert order.tolist() == [[1, 0]]


@given(arrays(np.bool_, (5, 3)), arrays(np.float64, (5,), elements=st.floats(0, 1e6)))
def test_every_open_channel_is_ranked_once_and_no_closed_one(open_to: np.ndarray, worth: np.ndarray) -> None:
    order: Int64 = choose(_AMONG, open_to, np.zeros((5, 3)), np.zeros((5, 3)), worth, np.full(5, 30.0))
    for row in range(5):
        assert sorted(one for one in order[row].tolist() if one >= 0) == np.flatnonzero(open_to[row]).tolist()
        assert (np.diff((order[row] < 0).astype(int)) >= 0).all()


@pytest.mark.parametrize("name", sorted(_MAP))
def test_the_map_speaks_by_actions_that_the_platforms_have(name: str) -> None:
    assert _MAP[name].action in manifests()[name].outbound
