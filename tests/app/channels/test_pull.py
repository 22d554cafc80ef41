"""The worker reads at the platforms by itself: nothing twice, nothing left out, one failing account stops no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from hand_clock import HandClock
from siyu.app.channels.connect import connect
from siyu.app.channels.pull import PULL_EVERY_US, pull_due
from siyu.app.worker import Worker
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.period import DAY, MINUTE
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.schema.people import consent

NOW = 1_772_328_600_000_000


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def sandbox(clock: HandClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, seed=2, platforms=("doudian", "sms", "weidian")) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path, clock: HandClock, sandbox: Sandbox) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "w", clock=clock, create=True)
    connect(opened, sandbox.account("doudian"))
    connect(opened, sandbox.account("weidian"))
    yield opened
    opened.close()


def test_every_account_is_read_in_turn_from_where_it_was_read_to(
    workspace: Workspace, sandbox: Sandbox, clock: HandClock
) -> None:
    shop, other = sandbox.platform("doudian"), sandbox.platform("weidian")
    keys = [("doudian", shop.account), ("weidian", other.account)]
    shop.buy("#b", 990)
    other.buy("13800138000", 500)
    first = pull_due(workspace)
    assert [first[key].accepted for key in keys] == [2, 2]
    assert pull_due(workspace) == {}  # not yet
    clock.us += 3 * DAY  # nobody was here for three days
    shop.buy("#c", 1990)
    clock.us += DAY
    again = pull_due(workspace)
    assert again[keys[0]].accepted == 2
    assert again[keys[1]].accepted == 0
    clock.us += PULL_EVERY_US
    assert set(pull_due(workspace)) == set(keys)


def test_an_account_that_cannot_be_read_is_tried_again_and_nothing_is_left_out(
    workspace: Workspace, sandbox: Sandbox, clock: HandClock
) -> None:
    shop = sandbox.platform("doudian")
    pull_due(workspace)
    clock.us += PULL_EVERY_US
    shop.buy("#b", 990)
    port = sandbox.url
    sandbox.stop()
    assert pull_due(workspace) == {}
    clock.us += 10 * DAY
    sandbox.start()
    assert sandbox.url == port
    found = pull_due(workspace)
    assert found["doudian", shop.account].accepted == 2


def test_two_workers_do_not_read_the_same_account_at_once(
    workspace: Workspace, tmp_path: Path, clock: HandClock
) -> None:
    with open_workspace(tmp_path / "w", clock=clock) as other:
        assert len(pull_due(workspace)) == 2
        assert pull_due(other) == {}


def test_the_worker_takes_replies_out_of_the_cloud_s_queue_by_itself(
    workspace: Workspace, sandbox: Sandbox, clock: HandClock
) -> None:
    account = sandbox.account("sms")
    account.secrets["provider"] = "tencent"
    connect(workspace, account)
    Worker(workspace).once()
    sandbox.platform("sms").reply("13800138000", "TD", cloud="tencent")
    clock.us += PULL_EVERY_US + MINUTE
    Worker(workspace).once()
    with workspace.database.read() as connection:
        kept = connection.execute(select(consent.c.channel, consent.c.granted)).all()
    assert [tuple(row) for row in kept] == [("sms", 0)]
