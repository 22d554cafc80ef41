"""One's own people live on as they lived: estimated from the workspace, reached as its ledgers say."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from siyu.app.measurement.measure import publish_rhythms
from siyu.app.settings import FILE_NAME
from siyu.app.simulate.ask import asked
from siyu.app.simulate.own_people import OwnMarket, own_people
from siyu.app.simulate.world import START_US, World, world
from siyu.app.take_in import TakeIn
from siyu.app.workspace import make_workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR
from siyu.sandbox.market.live import ARRIVED, ORDERED
from siyu.sandbox.market.parameters import preset
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

_DAYS = 84


@contextmanager
def _brand(people: int = 400) -> Iterator[World]:
    """A workspace whose people are a market's: what is true of them is known."""
    with world(preset("cdnow"), people=people, days=_DAYS, seed=5, numbers={}) as one:
        one.remember()
        publish_rhythms(one.workspace)
        yield one


def test_own_people_buy_on_as_they_would_have() -> None:
    with _brand(3_000) as one:
        own = own_people(one.workspace, seed=1)
        person, number = one.number_of_person()
        assert own.person.tolist() == person.tolist()
        assert own.orders[0].size == (one.market.past().what == ORDERED).sum()
        here = np.zeros(len(one.market), np.bool_)
        here[number] = True
        one.market.live_until(START_US + _DAYS * DAY)
        orders = one.market.past().only(ORDERED)
        late = (orders.at >= START_US) & here[orders.person]
        expected, spent = int(late.sum()), int(orders.value[late].sum())
    market = OwnMarket(own, preset("cdnow"), seed=1, days=_DAYS)
    history = market.live_until(START_US)
    assert history.only(ORDERED).person.size == own.orders[0].size
    assert history.only(ARRIVED).person.size == own.reachable.sum()
    assert history.at.max() < START_US
    market.live_until(START_US + _DAYS * DAY)
    assert (market.past().only(ORDERED).at >= START_US).sum() == pytest.approx(expected, rel=0.15)
    assert market.value_minor(since_us=START_US) == pytest.approx(spent, rel=0.25)
    twin = market.twin()
    twin.live_until(START_US)
    twin.live_until(START_US + _DAYS * DAY)
    np.testing.assert_array_equal(twin.past().at, market.past().at)


def test_who_bought_more_is_expected_to_buy_more_and_who_did_not_consent_is_known() -> None:
    with _brand() as one:
        own = own_people(one.workspace, seed=1)
        _, number = one.number_of_person()
        hidden = one.market.hidden[number]
    bought = np.bincount(own.orders[0], minlength=len(own))
    assert own.rate[bought >= 4].mean() > 2 * own.rate[bought == 1].mean()
    assert own.agrees.tolist() == (hidden["agrees"] == 1).tolist()
    assert np.corrcoef(own.basket, hidden["basket"])[0, 1] > 0.3


def test_a_workspace_is_simulated_with_its_plays_numbers_and_people() -> None:
    with _brand(200) as one:
        folder = one.workspace.folder
        text = (folder / FILE_NAME).read_text("utf-8")
        (folder / FILE_NAME).write_text(f'plays = ["weak_to_strong"]\n{text}cap = 1\n', "utf-8")
        found = asked(str(folder), market="deaf", people=10, days=28, seed=2, every_days=7, on="my-people",
                      window_days=14)  # fmt: skip
        without = asked("weak_to_strong", market="deaf", people=150, days=14, seed=2, every_days=7, window_days=7)
    assert (found.play, found.market) == ("weak_to_strong", "own people, answering like deaf")
    assert found.people == found.people_known
    assert found.people != 10
    assert found.sent > 0
    assert found.true_effect == 0.0
    assert (without.market, without.people) == ("deaf", 150)


def test_people_of_whom_only_orders_are_known_buy_on_and_cannot_be_reached(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    orders = [
        touch(
            "store", TouchKind.ORDER_PAID, account="till", actors=(Identifier("member_no", f"m{number}"),),
            event_key=f"{number}/{nth}", value_minor=5_000, happened_at_us=at_us, received_at_us=at_us,
        )
        for number in range(40)
        for nth, at_us in enumerate((START_US - 90 * DAY + number * HOUR, START_US - 30 * DAY + number * HOUR))
    ]  # fmt: skip
    with open_workspace(tmp_path) as workspace:
        TakeIn(workspace).take(orders)
        publish_rhythms(workspace)
    found = asked(
        "win_back", market="cdnow", people=9, days=14, seed=1, on="my-people", workspace=tmp_path, every_days=7
    )
    assert (found.people, found.people_known, found.sent) == (40, 40, 0)
    assert "nobody can be reached" in " ".join(found.warnings)


def test_too_few_people_and_nobody_are_refused_in_words(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    usual = {"market": "cdnow", "people": 10, "days": 7, "seed": 1}
    with pytest.raises(BadInputError, match="nobody in this workspace"):
        asked("win_back", workspace=tmp_path, on="my-people", **usual)  # type: ignore[arg-type]  # one table for both
    with pytest.raises(BadInputError, match="'me' is nobody to simulate"):
        asked("win_back", workspace=tmp_path, on="me", **usual)  # type: ignore[arg-type]  # as above
    with _brand(20) as one, pytest.raises(BadInputError, match="too few to estimate"):
        own_people(one.workspace, seed=1)
