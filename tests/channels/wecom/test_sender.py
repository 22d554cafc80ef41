"""Messages become few tasks, each with a receipt; staff confirm; a lost answer is looked up and never repeated."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from siyu.app.clock import VirtualClock
from siyu.channels.http import HttpCaller
from siyu.channels.tokens import MemoryTokens
from siyu.channels.wecom.client import WeComClient
from siyu.channels.wecom.sender import WeComSender, open_sender
from siyu.content.piece import Piece
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.dispatch.ports import Sender
from siyu.kernel.errors import ConfigError, RetryLaterError, UnknownOutcomeError
from siyu.kernel.period import DAY, HOUR, MINUTE, SECOND
from siyu.sandbox.faults import Faults
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wecom import WeComSandbox

HELLO = Piece(content_id="c", text="hello")


@pytest.fixture
def sender(client: WeComClient) -> WeComSender:
    return WeComSender(client)


def message(
    number: int, *, staff: str = "", recipient: str = "", action: str = "mass_send", piece: Piece = HELLO
) -> OutboundMessage:
    return OutboundMessage(
        number.to_bytes(16, "big"),
        "wecom",
        "ww",
        staff or f"staff{number % 2}",
        recipient or f"wm{number:020d}",
        action,
        piece,
    )


def asked(messages: list[OutboundMessage], receipts: list[Receipt]) -> dict[bytes, tuple[str, str, str]]:
    return {
        one.message_id: (receipt.task, one.staff, one.recipient)
        for one, receipt in zip(messages, receipts, strict=True)
        if receipt.state in {MessageState.AWAITING, MessageState.UNKNOWN}
    }


def states(receipts: object) -> Counter[tuple[str, str]]:
    assert isinstance(receipts, list)
    return Counter((one.state.value, one.detail) for one in receipts)


def test_the_sender_is_what_dispatch_asks_for(sandbox: Sandbox, clock: VirtualClock) -> None:
    sender: Sender = open_sender(sandbox.account("wecom"), tokens=MemoryTokens(), now_us=clock.now_us)
    assert sender.send([]) == []
    assert not sender.look_up({})


def test_same_staff_and_same_piece_go_in_one_task(sender: WeComSender, corp: WeComSandbox) -> None:
    other = Piece(content_id="d", text="other words")
    messages = [message(number) for number in range(8)] + [message(8, piece=other)]
    receipts = list(sender.send(messages))
    assert [one.message_id for one in receipts] == [one.message_id for one in messages]
    assert {one.state for one in receipts} == {MessageState.AWAITING}
    assert len({one.task for one in receipts}) == len(corp.mass_send.tasks) == 3
    assert not corp.arrivals()  # the call itself sends nothing


def test_a_second_message_to_the_same_customer_goes_into_a_task_of_its_own(
    sender: WeComSender, corp: WeComSandbox
) -> None:
    receipts = list(sender.send([message(0), message(2, recipient=f"wm{0:020d}")]))
    assert receipts[0].task != receipts[1].task
    assert corp.confirm() == 2


def test_over_ten_thousand_recipients_are_several_tasks(sender: WeComSender, corp: WeComSandbox) -> None:
    corp.load_customers([(f"wmcrowd{number:013d}", "crowd", "") for number in range(10_001)])
    messages = [message(number, staff="crowd", recipient=f"wmcrowd{number:013d}") for number in range(10_001)]
    receipts = sender.send(messages)
    assert sorted(Counter(one.task for one in receipts).values()) == [1, 10_000]
    assert corp.confirm() == 10_001


def test_receipts_follow_the_staff(sender: WeComSender, corp: WeComSandbox, clock: VirtualClock) -> None:
    messages = [message(number) for number in range(6)]
    receipts = list(sender.send(messages))
    assert not sender.look_up(asked(messages, receipts))
    clock.advance_to(clock.now_us() + HOUR)
    corp.confirm(staff="staff0")
    looked = list(sender.look_up(asked(messages, receipts)))
    assert {one.message_id for one in looked} == {messages[number].message_id for number in (0, 2, 4)}
    assert {(one.state, one.at_us) for one in looked} == {(MessageState.SENT, clock.now_us())}


def test_who_is_no_friend_fails_at_once_and_who_leaves_later_fails_when_staff_confirm(
    sender: WeComSender, corp: WeComSandbox
) -> None:
    stranger = message(4, recipient="wmstranger00000000001")
    messages = [message(0), message(2), stranger]
    receipts = list(sender.send(messages))
    assert (receipts[2].state, receipts[2].detail) == (MessageState.FAILED, "not_a_friend")
    corp.customers.leave(messages[1].recipient, "staff0")
    corp.confirm()
    looked = list(sender.look_up(asked(messages, receipts)))
    assert states(looked) == {("sent", ""): 1, ("failed", "not_a_friend"): 1}


def test_nobody_to_send_to_is_a_failure_of_each(sender: WeComSender, corp: WeComSandbox) -> None:
    receipts = list(sender.send([message(4, recipient="wmstranger00000000001")]))
    assert states(receipts) == {("failed", "not_a_friend"): 1}


@pytest.mark.parametrize(("cap", "most"), [("month_days", 30), ("month_4", 4), ("day_1", 1)])
def test_over_the_cap_the_customer_gets_nothing(cap: str, most: int, sender: WeComSender, corp: WeComSandbox) -> None:
    corp.mass_send.cap = cap  # the clock stands in September, which has 30 days
    for number in range(most):
        sender.send([message(0, piece=Piece(content_id="c", text=f"hello {number}"))])
    assert corp.confirm() == most
    one_more = [message(0)]
    receipts = list(sender.send(one_more))
    assert corp.confirm() == 0
    assert states(list(sender.look_up(asked(one_more, receipts)))) == {("failed", "platform_cap"): 1}


def test_a_cancelled_task_cancels_its_messages(sender: WeComSender, corp: WeComSandbox) -> None:
    messages = [message(0), message(2)]
    receipts = list(sender.send(messages))
    sender.client.remind(receipts[0].task)
    sender.client.cancel(receipts[0].task)
    assert corp.confirm() == 0
    corp.fail_next("externalcontact/get_groupmsg_task", 41093)
    assert {one.state for one in sender.look_up(asked(messages, receipts))} == {MessageState.CANCELLED}


def test_staff_are_reminded_three_times_a_day_at_most(sender: WeComSender, clock: VirtualClock) -> None:
    (receipt,) = sender.send([message(0)])
    for _ in range(3):
        sender.client.remind(receipt.task)
    with pytest.raises(Exception, match="41094"):
        sender.client.remind(receipt.task)
    clock.advance_to(clock.now_us() + DAY)
    sender.client.remind(receipt.task)


def test_a_group_message_needs_the_owner(sender: WeComSender, corp: WeComSandbox) -> None:
    chat = corp.groups.found("staff0")
    mine = message(1, staff="staff0", recipient=chat, action="group_send")
    foreign = message(2, staff="staff1", recipient=chat, action="group_send")
    receipts = list(sender.send([mine, foreign]))
    assert [one.state for one in receipts] == [MessageState.AWAITING, MessageState.FAILED]
    corp.confirm()
    assert states(list(sender.look_up(asked([mine, foreign], receipts)))) == {("sent", ""): 1}


def test_a_welcome_and_a_reply_are_sent_at_once(sender: WeComSender, corp: WeComSandbox) -> None:
    code = corp.customers.add("wmwelcome0000000001", "staff0")
    corp.service.say("wmwelcome0000000001", "hello?")
    messages = [
        message(1, recipient=code, action="welcome"),
        message(2, staff=corp.service.open_kfid, recipient="wmwelcome0000000001", action="kf_reply"),
        message(3, action="telepathy"),
    ]
    receipts = list(sender.send(messages))
    assert [one.state.value for one in receipts] == ["sent", "sent", "failed"]
    assert [one.kind for one in corp.arrivals()] == ["welcome", "kf"]


# ---- when things go wrong


def test_wrong_credentials_send_nothing_and_say_so(sandbox: Sandbox, corp: WeComSandbox, clock: VirtualClock) -> None:
    wrong = Account("wecom", corp.account, sandbox.base_url("wecom"), {"secret": "wrong"})
    with pytest.raises(ConfigError):
        open_sender(wrong, tokens=MemoryTokens(), now_us=clock.now_us).send([message(0)])


def test_what_could_not_leave_after_something_left_is_ready_again(
    sender: WeComSender, corp: WeComSandbox, clock: VirtualClock
) -> None:
    corp.fail_next("externalcontact/add_msg_template", 45009)
    with pytest.raises(RetryLaterError):
        sender.send([message(0), message(1)])
    assert not corp.mass_send.tasks

    clock.advance_to(clock.now_us() + MINUTE)
    corp.per_minute = 1
    assert [one.state.value for one in sender.send([message(0), message(1)])] == ["awaiting", "ready"]


class LosesAnswers(HttpCaller):
    """Lets each mass send through, or not, and loses the answer."""

    def __init__(self, base_url: str, *, arrives: Callable[[], bool]) -> None:
        super().__init__(base_url)
        self._arrives = arrives

    def call_json(self, method: str, path: str, **more: object) -> dict[str, object]:  # type: ignore[override]  hands everything on
        if "add_msg_template" not in path:
            return super().call_json(method, path, **more)  # type: ignore[arg-type]  hands everything on
        if self._arrives():
            super().call_json(method, path, **more)  # type: ignore[arg-type]  hands everything on
        raise UnknownOutcomeError("the answer was lost")


@pytest.fixture
def losing(sandbox: Sandbox, corp: WeComSandbox, clock: VirtualClock) -> Iterator[Callable[..., WeComSender]]:
    made: list[WeComClient] = []

    def make(*arrives: bool) -> WeComSender:
        answers = iter(arrives)
        http = LosesAnswers(sandbox.base_url("wecom"), arrives=lambda: next(answers))
        made.append(WeComClient(sandbox.account("wecom"), tokens=MemoryTokens(), now_us=clock.now_us, http=http))
        return WeComSender(made[-1])

    yield make
    for client in made:
        client.close()


def test_a_lost_answer_is_unknown_then_found_then_sent(
    losing: Callable[..., WeComSender], corp: WeComSandbox, clock: VirtualClock
) -> None:
    sender = losing(True)
    messages = [message(0), message(2)]
    receipts = list(sender.send(messages))
    assert {one.state for one in receipts} == {MessageState.UNKNOWN}
    clock.advance_to(clock.now_us() + 5 * SECOND)
    found = list(sender.look_up(asked(messages, receipts)))
    assert {one.state for one in found} == {MessageState.AWAITING}
    assert {one.task for one in found} == set(corp.mass_send.tasks)
    assert corp.confirm() == 2
    by_id = {one.message_id: one for one in found}
    again = asked(messages, [by_id[one.message_id] for one in messages])
    assert states(list(sender.look_up(again))) == {("sent", ""): 2}
    assert len(corp.arrivals()) == 2


def test_what_never_arrived_is_ready_again_only_after_ten_minutes(
    losing: Callable[..., WeComSender], corp: WeComSandbox, clock: VirtualClock
) -> None:
    sender = losing(False)
    messages = [message(0)]
    tasks = asked(messages, list(sender.send(messages)))
    clock.advance_to(clock.now_us() + 9 * MINUTE)
    assert not sender.look_up(tasks)
    clock.advance_to(clock.now_us() + 2 * MINUTE)
    assert [one.state.value for one in sender.look_up(tasks)] == ["ready"]
    assert not corp.mass_send.tasks


def test_of_two_lost_tasks_with_the_same_words_each_message_finds_its_own(
    losing: Callable[..., WeComSender], corp: WeComSandbox, clock: VirtualClock
) -> None:
    sender = losing(True, False)
    messages = [message(0), message(1)]  # two staff members: two tasks with the same words, one of which arrived
    tasks = asked(messages, list(sender.send(messages)))
    clock.advance_to(clock.now_us() + 11 * MINUTE)
    looked = {one.message_id: one.state.value for one in sender.look_up(tasks)}
    assert looked == {messages[0].message_id: "awaiting", messages[1].message_id: "ready"}


def test_a_lost_welcome_stays_unknown_for_it_cannot_be_asked_for(sender: WeComSender) -> None:
    task = {b"1" * 16: ("lost:welcome:1790000000:aa", "staff0", "code")}
    assert not sender.look_up(task)


@pytest.mark.parametrize("seed", range(4))
def test_through_lost_answers_busy_servers_and_ended_tokens_everybody_gets_it_exactly_once(seed: int) -> None:
    clock = VirtualClock(1_790_000_000_000_000)
    faults = Faults(lost_answers=0.3, busy=0.2, ended_tokens=0.1)
    with Sandbox(clock=clock, seed=seed, platforms=("wecom",), faults=faults) as running:
        corp: WeComSandbox = running.platform("wecom")
        corp.load_customers([(f"wm{number:020d}", f"staff{number % 5}", "") for number in range(40)])
        sender = open_sender(running.account("wecom"), tokens=MemoryTokens(), now_us=clock.now_us)
        messages = {
            one.message_id: one for one in (message(number, staff=f"staff{number % 5}") for number in range(40))
        }
        latest = {one: Receipt(one, MessageState.READY, "", 0) for one in messages}
        for _ in range(200):
            ready = [messages[one] for one, receipt in latest.items() if receipt.state is MessageState.READY]
            asking = {
                one: (receipt.task, messages[one].staff, messages[one].recipient)
                for one, receipt in latest.items()
                if receipt.state in {MessageState.AWAITING, MessageState.UNKNOWN}
            }
            if not ready and not asking:
                break
            with suppress(RetryLaterError):
                latest.update({one.message_id: one for one in sender.send(ready)})
            with suppress(RetryLaterError):
                latest.update({one.message_id: one for one in sender.look_up(asking)})
            corp.confirm()
            clock.advance_to(clock.now_us() + 2 * MINUTE)
        sender.client.close()
        assert {one.state for one in latest.values()} == {MessageState.SENT}
        assert Counter(one.recipient for one in corp.arrivals()) == dict.fromkeys(
            (one.recipient for one in messages.values()), 1
        )
        assert corp.calls_made["externalcontact/get_groupmsg_list_v2"]  # answers were lost, and looked for
