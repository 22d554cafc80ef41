"""The client against the played WeCom: every call of customer contact, and what happens when WeCom says no."""

import re

import httpx
import pytest

from siyu.app.clock import VirtualClock
from siyu.channels.http import HttpCaller
from siyu.channels.record import Record
from siyu.channels.tokens import MemoryTokens
from siyu.channels.wecom import codes, groups, handover, moments, service
from siyu.channels.wecom.answers import touches_from_answer
from siyu.channels.wecom.client import WeComClient
from siyu.content.piece import Attachment, Piece
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError
from siyu.kernel.period import DAY, HOUR, SECOND
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wecom import WeComSandbox

CUSTOMER = f"wm{0:020d}"
HELLO = Piece(content_id="c", text="hello")


# ---- tokens


def test_one_token_serves_many_calls(client: WeComClient, corp: WeComSandbox) -> None:
    for _ in range(5):
        client.staff()
    assert corp.calls_made["gettoken"] == 1


def test_a_token_that_ended_is_renewed_and_the_call_made_once_more(client: WeComClient, corp: WeComSandbox) -> None:
    client.staff()
    corp.end_tokens()
    assert client.staff() == ["staff0", "staff1"]
    assert corp.calls_made["gettoken"] == 2


def test_a_token_is_renewed_before_it_ends(client: WeComClient, corp: WeComSandbox, clock: VirtualClock) -> None:
    client.staff()
    clock.advance_to(clock.now_us() + 2 * HOUR - 200 * SECOND)
    client.staff()
    assert corp.calls_made["gettoken"] == 1 + 1
    assert corp.calls_made["externalcontact/get_follow_user_list"] == 2  # no call was refused


def test_a_token_that_is_refused_again_and_again_is_no_endless_loop(client: WeComClient, corp: WeComSandbox) -> None:
    corp.fail_next("externalcontact/get_follow_user_list", 42001, times=10)
    with pytest.raises(RetryLaterError):
        client.staff()
    assert corp.calls_made["externalcontact/get_follow_user_list"] == 2


@pytest.mark.parametrize(("name", "says"), [("secret", "40001"), ("corp", "40013")])
def test_wrong_credentials_are_a_matter_of_set_up(name: str, says: str, sandbox: Sandbox, clock: VirtualClock) -> None:
    right = sandbox.account("wecom")
    wrong = Account("wecom", "wwwrong" if name == "corp" else right.account, right.base_url, {"secret": "wrong"})
    with pytest.raises(ConfigError, match=says):
        WeComClient(wrong, tokens=MemoryTokens(), now_us=clock.now_us).check()


def test_a_machine_that_is_not_trusted_is_told_where_to_mend_it(client: WeComClient, corp: WeComSandbox) -> None:
    corp.trusts_this_machine = False
    with pytest.raises(ConfigError, match="trusted IPs"):
        client.check()


def test_no_error_shows_a_token(sandbox: Sandbox, clock: VirtualClock) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        if "gettoken" in request.url.path:
            return httpx.Response(200, json={"errcode": 0, "access_token": "SECRETTOKEN", "expires_in": 7200})
        raise httpx.ReadTimeout(str(request.url))

    caller = HttpCaller("http://wecom", transport=httpx.MockTransport(lost))
    client = WeComClient(sandbox.account("wecom"), tokens=MemoryTokens(), now_us=clock.now_us, http=caller)
    with pytest.raises(UnknownOutcomeError) as raised:
        client.remark("staff0", CUSTOMER, remark="x")
    assert "SECRET" not in repr(raised.value)
    with pytest.raises(RetryLaterError):  # reading may simply be asked for again
        client.staff()


def test_too_many_calls_a_minute_are_held_back_for_a_minute(
    client: WeComClient, corp: WeComSandbox, clock: VirtualClock
) -> None:
    corp.per_minute = 3
    for _ in range(3):
        client.staff()
    with pytest.raises(RetryLaterError) as raised:
        client.staff()
    assert raised.value.retry_after.total_seconds() >= 60
    client.customers_of("staff0")  # another API has a bucket of its own
    clock.advance_to(clock.now_us() + 61 * SECOND)
    client.staff()


