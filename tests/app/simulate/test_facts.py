"""What the stores say of people is what they did: SQL's facts beside those of the market that made them."""

import numpy as np

from siyu.app.campaigns.facts import facts_for
from siyu.app.measurement.measure import publish_rhythms
from siyu.app.simulate.furnish import MEMBERSHIP, Furnisher
from siyu.app.simulate.truth import facts_of
from siyu.app.simulate.world import START_US, world
from siyu.campaigns.facts import EVENTS, PORTRAIT, TIERS, Facts
from siyu.sandbox.market.parameters import preset
from siyu.stores.sql.facts import SqlFacts


def test_facts_in_sql_are_what_people_did() -> None:
    with world(preset("cdnow"), people=200, days=28, seed=5, numbers={}) as one:
        one.remember()
        publish_rhythms(one.workspace)
        with one.workspace.database.read() as connection:
            found = SqlFacts(connection).all()
        person, number = one.number_of_person()
        true = facts_of(one.market, START_US)
    assert found.person.tolist() == person.tolist()
    assert 50 < len(found) < 200
    place = np.searchsorted(true.person, number)
    for name in Facts.__dataclass_fields__:
        if name not in {"person", "last_seen_us", "promised"}:
            np.testing.assert_allclose(getattr(found, name), getattr(true, name)[place], err_msg=name)
    assert (found.last_seen_us >= true.last_seen_us[place]).all()


def test_an_empty_workspace_has_no_facts() -> None:
    with world(preset("cdnow"), people=1, days=1, seed=5, numbers={}) as one, one.workspace.database.read() as read:
        assert len(SqlFacts(read).all()) == 0


def test_facts_beyond_the_counters_are_those_of_the_furnished_market() -> None:
    needs = {EVENTS, PORTRAIT, TIERS}
    with world(preset("cdnow"), people=200, days=28, seed=5, numbers={}, settings=MEMBERSHIP) as one:
        one.remember()
        Furnisher(one, needs).tell(START_US)
        one.clock.advance_to(START_US + 1)
        publish_rhythms(one.workspace)
        found = facts_for(one.workspace, needs)
        person, number = one.number_of_person()
        true = facts_of(one.market, START_US, needs)
    place = np.searchsorted(true.person, number)
    assert found.person.tolist() == person.tolist()
    assert (true.received_at_us > 0).any()
    assert (true.refunded_at_us > 0).any()
    for name in ("received_at_us", "refunded_at_us", "calmed_at_us", "birth_month", "city_tier"):
        assert getattr(found, name).tolist() == getattr(true, name)[place].tolist(), name
    # money given back counts for tiers in the store; the trials leave that out
    kept = true.refunded_at_us[place] == 0
    for name in ("missing_minor", "next_minor", "losing_minor"):
        assert getattr(found, name)[kept].tolist() == getattr(true, name)[place][kept].tolist(), name
