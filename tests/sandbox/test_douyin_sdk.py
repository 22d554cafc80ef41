"""Douyin's own SDK (npm @open-dy/open_api_sdk, as it was published) works against the sandbox, but for the address.

It is installed by ``npm ci --prefix tests/sandbox/douyin_sdk``; where it is not, these tests are skipped.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from siyu.sandbox.douyin import DouyinSandbox
from siyu.sandbox.sandbox import Sandbox

HERE = Path(__file__).parent / "douyin_sdk"
NODE = shutil.which("node") or ""
pytestmark = pytest.mark.skipif(
    not NODE or not (HERE / "node_modules" / "@open-dy").is_dir(),
    reason="Douyin's SDK is not installed: npm ci --prefix tests/sandbox/douyin_sdk",
)
Call = tuple[str, dict[str, Any]]
Play = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1, platforms=("douyin",)) as running:
        yield running


@pytest.fixture
def play(sandbox: Sandbox) -> Play:
    """Let the SDK make calls, one after the other; returns an answer or a code for each."""

    def run(*calls: Call) -> list[dict[str, Any]]:
        asked = {"base": sandbox.base_url("douyin"), "calls": [{"call": name, "with": more} for name, more in calls]}
        done = subprocess.run(
            [NODE, str(HERE / "play.js")],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        told: list[dict[str, Any]] = json.loads(done.stdout)
        return told

    return run


def renewal(sandbox: Sandbox) -> Call:
    secrets = sandbox.credentials("douyin")
    fields = {"client_key": secrets["client_key"], "refresh_token": secrets["refresh_token"]}
    return "oauthRefreshToken", {**fields, "grant_type": "refresh_token"}


def test_it_renews_tokens_reads_videos_comments_and_figures_and_answers(sandbox: Sandbox, play: Play) -> None:
    douyin: DouyinSandbox = sandbox.platform("douyin")
    item = douyin.publish("春茶")
    comment = douyin.comment("ann", item, "多少钱")
    message = douyin.write("bob", "在吗")
    secrets = sandbox.credentials("douyin")
    application = {"client_key": secrets["client_key"], "client_secret": secrets["client_secret"]}
    renewed, client = play(renewal(sandbox), ("oauthClientToken", {**application, "grant_type": "client_credential"}))
    assert client["answer"]["data"]["accessToken"]
    by = {"access_token": renewed["answer"]["data"]["accessToken"], "open_id": secrets["open_id"]}
    page = {**by, "cursor": 0, "count": 10}
    reply = {"msg_type": 1, "text": {"text": "在的"}}
    to_bob = {"to_user_id": "bob", "msg_id": message, "conversation_id": douyin.inbound[message][1]}
    told = play(
        ("videoVideoList", page),
        ("commentList", {**page, "item_id": item}),
        ("itemCommentReply", {**by, "item_id": item, "comment_id": comment, "content": "99 元"}),
        ("commentReplyList", {**page, "item_id": item, "comment_id": comment}),
        ("commentTop", {**by, "item_id": item, "comment_id": comment, "top": True}),
        ("sendMsg", {**by, **to_bob, "content": reply, "scene": "im_reply_msg"}),
        ("userFans", {**by, "date_type": 7}),
        ("fansCheck", {**by, "follower_open_id": "ann"}),
        ("itemBase", {**by, "item_id": item}),
        ("videoVideoData", {**by, "item_ids": [item]}),
    )
    assert not [one for one in told if "answer" not in one], told
    videos, comments, _, replies, *_ = [one["answer"]["data"] for one in told]
    assert videos["list"][0]["itemId"] == item
    assert comments["list"][0]["content"] == "多少钱"
    assert replies["list"][0]["content"] == "99 元"
    assert douyin.comments[item][0]["top"] is True
    assert [(one["to"], one["scene"]) for one in douyin.sent] == [("bob", "im_reply_msg")]


def test_it_hears_why_it_may_not(sandbox: Sandbox, play: Play) -> None:
    douyin: DouyinSandbox = sandbox.platform("douyin")
    item = douyin.publish("春茶")
    open_id = sandbox.credentials("douyin")["open_id"]
    name, fields = renewal(sandbox)
    (token,) = play((name, fields))
    douyin.tokens.end_all()
    by = {"access_token": token["answer"]["data"]["accessToken"], "open_id": open_id}
    wrong, ended = play(
        (name, {**fields, "refresh_token": "made up"}),
        ("commentList", {**by, "item_id": item, "cursor": 0, "count": 10}),
    )
    assert wrong.get("code") or wrong["answer"]["data"]["errorCode"] != "0"
    assert ended["code"] == "28001008"
