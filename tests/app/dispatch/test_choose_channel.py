"""Plays propose once, and each proposal goes where its person is reached."""

from pathlib import Path

from app.shop import NOW_US, PlayedPlatform, contact, due_today, member, open_shop
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.views.decisions import decisions
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_BOTH = {("wecom", "corp"): PlayedPlatform(), ("wechat_mp", "gh1"): PlayedPlatform()}


def _follows(number: int) -> Touch:
    return touch(
        "wechat_mp", TouchKind.FOLLOW, account="gh1",
        actors=(Identifier("openid@gh1", f"o{number}"), member(number)),
        happened_at_us=NOW_US - 70 * DAY, received_at_us=NOW_US,
    )  # fmt: skip


def _agrees(number: int, *, yes: bool = True) -> Touch:
    return touch(
        "wechat_mp", TouchKind.CONSENT_GIVEN if yes else TouchKind.CONSENT_WITHDRAWN, account="gh1",
        actors=(Identifier("openid@gh1", f"o{number}"),), happened_at_us=NOW_US - 70 * DAY, received_at_us=NOW_US,
    )  # fmt: skip


def _leaves(number: int) -> Touch:
    return touch(
        "wecom", TouchKind.CONTACT_REMOVED, account="corp", actors=(contact(number),), staff="anna",
        happened_at_us=NOW_US - 60 * DAY, received_at_us=NOW_US,
    )  # fmt: skip


def _sent(workspace: Workspace) -> dict[int, tuple[str, str, str]]:
    return {one.person_id: (one.channel, one.action, one.state) for one in decisions(workspace).rows}


def test_who_left_one_channel_is_met_on_the_other(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 3))
    TakeIn(workspace).take([_follows(1), _agrees(1), _leaves(1)])
    turn(workspace, (), senders=_BOTH)
    told = sorted(_sent(workspace).values())
    assert told == [("wechat_mp", "mass_send", "approved"), ("wecom", "mass_send", "approved")]


def test_who_is_on_both_and_buys_often_is_talked_to(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 2))
    TakeIn(workspace).take([_follows(1), _agrees(1)])
    turn(workspace, (), senders=_BOTH)
    assert list(_sent(workspace).values()) == [("wecom", "mass_send", "approved")]


def test_who_can_be_reached_nowhere_is_denied_with_a_reason_and_once(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 2))
    TakeIn(workspace).take([_leaves(1)])
    turn(workspace, (), senders=_BOTH)
    (one,) = decisions(workspace).rows
    assert (one.channel, one.state, one.rule) == ("wecom", "denied", "relation")
