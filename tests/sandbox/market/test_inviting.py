"""Fission in the market: friends come once, gifts bring people who do not stay, rings cheat, the platform punishes."""

import numpy as np
import pytest

from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, OutboundMessage
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.sandbox.market.as_touches import contact, touches_of
from siyu.sandbox.market.ears import asks_for_friends
from siyu.sandbox.market.live import ARRIVED, LEFT, ORDERED
from siyu.sandbox.market.market import Market
from siyu.sandbox.market.parameters import Asking, Punishing, parameters, preset
from siyu.sandbox.market.platform import Platform
from siyu.sandbox.market.sender import MarketSender
from siyu.touchpoints.kind import TouchKind

_START = 20_000 * DAY
_PEOPLE, _OUTSIDERS = 1_500, 6_000


def _market(seed: int = 1) -> Market:
    return Market(preset("skincare"), people=_PEOPLE, seed=seed, start_us=_START, days=60, outsiders=_OUTSIDERS)


def _season(asking: Asking | None, *, weeks: int = 4) -> Market:
    market = _market()
    market.live_until(_START)
    for week in range(weeks):
        if asking:
            here = np.flatnonzero(market.state["arrived"] == 1)
            market.invite(here, np.full(here.size, _START + week * 7 * DAY), asking)
        market.live_until(_START + (week + 1) * 7 * DAY)
    market.live_until(_START + 120 * DAY)
    return market


def test_without_being_asked_nobody_from_outside_comes() -> None:
    market = _season(None)
    arrived = market.past().only(ARRIVED).person
    assert (arrived < _PEOPLE).all()
    assert market.invitations().inviter.size == 0
    alone = Market(preset("skincare"), people=_PEOPLE, seed=1, start_us=_START, days=60)
    alone.live_until(_START + 120 * DAY)
    assert alone.past().person.tolist() == market.past().person.tolist()


def test_who_is_brought_comes_once_and_after_the_invitation() -> None:
    market = _season("gift")
    made = market.invitations()
    came = made.invitee[made.joined]
    assert came.size == np.unique(came).size > 100
    assert (came >= _PEOPLE).all()
    assert (market.hidden["born_at"][came] > made.at[made.joined]).all()
    assert (market.hidden["inviter"][came] == made.inviter[made.joined]).all()
    assert set(came.tolist()) == {p for p in market.past().only(ARRIVED).person.tolist() if p >= _PEOPLE}


def test_a_gift_brings_more_people_and_sharing_for_a_reward_brings_those_who_do_not_stay() -> None:
    found = {}
    asking: Asking
    for asking in ("invite", "gift", "share"):
        market = _season(asking)
        brought = np.flatnonzero((market.hidden["inviter"] >= 0) & (np.arange(len(market)) >= _PEOPLE))
        honest = brought[market.hidden["ring"][brought] < 0]
        past = market.past()
        bought = np.isin(honest, past.only(ORDERED).person).mean()
        left = np.isin(honest, past.only(LEFT).person).mean()
        found[asking] = (honest.size, bought, left)
    assert found["invite"][0] < found["gift"][0] < found["share"][0]
    assert found["share"][1] < 0.7 * found["invite"][1]
    assert found["share"][2] > 3 * found["invite"][2]


def test_rings_bring_made_up_accounts_for_a_gift_alone_and_the_market_knows_who_cheats() -> None:
    before = _season("invite").cheats()
    assert (np.flatnonzero(before) < _PEOPLE).all()
    market = _season("gift")
    cheats = np.flatnonzero(market.cheats() & ~before)
    assert 0 < cheats.size <= _OUTSIDERS * preset("skincare").ring // 20
    for cheat in cheats.tolist():
        accounts = np.flatnonzero((market.hidden["inviter"] == cheat) & (market.hidden["ring"] >= 0))
        assert accounts.size == 20
        assert not np.isin(accounts, market.past().only(ORDERED).person).any()


def test_an_arrival_by_invitation_says_whose_code_it_was() -> None:
    market = _season("gift")
    said = touches_of(market, market.past())
    codes = {one.about: one.actors[0] for one in said if one.kind is TouchKind.INVITE}
    accepted = [one for one in said if one.kind is TouchKind.INVITE_ACCEPTED]
    assert len(accepted) == (market.hidden["inviter"][market.state["arrived"] == 1] >= 0).sum()
    for one in accepted:
        number = int(one.actors[0].value.removeprefix("wm"))
        assert codes[one.about] == contact(int(market.hidden["inviter"][number]))
        assert one.properties["device"]


def test_the_platform_cuts_the_reach_first_and_then_limits_the_account() -> None:
    platform = Platform(Punishing(notice=1.0, reach=0.5, reach_days=14, limit_days=7), seed=3)
    platform.shared(0, now_us=0)
    assert not platform.notices
    platform.shared(1_000, now_us=DAY)
    assert not platform.limited(2 * DAY)
    seen = [platform.reaches(bytes([number, 1]), 2 * DAY) for number in range(200)]
    assert 70 < sum(seen) < 130
    assert platform.lost == 200 - sum(seen)
    assert all(platform.reaches(bytes([number, 1]), 16 * DAY) for number in range(200))
    platform.shared(1_000, now_us=20 * DAY)
    assert platform.limited(26 * DAY)
    assert not platform.limited(27 * DAY)


def test_a_message_that_asks_for_friends_brings_them_and_a_limited_account_sends_nothing() -> None:
    market, now = _market(), _START
    market.live_until(_START)
    platform = Platform(preset("skincare").punishing, seed=1)
    sender = MarketSender(market, now_us=lambda: now, platform=platform)

    def messages(text: str) -> list[OutboundMessage]:
        here = np.flatnonzero(market.state["arrived"] == 1)
        piece = Piece(content_id="ask", text=text)
        return [
            OutboundMessage(f"{text}{i}".encode(), "wecom", "wwmarket", "guide-0", contact(i).value, "mass_send", piece)
            for i in here.tolist()
        ]

    sender.send(messages("新店开张"))
    assert market.invitations().inviter.size == 0
    sender.send(messages("邀请一位朋友，送您一份小样"))
    assert market.invitations().inviter.size > 50
    platform.limited_until_us = now + DAY
    assert {one.state for one in sender.send(messages("谢谢"))} == {MessageState.FAILED}


@pytest.mark.parametrize(
    ("words", "asking"),
    [
        ("转发到朋友圈集赞领红包", "share"),
        ("邀请一位朋友，送您一份小样", "gift"),
        ("用得好的话，邀请朋友一起来", "invite"),
        ("新店开张", None),
    ],
)
def test_people_understand_how_they_are_asked_for_friends(words: str, asking: Asking | None) -> None:
    assert asks_for_friends(Piece(content_id="x", text=words)) == asking


def test_a_preset_may_say_its_own_numbers_of_fission_and_no_others() -> None:
    written = {name: getattr(preset("skincare"), name) for name in preset("skincare").__dataclass_fields__}
    for name in ("name", "inviting", "punishing"):
        del written[name]
    assert parameters("mine", {**written, "punishing": {"notice": 0.5}}).punishing.notice == 0.5
    with pytest.raises(BadInputError, match="punishing: fines: unknown"):
        parameters("mine", {**written, "punishing": {"fines": 1}})
