"""Whoever did not allow it is not reached, whatever way we learnt of it, and `siyu policy why` says the reason."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.cli.command_line import Siyu
from app.shop import NOW_US, PlayedPlatform, added, order, says
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import carry_out
from siyu.app.intake.import_file import import_file
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.play import plays
from siyu.kernel.errors import RetryLaterError
from siyu.kernel.period import DAY, HOUR, MINUTE, SECOND
from siyu.touchpoints.touch import Touch

_WEEKS = 10
_SENT = "approved"


class _Brand:
    """A brand one looks at from outside: touches and files go in, commands are run, a played platform is reached."""

    def __init__(self, folder: Path, siyu: Siyu) -> None:
        (folder / "w").mkdir()
        (folder / "w" / "siyu.toml").write_text("[policy]\nholdout_share = 0.0\n", "utf-8")
        self.clock = VirtualClock(NOW_US)
        self.workspace: Workspace = open_workspace(folder / "w", clock=self.clock)
        self.platform = PlayedPlatform()
        self.siyu, self._folder = siyu, folder

    def regular(self, number: int, *said: Touch) -> None:
        """Somebody who buys every week, is due for a reminder now, has added a guide, and said ``said``."""
        last_us = NOW_US - 7 * DAY + HOUR
        bought = [order(number, last_us - week * 7 * DAY) for week in range(_WEEKS)]
        TakeIn(self.workspace).take([*bought, added(number), *said])

    def file(self, what: Any, *lines: str) -> None:
        path = self._folder / f"{what}-{len(list(self._folder.iterdir()))}.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        done = import_file(self.workspace, what, path)
        assert (done.accepted, done.quarantined) == (len(lines) - 1, 0)

    def turn(self) -> None:
        turn(self.workspace, (), senders={("wecom", "corp"): self.platform}, of_plays=[plays()["replenishment"]])

    def reached(self, number: int) -> bool:
        return f"wm{number}" in self.platform.reached

    def why(self, number: int) -> list[tuple[str, str, str]]:
        """State, rule and reason of each decision about somebody, the newest first."""
        told = self.siyu.answered("policy", "why", f"member_no:{number}")
        return [(one["state"], one["rule"], one["because"]) for one in told["decisions"]]


@pytest.fixture
def brand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[_Brand]:
    made = _Brand(tmp_path, Siyu(tmp_path / "w", capsys))
    yield made
    made.workspace.close()


def test_who_allowed_it_is_reached(brand: _Brand) -> None:
    brand.regular(1, says(1, yes=True))
    brand.turn()
    assert brand.reached(1)
    assert brand.why(1) == [(_SENT, "", "")]


def test_who_never_said_anything_is_not_reached(brand: _Brand) -> None:
    brand.regular(1)
    brand.turn()
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "consent", "never")]


@pytest.mark.parametrize(
    ("purpose", "channel", "because"),
    [("service", "", "never"), ("ads_upload", "wecom", "never"), ("marketing", "sms", "elsewhere")],
)
def test_who_allowed_something_else_is_not_reached(brand: _Brand, purpose: str, channel: str, because: str) -> None:
    brand.regular(1)
    brand.file("consents", "member_no,purpose,channel,granted,date", f"1,{purpose},{channel},yes,2026-03-01")
    brand.turn()
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "consent", because)]


def test_who_took_it_back_a_second_before_is_not_reached(brand: _Brand) -> None:
    brand.regular(1, says(1, yes=True), says(1, yes=False, at_us=NOW_US - SECOND))
    brand.turn()
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "consent", "withdrawn")]


class _Busy(PlayedPlatform):
    def send(self, messages: Any) -> Any:
        raise RetryLaterError("come back in a minute", retry_after=timedelta(minutes=1))


@pytest.mark.parametrize("minutes", [2, 60])
def test_who_takes_it_back_while_the_message_waits_for_the_platform_is_not_reached(brand: _Brand, minutes: int) -> None:
    brand.regular(1, says(1, yes=True))
    ready, brand.platform = brand.platform, _Busy()
    brand.turn()
    assert brand.why(1) == [(_SENT, "", "")]
    brand.platform = ready
    brand.clock.advance_to(NOW_US + minutes * MINUTE)
    TakeIn(brand.workspace).take([says(1, yes=False, at_us=NOW_US + minutes * MINUTE - SECOND)])
    brand.turn()
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "consent", "withdrawn")]


def test_who_takes_it_back_between_the_verdict_and_the_hand_over_is_not_reached(brand: _Brand) -> None:
    brand.regular(1, says(1, yes=True))
    brand.clock.advance_to(NOW_US + 13 * HOUR)  # night
    brand.turn()
    morning_us = NOW_US + 24 * HOUR
    brand.clock.advance_to(morning_us)
    assert judge_due(brand.workspace).approved == 1
    brand.clock.advance_to(morning_us + 2 * SECOND)
    TakeIn(brand.workspace).take([says(1, yes=False, at_us=morning_us + SECOND)])
    assert carry_out(brand.workspace, {("wecom", "corp"): brand.platform}, channel="wecom") == 0
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "consent", "withdrawn")]


@pytest.mark.parametrize("birthday", ["2015-01-02", "2015年1月2日", "2015/1/2", "20150102"])
def test_who_is_under_fourteen_is_reached_with_a_guardians_consent_alone(brand: _Brand, birthday: str) -> None:
    brand.regular(1, says(1, yes=True))
    brand.file("people", "member_no,birthday", f"1,{birthday}")
    brand.turn()
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "minors", "no_guardian")]


def test_who_switched_personalised_offers_off_is_not_reached_by_what_was_chosen_for_them(brand: _Brand) -> None:
    brand.regular(1, says(1, yes=True))
    brand.file("consents", "member_no,purpose,granted,date", "1,personalised,no,2026-03-01")
    brand.turn()
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "personalised", "switched_off")]


def test_who_was_erased_is_not_reached_even_by_what_was_held_for_the_morning(brand: _Brand) -> None:
    brand.regular(1, says(1, yes=True))
    brand.regular(2, says(2, yes=True))
    brand.clock.advance_to(NOW_US + 13 * HOUR)  # night
    brand.turn()
    assert brand.why(1)[0][:2] == ("held", "quiet_hours")
    brand.siyu.answered("people", "erase", "member_no:1")
    brand.clock.advance_to(NOW_US + 24 * HOUR)
    brand.turn()
    assert brand.platform.reached == ["wm2"]
    assert "nobody" in brand.siyu.refused("policy", "why", "member_no:1")


def test_who_was_merged_with_one_who_took_it_back_is_not_reached_until_they_are_split(brand: _Brand) -> None:
    brand.regular(1, says(1, yes=True))
    brand.file("consents", "phone,purpose,granted,date", "13900139000,marketing,no,2026-03-01")
    brand.siyu.answered("people", "merge", "member_no:1", "phone:13900139000")
    brand.turn()
    assert not brand.reached(1)
    assert brand.why(1) == [("denied", "consent", "withdrawn")]
    brand.siyu.answered("people", "split", "phone:13900139000")
    brand.clock.advance_to(NOW_US + 7 * DAY)
    TakeIn(brand.workspace).take([order(1, NOW_US + HOUR)])
    brand.turn()
    assert brand.reached(1)
    assert brand.why(1)[0] == (_SENT, "", "")
    (said,) = brand.siyu.answered("consent", "show", "phone:13900139000")["decisions"]
    assert said["granted"] is False