@pytest.mark.parametrize("answer", [{"errcode": "0"}, {"errcode": True}, {"errcode": None}, [1]])
def test_an_answer_that_cannot_be_judged_is_an_unknown_outcome(answer: object, sandbox: Sandbox) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        good = {"errcode": 0, "access_token": "t", "expires_in": 7200}
        return httpx.Response(200, json=good if "gettoken" in request.url.path else answer)

    caller = HttpCaller("http://wecom", transport=httpx.MockTransport(odd))
    client = WeComClient(sandbox.account("wecom"), tokens=MemoryTokens(), now_us=lambda: 0, http=caller)
    with pytest.raises(UnknownOutcomeError):
        client.remark("staff0", CUSTOMER, remark="x")


# ---- customers, tags, codes


def test_customers_are_listed_read_and_remarked(client: WeComClient, corp: WeComSandbox) -> None:
    assert len(client.customers_of("staff0")) == 5
    client.remark("staff0", CUSTOMER, remark="VIP")
    detail = client.customer(CUSTOMER)
    assert detail["external_contact"]["unionid"] == "oU000000"
    assert detail["follow_user"][0]["remark"] == "VIP"
    assert not corp.events  # what the API does fires no callback


def test_all_customers_in_detail_come_page_by_page(client: WeComClient, corp: WeComSandbox) -> None:
    corp.load_customers([(f"wmmany{number:020d}", "staff9", "") for number in range(250)])
    rows = list(client.customers_in_detail(["staff0", "staff9"]))
    assert len(rows) == 255
    assert corp.calls_made["externalcontact/batch/get_by_user"] == 3


def test_a_staff_member_without_customers_has_an_empty_list(client: WeComClient, corp: WeComSandbox) -> None:
    corp.customers.staff["newcomer"] = {}
    assert client.customers_of("newcomer") == []


def test_a_customer_who_left_is_84061(client: WeComClient, corp: WeComSandbox) -> None:
    corp.customers.leave(CUSTOMER, "staff0")
    with pytest.raises(PermanentError) as raised:
        client.remark("staff0", CUSTOMER, remark="x")
    assert raised.value.code == "84061"


def test_unionids_are_turned_into_customers_and_back(client: WeComClient) -> None:
    assert client.external_userid_of("oU000003") == f"wm{3:020d}"
    assert client.pending_id_of("oNobody", "oOpen")[0] == ""
    assert client.pending_id_of("oNobody", "oOpen")[1].startswith("pending")
    assert client.openid_of(CUSTOMER)


def test_tags_are_made_marked_and_deleted(client: WeComClient) -> None:
    group = client.add_tags(["gold", "silver"], group="tier")
    gold, silver = (tag["id"] for tag in group["tag"])
    client.mark("staff0", CUSTOMER, add=[gold])
    assert [tag["tag_id"] for tag in client.customer(CUSTOMER)["follow_user"][0]["tags"]] == [gold]
    client.rename_tag(silver, "platinum")
    assert [tag["name"] for tag in client.tag_groups()[0]["tag"]] == ["gold", "platinum"]
    client.delete_tags(tag_ids=[silver])
    assert len(client.tag_groups(group_ids=[group["group_id"]])[0]["tag"]) == 1
    with pytest.raises(PermanentError, match="40068"):
        client.mark("staff0", CUSTOMER, add=["nosuchtag"])


def test_a_live_code_brings_its_state_back_with_the_customer(client: WeComClient, corp: WeComSandbox) -> None:
    code = codes.add_contact_way(client, staff=["staff0", "staff1"], state="spring")
    assert code.picture_url
    corp.contact_ways.scan(code.config_id, "wmnewcomer000000001")
    assert client.customer("wmnewcomer000000001")["follow_user"][0]["state"] == "spring"
    codes.update_contact_way(client, code.config_id, staff=["staff1"], state="summer")
    assert codes.contact_way(client, code.config_id)["state"] == "summer"
    assert list(codes.contact_ways(client, from_s=0, to_s=1)) == [code.config_id]
    codes.delete_contact_way(client, code.config_id)
    with pytest.raises(PermanentError, match="41044"):
        codes.contact_way(client, code.config_id)


