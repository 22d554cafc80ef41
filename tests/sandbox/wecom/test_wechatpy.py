"""A client that nobody here wrote (PyPI wechatpy) works against the played WeCom, but for the address."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import xmltodict
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from wechatpy.enterprise import WeChatClient
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException, WeChatClientException

from sandbox.listener import listening
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wecom import WeComSandbox

CUSTOMER = f"wm{0:020d}"


class Rerouted(HTTPAdapter):
    """Sends what is meant for WeCom to the sandbox."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        assert request.url is not None
        request.url = request.url.replace("https://qyapi.weixin.qq.com", self._base_url)
        return super().send(request, *args, **more)


@pytest.fixture
def foreign(sandbox: Sandbox, corp: WeComSandbox) -> Iterator[WeChatClient]:
    client = WeChatClient(corp.account, sandbox.credentials("wecom")["secret"])
    client._http.trust_env = False
    client._http.mount("https://qyapi.weixin.qq.com", Rerouted(sandbox.base_url("wecom")))
    yield client
    client._http.close()


def test_it_fetches_a_token_and_renews_one_that_ended(foreign: WeChatClient, corp: WeComSandbox) -> None:
    assert foreign.external_contact.get_follow_user_list()["follow_user"] == ["staff0", "staff1"]
    corp.end_tokens()
    assert len(foreign.external_contact.list("staff0")["external_userid"]) == 5
    assert corp.calls_made["gettoken"] == 2


def test_it_reads_a_customer(foreign: WeChatClient) -> None:
    customer = foreign.external_contact.get(CUSTOMER)
    assert customer["external_contact"]["unionid"] == "oU000000"
    assert customer["follow_user"][0]["userid"] == "staff0"


def test_it_makes_reads_changes_and_deletes_a_live_code(foreign: WeChatClient) -> None:
    contact = foreign.external_contact
    way = contact.add_contact_way(1, 2, remark="poster", state="spring", user=["staff0"])
    contact.update_contact_way(way["config_id"], "poster 2", state="summer", user=["staff1"])
    assert contact.get_contact_way(way["config_id"])["contact_way"]["state"] == "summer"
    contact.del_contact_way(way["config_id"])
    with pytest.raises(WeChatClientException) as raised:
        contact.get_contact_way(way["config_id"])
    assert raised.value.errcode == 41044


def test_it_makes_and_marks_tags(foreign: WeChatClient) -> None:
    contact = foreign.external_contact
    made = contact.add_corp_tag(None, "tier", 1, [{"name": "gold", "order": 1}])
    tag = made["tag_group"]["tag"][0]["id"]
    contact.mark_tag("staff0", CUSTOMER, add_tag=[tag])
    assert [one["tag_id"] for one in contact.get(CUSTOMER)["follow_user"][0]["tags"]] == [tag]
    contact.edit_corp_tag(tag, "platinum", 1)
    assert contact.get_corp_tag_list([tag])["tag_group"][0]["tag"][0]["name"] == "platinum"
    contact.del_corp_tag(tag_id=[tag])


def test_its_mass_send_waits_for_staff_and_arrives(foreign: WeChatClient, corp: WeComSandbox) -> None:
    template = {"external_userid": [CUSTOMER, "wmstranger"], "sender": "staff0", "text": {"content": "hello"}}
    answer = foreign.external_contact.add_msg_template(template)
    assert answer["fail_list"] == ["wmstranger"]
    assert not corp.arrivals()
    corp.confirm(answer["msgid"])
    assert [(one.recipient, one.text) for one in corp.arrivals()] == [(CUSTOMER, "hello")]


def test_its_welcome_message_works_once(foreign: WeChatClient, corp: WeComSandbox) -> None:
    code = corp.customers.add("wmnewcomer000000001", "staff0")
    foreign.external_contact.send_welcome_msg({"welcome_code": code, "text": {"content": "welcome"}})
    with pytest.raises(WeChatClientException) as raised:
        foreign.external_contact.send_welcome_msg({"welcome_code": code, "text": {"content": "welcome"}})
    assert raised.value.errcode == 41050


def test_it_lists_groups(foreign: WeChatClient, corp: WeComSandbox) -> None:
    chats = {corp.groups.found("staff0") for _ in range(3)}
    listed = foreign.external_contact_group_chat.list(owner_userid_list=["staff0"], limit=2)
    assert listed["next_cursor"]
    assert {one["chat_id"] for one in listed["group_chat_list"]} < chats


def test_its_crypto_opens_our_callbacks_and_refuses_forged_ones(sandbox: Sandbox, corp: WeComSandbox) -> None:
    secrets = sandbox.credentials("wecom")
    crypto = WeChatCrypto(secrets["callback_token"], secrets["encoding_aes_key"], corp.account)
    with listening() as (url, kept):
        corp.send_callbacks_to(url)
        corp.customers.add("wmnewcomer000000001", "staff0", state="春天", name="王五")
        assert sandbox.settle()
    (query, body) = kept[0]
    plain = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    event = xmltodict.parse(plain)["xml"]
    assert (event["ChangeType"], event["State"]) == ("add_external_contact", "春天")
    with pytest.raises(InvalidSignatureException):
        crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], "forged")


def test_it_hands_over_material(foreign: WeChatClient, corp: WeComSandbox) -> None:
    picture = io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(200))
    picture.name = "poster.png"
    media_id = foreign.media.upload("image", picture)["media_id"]
    assert (corp.media.kept[media_id].name, corp.media.kept[media_id].size) == ("poster.png", 208)
