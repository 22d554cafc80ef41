"""The promises of the loop, end to end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from app.shop import NOW_US, PlayedPlatform, due_today, open_shop, order, says
from siyu.app.dispatch.carry_out import LOST_AFTER, look_up
from siyu.app.dispatch.receipts import settle_claimed
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace
from siyu.campaigns.facts import Facts
from siyu.campaigns.play import plays
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, Receipt
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.profiles import SqlProfiles
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

_PEOPLE = range(1, 31)
_PLAYS = [plays()[name] for name in ("replenishment", "win_back")]


def _rules(workspace: Workspace) -> Counter[tuple[str, str]]:
    with workspace.database.read() as connection:
        return Counter((row.state, row.rule) for row in connection.execute(select(proposal.c.state, proposal.c.rule)))


def test_people_who_are_due_are_reminded_once(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, _PEOPLE)
    platform = PlayedPlatform()
    senders = {("wecom", "corp"): platform}
    first = turn(workspace, (), senders=senders, of_plays=_PLAYS)
    assert (first.proposed, first.judged.approved, first.handed_over) == (30, 30, 30)
    clock.advance_to(NOW_US + HOUR)
    second = turn(workspace, (), senders=senders, of_plays=_PLAYS)
    assert (second.proposed, second.handed_over, second.returned) == (0, 0, 30)
    assert Counter(platform.reached) == Counter(f"wm{number}" for number in _PEOPLE)


def test_what_policy_does_not_approve_is_not_sent(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, _PEOPLE)
    TakeIn(workspace).take([says(7, yes=False, at_us=NOW_US - HOUR)])
    platform = PlayedPlatform()
    turn(workspace, (), senders={("wecom", "corp"): platform}, of_plays=_PLAYS)
    assert "wm7" not in platform.reached
    assert _rules(workspace) == {("approved", ""): 29, ("denied", "consent"): 1}


@dataclass(frozen=True)
class _Wishes:
    """Wants to say one thing a day to everybody, and says what that is worth."""

    name: str
    worth_minor: float
    purpose: str = "marketing"
    chinese: str = "愿望"
    subsystem: str = "trigger"

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        said = Piece(content_id=self.name, text="在吗？")
        return [
            Proposal(
                proposal_id=proposal_id(self.name, person, now_us // DAY), play=self.name, person_id=person,
                purpose=self.purpose, channel=channel, action="mass_send", piece=said,
                expected_value_minor=self.worth_minor, proposed_at_us=now_us, due_at_us=now_us,
                deadline_us=now_us + DAY,
            )
            for person in facts.person.tolist()
        ]  # fmt: skip


def test_a_first_choice_that_the_guard_denies_gives_way_to_the_next_best_in_the_same_turn(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, _PEOPLE)
    platform = PlayedPlatform()
    wishes = [_Wishes("best", 900.0, purpose="profiling"), _Wishes("second", 500.0), _Wishes("third", 100.0)]
    done = turn(workspace, (), senders={("wecom", "corp"): platform}, of_plays=wishes)
    assert Counter(platform.reached) == Counter(f"wm{number}" for number in _PEOPLE)
    assert (done.judged.approved, done.judged.denied) == (30, {"consent": 30})
    with workspace.database.read() as connection:
        rows = connection.execute(select(proposal.c.play, proposal.c.state, proposal.c.rule).distinct()).all()
    assert {tuple(row) for row in rows} == {
        ("best", "denied", "consent"), ("second", "approved", ""), ("third", "waiting", "next_best"),
    }  # fmt: skip


def test_a_withdrawal_between_two_turns_acts_before_the_next_decision(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, _PEOPLE)
    clock.advance_to(NOW_US + 13 * HOUR)  # night: everything is held
    platform = PlayedPlatform()
    senders = {("wecom", "corp"): platform}
    assert turn(workspace, (), senders=senders, of_plays=_PLAYS).judged.held == {"quiet_hours": 30}
    clock.advance_to(NOW_US + 22 * HOUR)
    turn(workspace, [says(9, yes=False, at_us=NOW_US + 20 * HOUR)], senders=senders, of_plays=_PLAYS)
    assert len(platform.reached) == 29
    assert "wm9" not in platform.reached


def test_the_cap_counts_over_plays_and_turns(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path, cap=1)
    due_today(workspace, _PEOPLE)
    platform = PlayedPlatform()
    senders = {("wecom", "corp"): platform}
    turn(workspace, (), senders=senders, of_plays=_PLAYS)
    clock.advance_to(NOW_US + 6 * DAY)
    for number in _PEOPLE:
        TakeIn(workspace).take([order(number, NOW_US + DAY // 2)])
    clock.advance_to(NOW_US + 6 * DAY + 12 * HOUR + HOUR)
    turn(workspace, (), senders=senders, of_plays=_PLAYS)
    assert max(Counter(platform.reached).values()) == 1


def test_people_who_are_held_out_stay_held_out(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path, holdout=0.5)
    due_today(workspace, range(1, 101))
    platform = PlayedPlatform()
    senders = {("wecom", "corp"): platform}
    turn(workspace, (), senders=senders, of_plays=_PLAYS)
    held_out = {f"wm{number}" for number in range(1, 101)} - set(platform.reached)
    assert 25 < len(held_out) < 75
    TakeIn(workspace).take([order(number, NOW_US + DAY) for number in range(1, 101)])
    clock.advance_to(NOW_US + 8 * DAY)
    turn(workspace, (), senders=senders, of_plays=_PLAYS)
    assert len(platform.reached) > 100 - len(held_out)
    assert not held_out & set(platform.reached)


def test_a_lost_answer_is_looked_up_and_never_repeated(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, _PEOPLE)
    platform = PlayedPlatform()
    platform.loses_answers = True
    senders = {("wecom", "corp"): platform}
    assert turn(workspace, (), senders=senders, of_plays=_PLAYS).handed_over == 0
    clock.advance_to(NOW_US + HOUR)
    assert turn(workspace, (), senders=senders, of_plays=_PLAYS).returned == 30
    assert Counter(platform.reached) == Counter(f"wm{number}" for number in _PEOPLE)


def test_dying_in_the_middle_of_a_hand_over_sends_nothing_twice(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, _PEOPLE)
    platform = PlayedPlatform()
    platform.dies = True
    senders = {("wecom", "corp"): platform}
    with pytest.raises(KeyboardInterrupt):
        turn(workspace, (), senders=senders, of_plays=_PLAYS)
    platform.dies = False
    again, clock = open_shop(tmp_path)
    turn(again, (), senders=senders, of_plays=_PLAYS)
    with again.database.read() as connection:
        assert SqlOutbox(connection).counts() == {"claimed": 30}
    clock.advance_to(NOW_US + LOST_AFTER)
    look_up(again, senders, channel="wecom")
    assert Counter(platform.reached) == Counter(f"wm{number}" for number in _PEOPLE)
    with again.database.read() as connection:
        assert SqlOutbox(connection).counts() == {"sent": 30}


def test_receipts_are_touches_of_the_person(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path)
    due_today(workspace, range(1, 2))
    senders = {("wecom", "corp"): PlayedPlatform()}
    turn(workspace, (), senders=senders, of_plays=_PLAYS)
    clock.advance_to(NOW_US + HOUR)
    turn(workspace, (), senders=senders, of_plays=_PLAYS)
    with workspace.database.read() as connection:
        profile = SqlProfiles(connection).of_people([1])[1]
    assert profile.messages_out == 1
    assert profile.orders == 10


def test_a_receipt_of_somebody_who_was_erased_meanwhile_hangs_on_nobody(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 2))
    turn(workspace, (), senders={("wecom", "corp"): PlayedPlatform()}, of_plays=_PLAYS)
    with workspace.database.read() as connection:
        sent = SqlOutbox(connection).open((MessageState.AWAITING,), channel="wecom", most=9)
    receipt = Receipt(sent[0].message_id, MessageState.SENT, "", NOW_US)
    with workspace.database.write() as connection:
        connection.execute(delete(identifier).where(identifier.c.identifier_id == sent[0].identifier_id))
    settle_claimed(workspace, sent, [receipt])
    with workspace.database.read() as connection:
        out = select(touch.c.identifier_id).where(touch.c.kind == TouchKind.MESSAGE_OUT)
        assert connection.execute(out).scalars().all() == [0]


def test_without_a_connected_account_nothing_is_proposed(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, _PEOPLE)
    done = turn(workspace, (), senders={}, of_plays=_PLAYS)
    assert (done.proposed, done.handed_over) == (0, 0)