def test_a_state_that_is_too_long_is_refused_before_it_is_sent(client: WeComClient, corp: WeComSandbox) -> None:
    with pytest.raises(BadInputError, match="31 characters"):
        codes.add_contact_way(client, staff=["staff0"], state="x" * 31)
    assert not corp.calls_made["externalcontact/add_contact_way"]


def test_an_acquisition_link_brings_customers_with_a_state(client: WeComClient, corp: WeComSandbox) -> None:
    link = codes.create_link(client, "spring", staff=["staff0"])
    assert list(codes.links(client)) == [link["link_id"]]
    corp.links.click(link["link_id"], "wmlink0000000000001", state="A")
    assert [row["state"] for row in codes.customers_of_link(client, link["link_id"])] == ["A"]
    assert codes.link_quota(client) == (1000, 999)
    codes.update_link(client, link["link_id"], name="summer", staff=["staff1"])
    assert codes.link(client, link["link_id"])["range"]["user_list"] == ["staff1"]
    codes.delete_link(client, link["link_id"])
    assert not list(codes.links(client))


def test_a_link_carries_its_state_once() -> None:
    url = codes.link_with_state("https://work.weixin.qq.com/ca/x?a=1", "春")
    assert re.fullmatch(r"https://work\.weixin\.qq\.com/ca/x\?a=1&customer_channel=%E6%98%A5", url)
    assert codes.link_with_state(url, "B").count("customer_channel") == 1


# ---- groups, Moments, hand-over, service


def test_a_group_code_leads_into_a_group_and_its_members_become_touches(
    client: WeComClient, corp: WeComSandbox, clock: VirtualClock
) -> None:
    chat = corp.groups.found("staff0", "fans")
    way = codes.add_join_way(client, chats=[chat], state="poster", next_group="fans")
    assert way.picture_url
    corp.groups.scan(way.config_id, CUSTOMER)
    assert [one["userid"] for one in groups.group(client, chat)["member_list"]] == ["staff0"]  # lags two seconds
    clock.advance_to(clock.now_us() + 3 * SECOND)
    answer = {"errcode": 0, "group_chat": groups.group(client, chat)}
    joined, *_ = touches_from_answer(Record(answer), account=corp.account, received_at_us=clock.now_us())
    assert (joined.kind.slug, joined.source_code) == ("group_joined", "poster")
    assert list(groups.groups(client, owners=["staff0"])) == [chat]
    codes.delete_join_way(client, way.config_id)


def test_groups_are_handed_over_twice_in_90_days_at_most(client: WeComClient, corp: WeComSandbox) -> None:
    chat = corp.groups.found("staff0")
    assert groups.hand_over(client, [chat, "wrunknown"], "staff1", resigned=False) == {"wrunknown": 90501}
    assert groups.hand_over(client, [chat], "staff0", resigned=False) == {}
    assert groups.hand_over(client, [chat], "staff1", resigned=False) == {chat: 90508}


def test_a_moment_waits_for_staff_and_is_seen_by_their_tagged_customers(
    client: WeComClient, corp: WeComSandbox
) -> None:
    tag = client.add_tags(["gold"], group="tier")["tag"][0]["id"]
    client.mark("staff0", CUSTOMER, add=[tag])
    moment = moments.moment_of(client, moments.add_moment(client, HELLO, staff=["staff0"], tags=[tag]))
    assert moments.staff_of(client, moment) == {"staff0": False}
    with pytest.raises(RetryLaterError):
        list(moments.customers_of(client, moment, "staff0"))
    assert corp.moments.confirm() == 1
    assert moments.staff_of(client, moment) == {"staff0": True}
    assert list(moments.customers_of(client, moment, "staff0")) == [CUSTOMER]
    with pytest.raises(BadInputError, match="Moments take"):
        moments.add_moment(
            client, Piece(content_id="c", attachments=(Attachment(kind="image"), Attachment(kind="link")))
        )


