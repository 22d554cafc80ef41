from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.shop import NOW_US, PlayedPlatform, contact, due_today, open_shop, says
from policy.cases import case, relation
from siyu.app.dispatch.brake_tasks import brake_tasks, release, tell_the_owner
from siyu.app.lake import flush
from siyu.app.policy.brake import apply_brakes, brakes
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, RetryLaterError
from siyu.kernel.period import DAY, HOUR
from siyu.policy.reasons import braked
from siyu.policy.rules.paused import Paused
from siyu.policy.verdict import Allow, Hold
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.brake_days import SqlBrakeDays
from siyu.stores.sql.pauses import SqlPauses
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import touch


def _paused(workspace: Workspace) -> set[str]:
    with workspace.database.read() as connection:
        return set(SqlPauses(connection).all())


def _sent_to(workspace: Workspace, people: int) -> None:
    due_today(workspace, range(1, people + 1))
    senders = {("wecom", "corp"): PlayedPlatform()}
    turn(workspace, (), senders=senders)
    turn(workspace, (), senders=senders)


def test_many_farewells_after_a_message_stop_its_play_and_a_person_lets_it_go(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    _sent_to(workspace, 40)
    clock.advance_to(NOW_US + DAY)
    TakeIn(workspace).take([says(number, yes=False, at_us=NOW_US + HOUR) for number in range(1, 21)])
    (worst, *_) = apply_brakes(workspace)
    assert (worst.brake.step, worst.brake.sent, worst.brake.bad) == ("stop", 40, 20)
    assert {"play:replenishment", "slow:play:replenishment", "staff:anna", "wecom/corp"} <= _paused(workspace)
    with workspace.database.write() as connection:
        assert SqlPauses(connection).take("play:replenishment")
    clock.advance_to(NOW_US + 2 * DAY)
    apply_brakes(workspace)
    assert "play:replenishment" not in _paused(workspace)


def test_one_farewell_stops_nothing(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    _sent_to(workspace, 40)
    clock.advance_to(NOW_US + DAY)
    TakeIn(workspace).take([says(1, yes=False, at_us=NOW_US + HOUR)])
    assert brakes(workspace) == []
    assert apply_brakes(workspace) == []
    assert _paused(workspace) == set()


def test_who_leaves_days_after_a_message_stands_beside_what_was_sent_with_it(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    _sent_to(workspace, 40)
    clock.advance_to(NOW_US + 5 * DAY)
    late = [says(number, yes=False, at_us=NOW_US + number * DAY) for number in (1, 2, 4)]
    TakeIn(workspace).take(late)
    with workspace.database.read() as connection:
        store = SqlBrakeDays(connection)
        sent, bad = store.sent(since_us=0), store.bad(since_us=0)
    assert {source for source, _ in bad} == {"wecom/corp", "play:replenishment", "staff:anna"}
    assert set(bad) <= set(sent)  # on a day without messages nobody is lost, however late they leave
    assert set(bad.values()) == {len(late)}


def test_complaints_count_wherever_they_lie_and_against_the_code_people_came_by(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, range(1, 41))
    came = [
        touch(
            "wecom", TouchKind.CONTACT_ADDED, account="corp", actors=(contact(number),), staff="anna",
            source_code="till-7", happened_at_us=NOW_US - 79 * DAY, received_at_us=NOW_US,
        )
        for number in range(1, 41)
    ]  # fmt: skip
    TakeIn(workspace).take(came)
    senders = {("wecom", "corp"): PlayedPlatform()}
    turn(workspace, (), senders=senders)
    turn(workspace, (), senders=senders)
    clock.advance_to(NOW_US + DAY)
    angry = [
        touch(
            "wecom", TouchKind.COMPLAINT, account="corp", actors=(contact(number),), about=f"{number}",
            happened_at_us=NOW_US + HOUR, received_at_us=NOW_US + HOUR,
        )
        for number in range(1, 13)
    ]  # fmt: skip
    TakeIn(workspace).take(angry[:6])
    flush(workspace)  # half of them lie in the lake, half wait
    TakeIn(workspace).take(angry[6:])
    found = {one.source: one.brake for one in brakes(workspace)}
    assert set(found) == {"play:replenishment", "staff:anna", "wecom/corp", "code:till-7"}
    assert all((one.bad, one.sent, one.step) == (12, 40, "stop") for one in found.values())


def test_a_paused_code_holds_what_would_go_to_those_who_came_by_it() -> None:
    came = msgspec.structs.replace(relation(), source_code="till-7")
    assert isinstance(Paused().judge(case(relations=(came,), paused={"code:till-7": "brake"})), Hold)
    assert isinstance(Paused().judge(case(relations=(came,), paused={"code:till-8": "brake"})), Allow)


class _Heard:
    """An owner's webhook that is down until it is up."""

    def __init__(self) -> None:
        self.up, self.told = False, list[tuple[str, object]]()

    def call(self, message_id: str, body: Mapping[str, Any]) -> None:
        if not self.up:
            raise RetryLaterError("nobody answers", retry_after=timedelta(minutes=1))
        self.told.append((message_id, body["source"]))

    def close(self) -> None:
        pass


def test_the_owner_is_told_again_until_somebody_lets_it_go_and_says_why(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    with workspace.database.write() as connection:
        owner = Account("webhook", "owner", "https://example.invalid", {"secret": "s" * 32})
        SqlAccounts(connection, workspace.vault).connect(owner, now_us=NOW_US)
        SqlPauses(connection).put("staff:anna", reason=braked("stop", bad=9, sent=40, usual=0.01), now_us=NOW_US)
        SqlPauses(connection).put("play:birthday", reason="stock-taking", now_us=NOW_US)
    heard = _Heard()
    assert tell_the_owner(workspace, open_caller=lambda _: heard) == 0
    heard.up = True
    assert tell_the_owner(workspace, open_caller=lambda _: heard) == 1
    assert tell_the_owner(workspace, open_caller=lambda _: heard) == 0
    (task,) = brake_tasks(workspace)
    assert (task.source, task.level, task.told) == ("staff:anna", "waiting", 1)
    assert "9 人" in task.why_zh
    clock.advance_to(NOW_US + 9 * HOUR)
    assert brake_tasks(workspace)[0].level == "late"
    assert tell_the_owner(workspace, open_caller=lambda _: heard) == 1
    clock.advance_to(NOW_US + 14 * HOUR)
    assert brake_tasks(workspace)[0].level == "escalated"
    assert len({name for name, _ in heard.told}) == 2
    with pytest.raises(BadInputError, match="does not hold"):
        release(workspace, "play:birthday", by="ann", because="talked to them")
    with pytest.raises(BadInputError, match="who lets it go"):
        release(workspace, "staff:anna", by="ann", because=" ")
    release(workspace, "staff:anna", by="ann", because="talked to them")
    assert brake_tasks(workspace) == []
    with workspace.database.read() as connection:
        (kept,) = SqlBrakeDays(connection).let_go_before()
    assert (kept["by"], kept["because"], kept["source"]) == ("ann", "talked to them", "staff:anna")
