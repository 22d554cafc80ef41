"""Official account and mini program: our clients, and PyPI wechatpy, against the played platforms."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatClientException
from wechatpy.parser import parse_message

from sandbox.listening import Listener
from siyu.app.clock import VirtualClock
from siyu.channels.tokens import MemoryTokens
from siyu.channels.wechat_mini.client import WechatMiniClient
from siyu.channels.wechat_mini.mapping import opened_data, touch_of_phone
from siyu.channels.wechat_mini.mapping import touches_from_payload as mini_touches
from siyu.channels.wechat_mini.sender import WechatMiniSender
from siyu.channels.wechat_mp.client import WechatMpClient
from siyu.channels.wechat_mp.mapping import to_read
from siyu.channels.wechat_mp.mapping import touches_from_payload as mp_touches
from siyu.channels.wechat_mp.pull import pull, read_named
from siyu.channels.wechat_mp.sender import WechatMpSender
from siyu.channels.wechat_names import openid_identifier
from siyu.channels.wechat_subscriptions import subscriptions_left
from siyu.content.piece import Attachment, Piece
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, OutboundMessage
from siyu.kernel.errors import BadInputError, ConfigError, PermanentError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wechat_mini import WechatMiniSandbox
from siyu.sandbox.wechat_mp import WechatMpSandbox
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

NOW = 1_790_000_000_000_000
TEMPLATE = Attachment(kind="template", media_id="T1", page="pages/index")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def sandbox(clock: VirtualClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, seed=5, platforms=("wechat_mp", "wechat_mini")) as running:
        yield running


@pytest.fixture
def mp(sandbox: Sandbox) -> WechatMpSandbox:
    played: WechatMpSandbox = sandbox.platform("wechat_mp")
    return played


@pytest.fixture
def mini(sandbox: Sandbox) -> WechatMiniSandbox:
    played: WechatMiniSandbox = sandbox.platform("wechat_mini")
    return played


@pytest.fixture
def mp_client(sandbox: Sandbox, clock: VirtualClock) -> Iterator[WechatMpClient]:
    client = WechatMpClient(sandbox.account("wechat_mp"), tokens=MemoryTokens(), now_us=clock.now_us)
    yield client
    client.close()


@pytest.fixture
def mini_client(sandbox: Sandbox, clock: VirtualClock) -> Iterator[WechatMiniClient]:
    client = WechatMiniClient(sandbox.account("wechat_mini"), tokens=MemoryTokens(), now_us=clock.now_us)
    yield client
    client.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listening:
        yield listening


def opened(sandbox: Sandbox, listener: Listener, platform: str, now_us: int) -> list[Touch]:
    """Check, decrypt and translate everything that was pushed."""
    assert sandbox.settle()
    account = sandbox.account(platform)
    calls = import_module(f"siyu.channels.{platform}.callback")
    mapping = import_module(f"siyu.channels.{platform}.mapping")
    found: list[Touch] = []
    for heard in listener.heard:
        one = calls.open_callback(heard, account=account.account, secrets=account.secrets, now_us=now_us)
        for payload in one.payloads:
            found += mapping.touches_from_payload(payload, account=account.account, received_at_us=now_us)
    listener.heard.clear()
    return found


def message(number: int, recipient: str, action: str, piece: Piece, channel: str = "wechat_mp") -> OutboundMessage:
    return OutboundMessage(number.to_bytes(16, "big"), channel, "a", "", recipient, action, piece)


# ---- official account ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_json", [False, True])
def test_a_follower_comes_by_a_code_and_is_one_touch_by_push_and_by_listing(
    sandbox: Sandbox, mp: WechatMpSandbox, listener: Listener, clock: VirtualClock, in_json: bool
) -> None:
    mp.in_json = in_json
    mp.send_callbacks_to(listener.url)
    openid = mp.follow("oU-person-1", scene="poster7")
    (pushed,) = opened(sandbox, listener, "wechat_mp", clock.now_us())
    account = sandbox.account("wechat_mp")
    (named,) = to_read([pushed])
    read, identity = read_named(named, account, tokens=MemoryTokens(), now_us=clock.now_us())
    pages = list(pull(account, tokens=MemoryTokens(), start_us=0, end_us=NOW + DAY, now_us=clock.now_us()))
    assert pushed.touch_id == read.touch_id == pages[0][0].touch_id
    assert pushed.source_code == read.source_code == "poster7"
    assert [one.value for one in read.actors] == ["oU-person-1", openid]
    assert set(identity.actors) == set(read.actors)
    assert read.actors[0].namespace == f"unionid@{account.secrets['unionid_account']}"


def test_an_account_with_a_key_takes_no_plain_push_and_one_without_does(
    sandbox: Sandbox, mp: WechatMpSandbox, listener: Listener, clock: VirtualClock
) -> None:
    mp.plain = True
    mp.send_callbacks_to(listener.url)
    mp.follow()
    assert sandbox.settle()
    (heard,) = listener.heard
    secrets = dict(sandbox.credentials("wechat_mp"))
    calls = import_module("siyu.channels.wechat_mp.callback")
    with pytest.raises(BadInputError, match="not encrypted"):
        calls.open_callback(heard, account=mp.account, secrets=secrets, now_us=NOW)
    del secrets["encoding_aes_key"]
    assert calls.open_callback(heard, account=mp.account, secrets=secrets, now_us=NOW).payloads
    with pytest.raises(BadInputError, match="signature"):
        calls.open_callback(heard, account=mp.account, secrets={"token": "other"}, now_us=NOW)
    with pytest.raises(BadInputError, match="from now"):
        calls.open_callback(heard, account=mp.account, secrets=secrets, now_us=NOW + HOUR)


def test_a_customer_message_goes_out_in_its_window_only(
    mp: WechatMpSandbox, mp_client: WechatMpClient, clock: VirtualClock
) -> None:
    openid, sender = mp.follow(), WechatMpSender(mp_client)
    clock.advance_to(NOW + 2 * MINUTE)
    text = Piece(content_id="c", text="您好")
    (closed,) = sender.send([message(1, openid, "customer_message", text)])
    assert (closed.state, closed.detail) == (MessageState.FAILED, "window_closed")
    mp.say(openid, "在吗")
    receipts = sender.send([message(number, openid, "customer_message", text) for number in range(6)])
    assert [one.state for one in receipts] == [*[MessageState.SENT] * 5, MessageState.FAILED]
    assert receipts[5].detail == "too_many_in_the_window"
    mp.say(openid, "还在吗")
    clock.advance_to(clock.now_us() + 49 * HOUR)
    (late,) = sender.send([message(9, openid, "customer_message", text)])
    assert late.detail == "window_closed"
    mp.unfollow(openid)
    (gone,) = sender.send([message(10, openid, "customer_message", text)])
    assert gone.detail == "not_a_follower"


def test_a_mass_send_is_capped_taken_once_and_looked_up(mp: WechatMpSandbox, mp_client: WechatMpClient) -> None:
    sender, piece = WechatMpSender(mp_client), Piece(content_id="c", text="周末上新")
    openids = [mp.follow() for _ in range(3)]
    batch = [message(number, openid, "mass_send", piece) for number, openid in enumerate(openids)]
    first = sender.send(batch)
    again = sender.send(batch)  # as after a lost answer: the platform knows the clientmsgid
    assert {one.state for one in first} == {MessageState.AWAITING}
    assert {one.task for one in again} == {one.task for one in first}
    assert len(mp.arrived) == 3
    ended = sender.look_up({one.message_id: (one.task, "", "") for one in first})
    assert [one.state for one in ended] == [MessageState.SENT] * 3
    for number in range(1, 5):
        sender.send([message(100 * number + at, one, "mass_send", piece) for at, one in enumerate(openids)])
    assert len(mp.arrived) == 3 * mp.mass_cap
    (alone,) = sender.send([message(7, openids[0], "mass_send", piece)])
    assert alone.state is MessageState.FAILED


def test_template_and_subscribe_messages_tell_what_became_of_them(
    sandbox: Sandbox, mp: WechatMpSandbox, mp_client: WechatMpClient, listener: Listener, clock: VirtualClock
) -> None:
    sender = WechatMpSender(mp_client)
    openid = mp.follow()
    mp.send_callbacks_to(listener.url)
    piece = Piece(content_id="c", text="thing1: 已发货", attachments=(TEMPLATE,))
    (notice,) = sender.send([message(1, openid, "template_message", piece)])
    (refused,) = sender.send([message(2, openid, "subscribe_message", piece)])
    assert (refused.state, refused.detail) == (MessageState.FAILED, "no_consent")
    (delivered,) = opened(sandbox, listener, "wechat_mp", clock.now_us())
    assert (delivered.kind, delivered.about) == (TouchKind.MESSAGE_DELIVERED, notice.task)
    assert mp.arrived[0].body["data"] == {"thing1": {"value": "已发货"}}


def test_a_wrong_secret_is_a_set_up_fault_and_an_ended_token_is_renewed(
    sandbox: Sandbox, mp: WechatMpSandbox, mp_client: WechatMpClient, clock: VirtualClock
) -> None:
    assert "good" in mp_client.check()
    mp.end_tokens()
    assert "good" in mp_client.check()
    right = sandbox.account("wechat_mp")
    wrong = Account("wechat_mp", right.account, right.base_url, {**right.secrets, "app_secret": "x"})
    check = import_module("siyu.channels.wechat_mp.client").live_check
    with pytest.raises(ConfigError, match="secret"):
        check(wrong, tokens=MemoryTokens(), now_us=clock.now_us())


def test_tags_and_codes_work(mp: WechatMpSandbox, mp_client: WechatMpClient) -> None:
    openid, tag = mp.follow(), mp_client.add_tag("老客")
    mp_client.mark([openid], tag)
    assert (mp_client.tags()[tag], mp.people[openid].tags) == ("老客", [tag])
    mp_client.mark([openid], tag, on=False)
    assert mp.people[openid].tags == []
    code = mp_client.code("store-1", life_s=3600)
    assert (code.expires_s, mp_client.code("for-ever").expires_s) == (3600, 0)
    with pytest.raises(BadInputError):
        mp_client.code("x" * 65)


# ---- mini program ----------------------------------------------------------------------------------------------------


def test_a_session_and_a_phone_tell_who_somebody_is_and_codes_work_once(
    mini: WechatMiniSandbox, mini_client: WechatMiniClient, clock: VirtualClock
) -> None:
    code = mini.open("oPERSON1", unionid="oU-person-1")
    session = mini_client.session(code)
    (visit,) = mini_touches(session, account=mini.account, received_at_us=NOW, unionid_account="op1")
    assert [one.namespace for one in visit.actors] == ["unionid@op1", f"openid@{mini.account}"]
    assert session["session_key"] not in str(visit)
    with pytest.raises(PermanentError, match="40029"):
        mini_client.session(code)
    answer = mini_client.phone(mini.press_phone("oPERSON1", "13800138000"))
    (lead,) = mini_touches(answer, account=mini.account, received_at_us=NOW)
    assert lead.actors[0].value == "+8613800138000"
    stale = mini.press_phone("oPERSON1", "13800138000")
    clock.advance_to(NOW + 6 * MINUTE)
    with pytest.raises(PermanentError, match="40029"):
        mini_client.phone(stale)


def test_data_handed_over_by_the_mini_program_is_decrypted_for_this_app_only(
    mini: WechatMiniSandbox, mini_client: WechatMiniClient
) -> None:
    session = mini_client.session(mini.open("oPERSON1"))
    sealed, iv = mini.sealed_data("oPERSON1", {"phoneNumber": "13800138000", "purePhoneNumber": "13800138000"})
    data = opened_data(sealed, session_key=session["session_key"], iv=iv, account=mini.account)
    lead = touch_of_phone(
        data, account=mini.account, received_at_us=NOW, known_as=(openid_identifier("oPERSON1", mini.account),)
    )
    assert {one.value for one in lead.actors} == {"oPERSON1", "+8613800138000"}
    with pytest.raises(BadInputError, match="another app"):
        opened_data(sealed, session_key=session["session_key"], iv=iv, account="wxother")
    with pytest.raises(BadInputError):
        opened_data(sealed, session_key=iv, iv=iv, account=mini.account)


def test_one_consent_is_one_message_and_the_touches_say_how_many_are_left(
    sandbox: Sandbox,
    mini: WechatMiniSandbox,
    mini_client: WechatMiniClient,
    listener: Listener,
    clock: VirtualClock,
) -> None:
    mini.open("oPERSON1")
    mini.send_callbacks_to(listener.url)
    sender = WechatMiniSender(mini_client)
    piece = Piece(content_id="c", text="thing1: 您预约的新品到了", attachments=(TEMPLATE,))
    key = (openid_identifier("oPERSON1", mini.account), "T1")
    seen: list[Touch] = []

    def left() -> int:
        seen.extend(opened(sandbox, listener, "wechat_mini", clock.now_us()))
        clock.advance_to(clock.now_us() + 2_000_000)
        return subscriptions_left(seen).get(key, 0)

    def send(number: int) -> str:
        (receipt,) = sender.send([message(number, "oPERSON1", "subscribe_message", piece, "wechat_mini")])
        return receipt.detail or receipt.state.value

    assert (left(), send(1)) == (0, "no_consent")
    mini.agree("oPERSON1", "T1")
    assert left() == 1
    mini.agree("oPERSON1", "T1")
    assert left() == 2
    assert (send(2), left(), send(3), left(), send(4)) == ("sent", 1, "sent", 0, "no_consent")
    mini.agree("oPERSON1", "T1")
    assert left() == 1
    mini.take_back("oPERSON1", "T1")
    assert (left(), send(5)) == (0, "no_consent")
    assert len(mini.arrived) == 2


def test_codes_are_drawn_and_bad_scenes_refused(mini: WechatMiniSandbox, mini_client: WechatMiniClient) -> None:
    assert mini_client.code("s=12&t=3", page="pages/till").startswith(b"\x89PNG")
    assert mini.scenes == ["s=12&t=3"]
    for scene in ("", "x" * 33, "中文"):
        with pytest.raises(BadInputError):
            mini_client.code(scene)
    with pytest.raises(BadInputError):
        mini_client.code("a", page="/pages/x")
    assert mini_client.url_link("pages/till", "a=1").startswith("https://")
    with pytest.raises(PermanentError, match="40169"):
        mini_client.image("/wxa/getwxacodeunlimit", {"scene": "中文"})


def test_a_customer_message_of_a_mini_program_has_its_window_too(
    mini: WechatMiniSandbox, mini_client: WechatMiniClient, clock: VirtualClock
) -> None:
    mini.open("oPERSON1")
    mini.enter("oPERSON1", "order_page")
    sender, piece = WechatMiniSender(mini_client), Piece(content_id="c", text="您好")
    receipts = sender.send(
        [message(number, "oPERSON1", "customer_message", piece, "wechat_mini") for number in range(3)]
    )
    assert [one.state for one in receipts] == [MessageState.SENT, MessageState.SENT, MessageState.FAILED]
    clock.advance_to(NOW + 2 * MINUTE)
    (late,) = sender.send([message(9, "oPERSON1", "customer_message", piece, "wechat_mini")])
    assert late.detail == "window_closed"


# ---- a client that nobody here wrote ---------------------------------------------------------------------------------


class Rerouted(HTTPAdapter):
    """Sends what is meant for WeChat to the sandbox."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: PreparedRequest, *args: object, **more: object) -> Response:
        assert request.url is not None
        request.url = request.url.replace("https://api.weixin.qq.com", self._base_url)
        return super().send(request, *args, **more)  # type: ignore[arg-type]  # passed on as they came


