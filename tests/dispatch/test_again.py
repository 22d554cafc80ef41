"""What was not taken is tried again, later each time, and in the end a person has to look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dispatch.market_stall import NOW_US, Platform, open_stall, proposes, says
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import carry_out
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.dispatch.again import FIRST_WAIT, LONGEST_WAIT, MOST_TRIES, put_off, wait_us
from siyu.dispatch.message import MessageState, Receipt
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind


@given(st.integers(1, 60), st.text(max_size=5))
def test_the_wait_doubles_up_to_the_longest_and_is_spread(tries: int, together: str) -> None:
    usual = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1))
    assert usual // 2 <= wait_us(tries, together) < usual * 3 // 2
    assert wait_us(tries, together) == wait_us(tries, together)


def test_messages_are_spread_and_those_of_one_request_come_back_together() -> None:
    assert len({wait_us(3, str(number)) for number in range(100)}) > 90
    ready = [Receipt(bytes([n]), MessageState.READY, "", NOW_US, "busy") for n in range(3)]
    later = put_off(ready, {one.message_id: (4, "corp anna") for one in ready}, now_us=NOW_US)
    assert len({one.not_before_us for one in later}) == 1


def test_a_platform_that_asks_for_more_time_gets_it() -> None:
    one = Receipt(b"m", MessageState.READY, "", NOW_US, "busy", not_before_us=NOW_US + DAY)
    assert put_off([one], {b"m": (1, "")}, now_us=NOW_US) == [one]


class Moody(Platform):
    """Counts how often it is asked to take a message; takes nothing, or cannot be used at all."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.asked: list[int] = []
        self.error: Exception | None = None

    def send(self, messages):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  the port's
        self.asked.append(self._clock.now_us())
        if self.error:
            raise self.error
        if self.mood == "sends":
            return super().send(messages)
        return [Receipt(one.message_id, MessageState.READY, "", self._clock.now_us(), "HTTP 503") for one in messages]


@pytest.fixture
def stall(tmp_path: Path) -> Iterator[tuple[Workspace, VirtualClock, Moody]]:
    workspace, clock = open_stall(tmp_path / "shop", cap=1, people=range(1))
    with workspace.database.read() as connection:
        person = connection.execute(select(identifier.c.person_id)).scalars().first() or 0
    proposes(workspace, person, play="win_back", now_us=NOW_US)
    assert judge_due(workspace).approved == 1
    platform = Moody(clock)
    platform.mood = "refuses"
    yield workspace, clock, platform
    workspace.close()


def _tries_for(workspace: Workspace, clock: VirtualClock, platform: Moody, days: int) -> None:
    for _ in range(days * 24 * 6):
        carry_out(workspace, {("wecom", "corp"): platform}, channel="wecom")
        clock.advance_to(clock.now_us() + 10 * MINUTE)


def _counts(workspace: Workspace) -> dict[str, int]:
    with workspace.database.read() as connection:
        return SqlOutbox(connection).counts()


def test_after_its_tries_a_message_is_given_up_and_a_person_lets_it_go_once_more(
    stall: tuple[Workspace, VirtualClock, Moody], tmp_path: Path
) -> None:
    workspace, clock, platform = stall
    _tries_for(workspace, clock, platform, 1)
    other = open_workspace(tmp_path / "shop", clock=clock)  # tries are kept: another process goes on counting
    _tries_for(other, clock, platform, 2)
    other.close()
    assert _counts(workspace) == {"given_up": 1}
    assert len(platform.asked) == MOST_TRIES
    gaps = [after - before for before, after in zip(platform.asked, platform.asked[1:], strict=False)]
    assert max(gaps[-3:]) > 4 * max(gaps[:4])
    with workspace.database.write() as connection:
        (one,) = SqlOutbox(connection).given_up(most=5)
        assert one.detail == f"not taken in {MOST_TRIES} tries: HTTP 503"
        assert SqlOutbox(connection).spoken([1], since_us=0) == {}  # it takes nobody's slot
        assert SqlOutbox(connection).replay(message_id=one.message_id, now_us=clock.now_us()) == 1
        assert SqlOutbox(connection).replay(message_id=one.message_id, now_us=clock.now_us()) == 0
    platform.mood = "sends"
    assert carry_out(workspace, {("wecom", "corp"): platform}, channel="wecom") == 1
    assert _counts(workspace) == {"sent": 1}


def test_what_is_let_go_once_more_is_judged_again(stall: tuple[Workspace, VirtualClock, Moody]) -> None:
    workspace, clock, platform = stall
    _tries_for(workspace, clock, platform, 3)
    TakeIn(workspace).take([says(0, TouchKind.CONSENT_WITHDRAWN, clock.now_us())])
    with workspace.database.write() as connection:
        assert SqlOutbox(connection).replay(channel="wecom", now_us=clock.now_us()) == 1
    platform.mood = "sends"
    assert carry_out(workspace, {("wecom", "corp"): platform}, channel="wecom") == 0
    assert _counts(workspace) == {"cancelled": 1}


def test_an_account_that_somebody_must_mend_costs_no_tries(stall: tuple[Workspace, VirtualClock, Moody]) -> None:
    workspace, clock, platform = stall
    platform.error = ConfigError("the secret is wrong")
    _tries_for(workspace, clock, platform, 1)
    assert len(platform.asked) > 3 * MOST_TRIES
    platform.error, platform.mood = None, "sends"
    assert carry_out(workspace, {("wecom", "corp"): platform}, channel="wecom") == 1


@pytest.mark.parametrize("what", ["*", "wecom", "wecom/corp", "play:win_back", "staff:anna", "code:poster7"])
def test_a_pause_of_anything_holds_what_waits_already_and_nothing_goes_twice_after_it(
    tmp_path: Path, what: str
) -> None:
    workspace, clock = open_stall(tmp_path / "shop", cap=5, people=range(2))
    at_us = NOW_US - 79 * DAY
    with_code = says(0, TouchKind.CONTACT_ADDED, at_us)
    TakeIn(workspace).take([type(with_code)(**{**{f: getattr(with_code, f) for f in with_code.__struct_fields__},
                                               "source_code": "poster7"})])  # fmt: skip
    with workspace.database.read() as connection:
        people = list(connection.execute(select(identifier.c.person_id).distinct()).scalars())
    for person in people:
        proposes(workspace, person, play="win_back", now_us=NOW_US)
    assert judge_due(workspace).approved == 2
    platform = Platform(clock)
    platform.mood = "sends"
    senders = {("wecom", "corp"): platform}
    with workspace.database.write() as connection:
        SqlPauses(connection).put(what, reason="test", now_us=NOW_US)
    for minutes in (0, 5, 30):
        clock.advance_to(NOW_US + minutes * MINUTE)
        carry_out(workspace, senders, channel="wecom")
    held = ["wm0"] if what.startswith("code:") else ["wm0", "wm1"]
    assert not {name for name, _ in platform.arrivals} & set(held)
    with workspace.database.write() as connection:
        SqlPauses(connection).take(what)
    for hours in (1, 2, 3):
        clock.advance_to(NOW_US + hours * HOUR)
        carry_out(workspace, senders, channel="wecom")
    assert sorted(name for name, _ in platform.arrivals) == ["wm0", "wm1"]
    with workspace.database.read() as connection:
        assert set(connection.execute(select(message.c.state)).scalars()) == {"sent"}
    workspace.close()
