"""The long way round gives the answers of the short one, and really goes over HTTP."""

from dataclasses import replace

import pytest

from siyu.app.simulate.ask import asked
from siyu.app.simulate.over_http import WorldOverHttp, over_http
from siyu.app.simulate.world import moments, world
from siyu.campaigns.play import plays
from siyu.kernel.errors import BadInputError
from siyu.sandbox.market.parameters import preset


def test_over_http_the_same_seed_gives_the_same_answers() -> None:
    short, long = (
        replace(
            asked("win_back", market="skincare", people=80, days=22, seed=7, every_days=7, holdout=0.2, http=http),
            seconds=0.0,
            processor_seconds=0.0,
        )
        for http in (False, True)
    )
    assert long == short
    assert short.sent > 5


def test_messages_reach_the_played_wecom_and_people_who_come_are_called_back() -> None:
    play = plays()["welcome"]
    with (
        world(preset("skincare"), people=80, days=15, seed=7, numbers={"holdout_share": 0.0}) as made,
        over_http(made) as one,
    ):
        assert isinstance(one, WorldOverHttp)
        one.remember()
        for now_us in moments(15, 7):
            one.go_on(now_us, [play])
        corp = one.sandbox.platform("wecom")
        one.finish(one.clock.now_us() + 86_400_000_000)
        assert corp.calls_made["externalcontact/add_msg_template"] > 0
        assert corp.calls_made["externalcontact/get_groupmsg_send_result"] > 0
        assert one.sandbox.courier.counts["delivered"] == one.called_back > 0
        assert one.posted > 0
        arrived = {arrival.recipient for arrival in corp.arrivals()}
        assert arrived
        assert one.market.state["heard"].sum() == one.sender.heard == len(corp.arrivals())


def test_ones_own_people_are_no_customers_of_the_played_wecom() -> None:
    with pytest.raises(BadInputError, match="over-http"):
        asked("win_back", market="skincare", people=10, days=7, seed=1, on="my-people", http=True)
