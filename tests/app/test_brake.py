from pathlib import Path

from app.shop import NOW_US, PlayedPlatform, due_today, open_shop, says
from siyu.app.brake import apply_brakes, brakes
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.pauses import SqlPauses


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
