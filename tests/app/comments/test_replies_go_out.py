"""Answers to comments, end to end: judged, said once at the played platform over HTTP, and booked on the lead."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from siyu.app.channels.senders import open_senders
from siyu.app.clock import VirtualClock
from siyu.app.comments.leads import desk
from siyu.app.comments.replies import book_replies, reply, said_by_hand, under_way
from siyu.app.comments.screen import screen
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.views.comment_chain import chain
from siyu.app.workspace import Workspace, open_workspace
from siyu.channels.douyin.client import DouyinClient
from siyu.channels.douyin.sender import DouyinSender
from siyu.channels.kuaishou.client import KuaishouClient
from siyu.channels.kuaishou.sender import KuaishouSender
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.tokens import SqlTokens
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW = 1_772_328_600_000_000  # 2026-03-01 09:30 in Beijing
ASKED = "请问这个裙子多少钱"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def workspace(tmp_path: Path, clock: VirtualClock) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, clock=clock, create=True)
    yield opened
    opened.close()


@pytest.fixture
def sandbox(clock: VirtualClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, seed=5, platforms=("douyin", "kuaishou")) as running:
        yield running


def connect(workspace: Workspace, account: Account) -> None:
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(account, now_us=NOW - 40 * DAY)


def read(workspace: Workspace, account: Account) -> None:
    """Read the platform's comments into the workspace, as the worker does."""
    pulling: Any = import_module(f"siyu.channels.{account.channel}.pull")
    now, tokens = workspace.clock.now_us(), SqlTokens(workspace.database, workspace.vault)
    for touches in pulling.pull(account, tokens=tokens, start_us=now - DAY, end_us=now + 1, now_us=now):
        TakeIn(workspace).take(touches)
    screen(workspace)


def turned(workspace: Workspace) -> None:
    turn(workspace, (), senders=open_senders(workspace))


def said_on_douyin(sandbox: Sandbox, item: str) -> list[str]:
    return [row["content"] for row in sandbox.platform("douyin").comments[item] if row["_under"]]


def said_on_kuaishou(sandbox: Sandbox, _item: str) -> list[str]:
    return [row["reply_content"] for row in sandbox.platform("kuaishou").replies]


def asked_on(sandbox: Sandbox, channel: str) -> str:
    platform = sandbox.platform(channel)
    item = platform.publish("新裙子") if channel == "douyin" else ""
    if channel == "douyin":
        platform.comment("p1", item, ASKED)
    else:
        platform.comment(3_000_000_001, ASKED)
    return item


@pytest.mark.parametrize(("channel", "said"), [("douyin", said_on_douyin), ("kuaishou", said_on_kuaishou)])
def test_an_answer_goes_out_once_and_its_receipt_comes_back_onto_the_lead(
    workspace: Workspace, sandbox: Sandbox, clock: VirtualClock, channel: str, said: Callable[[Sandbox, str], list[str]]
) -> None:
    connect(workspace, sandbox.account(channel))
    item = asked_on(sandbox, channel)
    read(workspace, sandbox.account(channel))
    (waiting,) = desk(workspace)
    clock.advance_to(NOW + MINUTE)
    assert reply(workspace, waiting["lead"], "li", "199 元，主页小店有", promised="尺码表").way == "outbox"
    assert said(sandbox, item) == []  # nothing goes past the guard
    assert [(one["state"], one["way"]) for one in under_way(workspace)] == [("waiting", "outbox")]
    with workspace.database.read() as connection:
        assert SqlPromises(connection).open() == []
    turned(workspace)
    assert said(sandbox, item) == ["199 元，主页小店有"]
    turned(workspace)
    turned(workspace)
    assert said(sandbox, item) == ["199 元，主页小店有"]
    assert under_way(workspace) == desk(workspace) == []
    read(workspace, sandbox.account(channel))  # our own words come back from the platform, and ask nothing
    assert desk(workspace) == []
    with workspace.database.read() as connection:
        assert [one.what for one in SqlPromises(connection).open()] == ["尺码表"]
    assert {rate.step: rate.reached for rate in chain(workspace)["rates"]}["reply"] == 1


@pytest.mark.parametrize(("channel", "said"), [("douyin", said_on_douyin), ("kuaishou", said_on_kuaishou)])
def test_an_answer_whose_answer_was_lost_is_found_and_not_said_again(
    workspace: Workspace, sandbox: Sandbox, clock: VirtualClock, channel: str, said: Callable[[Sandbox, str], list[str]]
) -> None:
    connect(workspace, sandbox.account(channel))
    item = asked_on(sandbox, channel)
    read(workspace, sandbox.account(channel))
    reply(workspace, desk(workspace)[0]["lead"], "li", "199 元，主页小店有")
    turn(workspace, (), senders=losing(workspace, sandbox.account(channel)))
    assert said(sandbox, item) == ["199 元，主页小店有"]
    assert [one["state"] for one in under_way(workspace)] == ["unknown"]
    clock.advance_to(NOW + 2 * MINUTE)
    turned(workspace)
    book_replies(workspace)
    assert said(sandbox, item) == ["199 元，主页小店有"]
    assert under_way(workspace) == desk(workspace) == []
    assert {rate.step: rate.reached for rate in chain(workspace)["rates"]}["reply"] == 1


