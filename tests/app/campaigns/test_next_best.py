"""Where several plays want to speak one is chosen a day, and its chance kept: other policies are judged by it."""

import numpy as np
import pytest
from sqlalchemy import func, select

from siyu.app.campaigns.other_policies import judge_other_policies
from siyu.app.simulate.world import START_US, world
from siyu.campaigns.play import plays
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.models.brought import BroughtWithin
from siyu.measurement.timeline import Timeline
from siyu.sandbox.market.live import ORDERED
from siyu.sandbox.market.parameters import preset
from siyu.stores.sql.choices import NEXT_BEST, SqlChoices
from siyu.stores.sql.schema.campaigns import choice, proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.touchpoints.kind import TouchKind

_WINDOW = 14
_PLAYS = ("weak_to_strong", "channel_choice", "replenishment", "win_back", "feedback", "usage_guide")


def test_one_is_chosen_a_day_its_chance_is_kept_and_the_log_tells_what_silence_would_have_brought() -> None:
    running = [plays()[name] for name in _PLAYS]
    settings = f"\n[next_best]\nexplore = 0.6\nwindow_days = {_WINDOW}\n"
    with world(preset("grocery"), people=1_500, days=40, seed=3, numbers={}, settings=settings) as one:
        one.remember()
        first_us = START_US + 10 * HOUR
        one.go_on(first_us, running)
        with one.workspace.database.read() as connection:
            made = connection.execute(select(choice)).all()
            waiting = connection.execute(
                select(func.count()).select_from(proposal).where(proposal.c.rule == NEXT_BEST)
            ).scalar_one()
            spoken = connection.execute(
                select(message.c.identifier_id, func.count()).group_by(message.c.identifier_id)
            ).all()
        assert len(made) > 150
        assert {row.action for row in made} >= {"", "replenishment:replenishment-1", "usage_guide"}
        assert all(many == 1 for _, many in spoken)
        assert waiting > 100
        assert all(0.0 < row.propensity <= 1.0 for row in made)
        assert {row.context.partition("/")[2] for row in made} == {"rested"}
        assert {row.context.partition("/")[0] for row in made} >= {"early", "due", "late"}

        one.go_on(first_us + HOUR, running)  # the same day: nothing more is chosen
        one.go_on(first_us + DAY, running)
        with one.workspace.database.read() as connection:
            moments = connection.execute(
                select(choice.c.chosen_at_us, func.count()).group_by(choice.c.chosen_at_us)
            ).all()
        assert {at for at, _ in moments} <= {first_us, first_us + HOUR, first_us + DAY}
        with one.workspace.database.read() as connection:
            twice = connection.execute(
                select(choice.c.identifier_id).where(choice.c.chosen_at_us < first_us + 2 * HOUR)
                .group_by(choice.c.identifier_id).having(func.count() > 1)
            ).all()  # fmt: skip
        assert not twice

        one.finish(first_us + (_WINDOW + 3) * DAY)
        found = judge_other_policies(one.workspace)
        with one.workspace.database.read() as connection:
            log = SqlChoices(connection).settled()
        assert found.choices == len(log) == sum(found.by_action.values())
        person, number = one.number_of_person()
        alone = one.market.twin()
        alone.live_until(one.market.now_us)
    orders = alone.past().only(ORDERED)
    place = np.searchsorted(person, np.array([row.person_id for row in log]))
    began = np.array([row.chosen_at_us for row in log])
    paid = [
        orders.value[(orders.person == who) & (orders.at >= at) & (orders.at < at + _WINDOW * DAY)].sum()
        for who, at in zip(number[place].tolist(), began.tolist(), strict=True)
    ]
    silence = next(row for row in found.others if row.policy == "nothing")
    for judged in (silence.ips, silence.snips, silence.dr):
        assert judged.agreed == found.by_action[""]
        assert judged.low <= np.mean(paid) <= judged.high
    assert silence.dr.high - silence.dr.low < silence.ips.high - silence.ips.low
    assert not silence.thin


def test_what_is_not_chosen_any_more_ends_at_its_deadline_and_few_people_are_not_tried_out_on() -> None:
    with world(
        preset("grocery"), people=150, days=40, seed=3, numbers={}, settings="\n[next_best]\nexplore = 1.0\n"
    ) as one:
        one.remember()
        one.go_on(START_US + 10 * HOUR, [plays()["replenishment"]])
        with one.workspace.database.read() as connection:
            assert connection.execute(select(func.count()).select_from(choice)).scalar_one() == 0
        running = [plays()[name] for name in _PLAYS]
        for day in range(1, 22):
            one.go_on(START_US + day * DAY + 10 * HOUR, running)
        assert one.denied["deadline"] > 0


def test_what_followed_counts_from_each_moment_and_for_so_long() -> None:
    paid = int(TouchKind.ORDER_PAID)
    timeline = Timeline(
        np.array([1, 1, 1, 3, 3]), np.array([10, 20, 30, 10, 25]), np.array([paid, paid, paid, paid, 1], np.int8),
        np.array([5, 7, 11, 13, 99]),
    )  # fmt: skip
    measure = BroughtWithin(np.array([1, 3, 2, 1, 1, 3]), np.array([10, 10, 10, 11, 31, 11]), 20)
    found = measure.of_bucket(timeline)
    assert found.tolist() == [12, 13, 0, 18, 0, 0]
    assert measure.combine([found, found]).tolist() == [24, 26, 0, 36, 0, 0]
    assert measure.combine([]).tolist() == [0] * 6


def test_an_empty_log_says_so() -> None:
    with world(preset("grocery"), people=1, days=7, seed=3, numbers={}) as one:
        found = judge_other_policies(one.workspace)
    assert (found.choices, found.others, found.brought_minor) == (0, (), pytest.approx(0.0))
