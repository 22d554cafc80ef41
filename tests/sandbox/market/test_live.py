"""The promises of the market: the same dice, nobody else's life, and annoyance that has its price."""

import numpy as np
import pytest

from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.sandbox.market.ears import heard_as
from siyu.sandbox.market.live import COMPLAINED, LEFT, ORDERED
from siyu.sandbox.market.market import Happened, Market
from siyu.sandbox.market.parameters import MESSAGE_KINDS, parameters, preset, presets

_START = 20_000 * DAY
_PEOPLE = 600
_OFFER = MESSAGE_KINDS.index("offer")


def _market(name: str = "skincare", seed: int = 1) -> Market:
    return Market(preset(name), people=_PEOPLE, seed=seed, start_us=_START, days=60)


def _rows(happened: Happened) -> list[tuple[int, int, int, int]]:
    return list(
        zip(*(getattr(happened, name).tolist() for name in ("person", "at", "what", "value")), strict=True)
    )  # fmt: skip


def _say(market: Market, people: range, at_us: int, kind: int = _OFFER) -> None:
    who = np.array(people, np.int64)
    market.hear(who, np.full(who.size, at_us), np.full(who.size, kind, np.int8))


def test_the_same_seed_lives_the_same_life_and_another_does_not() -> None:
    lives = [_rows(_market(seed=seed).live_until(_START + 30 * DAY)) for seed in (1, 1, 2)]
    assert lives[0] == lives[1] != lives[2]
    assert len(lives[0]) > _PEOPLE


def test_living_in_steps_is_living_in_one_go() -> None:
    steps, whole = _market(), _market()
    for day in range(31):
        steps.live_until(_START + day * DAY)
    whole.live_until(_START + 30 * DAY)
    since_us = _START + 17 * DAY + HOUR
    assert _rows(steps.lately(since_us)) == [row for row in _rows(whole.past()) if row[1] >= since_us]
    assert _rows(steps.past()) == _rows(whole.past())
    assert _rows(steps.lately(since_us)) == _rows(whole.lately(since_us))


def test_a_message_changes_only_who_hears_it() -> None:
    spoken, alone = _market(), _market()
    for one in (spoken, alone):
        one.live_until(_START)
    for week in range(4):
        _say(spoken, range(_PEOPLE // 2), _START + week * 7 * DAY)
        for one in (spoken, alone):
            one.live_until(_START + (week + 1) * 7 * DAY)
    theirs = [row for row in _rows(spoken.past()) if row[0] >= _PEOPLE // 2]
    assert theirs == [row for row in _rows(alone.past()) if row[0] >= _PEOPLE // 2]
    assert _rows(spoken.past()) != _rows(alone.past())


def test_on_a_deaf_market_nothing_that_is_said_changes_anything() -> None:
    spoken, alone = _market("deaf"), _market("deaf")
    for one in (spoken, alone):
        one.live_until(_START)
    for day in range(20):
        _say(spoken, range(_PEOPLE), _START + day * DAY)
        for one in (spoken, alone):
            one.live_until(_START + (day + 1) * DAY)
    assert _rows(spoken.past()) == _rows(alone.past())


def test_people_who_hear_something_every_day_complain_and_leave() -> None:
    market = _market()
    market.live_until(_START)
    for day in range(60):
        _say(market, range(_PEOPLE), _START + day * DAY + HOUR)
        market.live_until(_START + (day + 1) * DAY)
    what = np.bincount(market.past().what, minlength=8)
    assert what[LEFT] > 0.05 * _PEOPLE
    assert what[COMPLAINED] > 0.01 * _PEOPLE
    quiet = _market()
    quiet.live_until(_START + 60 * DAY)
    assert quiet.left() == quiet.complaints() == 0


def test_an_offer_sells_and_takes_its_share_of_the_price() -> None:
    spoken, alone = _market(), _market()
    for one in (spoken, alone):
        one.live_until(_START)
    _say(spoken, range(_PEOPLE), _START)
    for one in (spoken, alone):
        one.live_until(_START + 7 * DAY)
    more, fewer = (one.past().only(ORDERED) for one in (spoken, alone))
    assert more.person.size > fewer.person.size
    same = set(zip(more.person.tolist(), more.at.tolist(), strict=True)) & set(
        zip(fewer.person.tolist(), fewer.at.tolist(), strict=True)
    )
    prices = [
        {(p, a): v for p, a, v in zip(one.person.tolist(), one.at.tolist(), one.value.tolist(), strict=True)}
        for one in (more, fewer)
    ]
    assert any(prices[0][key] < prices[1][key] for key in same)
    assert all(prices[0][key] <= prices[1][key] for key in same)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("全场八五折", "offer"),
        ("上次买的快用完了吧？", "remind"),
        ("好久没见到您了，是哪里没照顾好吗？", "ask"),
        ("生日快乐", "care"),
        ("新店开张", "news"),
    ],
)
def test_people_take_a_message_for_what_its_words_say(words: str, kind: str) -> None:
    assert MESSAGE_KINDS[heard_as(Piece(content_id="x", text=words))] == kind


def test_a_preset_with_a_parameter_too_few_is_refused() -> None:
    assert set(presets()) == {"cdnow", "grocery", "skincare", "deaf"}
    with pytest.raises(BadInputError, match="pulled"):
        parameters("mine", dict.fromkeys(("says", "history_days"), 1))
    with pytest.raises(BadInputError, match="no market 'mars'"):
        preset("mars")