class LosesReplies(httpx.BaseTransport):
    """Hands requests to the platform; what it answers to a reply is lost on the way back."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.url.path.rstrip("/").endswith("comment/reply"):
            answer.read()
            answer.close()
            raise httpx.ReadError("the connection broke", request=request)
        return answer

    def close(self) -> None:
        self._inner.close()


def losing(workspace: Workspace, account: Account) -> dict[tuple[str, str], Any]:
    """Open the account's sender over a connection that loses the answers to replies."""
    tokens, now_us = SqlTokens(workspace.database, workspace.vault), workspace.clock.now_us
    sender: Any
    if account.channel == "douyin":
        sender = DouyinSender(DouyinClient(account, tokens=tokens, transport=LosesReplies()), now_us=now_us)
    else:
        sender = KuaishouSender(KuaishouClient(account, tokens=tokens, transport=LosesReplies()), now_us=now_us)
    return {(account.channel, account.account): sender}


def test_an_answer_that_never_arrived_comes_back_to_the_desk_with_the_reason(
    workspace: Workspace, sandbox: Sandbox, clock: VirtualClock
) -> None:
    connect(workspace, sandbox.account("douyin"))
    item = asked_on(sandbox, "douyin")
    read(workspace, sandbox.account("douyin"))
    reply(workspace, desk(workspace)[0]["lead"], "li", "199 元，主页小店有")
    turn(workspace, (), senders=losing(workspace, sandbox.account("douyin")))
    platform = sandbox.platform("douyin")
    platform.comments[item] = [row for row in platform.comments[item] if not row["_under"]]  # it took no effect
    clock.advance_to(NOW + 10 * MINUTE)
    turned(workspace)
    assert [one["state"] for one in under_way(workspace)] == ["unknown"]  # it may still be on its way
    clock.advance_to(NOW + HOUR)
    turned(workspace)
    (waiting,) = desk(workspace, staff="li")
    assert "does not stand under the comment" in waiting["came_back"]
    reply(workspace, waiting["lead"], "li", "199 元，点主页小店")
    turned(workspace)
    assert said_on_douyin(sandbox, item) == ["199 元，点主页小店"]


def test_what_the_guard_denies_waits_again_and_nothing_is_said(workspace: Workspace, sandbox: Sandbox) -> None:
    connect(workspace, sandbox.account("douyin"))
    item = asked_on(sandbox, "douyin")
    read(workspace, sandbox.account("douyin"))
    lead = desk(workspace)[0]["lead"]
    with pytest.raises(RefusedError):
        reply(workspace, lead, "li", "加我微信 abc12345 发你价格")
    with workspace.database.write() as connection:
        SqlPauses(connection).put("play:comment_reply", reason="a crisis", now_us=NOW)
    reply(workspace, lead, "li", "199 元，主页小店有")
    turned(workspace)
    assert said_on_douyin(sandbox, item) == []
    (held,) = under_way(workspace)
    assert (held["state"], held["because"]) == ("held", "play:comment_reply is paused: a crisis")


def test_who_asks_at_night_is_answered_at_night_and_a_cap_on_messages_holds_no_answer_back(
    workspace: Workspace, sandbox: Sandbox, clock: VirtualClock
) -> None:
    connect(workspace, sandbox.account("douyin"))
    clock.advance_to(NOW + 14 * HOUR)  # 23:30
    platform = sandbox.platform("douyin")
    item = platform.publish("新裙子")
    for place in range(6):
        platform.comment("p1", item, f"{ASKED}{'呀' * place}")
    read(workspace, sandbox.account("douyin"))
    for one in desk(workspace):
        reply(workspace, one["lead"], "li", "199 元，主页小店有")
    clock.advance_to(NOW + 14 * HOUR + MINUTE)
    turned(workspace)
    assert len(said_on_douyin(sandbox, item)) == 6
    with workspace.database.read() as connection:
        assert SqlOutbox(connection).counts() == {"sent": 6}


def test_where_no_platform_api_is_the_answer_is_a_task_for_the_staff_member(workspace: Workspace) -> None:
    TakeIn(workspace).take(
        [
            touch(
                "xiaohongshu", TouchKind.COMMENT, happened_at_us=NOW - MINUTE, received_at_us=NOW, content_id="n1",
                actors=(Identifier("openid@x", "who000001"),), properties={"text": ASKED}, event_key="c1",
            )
        ]
    )  # fmt: skip
    screen(workspace)
    lead = desk(workspace)[0]["lead"]
    assert reply(workspace, lead, "li", "199 元，主页店铺有", promised="尺码表").way == "by_hand"
    (task,) = under_way(workspace, staff="li")
    assert (task["answer"], task["state"], task["comment"]) == ("199 元，主页店铺有", "to_be_said", ASKED)
    assert under_way(workspace, staff="wang") == []
    said_by_hand(workspace, lead)
    assert under_way(workspace) == desk(workspace) == []
    with workspace.database.read() as connection:
        assert [one.what for one in SqlPromises(connection).open()] == ["尺码表"]
    with pytest.raises(BadInputError, match="waits to be said"):
        said_by_hand(workspace, lead)
