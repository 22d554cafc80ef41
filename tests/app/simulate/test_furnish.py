"""Every play runs in the market: what a brand's other systems know is there, and what it promised is kept."""

import numpy as np
import pytest

from siyu.app.campaigns.facts import facts_for
from siyu.app.campaigns.keep_promises import keep_promises
from siyu.app.campaigns.propose import propose
from siyu.app.simulate.ask import asked
from siyu.app.simulate.demo import every_play, lines_of
from siyu.app.simulate.furnish import MEMBERSHIP, Furnisher
from siyu.app.simulate.world import START_US, world
from siyu.campaigns.facts import NEEDS
from siyu.campaigns.play import plays
from siyu.campaigns.plays.welcome import DELIVERS
from siyu.kernel.period import DAY, HOUR
from siyu.sandbox.market.live import ORDERED
from siyu.sandbox.market.parameters import SOURCES, preset
from siyu.stores.sql.promise import SqlPromises


def test_every_play_there_is_speaks_on_the_demos_market() -> None:
    together = every_play()
    rows = together.by_play
    assert {row.play for row in rows} == set(plays())
    assert all(row.proposed for row in rows), rows
    assert all(row.sent for row in rows if row.play != "super_user"), rows
    assert sum(row.sent for row in rows) == together.sent
    assert together.true_effect is None
    effects = [row.uplift for row in rows if row.uplift is not None]
    assert effects == sorted(effects, reverse=True)
    assert len(lines_of(together)) == len(rows)


def test_facts_are_what_the_other_systems_said_and_promises_are_kept_once() -> None:
    with world(
        preset("skincare"), people=150, days=30, seed=5, numbers={"holdout_share": 0.0}, settings=MEMBERSHIP
    ) as one:
        one.remember()
        furnisher = Furnisher(one, set(NEEDS))
        furnisher.tell(START_US)
        one.clock.advance_to(START_US + HOUR)
        facts = facts_for(one.workspace, NEEDS)
        person, number = one.number_of_person()
        hidden = one.market.hidden[number]
        mine = np.searchsorted(facts.person, person)
        assert facts.city_tier[mine].tolist() == np.minimum(hidden["tier"], 4).tolist()
        assert 0.4 < (facts.birth_month[mine] > 0).mean() < 0.8
        orders = one.market.past().only(ORDERED)
        last = np.zeros(len(one.market), np.int64)
        np.maximum.at(last, orders.person, np.where(orders.at + 3 * DAY < START_US, orders.at + 3 * DAY, 0))
        assert facts.received_at_us[mine].tolist() == last[number].tolist()
        owed = {"live_code_parcel": "使用指南", "short_video": "选购清单"}
        assert facts.promised[mine].tolist() == [owed.get(SOURCES[source], "") for source in hidden["source"]]
        spent = facts.paid_minor[mine]
        assert ((facts.next_minor[mine] == 30_000) | (spent >= 28_000)).all()

        one.go_on(START_US + 10 * HOUR, [plays()["welcome"]])
        one.live_on(START_US + 34 * HOUR)
        propose(one.workspace, [plays()["welcome"]], channel="wecom")  # hears nothing yet: receipts come with a turn
        one.go_on(START_US + 35 * HOUR, [plays()["welcome"]])
        assert keep_promises(one.workspace) == 0  # booked within the turn
        with one.workspace.database.read() as connection:
            standing = SqlPromises(connection).standing(now_us=one.clock.now_us())
        assert 0 < standing.kept <= standing.made
        assert DELIVERS
        again = facts_for(one.workspace, NEEDS)
        assert (again.promised_at_us > 0).sum() == (facts.promised_at_us > 0).sum() - standing.kept


@pytest.mark.parametrize("play", ["birthday", "membership", "after_sales", "channel_choice"])
def test_a_play_that_needs_more_finds_it(play: str) -> None:
    found = asked(play, market="grocery", people=120, days=21, seed=3, every_days=7, window_days=7)
    assert found.sent > 0
    assert found.true_effect is not None
