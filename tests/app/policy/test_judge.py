from pathlib import Path

from sqlalchemy import select

from dispatch.market_stall import NOW_US, open_stall, proposes
from siyu.app.policy.judge import Judged, judge_due
from siyu.kernel.period import DAY
from siyu.stores.sql.schema.people import identifier

_NOTHING = Judged(0, {}, {})


def test_what_is_held_is_not_judged_again_before_the_first_moment_at_which_it_may_go(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path / "shop", cap=1, people=range(2))
    with workspace.database.read() as connection:
        one, other = sorted(connection.execute(select(identifier.c.person_id).distinct()).scalars())
    for value, play in enumerate(["cheap", "dear"]):
        proposes(workspace, one, play=play, now_us=NOW_US, value=value)
    proposes(workspace, other, play="cheap", now_us=NOW_US)
    assert judge_due(workspace) == Judged(2, {"frequency_cap": 1}, {})
    assert judge_due(workspace) == _NOTHING
    clock.advance_to(NOW_US + 7 * DAY - 1)
    assert judge_due(workspace) == _NOTHING
    clock.advance_to(NOW_US + 7 * DAY)  # the first message leaves the window
    assert judge_due(workspace) == Judged(1, {}, {})
    assert judge_due(workspace) == _NOTHING
    workspace.close()