def test_a_hand_over_takes_a_day_and_a_refusal_ends_it(
    client: WeComClient, corp: WeComSandbox, clock: VirtualClock
) -> None:
    other = f"wm{2:020d}"
    outcome = handover.hand_over(
        client, [CUSTOMER, other, "wmnobody"], giver="staff0", taker="staff1", resigned=False, words="hello"
    )
    assert outcome == {CUSTOMER: 0, other: 0, "wmnobody": 40096}
    corp.hand_overs.refuse(other, "staff0", "staff1")
    progress = dict(handover.progress(client, giver="staff0", taker="staff1", resigned=False))
    assert progress == {CUSTOMER: "waiting", other: "refused"}
    clock.advance_to(clock.now_us() + DAY)
    progress = dict(handover.progress(client, giver="staff0", taker="staff1", resigned=False))
    assert progress == {CUSTOMER: "done", other: "refused"}
    assert CUSTOMER in client.customers_of("staff1")


def test_the_customers_of_somebody_who_left_are_found_and_handed_over(client: WeComClient, corp: WeComSandbox) -> None:
    corp.hand_overs.leave_corp("staff0")
    left = list(handover.left_behind(client))
    assert len(left) == 5
    outcome = handover.hand_over(
        client, [customer for _, customer in left], giver="staff0", taker="staff1", resigned=True
    )
    assert set(outcome.values()) == {0}


def test_service_messages_are_read_from_the_cursor_and_answered_five_times(
    client: WeComClient, corp: WeComSandbox, clock: VirtualClock
) -> None:
    account = service.accounts(client)[0]["open_kfid"]
    corp.service.enter(CUSTOMER, scene="poster")
    corp.service.say(CUSTOMER, "hello?")
    read, cursor = service.messages(client, account)
    touches = touches_from_answer(
        Record({"errcode": 0, "msg_list": read}), account=corp.account, received_at_us=clock.now_us()
    )
    assert [one.kind.slug for one in touches] == ["visit", "message_in"]
    assert touches[0].source_code == "poster"
    assert service.messages(client, account, cursor=cursor) == ([], cursor)
    for _ in range(5):
        service.send_text(client, open_kfid=account, external_userid=CUSTOMER, text="hi")
    with pytest.raises(PermanentError, match="95001"):
        service.send_text(client, open_kfid=account, external_userid=CUSTOMER, text="hi")
    corp.service.say(CUSTOMER, "still there?")
    clock.advance_to(clock.now_us() + 2 * DAY)
    with pytest.raises(PermanentError, match="95013"):
        service.send_text(client, open_kfid=account, external_userid=CUSTOMER, text="hi")


def test_the_welcome_of_the_service_works_once(client: WeComClient, corp: WeComSandbox) -> None:
    code = corp.service.enter(CUSTOMER)
    assert service.send_on_event(client, code, "welcome")
    with pytest.raises(PermanentError, match="95018"):
        service.send_on_event(client, code, "welcome")


def test_a_welcome_works_once_and_for_20_seconds(client: WeComClient, corp: WeComSandbox, clock: VirtualClock) -> None:
    code = corp.customers.add("wmwelcome0000000001", "staff0")
    client.send_welcome(code, HELLO)
    with pytest.raises(PermanentError, match="41050"):
        client.send_welcome(code, HELLO)
    late = corp.customers.add("wmwelcome0000000002", "staff0")
    clock.advance_to(clock.now_us() + 20 * SECOND)
    with pytest.raises(PermanentError, match="41050"):
        client.send_welcome(late, HELLO)
    assert [one.kind for one in corp.arrivals()] == ["welcome"]
