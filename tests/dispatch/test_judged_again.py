from pathlib import Path

from sqlalchemy import select

from dispatch.market_stall import NOW_US, Platform, open_stall, proposes, says
from siyu.app.dispatch.carry_out import carry_out
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.kernel.period import HOUR, MINUTE
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind


def test_a_withdrawal_counts_also_while_the_platform_asks_to_come_back_later(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path / "shop", cap=1, people=range(1))
    with workspace.database.read() as connection:
        (person,) = connection.execute(select(identifier.c.person_id).distinct()).scalars()
    proposes(workspace, person, play="win_back", now_us=NOW_US)
    assert judge_due(workspace).approved == 1
    platform = Platform(clock)
    platform.mood = "busy"
    senders = {("wecom", "corp"): platform}
    assert carry_out(workspace, senders, channel="wecom") == 0
    TakeIn(workspace).take([says(0, TouchKind.CONSENT_WITHDRAWN, NOW_US + MINUTE)])
    clock.advance_to(NOW_US + HOUR)  # when the platform asked us to come back
    platform.mood = "sends"
    assert carry_out(workspace, senders, channel="wecom") == 0
    assert platform.arrivals == []
    with workspace.database.read() as connection:
        assert SqlOutbox(connection).counts() == {"cancelled": 1}
