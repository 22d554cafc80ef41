"""Content calendars: what is sent back before it goes out, and what each piece and topic brought."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.cli.command_line import Siyu
from siyu.app.clock import VirtualClock
from siyu.app.content import calendars, checked, read_calendar, returns, spoken
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.content.piece import Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.stores.sql.schema.dispatch import message
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

START_US = 20_000 * DAY
CALENDAR = """
name: december
pieces:
- content_id: dry-skin
  topic: winter
  day: 2026-12-01
  traffic: {channel: wechat_mp}
  content: {text: "天冷脸干，你睡前三分钟可以这样做，温水洗脸，趁湿抹一层霜。", cost_minor: 9000}
  scene: {family: account}
  interaction: {asks: save}
  brief: {seen: "38 of 210 comments ask"}
- content_id: best
  topic: winter
  day: 2026-12-03
  traffic: {channel: wecom}
  content: {text: "你要的全国第一面霜来了，给你留了一份。", cost_minor: 1000}
  scene: {family: chat}
  interaction: {asks: question}
  brief: {seen: "asked for in the group"}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Ten people met a piece; six of them are there a month later; one met another piece yesterday."""
    with open_workspace(tmp_path / "brand", create=True, clock=VirtualClock(START_US + 100 * DAY)) as opened:
        (opened.folder / "content").mkdir()
        (opened.folder / "content" / "december.yaml").write_text(CALENDAR, "utf-8")
        rows = [(number, 0, TouchKind.VIEW, "dry-skin") for number in range(10)]
        rows += [(number, 40, TouchKind.VISIT, "") for number in range(6)]
        rows += [(20, 99, TouchKind.VIEW, "best")]
        TakeIn(opened).take([
            touch(
                "wechat_mp", kind, happened_at_us=START_US + day * DAY, received_at_us=START_US + day * DAY,
                actors=(Identifier("member_no", f"M{number:04d}"),), content_id=piece, account="gh_1",
            )
            for number, day, kind, piece in rows
        ])  # fmt: skip
        yield opened


def test_pieces_and_topics_are_judged_by_who_stayed_and_what_one_cost(workspace: Workspace) -> None:
    brought = returns(workspace, calendars(workspace))
    first, second = brought["pieces"]
    assert (first.name, first.people, first.seen_60) == ("dry-skin", 10, 10)
    assert first.retained is not None
    assert first.retained.value == 0.6
    assert first.cost_per_retained_minor is not None
    assert first.cost_per_retained_minor.value == 1500
    assert (second.name, second.people, second.seen_60, second.retained) == ("best", 1, 0, None)
    (topic,) = brought["topics"]
    assert (topic.name, topic.pieces, topic.cost_minor, topic.people) == ("winter", 2, 10000, 11)
    assert topic.retained == first.retained


def test_clauses_in_force_are_found_beside_the_editors_look(workspace: Workspace) -> None:
    (calendar,) = calendars(workspace)
    look = checked(calendar)
    assert [(one.content_id, one.what) for one in look.findings] == [("best", "absolute_words")]
    assert look.gaps == {}


def test_the_same_calendar_again_repeats_itself(workspace: Workspace, tmp_path: Path) -> None:
    (calendar,) = calendars(workspace)
    file = tmp_path / "january.yaml"
    file.write_text(CALENDAR.replace("dry-skin", "dry-again").replace("content_id: best", "content_id: b2"), "utf-8")
    repeated = [one.content_id for one in checked(read_calendar(file), [calendar]).findings if one.what == "repeat"]
    assert repeated == ["dry-again", "b2"]


def test_a_channel_that_is_none_is_named_with_those_there_are(tmp_path: Path) -> None:
    file = tmp_path / "december.yaml"
    file.write_text(CALENDAR.replace("wechat_mp", "pigeon"), "utf-8")
    with pytest.raises(BadInputError, match="pigeon") as told:
        read_calendar(file)
    assert told.value.where == "december.yaml: pieces[0].traffic.channel"
    assert "wechat_mp" in told.value.mend


def test_the_command_answers_what_to_mend_and_what_it_brought(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    siyu = Siyu(workspace.folder, capsys)
    status, out, _ = siyu("content", "check", str(workspace.folder / "content" / "december.yaml"), "--json")
    assert (status, json.loads(out)["pieces"]) == (0, 2)
    assert [one["name"] for one in siyu.answered("content", "returns")["pieces"]] == ["dry-skin", "best"]
    (workspace.folder / "content" / "december.yaml").unlink()
    assert "no calendar" in siyu.refused("content", "returns")


def test_as_whom_staff_really_spoke_is_said_beside_the_plan(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workspace.folder / "content" / "december.yaml"
    with pytest.raises(BadInputError, match="no calendar plans a mix"):
        spoken(workspace, calendars(workspace), days=30)
    voiced = CALENDAR.replace("topic: winter\n  day: 2026-12-01", "topic: winter\n  voice: expert\n  day: 2026-12-01")
    voiced = voiced.replace("topic: winter\n  day: 2026-12-03", "topic: winter\n  voice: sales\n  day: 2026-12-03")
    file.write_text(voiced + "mix: {expert: 0.8, sales: 0.2}\n", "utf-8")
    now_us = workspace.clock.now_us()
    sent = [("li", 1, "best"), ("li", 1, "best"), ("li", 1, "dry-skin"), ("li", 2, "dry-skin"), ("chen", 3, "other")]
    sent += [("old", 4, "best")]
    with workspace.database.write() as connection:
        connection.execute(
            message.insert(),
            [
                {
                    "message_id": number.to_bytes(16), "proposal_id": number.to_bytes(16), "play": "welcome",
                    "identifier_id": who, "channel": "wecom", "account": "ww1", "staff": staff, "action": "mass_send",
                    "content": msgspec.json.encode(Piece(content_id=content)), "state": "sent", "todo": None,
                    "attempts": 1, "due_at_us": 0, "deadline_us": 0, "claimed_at_us": 0, "task": "", "detail": "",
                    "settled_at_us": now_us - (40 if staff == "old" else 1) * DAY,
                }
                for number, (staff, who, content) in enumerate(sent)
            ],
        )  # fmt: skip
    chen, li = spoken(workspace, calendars(workspace), days=30)
    assert (chen.staff, chen.unplanned, chen.too_much) == ("chen", 1, [])
    assert (li.expert, li.friend, li.sales, li.people) == (2, 0, 2, 2)
    assert (li.too_much, li.oversold) == (["sales"], 1)
    told = Siyu(workspace.folder, capsys).answered("content", "mix", "--days", "36500")
    assert [row["staff"] for row in told] == ["chen", "li", "old"]


def test_a_card_is_shown_and_a_reply_is_held_to_it(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    siyu = Siyu(workspace.folder, capsys)
    assert "personas.yaml" in siyu.refused("content", "as", "anna")
    cards = workspace.folder / "personas.yaml"
    cards.write_text("anna: {is: 皮肤管理师, calls: [您], avoids: [亲]}\n", "utf-8")
    told = siyu.answered("content", "as", "anna", "亲，到货了")
    assert told["card"]["is"] == "皮肤管理师"
    assert [one["says"] for one in told["tone"]] == ["'亲' is not their word", "nobody is addressed"]
    assert "no persona card" in siyu.refused("content", "as", "li")
    file = tmp_path / "spoken.yaml"
    file.write_text(
        CALENDAR.replace("topic: winter\n  day: 2026-12-03", "topic: w\n  speaker: anna\n  day: 2026-12-03")
    )
    _, out, _ = siyu("content", "check", str(file), "--personas", str(cards), "--json")
    assert [one["what"] for one in json.loads(out)["findings"] if one["what"] == "tone"] == ["tone"]
