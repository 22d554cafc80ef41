"""A complaint in a comment, end to end: marketing to its writer waits for that reason until it is closed."""

from pathlib import Path

from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.comments.leads import desk
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.people.consent import MARKETING, ConsentRecord
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.campaigns import proposal as proposals
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW = 1_772_328_600_000_000  # 2026-03-01 09:30 in Beijing
WHO = Identifier("phone", "+8613800138000")


def happens(workspace: Workspace, channel: str, kind: TouchKind, at_us: int, **fields: str) -> None:
    said = {"text": fields.pop("text")} if "text" in fields else {}
    one = touch(
        channel, kind, happened_at_us=at_us, received_at_us=at_us, actors=(WHO,), staff="li", properties=said,
        **fields,
    )  # fmt: skip
    TakeIn(workspace).take([one])


def offer(person: int, now_us: int) -> Proposal:
    return Proposal(
        proposal_id=proposal_id("win_back", person, now_us), play="win_back", person_id=person, purpose=MARKETING,
        channel="wecom", action="mass_send", piece=Piece(content_id="c", text="春茶到店"), expected_value_minor=1.0,
        proposed_at_us=now_us, due_at_us=now_us, deadline_us=now_us + 30 * DAY,
    )  # fmt: skip


def test_a_complaint_in_a_comment_silences_marketing_to_its_writer_until_it_is_closed(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    workspace = open_workspace(tmp_path, clock=clock, create=True)
    happens(workspace, "wecom", TouchKind.CONTACT_ADDED, NOW - DAY, account="corp")
    with workspace.database.write() as connection:
        number, person = connection.execute(select(identifier.c.identifier_id, identifier.c.person_id)).one()
        SqlConsents(connection).append([ConsentRecord(number, MARKETING, "wecom", True, "v1", "form", NOW - DAY)])
    happens(workspace, "douyin", TouchKind.COMMENT, NOW - MINUTE, text="质量太差了，要求退款", content_id="v1")
    turn(workspace, (), senders={})
    assert desk(workspace) == []  # it is no lead
    with workspace.database.write() as connection:
        SqlProposals(connection).add([offer(person, NOW)])
    judged = judge_due(workspace)
    assert (judged.approved, judged.held | judged.denied) == (0, {"open_complaint": 1})
    happens(workspace, "wecom", TouchKind.COMPLAINT_CLOSED, NOW + HOUR)
    clock.advance_to(NOW + DAY + MINUTE)
    turn(workspace, (), senders={})
    with workspace.database.read() as connection:
        assert connection.execute(select(proposals.c.state)).scalars().all() == ["approved"]
    workspace.close()
