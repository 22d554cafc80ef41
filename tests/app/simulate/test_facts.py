"""What the stores say of people is what they did: SQL's facts beside those of the market that made them."""

import numpy as np

from siyu.app.measure import publish_rhythms
from siyu.app.simulate.truth import facts_of
from siyu.app.simulate.world import START_US, world
from siyu.campaigns.facts import Facts
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
        if name not in {"person", "last_seen_us"}:
            np.testing.assert_allclose(getattr(found, name), getattr(true, name)[place], err_msg=name)
    assert (found.last_seen_us >= true.last_seen_us[place]).all()


def test_an_empty_workspace_has_no_facts() -> None:
    with world(preset("cdnow"), people=1, days=1, seed=5, numbers={}) as one, one.workspace.database.read() as read:
        assert len(SqlFacts(read).all()) == 0
