"""What is refused, everywhere it can be asked for: the list, the guard, the HTTP door, the command."""

from pathlib import Path

import httpx
import msgspec
import pytest

from app.shop import open_shop
from policy.cases import case, proposal
from siyu.app.access.api_keys import make_key
from siyu.app.api import build
from siyu.app.cli.policy import may
from siyu.app.oversight.refused import refused_asks
from siyu.kernel.errors import RefusedError
from siyu.kernel.period import LATEST_US
from siyu.policy.refusals import refusal_of, refusals
from siyu.policy.rules.official_way import OfficialWay
from siyu.policy.verdict import Allow, Deny


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_five_that_the_product_is_known_for_are_there() -> None:
    assert {"bulk_add", "message_others_followers", "paid_comments", "fake_members", "bought_accounts"} <= set(
        refusals()
    )


@pytest.mark.parametrize("name", sorted(refusals()))
def test_every_refusal_says_why_by_what_and_what_instead_in_both_languages(name: str) -> None:
    one = refusals()[name]
    assert all(len(text) > 5 for text in (one.reason, one.source, one.allowed, one.allowed_zh))
    assert len(one.reason_zh) >= 4
    assert refusal_of(name) == one
    assert all(refusal_of(asked.replace("_", " ").title()) == one for asked in one.asked)


def test_what_is_not_on_the_list_is_not_refused() -> None:
    assert refusal_of("mass_send") is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("批量加好友", "bulk_add"), ("一键添加通讯录好友", "bulk_add"), ("mass add friends", "bulk_add"),
        ("import phone numbers and add them", "bulk_add"), ("followers of other accounts", "message_others_followers"),
        ("给同行的粉丝发私信", "message_others_followers"),
        ("message a competitor's followers", "message_others_followers"),
        ("刷评论", "paid_comments"), ("找水军控评", "paid_comments"), ("buy 5-star reviews", "paid_comments"),
        ("reviews for hire", "paid_comments"), ("机器人进群", "fake_members"), ("买粉", "fake_members"),
        ("add fake members to the group", "fake_members"), ("买号", "bought_accounts"), ("租微信号", "bought_accounts"),
        ("rent a few old accounts", "bought_accounts"),
    ],
)  # fmt: skip
def test_it_is_refused_in_people_s_own_words(words: str, name: str) -> None:
    found = refusal_of(words)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "words",
    [
        "add a tag", "加一位客户的备注", "reply to comments", "comment_reply", "group_send", "welcome", "import orders",
        "买一送一", "给自己的粉丝发消息", "followers report", "connect an account", "批量导入订单", "review the plan",
    ],
)  # fmt: skip
def test_harmless_wishes_are_not_refused(words: str) -> None:
    assert refusal_of(words) is None


@pytest.mark.parametrize("name", sorted(refusals()))
def test_the_command_refuses_and_names_the_allowed_way(name: str) -> None:
    with pytest.raises(RefusedError, match="Allowed instead"):
        may(name)


@pytest.mark.anyio
async def test_the_http_door_refuses_each_with_its_reason_and_the_allowed_way(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    headers = {"Authorization": f"Bearer {make_key(workspace, 'read')}"}
    transport = httpx.ASGITransport(app=build(workspace))
    async with httpx.AsyncClient(transport=transport, base_url="http://siyu", headers=headers) as door:
        listed = (await door.get("/v1/refusals")).json()["refusals"]
        assert {one["name"] for one in listed} == set(refusals())
        for one in refusals().values():
            said = await door.post("/v1/actions", json={"action": one.asked[0]})
            assert said.status_code == 403
            assert said.headers["content-type"] == "application/problem+json"
            assert said.json()["allowed"] == one.allowed
            assert one.reason in said.json()["detail"]
        assert (await door.post("/v1/actions", json={"action": "mass_send"})).status_code == 400
        linted = await door.post("/v1/lint", json={"text": "加我v信", "platform": "抖音"})
        assert linted.json()["findings"][0]["rule"] == "contact_wechat"
        assert (await door.post("/v1/lint", json={})).status_code == 400
    with workspace.database.read() as connection:  # the compliance report counts each ask
        assert refused_asks(connection, from_us=0, to_us=LATEST_US) == dict.fromkeys(refusals(), 1)


def test_the_guard_denies_what_the_platform_has_no_official_way_for() -> None:
    rule = OfficialWay({"wecom": frozenset({"mass_send"})})
    assert isinstance(rule.judge(case()), Allow)
    bulk = rule.judge(case(msgspec.structs.replace(proposal(), action="bulk_add")))
    assert isinstance(bulk, Deny)
    assert "live code" in str(bulk.evidence["instead"])
    assert isinstance(rule.judge(case(msgspec.structs.replace(proposal(), action="post_moments_by_robot"))), Deny)
    elsewhere = msgspec.structs.replace(proposal(), channel="carrier_pigeon", action="fly")
    assert isinstance(rule.judge(case(elsewhere)), Allow)
