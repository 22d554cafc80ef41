"""What staff send by hand takes the same slots as what we send; the platform counts it, and so do we."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from dispatch.market_stall import NOW_US, contact, open_stall
from siyu.app.channels.senders import open_senders
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.by_staff import EVERY, count_by_staff
from siyu.app.dispatch.carry_out import carry_out, look_up
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.policy.reasons import why
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch


def _said(number: int, task: str, kind: TouchKind, at_us: int, *, key: str = "", action: str = "mass_send") -> Touch:
    return touch(
        "wecom", kind, account="corp", actors=(contact(number),), staff="anna", about=task, event_key=key or task,
        properties={"action": action}, happened_at_us=at_us, received_at_us=at_us,
    )  # fmt: skip


def _person(workspace: Workspace) -> int:
    with workspace.database.read() as connection:
        return (
            connection.execute(select(identifier.c.person_id).order_by(identifier.c.person_id)).scalars().first() or 0
        )


def _wants(workspace: Workspace, person: int, play: str = "win_back") -> tuple[str, str]:
    """Propose a mass send and judge it; return how it stands, and why in words."""
    now_us = workspace.clock.now_us()
    one = Proposal(
        proposal_id=proposal_id(play, person, now_us), play=play, person_id=person, purpose="marketing",
        channel="wecom", action="mass_send", piece=Piece(content_id="c", text="hello"), expected_value_minor=1.0,
        proposed_at_us=now_us, due_at_us=now_us, deadline_us=now_us + 14 * DAY,
    )  # fmt: skip
    with workspace.database.write() as connection:
        SqlProposals(connection).add([one])
    judge_due(workspace)
    with workspace.database.read() as connection:
        row = connection.execute(select(proposal).where(proposal.c.proposal_id == one.proposal_id)).one()
    return row.state, why(row.rule, row.reason, msgspec.json.decode(row.evidence))


@pytest.fixture
def stall(tmp_path: Path) -> Iterator[tuple[Workspace, VirtualClock]]:
    workspace, clock = open_stall(tmp_path / "shop", cap=50, people=range(1))
    yield workspace, clock
    workspace.close()


def test_what_a_guide_sent_today_holds_ours_until_the_platform_takes_another(
    stall: tuple[Workspace, VirtualClock],
) -> None:
    workspace, clock = stall
    person = _person(workspace)
    sent = _said(0, "msg1", TouchKind.MESSAGE_OUT, NOW_US - HOUR)
    assert [TakeIn(workspace).take([sent]).accepted for _ in range(2)] == [1, 0]
    with workspace.database.read() as connection:
        assert SqlOutbox(connection).by_staff(since_us=NOW_US - DAY) == 1
        assert SqlOutbox(connection).counts() == {}  # not one of ours
    state, reason = _wants(workspace, person)
    assert (state, reason) == ("held", "wecom takes no more mass_send for this customer: staff sent 1 by hand")
    clock.advance_to(NOW_US + 23 * HOUR + MINUTE)
    assert judge_due(workspace).approved == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_failed_or_was_taken_back_gives_its_place_back_in_any_order(
    stall: tuple[Workspace, VirtualClock], order: tuple[int, int]
) -> None:
    workspace, _ = stall
    told = [
        _said(0, "msg1", TouchKind.MESSAGE_OUT, NOW_US - HOUR),
        _said(0, "msg1", TouchKind.MESSAGE_FAILED, NOW_US - MINUTE, key="msg1 failed"),
    ]
    for place in order:
        TakeIn(workspace).take([told[place]])
    with workspace.database.read() as connection:
        assert SqlOutbox(connection).by_staff(since_us=NOW_US - DAY) == 0
    assert _wants(workspace, _person(workspace))[0] == "approved"


def test_a_talk_with_staff_uses_up_no_cap_of_the_brand(tmp_path: Path) -> None:
    workspace, _ = open_stall(tmp_path / "shop", cap=1, people=range(1))
    answers = [_said(0, f"kf|{n}", TouchKind.MESSAGE_OUT, NOW_US - n * MINUTE, action="kf_reply") for n in range(1, 9)]
    TakeIn(workspace).take(answers)
    assert _wants(workspace, _person(workspace))[0] == "approved"
    workspace.close()


def test_the_platform_is_asked_what_went_out_past_us_and_our_own_sends_count_once(tmp_path: Path) -> None:
    workspace, clock = open_stall(tmp_path / "shop", cap=50, people=range(0))
    with Sandbox(clock=clock, platforms=("wecom",)) as sandbox:
        corp = sandbox.platform("wecom")
        corp.load_customers([(f"wm{n}", "anna", "") for n in range(3)], since_s=NOW_US // 1_000_000 - 86_400)
        corp.set_habit(share=1.0, delay_s=(0.0, 1.0))
        with workspace.database.write() as connection:
            SqlAccounts(connection, workspace.vault).connect(sandbox.account("wecom"), now_us=NOW_US)
        senders = open_senders(workspace)
        corp.mass_send.send_by_hand("anna", ["wm0", "wm1"])
        account = corp.account
        known = [
            touch(
                "wecom", kind, account=account, staff="anna",
                actors=(Identifier(f"external_userid@{account}", f"wm{n}"),),
                happened_at_us=NOW_US - 2 * DAY, received_at_us=NOW_US - 2 * DAY,
            )
            for n in range(3)
            for kind in (TouchKind.CONTACT_ADDED, TouchKind.CONSENT_GIVEN, TouchKind.MESSAGE_IN)
        ]  # fmt: skip
        TakeIn(workspace).take(known)
        assert count_by_staff(workspace, senders) == 2
        assert count_by_staff(workspace, senders) == 0  # asked a moment ago
        with workspace.database.read() as connection:
            people = list(connection.execute(select(identifier.c.person_id).order_by("identifier_id")).scalars())
        assert [_wants(workspace, one)[0] for one in people] == ["held", "held", "approved"]
        assert carry_out(workspace, senders, channel="wecom") == 1
        clock.advance_to(clock.now_us() + EVERY + MINUTE)
        assert look_up(workspace, senders, channel="wecom") == 1
        assert count_by_staff(workspace, senders) == 0  # ours is no news
        with workspace.database.read() as connection:
            states = select(message.c.state).where(message.c.play == "win_back")
            assert list(connection.execute(states).scalars()) == [MessageState.SENT.value]
            assert SqlOutbox(connection).by_staff(since_us=0) == 2
    workspace.close()
