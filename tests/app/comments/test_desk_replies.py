"""Replies at the desk: suggested from the brand's own, judged before they are taken; nothing is skipped by a flush."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from siyu.app.clock import VirtualClock
from siyu.app.comments.leads import claim, desk, relabel, suggestions
from siyu.app.comments.replies import reply
from siyu.app.comments.screen import screen
from siyu.app.lake import flush, timelines
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, MINUTE
from siyu.stores.sql.comment_leads import SqlCommentLeads
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW = 20_000 * DAY


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, clock=VirtualClock(NOW), create=True)
    yield opened
    opened.close()


def _say(workspace: Workspace, *texts: str, channel: str = "douyin", start: int = 0) -> None:
    TakeIn(workspace).take(
        [
            touch(
                channel, TouchKind.COMMENT, happened_at_us=NOW - MINUTE, received_at_us=NOW,
                actors=(Identifier("openid@d", f"who{start + place:06d}"),), content_id="v1", properties={"text": one},
                event_key=f"c{start + place}",
            )
            for place, one in enumerate(texts)
        ]
    )  # fmt: skip


def _lead(workspace: Workspace, comment: str) -> str:
    return next(one["lead"] for one in desk(workspace, staff="li") if one["comment"] == comment)


def test_a_flush_before_the_screening_skips_no_comment_and_the_text_stays(workspace: Workspace) -> None:
    _say(workspace, "请问这个多少钱", "质量太差了要求退款")
    flush(workspace)
    assert screen(workspace).comments == 0  # the flush had them looked at
    assert [one["comment"] for one in desk(workspace)] == ["请问这个多少钱"]
    lake = timelines(workspace)
    kinds = [kind for bucket in lake.buckets for kind in lake.of_bucket(bucket, ("kind",)).kind.tolist()]
    assert sorted(kinds) == sorted([*[int(TouchKind.COMMENT)] * 2, int(TouchKind.COMPLAINT)])


def test_a_turn_screens_comments(workspace: Workspace) -> None:
    _say(workspace, "请问这个多少钱")
    turn(workspace, (), senders={})
    assert len(desk(workspace)) == 1


def test_screening_goes_on_in_parts_and_past_what_is_no_comment(workspace: Workspace) -> None:
    _say(workspace, *(["多少钱呀", "哈哈"] * 20))
    with workspace.database.write() as connection:
        store = SqlCommentLeads(connection)
        part, last = store.unscreened(store.last_touch(), most=7)
        assert (len(part), last) == (7, 7)
    assert screen(workspace).comments == 40
    with workspace.database.read() as connection:
        assert SqlCommentLeads(connection).unscreened(40) == ([], 40)


def test_what_was_answered_is_suggested_for_a_like_comment_unless_the_platform_forbids_it_now(
    workspace: Workspace,
) -> None:
    _say(workspace, "这个裙子多少钱", "请问哪里可以买到", "裙子多少钱呀")
    screen(workspace)
    reply(workspace, _lead(workspace, "这个裙子多少钱"), "li", "199 元，点主页小店可以看到")
    reply(workspace, _lead(workspace, "请问哪里可以买到"), "li", "主页小店就有")
    first = suggestions(workspace, _lead(workspace, "裙子多少钱呀"))[0]
    assert first["answer"] == "199 元，点主页小店可以看到"
    assert 0.2 < first["likeness"] < 1
    with workspace.database.write() as connection:  # words that were taken on another platform, or under older rules
        connection.execute(text("UPDATE comment_lead SET answer = '加我微信 abc12345 聊' WHERE answer LIKE '199%'"))
    assert all("微信" not in one["answer"] for one in suggestions(workspace, _lead(workspace, "裙子多少钱呀")))


def test_a_reply_with_contact_details_is_refused_with_a_way_out(workspace: Workspace) -> None:
    _say(workspace, "请问这个多少钱")
    screen(workspace)
    lead = _lead(workspace, "请问这个多少钱")
    with pytest.raises(RefusedError) as refused:
        reply(workspace, lead, "li", "加我微信 abc12345 发你价格")
    assert refused.value.allowed
    assert len(desk(workspace)) == 1
    reply(workspace, lead, "li", "199 元，主页小店有")
    with pytest.raises(BadInputError, match="done already"):
        reply(workspace, lead, "li", "199 元，主页小店有")


def test_nobody_answers_what_somebody_else_has(workspace: Workspace) -> None:
    _say(workspace, "请问这个多少钱")
    screen(workspace)
    lead = _lead(workspace, "请问这个多少钱")
    claim(workspace, lead, "wang")
    with pytest.raises(BadInputError, match="with wang"):
        reply(workspace, lead, "li", "199 元")


def test_a_lead_that_is_a_complaint_goes_to_after_sales_and_another_inquiry_stays(workspace: Workspace) -> None:
    _say(workspace, "请问这个多少钱", "哪里可以买到呀")
    screen(workspace)
    relabel(workspace, _lead(workspace, "哪里可以买到呀"), "availability")
    relabel(workspace, _lead(workspace, "请问这个多少钱"), "complaint")
    (left,) = desk(workspace)
    assert left["intent"] == "availability"
    with workspace.database.read() as connection:
        kinds = connection.execute(text("SELECT kind FROM touch")).scalars().all()
    assert kinds.count(int(TouchKind.COMPLAINT)) == 1
    with pytest.raises(BadInputError, match="no intent"):
        relabel(workspace, left["lead"], "weather")
    with pytest.raises(BadInputError, match="not an id"):
        relabel(workspace, "zz", "price")
    with pytest.raises(BadInputError, match="no lead"):
        relabel(workspace, "00" * 16, "price")
