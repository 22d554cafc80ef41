"""What fails on one channel goes on by the next that its person allows: once, judged anew, and never by both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from dispatch.market_stall import NOW_US, Platform, mass_send, open_stall
from siyu.app.dispatch.carry_out import carry_out, look_up
from siyu.app.dispatch.receipts import settle_claimed
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.dispatch.account import Account
from siyu.dispatch.message import MessageState, Receipt
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch


class Shop:
    """One person on WeCom and on an official account, and two platforms."""

    def __init__(self, folder: Path) -> None:
        self.workspace, self.clock = open_stall(folder, cap=5, people=range(1))
        at_us = NOW_US - 70 * DAY
        follows = [
            touch(
                "wechat_mp", kind, account="gh1",
                actors=(Identifier("openid@gh1", "oPerson0"), Identifier("member_no", "0")),
                happened_at_us=at_us, received_at_us=at_us,
            )
            for kind in (TouchKind.FOLLOW, TouchKind.CONSENT_GIVEN)
        ]  # fmt: skip
        TakeIn(self.workspace).take(follows)
        with self.workspace.database.write() as connection:
            for channel, account in (("wecom", "corp"), ("wechat_mp", "gh1")):
                one = Account(channel, account, "http://127.0.0.1:1", {})
                SqlAccounts(connection, self.workspace.vault).connect(one, now_us=NOW_US)
            self.person = connection.execute(select(identifier.c.person_id)).scalars().first() or 0
        self.wecom, self.mp = Platform(self.clock), Platform(self.clock)
        self.mp.mood = "sends"
        self.senders = {("wecom", "corp"): self.wecom, ("wechat_mp", "gh1"): self.mp}

    def wants(self, play: str = "win_back", **said: Any) -> None:
        one = mass_send(self.person, play=play, now_us=self.clock.now_us(), action="mass_send", **said)
        with self.workspace.database.write() as connection:
            SqlProposals(connection).add([one])

    def goes_round(self) -> None:
        judge_due(self.workspace)
        for channel in ("wechat_mp", "wecom"):
            look_up(self.workspace, self.senders, channel=channel)
            carry_out(self.workspace, self.senders, channel=channel)

    def told(self) -> list[tuple[str, str]]:
        with self.workspace.database.read() as connection:
            rows = select(message.c.channel, message.c.state).order_by(message.c.channel.desc())
            return [(channel, state) for channel, state in connection.execute(rows)]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    one = Shop(tmp_path / "shop")
    yield one
    one.workspace.close()


def test_what_wecom_cannot_bring_reaches_the_person_by_the_official_account(shop: Shop) -> None:
    shop.wecom.mood = "fails"
    shop.wants()
    for _ in range(3):
        shop.goes_round()
        shop.clock.advance_to(shop.clock.now_us() + MINUTE)
    assert shop.told() == [("wecom", "failed"), ("wechat_mp", "sent")]
    assert [recipient for recipient, _ in shop.mp.arrivals] == ["oPerson0"]
    assert not shop.wecom.arrivals


def test_it_falls_back_once_and_what_fails_there_too_stays_failed(shop: Shop) -> None:
    shop.wecom.mood = shop.mp.mood = "fails"
    shop.wants()
    for _ in range(4):
        shop.goes_round()
        shop.clock.advance_to(shop.clock.now_us() + HOUR)
    assert shop.told() == [("wecom", "failed"), ("wechat_mp", "failed")]


def test_the_guard_judges_it_anew(shop: Shop) -> None:
    shop.wecom.mood = "fails"
    shop.wants()
    judge_due(shop.workspace)
    at_us = shop.clock.now_us()
    withdrawn = touch(
        "wechat_mp", TouchKind.CONSENT_WITHDRAWN, account="gh1", actors=(Identifier("openid@gh1", "oPerson0"),),
        happened_at_us=at_us, received_at_us=at_us,
    )  # fmt: skip
    carry_out(shop.workspace, shop.senders, channel="wecom")
    TakeIn(shop.workspace).take([withdrawn])
    shop.goes_round()
    assert shop.told() == [("wecom", "failed")]
    with shop.workspace.database.read() as connection:
        rows = select(proposal.c.channel, proposal.c.state, proposal.c.rule).order_by(proposal.c.channel)
        assert [tuple(row) for row in connection.execute(rows)] == [
            ("wechat_mp", "denied", "consent"),
            ("wecom", "approved", ""),
        ]


def test_who_has_no_other_channel_stays_where_they_are(shop: Shop) -> None:
    shop.wecom.mood = "fails"
    at_us = shop.clock.now_us()
    left = touch(
        "wechat_mp", TouchKind.UNFOLLOW, account="gh1", actors=(Identifier("openid@gh1", "oPerson0"),),
        happened_at_us=at_us, received_at_us=at_us,
    )  # fmt: skip
    TakeIn(shop.workspace).take([left])
    shop.wants()
    shop.goes_round()
    shop.goes_round()
    assert shop.told() == [("wecom", "failed")]


class Gone(BaseException):
    """The process died."""


def test_a_process_that_dies_between_the_failure_and_the_fallback_loses_neither(shop: Shop) -> None:
    shop.wecom.mood = "takes"
    shop.wants()
    shop.goes_round()
    assert shop.told() == [("wecom", "awaiting")]
    shop.wecom.reached.clear()  # the platform says now that it never arrived
    engine = shop.workspace.database.engine

    def dies(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if text.startswith("INSERT INTO proposal"):
            raise Gone

    event.listen(engine, "before_cursor_execute", dies)
    with pytest.raises(Gone):
        look_up(shop.workspace, shop.senders, channel="wecom")
    event.remove(engine, "before_cursor_execute", dies)
    assert shop.told() == [("wecom", "awaiting")]
    for _ in range(2):
        shop.goes_round()
        shop.clock.advance_to(shop.clock.now_us() + MINUTE)
    assert shop.told() == [("wecom", "failed"), ("wechat_mp", "sent")]


def test_a_failure_that_comes_after_the_message_arrived_moves_nothing(shop: Shop) -> None:
    shop.wecom.mood = "sends"
    shop.wants()
    shop.goes_round()
    with shop.workspace.database.read() as connection:
        key = connection.execute(select(message.c.message_id)).scalar_one()
        whole = SqlOutbox(connection).of_id(key)
    assert whole is not None
    settle_claimed(shop.workspace, [whole], [Receipt(key, MessageState.FAILED, "", shop.clock.now_us(), "late")])
    shop.goes_round()
    assert shop.told() == [("wecom", "sent")]
