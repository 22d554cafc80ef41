"""The played WeCom behaves as the real one where a naive adapter would break."""

from typing import Any

import httpx
import pytest

from sandbox.listener import listening
from siyu.app.clock import VirtualClock
from siyu.channels.unmapped import NamesOnly
from siyu.channels.wecom.callback import touches_from_callback
from siyu.dispatch.account import Account
from siyu.kernel.period import DAY, HOUR, SECOND
from siyu.sandbox.faults import Faults
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wecom import WeComSandbox

CUSTOMER = f"wm{0:020d}"


class Caller:
    """Calls the API as plainly as possible."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._http = httpx.Client(base_url=sandbox.base_url("wecom") + "/cgi-bin/", trust_env=False, verify=False)
        secrets = sandbox.credentials("wecom")
        query = {"corpid": secrets["corp_id"], "corpsecret": secrets["secret"]}
        self.token = self._http.get("gettoken", params=query).json()["access_token"]

    def __call__(self, call: str, body: Any = None, **query: str) -> dict[str, Any]:
        asked = {"access_token": self.token, **query}
        answer = self._http.get(call, params=asked) if body is None else self._http.post(call, params=asked, json=body)
        assert answer.status_code == 200  # WeCom says no inside the answer
        found: dict[str, Any] = answer.json()
        return found

    def code(self, call: str, body: Any = None, **query: str) -> int:
        return int(self(call, body, **query)["errcode"])


@pytest.fixture
def call(sandbox: Sandbox, corp: WeComSandbox) -> Caller:
    return Caller(sandbox)


def test_a_token_lives_two_hours_and_asking_again_gives_the_same(
    call: Caller, sandbox: Sandbox, clock: VirtualClock
) -> None:
    assert Caller(sandbox).token == call.token
    clock.advance_to(clock.now_us() + 2 * HOUR)
    assert call.code("get_api_domain_ip") == 42001
    assert Caller(sandbox).token != call.token


def test_bad_tokens_and_secrets_have_their_codes(call: Caller, corp: WeComSandbox) -> None:
    assert call.code("get_api_domain_ip", access_token="made up") == 40014
    assert call.code("get_api_domain_ip", access_token="") == 41001
    assert call.code("gettoken", corpid="ww_other", corpsecret="x") == 40013
    assert call.code("gettoken", corpid=corp.account, corpsecret="x") == 40001


def test_a_machine_that_is_not_trusted_is_refused(call: Caller, corp: WeComSandbox) -> None:
    corp.trusts_this_machine = False
    assert call.code("get_api_domain_ip") == 60020


def test_over_the_bucket_an_api_is_blocked_for_a_minute(call: Caller, corp: WeComSandbox, clock: VirtualClock) -> None:
    corp.per_minute = 2
    assert [call.code("externalcontact/get_follow_user_list") for _ in range(4)] == [0, 0, 45009, 45009]
    clock.advance_to(clock.now_us() + 60 * SECOND)
    assert call.code("externalcontact/get_follow_user_list") == 0


def test_any_code_can_be_asked_for(call: Caller, corp: WeComSandbox) -> None:
    corp.fail_next("externalcontact/get_follow_user_list", 45033, times=2)
    assert [call.code("externalcontact/get_follow_user_list") for _ in range(3)] == [45033, 45033, 0]


def test_busy_and_ended_tokens_happen_on_request() -> None:
    faults = Faults(busy=0.5, ended_tokens=0.2)
    with Sandbox(seed=3, platforms=("wecom",), faults=faults) as running:
        call = Caller(running)
        seen = set()
        for _ in range(60):
            seen.add(call.code("get_api_domain_ip"))
            call.token = Caller(running).token
        assert seen == {0, -1, 42001}


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b'{"userid_list":"staff0"}', b'{"userid_list":[1]}'])
def test_rubbish_is_refused_with_a_code(body: bytes, call: Caller, sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url('wecom')}/cgi-bin/externalcontact/batch/get_by_user?access_token={call.token}"
    answer = httpx.post(url, content=body, trust_env=False).json()
    assert answer["errcode"] in {40058, 47001}


def test_limits_of_a_mass_send_are_kept(call: Caller) -> None:
    send = "externalcontact/add_msg_template"
    to = {"external_userid": [CUSTOMER], "sender": "staff0"}
    assert call.code(send, to | {"text": {"content": "x" * 4001}}) == 40058
    assert call.code(send, to | {"attachments": [{"msgtype": "image"}] * 10}) == 41064
    assert call.code(send, to | {"attachments": [{"msgtype": "hologram"}]}) == 41065
    assert call.code(send, to) == 40063
    assert call.code(send, {"text": {"content": "x"}}) == 40058
    assert call.code(send, {"text": {"content": "x"}, "external_userid": ["x"] * 10_001}) == 40058
    assert call.code(send, {"text": {"content": "x"}, "external_userid": ["wmstranger"], "sender": "staff0"}) == 41048
    assert call.code(send, {"text": {"content": "x"}, "sender": "nobody"}) == 40058


def test_a_task_without_a_sender_goes_to_the_staff_who_follow(call: Caller, corp: WeComSandbox) -> None:
    wanted = [f"wm{number:020d}" for number in range(4)]
    msgid = call("externalcontact/add_msg_template", {"external_userid": wanted, "text": {"content": "x"}})["msgid"]
    tasks = call("externalcontact/get_groupmsg_task", {"msgid": msgid})["task_list"]
    assert [(one["userid"], one["status"]) for one in tasks] == [("staff0", 0), ("staff1", 0)]


def test_staff_confirm_by_habit_in_their_own_time(call: Caller, corp: WeComSandbox, clock: VirtualClock) -> None:
    corp.load_customers([(f"wmmany{number:014d}", f"many{number}", "") for number in range(100)])
    corp.set_habit(share=0.5, delay_s=(600.0, 3600.0))
    for number in range(100):
        call("externalcontact/add_msg_template", {"sender": f"many{number}", "text": {"content": "x"}})
    clock.advance_to(clock.now_us() + 599 * SECOND)
    assert not corp.arrivals()
    clock.advance_to(clock.now_us() + 1500 * SECOND)
    some = len(corp.arrivals())
    clock.advance_to(clock.now_us() + DAY)
    arrived = corp.arrivals()
    assert 0 < some < len(arrived)
    assert 30 < len(arrived) < 70
    assert max(one.at_us for one in arrived) < clock.now_us() - DAY + 3600 * SECOND


def test_old_friends_come_back_without_state_and_without_a_welcome(corp: WeComSandbox) -> None:
    first = corp.customers.add("wmcomesback00000001", "staff0", state="spring")
    corp.customers.leave("wmcomesback00000001", "staff0")
    second = corp.customers.add("wmcomesback00000001", "staff0", state="summer")
    assert (bool(first), second) == (True, "")
    added = [fields for _, change, fields in corp.events if change == "add_external_contact"]
    assert [one["State"] for one in added] == ["spring", ""]


def test_no_welcome_code_when_the_console_welcomes(corp: WeComSandbox) -> None:
    corp.customers.console_welcome = True
    assert corp.customers.add("wmconsole0000000001", "staff0") == ""


def test_a_change_of_phones_alone_fires_nothing(corp: WeComSandbox) -> None:
    corp.customers.edit(CUSTOMER, "staff0", mobiles=["13800138000"])
    assert not corp.events
    corp.customers.edit(CUSTOMER, "staff0", remark="VIP")
    assert corp.events[-1][1] == "edit_external_contact"


def test_what_people_do_is_called_back_encrypted_and_becomes_touches(sandbox: Sandbox, corp: WeComSandbox) -> None:
    account: Account = sandbox.account("wecom")
    with listening() as (url, kept):
        corp.send_callbacks_to(url)
        chat = corp.groups.found("staff0")
        code = corp.customers.add("wmnewcomer000000001", "staff0", state="spring")
        corp.groups.join(chat, ["wmnewcomer000000001", "staff1"])
        corp.groups.part(chat, ["wmnewcomer000000001"])
        corp.customers.leave("wmnewcomer000000001", "staff0")
        corp.service.say(CUSTOMER, "hello?")
        assert sandbox.settle()
    touches = []
    for query, body in kept[:-1]:
        now_us = int(query["timestamp"]) * SECOND
        touches += touches_from_callback(account, query=query, body=body, received_at_us=now_us)
    assert [one.kind.slug for one in touches] == [
        "group_changed", "contact_added", "group_joined", "group_changed", "group_left", "contact_removed",
    ]  # fmt: skip
    assert touches[1].source_code == "spring"
    assert touches[1].properties["welcome_code"] == code
    with pytest.raises(NamesOnly):
        touches_from_callback(account, query=kept[-1][0], body=kept[-1][1], received_at_us=now_us)


def test_the_api_fires_no_callback(call: Caller, corp: WeComSandbox) -> None:
    call("externalcontact/remark", {"userid": "staff0", "external_userid": CUSTOMER, "remark": "VIP"})
    call("externalcontact/add_corp_tag", {"group_name": "tier", "tag": [{"name": "gold"}]})
    call("externalcontact/transfer_customer", {
        "handover_userid": "staff0", "takeover_userid": "staff1", "external_userid": [CUSTOMER],
    })  # fmt: skip
    assert not corp.events


def test_the_doors_load_play_and_show(sandbox: Sandbox, corp: WeComSandbox, call: Caller) -> None:
    with httpx.Client(base_url=f"{sandbox.url}/_sandbox/wecom/", trust_env=False) as door:
        rows = [{"external_userid": f"wmdoor{number:014d}", "staff": "door"} for number in range(3)]
        assert door.post("customers", json={"customers": rows}).json() == {"loaded": 3}
        call("externalcontact/add_msg_template", {"sender": "door", "text": {"content": "hello"}})
        assert door.get("tasks").json()["tasks"][0]["staff"] == {"door": {"recipients": 3, "sent_s": 0}}
        assert door.post("confirm", json={"staff": "door"}).json() == {"sent": 3}
        arrived = door.get("arrived", params={"recipient": rows[1]["external_userid"]}).json()["arrived"]
        assert [(one["text"], one["staff"], one["kind"]) for one in arrived] == [("hello", "door", "mass_send")]
        assert door.post("add", json={"external_userid": "wmdoor9", "staff": "door"}).json()["welcome_code"]
        assert door.post("rules", json={"cap": "day_1", "per_minute": 5}).json() == {}
        assert door.post("rules", json={"gravity": 1}).status_code == 400
        assert door.post("add", json={"who": 1}).status_code == 400
        assert door.get("").json()["customers"] == 14


def test_thousands_of_messages_pass_in_a_moment(call: Caller, corp: WeComSandbox) -> None:
    people = [f"wmcrowd{number:013d}" for number in range(10_000)]
    corp.load_customers([(one, "crowd", "") for one in people])
    body = {"external_userid": people, "sender": "crowd", "text": {"content": "x"}}
    msgid = call("externalcontact/add_msg_template", body)["msgid"]
    assert corp.confirm(msgid) == 10_000
    assert len(corp.arrivals()) == 10_000