@pytest.fixture
def foreign(sandbox: Sandbox, mp: WechatMpSandbox) -> Iterator[WeChatClient]:
    client = WeChatClient(mp.account, sandbox.credentials("wechat_mp")["app_secret"])
    client._http.trust_env = False
    client._http.mount("https://api.weixin.qq.com", Rerouted(sandbox.base_url("wechat_mp")))
    yield client
    client._http.close()


def test_wechatpy_fetches_tokens_tags_followers_and_makes_codes(foreign: WeChatClient, mp: WechatMpSandbox) -> None:
    openid = mp.follow("oU-person-1", scene="poster7")
    assert foreign.user.get(openid)["unionid"] == "oU-person-1"
    mp.end_tokens()  # it renews by itself
    assert list(foreign.user.iter_followers()) == [openid]
    tag = foreign.tag.create("老客")["id"]
    foreign.tag.tag_user(tag, openid)
    assert foreign.tag.get_user_tag(openid) == [tag]
    assert list(foreign.tag.iter_tag_users(tag)) == [openid]
    assert {one["name"]: one["count"] for one in foreign.tag.get()}["老客"] == 1
    made = foreign.qrcode.create({"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "s"}}})
    assert made["ticket"] in foreign.qrcode.get_url(made)
    foreign.user.update_remark(openid, "小王")
    assert foreign.user.get_batch([openid])[0]["remark"] == "小王"
    with pytest.raises(WeChatClientException) as raised:
        foreign.tag.create("老客")
    assert raised.value.errcode == 45157


def test_wechatpy_sends_in_the_window_and_to_many(foreign: WeChatClient, mp: WechatMpSandbox) -> None:
    openids = [mp.follow() for _ in range(2)]
    foreign.message.send_text(openids[0], "您好")
    number = foreign.message.send_mass_text(openids, "周末上新")["msg_id"]
    assert foreign.message.get_mass(number)["msg_status"] == "SEND_SUCCESS"
    assert [one.way for one in mp.arrived] == ["customer_message", "mass_send", "mass_send"]


def test_wechatpy_decrypts_the_pushes_of_the_sandbox(sandbox: Sandbox, mp: WechatMpSandbox, listener: Listener) -> None:
    mp.send_callbacks_to(listener.url)
    openid = mp.follow(scene="poster7")
    mp.say(openid, "在吗")
    assert sandbox.settle()
    secrets = sandbox.credentials("wechat_mp")
    crypto = WeChatCrypto(secrets["token"], secrets["encoding_aes_key"], mp.account)
    plain = [
        crypto.decrypt_message(one.body, one.query["msg_signature"], one.query["timestamp"], one.query["nonce"])
        for one in listener.heard
    ]
    followed, said = (parse_message(one) for one in plain)
    assert (followed.event, followed.scene_id, followed.source) == ("subscribe_scan", "poster7", openid)
    assert said.content == "在吗"
    touches = [one for text in plain for one in mp_touches(text, account=mp.account, received_at_us=NOW)]
    assert [one.kind for one in touches] == [TouchKind.FOLLOW, TouchKind.MESSAGE_IN]
