"""Groups are asked like people: proposed, judged, handed over once, booked; and what staff post there counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.fission.shop import START, Shop, shop
from siyu.app.channels.senders import Senders, open_senders
from siyu.app.dispatch.by_staff import count_by_staff
from siyu.app.fission.campaign import status, stop
from siyu.app.fission.groups import ask_group
from siyu.app.turn import turn
from siyu.app.views.decisions import decision_of
from siyu.app.views.people import people_count
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.sandbox.sandbox import Sandbox
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.identity import SqlIdentityStore

PLAN: dict[str, Any] = {
    "name": "spring",
    "referral": {"means": ["group"]},
    "communication": {"variants": ["带一位朋友来看看", "朋友也需要的话，请他来"]},
    "mechanism": {"stages": [{"retained": 1, "gives": "thanks"}]},
    "control": {"holdout_share": 0.0},
}
#: 10:00 in Shanghai: nobody sleeps.
MORNING = START + 2 * HOUR


@contextmanager
def _corp(folder: Path, plan: dict[str, Any] = PLAN) -> Iterator[tuple[Shop, Any, Senders]]:
    """Open a shop that is connected to a played WeCom."""
    with shop(folder, plan) as one, Sandbox(clock=one.clock, seed=5, platforms=("wecom",)) as sandbox:
        one.clock.advance_to(MORNING)
        with one.workspace.database.write() as connection:
            account = sandbox.account("wecom")
            SqlAccounts(connection, one.workspace.vault).connect(account, now_us=MORNING)
        yield one, sandbox.platform("wecom"), open_senders(one.workspace)


def _arrived(corp: Any) -> list[tuple[str, str]]:
    return [(one.recipient, one.text) for one in corp.mass_send.arrivals if one.kind == "group_send"]


def test_a_campaign_proposes_to_every_group_its_owner_confirms_and_it_is_said_once_a_month(tmp_path: Path) -> None:
    with _corp(tmp_path) as (one, corp, senders):
        chats = [corp.groups.found("anna", "first"), corp.groups.found("ben", "second")]
        for _ in range(2):  # asked again in the same hour: nothing more
            turn(one.workspace, [], senders=senders)
        tasks = [task for task in corp.mass_send.tasks.values() if task.groups]
        assert sorted((staff, *part.recipients) for task in tasks for staff, part in task.parts.items()) == sorted(
            zip(("anna", "ben"), chats, strict=True)
        )
        assert _arrived(corp) == []  # it waits for its owner
        corp.mass_send.confirm()
        one.clock.advance_to(MORNING + HOUR)
        assert turn(one.workspace, [], senders=senders).returned == 2
        assert sorted(chat for chat, _ in _arrived(corp)) == sorted(chats)
        assert {text for _, text in _arrived(corp)} <= set(PLAN["communication"]["variants"])
        assert status(one.workspace, "spring")["groups_asked"] == dict.fromkeys(chats, 1)
        assert status(one.workspace, "spring")["flow"]["inviters"][0]["people"] == 0  # a group is nobody
        assert people_count(one.workspace) == 0
        with one.workspace.database.read() as connection:
            assert SqlIdentityStore(connection).people() == 0
        one.clock.advance_to(MORNING + 29 * DAY)
        assert turn(one.workspace, [], senders=senders).handed_over == 0
        one.clock.advance_to(MORNING + 31 * DAY)
        assert turn(one.workspace, [], senders=senders).handed_over == 2


def test_the_guard_says_when_a_group_is_asked_and_why_not(tmp_path: Path) -> None:
    with _corp(tmp_path) as (one, corp, senders):
        chat = corp.groups.found("anna")
        one.clock.advance_to(MORNING + 14 * HOUR)  # midnight
        said = ask_group(one.workspace, "spring", chat)
        assert (said["way"], said["owner"]) == ("outbox", "anna")
        assert turn(one.workspace, [], senders=senders).handed_over == 0
        found = decision_of(one.workspace, said["proposal"])
        assert (found.state, found.rule) == ("held", "quiet_hours")
        with pytest.raises(RefusedError, match="asked 1 times in 30 days"):
            ask_group(one.workspace, "spring", chat)
        one.clock.advance_to(MORNING + DAY)
        assert turn(one.workspace, [], senders=senders).handed_over == 1
        assert decision_of(one.workspace, said["proposal"]).state == "approved"
        with pytest.raises(BadInputError, match="no group 'wrnobody'"):
            ask_group(one.workspace, "spring", "wrnobody")


def test_what_staff_post_in_a_group_by_hand_takes_its_quota(tmp_path: Path) -> None:
    with _corp(tmp_path) as (one, corp, senders):
        chat, other = corp.groups.found("anna"), corp.groups.found("anna")
        for hours in range(4):  # as many as the house rule allows in four weeks
            one.clock.advance_to(MORNING + hours * HOUR)
            corp.mass_send.send_by_hand("anna", [chat], groups=True)
        one.clock.advance_to(MORNING + 4 * HOUR)
        assert count_by_staff(one.workspace, senders) == 4
        one.clock.advance_to(MORNING + 5 * HOUR)
        assert count_by_staff(one.workspace, senders) == 0  # known
        assert people_count(one.workspace) == 0
        mine, free = (ask_group(one.workspace, "spring", name)["proposal"] for name in (chat, other))
        assert turn(one.workspace, [], senders=senders).handed_over == 1
        found = decision_of(one.workspace, mine)
        assert (found.state, found.rule) == ("denied", "group_cap")  # not before it makes no sense any more
        assert decision_of(one.workspace, free).state == "approved"
        one.clock.advance_to(MORNING + 5 * HOUR + 20 * MINUTE)
        corp.mass_send.confirm()
        turn(one.workspace, [], senders=senders)
        assert [whom for whom, _ in _arrived(corp)].count(other) == 1


def test_where_no_platform_takes_it_the_owner_posts_what_the_guard_allows_and_it_is_booked(tmp_path: Path) -> None:
    with shop(tmp_path, PLAN) as one:
        one.clock.advance_to(MORNING)
        said = ask_group(one.workspace, "spring", "chat-1", owner="anna")
        assert (said["way"], said["owner"], said["text"] in PLAN["communication"]["variants"]) == (
            "by_hand", "anna", True,
        )  # fmt: skip
        with pytest.raises(RefusedError, match=r"asked 1 times in 30 days.* ask it again: 2024-11-03"):
            ask_group(one.workspace, "spring", "chat-1")
        ask_group(one.workspace, "spring", "chat-2", channel="douyin")  # no way to groups there but the owner's hand
        assert status(one.workspace, "spring")["groups_asked"] == {"chat-1": 1, "chat-2": 1}
        one.clock.advance_to(MORNING + 14 * HOUR)
        with pytest.raises(RefusedError, match="chat-3 is not asked now"):  # at midnight
            ask_group(one.workspace, "spring", "chat-3")
        one.clock.advance_to(MORNING + 30 * DAY)
        ask_group(one.workspace, "spring", "chat-1")
        ask_group(one.workspace, "spring", "chat-3")  # what was refused took no quota
        stop(one.workspace, "spring", because="enough")
        with pytest.raises(RefusedError, match="enough"):
            ask_group(one.workspace, "spring", "chat-2")


def test_a_campaign_without_the_means_group_asks_none(tmp_path: Path) -> None:
    with _corp(tmp_path, PLAN | {"referral": {"means": ["link"]}}) as (one, corp, senders):
        chat = corp.groups.found("anna")
        assert turn(one.workspace, [], senders=senders).handed_over == 0
        with pytest.raises(RefusedError, match="do not name group"):
            ask_group(one.workspace, "spring", chat)
