"""``siyu outbox``: what an operator stops, lets go and settles by hand."""

from pathlib import Path

from sqlalchemy import select

from app.cli.command_line import Siyu
from dispatch.market_stall import Platform, open_stall, proposes
from siyu.app.dispatch.carry_out import carry_out, look_up
from siyu.app.policy.judge import judge_due
from siyu.dispatch.again import MOST_TRIES
from siyu.kernel.period import DAY, HOUR
from siyu.policy.reasons import braked
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier


class _MutePlatform(Platform):
    """Loses its answers, and cannot be asked."""

    def look_up(self, tasks: object) -> list[object]:  # type: ignore[override]  knows nothing, whatever is asked
        return []


def test_what_is_unknown_is_settled_by_hand_once_and_never_sent_again(siyu: Siyu, tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path / "w", cap=1, people=range(2))
    with workspace.database.read() as connection:
        persons = list(connection.execute(select(identifier.c.person_id).distinct()).scalars())
    for person in persons:
        proposes(workspace, person, play="win_back", now_us=clock.now_us())
    judge_due(workspace)
    platform = _MutePlatform(clock)
    platform.mood = "loses"
    senders = {("wecom", "corp"): platform}
    carry_out(workspace, senders, channel="wecom")
    assert siyu.answered("outbox", "status")["messages"] == {"unknown": 2}
    with workspace.database.read() as connection:
        first, second = (key.hex() for key in connection.execute(select(message.c.message_id)).scalars())
    assert siyu.answered("outbox", "settle", first, "sent")["messages"] == {"sent": 1, "unknown": 1}
    assert siyu.answered("outbox", "settle", second, "failed") == {"settled": 1, "messages": {"failed": 1, "sent": 1}}
    assert "only an unknown outcome" in siyu.refused("outbox", "settle", first, "failed")
    assert siyu.answered("outbox", "pause", "wecom", "--reason", "stocktaking")["paused"] == {"wecom": "stocktaking"}
    assert siyu.answered("outbox", "resume", "wecom") == {"resumed": "wecom", "paused": {}}
    platform.mood = "sends"
    clock.advance_to(clock.now_us() + HOUR)
    look_up(workspace, senders, channel="wecom")
    assert carry_out(workspace, senders, channel="wecom") == 0
    assert set(platform.reached.values()) == {1}
    workspace.close()


def test_a_pause_that_would_stop_nothing_is_refused_and_a_resume_says_what_it_did(siyu: Siyu) -> None:
    siyu.answered("init")
    assert siyu.answered("outbox", "status") == {
        "messages": {},
        "paused": {},
        "brake_tasks": [],
        "given_up": [],
        "sent_by_staff": 0,
        "staff_tasks": [],
        "staff_results": [],
    }
    assert siyu.answered("outbox", "pause", "code:poster7")["paused"] == {"code:poster7": "by hand"}
    assert siyu.answered("outbox", "resume", "code:poster7") == {"resumed": "code:poster7", "paused": {}}
    assert siyu.answered("outbox", "pause")["paused"] == {"*": "by hand"}
    assert "nothing is called 'wecmo'" in siyu.refused("outbox", "pause", "wecmo")
    assert "nothing is called 'play:'" in siyu.refused("outbox", "pause", "play:")
    assert "nothing is called 'wecmo'" in siyu.refused("outbox", "resume", "wecmo")
    assert siyu.answered("outbox", "resume", "play:win_back") == {"resumed": None, "paused": {"*": "by hand"}}
    assert siyu.answered("outbox", "resume") == {"resumed": "*", "paused": {}}
    assert siyu.answered("outbox", "settle") == {"settled": 0, "messages": {}}


def test_what_the_brake_holds_is_let_go_by_name_and_with_a_reason_however_it_is_asked_for(
    siyu: Siyu, tmp_path: Path
) -> None:
    workspace, clock = open_stall(tmp_path / "w", cap=1, people=range(1))
    with workspace.database.write() as connection:
        for what, step in (("staff:anna", "stop"), ("slow:staff:anna", "slow"), ("slow:play:welcome", "slow")):
            why = braked(step, bad=9, sent=40, usual=0.01)  # type: ignore[arg-type]  both are steps
            SqlPauses(connection).put(what, reason=why, now_us=clock.now_us())
    tasks = siyu.answered("outbox", "status")["brake_tasks"]
    assert [(one["source"], one["step"]) for one in tasks] == [("staff:anna", "stop"), ("play:welcome", "slow")]
    assert "say who lets it go and why" in siyu.refused("outbox", "resume", "staff:anna")
    siyu.answered("outbox", "pause", "staff:anna", "--reason", "so that it can be resumed without a name")
    assert "say who lets it go and why" in siyu.refused("outbox", "resume", "staff:anna", "--by", "ben")
    said = ("--by", "ben", "--reason", "talked to them")
    assert siyu.answered("outbox", "resume", "staff:anna", *said)["resumed"] == "staff:anna"
    assert siyu.answered("outbox", "resume", "slow:play:welcome", *said)["paused"] == {}
    let_go = siyu.answered("policy", "brake")["let_go"]
    assert [(one["source"], one["by"], one["because"]) for one in let_go] == [
        ("staff:anna", "ben", "talked to them"),
        ("play:welcome", "ben", "talked to them"),
    ]
    workspace.close()


def test_what_was_given_up_is_named_and_a_person_lets_it_go_once_more(siyu: Siyu, tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path / "w", cap=1, people=range(1))
    with workspace.database.read() as connection:
        (person,) = connection.execute(select(identifier.c.person_id).distinct()).scalars()
    proposes(workspace, person, play="win_back", now_us=clock.now_us(), lives_us=20 * 365 * DAY)
    judge_due(workspace)
    platform = Platform(clock)
    platform.mood = "busy"
    for _ in range(MOST_TRIES):
        carry_out(workspace, {("wecom", "corp"): platform}, channel="wecom")
        clock.advance_to(clock.now_us() + DAY)
    status = siyu.answered("outbox", "status")
    (one,) = status["given_up"]
    assert status["messages"] == {"given_up": 1}
    assert (one["channel"], one["play"], one["tries"]) == ("wecom", "win_back", MOST_TRIES)
    assert one["why"] == f"not taken in {MOST_TRIES} tries: busy"
    assert "say what to try once more" in siyu.refused("outbox", "replay")
    assert "is not an id" in siyu.refused("outbox", "replay", "42")
    assert "was not given up" in siyu.refused("outbox", "replay", "0" * 32)
    assert siyu.answered("outbox", "replay", one["message"]) == {"replayed": 1}
    assert siyu.answered("outbox", "replay", "--everything") == {"replayed": 0}
    workspace.close()
