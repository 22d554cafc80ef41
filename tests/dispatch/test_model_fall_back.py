"""Two channels against a reference of a few lines: whatever happens in whatever order, nobody hears it twice."""

import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, event, select

from dispatch.market_stall import NOW_US, Platform, contact, open_stall, proposes, says
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import LOST_AFTER, carry_out, look_up
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.campaigns.proposal import proposal_id
from siyu.dispatch.account import Account
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

_FIRST, _NEXT = "wecom", "wechat_mp"
_OPENED: list[tuple[Workspace, tempfile.TemporaryDirectory[str]]] = []
_RUNS = count(1)
_MOODS = st.sampled_from(["fails", "fails", "sends", "takes", "loses", "busy"])


class Gone(BaseException):
    """The process died."""


def _opened() -> Workspace:
    """Open one workspace for all runs; each run has a person of its own, and nothing proposed yet."""
    if not _OPENED:
        folder = tempfile.TemporaryDirectory()
        workspace, _ = open_stall(Path(folder.name), cap=1000, people=range(0))
        with workspace.database.write() as connection:
            for channel, account in ((_FIRST, "corp"), (_NEXT, "gh1")):
                one = Account(channel, account, "http://127.0.0.1:1", {})
                SqlAccounts(connection, workspace.vault).connect(one, now_us=NOW_US - DAY)
        _OPENED.append((workspace, folder))
    workspace, _ = _OPENED[0]
    with workspace.database.write() as connection:
        for table in (message, proposal):
            connection.execute(delete(table))
    return workspace


def _dies(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
    if text.startswith("INSERT INTO proposal"):
        raise Gone


class TwoChannels(RuleBasedStateMachine):
    """What the reference knows: what was wanted, until when, and what the person allows where."""

    def __init__(self) -> None:
        super().__init__()
        self.workspace = _opened()
        self.clock = self.workspace.clock = VirtualClock(NOW_US)
        self.platforms = {_FIRST: Platform(self.clock), _NEXT: Platform(self.clock)}
        self.senders = {(_FIRST, "corp"): self.platforms[_FIRST], (_NEXT, "gh1"): self.platforms[_NEXT]}
        self.run, self.number = next(_RUNS), 0
        self.deadline: dict[bytes, int] = {}
        self.instead: dict[bytes, bytes] = {}
        self.allows = {_FIRST: True, _NEXT: True}
        self.closed_at: dict[str, int] = {}

    def _on(self, channel: str, kind: TouchKind, at_us: int) -> Touch:
        if channel == _FIRST:
            return says(self.run, kind, at_us, Identifier("member_no", f"m{self.run}"))
        who = (Identifier("openid@gh1", f"o{self.run}"), Identifier("member_no", f"m{self.run}"))
        return touch(_NEXT, kind, account="gh1", actors=who, happened_at_us=at_us, received_at_us=at_us)

    @initialize(first=_MOODS, then=_MOODS, dies=st.booleans())
    def somebody_comes(self, first: str, then: str, dies: bool) -> None:
        at_us = NOW_US - 80 * DAY
        take_in = TakeIn(self.workspace)
        for channel, came in ((_FIRST, TouchKind.CONTACT_ADDED), (_NEXT, TouchKind.FOLLOW)):
            for kind in (came, TouchKind.CONSENT_GIVEN, TouchKind.MESSAGE_IN):
                take_in.take([self._on(channel, kind, at_us)])
        take_in.count_up()
        with self.workspace.database.read() as connection:
            key = self.workspace.vault.key_of(contact(self.run))
            self.person = connection.execute(select(identifier.c.person_id).where(identifier.c.key == key)).scalar_one()
        self.want(10 * DAY, first, then, dies)

    @rule(lives=st.sampled_from([HOUR, 30 * HOUR, 10 * DAY]), first=_MOODS, then=_MOODS, dies=st.booleans())
    def play_speaks(self, lives: int, first: str, then: str, dies: bool) -> None:
        self.want(lives, first, then, dies)

    def want(self, lives: int, first: str, then: str, dies: bool) -> None:
        """A play wants to say something, a day after it did so last: the platform's quota has room again."""
        self.number += 1
        self.clock.advance_to(self.clock.now_us() + 25 * HOUR)
        now_us, play = self.clock.now_us(), f"play{self.number}"
        wanted = proposes(self.workspace, self.person, play=play, now_us=now_us, lives_us=lives, action="mass_send")
        self.deadline[wanted] = now_us + lives
        with self.workspace.database.read() as connection:
            query = select(proposal.c.identifier_id).where(proposal.c.proposal_id == wanted)
            self.instead[wanted] = proposal_id(f"{play} instead", connection.execute(query).scalar_one(), now_us)
        self.go_on(first, then, dies=dies)

    @precondition(lambda self: self.number)
    @rule(first=_MOODS, then=_MOODS, dies=st.booleans())
    def go_round(self, first: str, then: str, dies: bool) -> None:
        self.go_on(first, then, dies=dies)

    def go_on(self, first: str, then: str, *, dies: bool) -> None:
        """Judge, ask and hand over on both channels; the process may die where a fallback would be kept."""
        judge_due(self.workspace)
        self.platforms[_FIRST].mood, self.platforms[_NEXT].mood = first, then
        failed = self._failed()
        if dies:
            event.listen(self.workspace.database.engine, "before_cursor_execute", _dies)
        try:
            for channel in (_NEXT, _FIRST):
                look_up(self.workspace, self.senders, channel=channel)
                carry_out(self.workspace, self.senders, channel=channel)
        except Gone:
            assert dies
        finally:
            if dies:
                event.remove(self.workspace.database.engine, "before_cursor_execute", _dies)
        proposed = self._states()
        for one in self._failed() - failed:
            open_still = self.allows[_NEXT] and self.deadline[one] >= self.clock.now_us()
            assert (self.instead[one] in proposed) == open_still, "a failure goes on exactly where it may"

    @precondition(lambda self: self.number > 1)
    @rule()
    def withdraw(self) -> None:
        """Withdraw consent, which holds everywhere."""
        self._close(_FIRST, TouchKind.CONSENT_WITHDRAWN, [_FIRST, _NEXT])

    @precondition(lambda self: self.number > 1)
    @rule()
    def unfollow(self) -> None:
        self._close(_NEXT, TouchKind.UNFOLLOW, [_NEXT])

    def _close(self, channel: str, kind: TouchKind, closed: list[str]) -> None:
        at_us = self.clock.now_us()
        TakeIn(self.workspace).take([self._on(channel, kind, at_us)])
        self.clock.advance_to(at_us + 10 * MINUTE)  # longer than an approval stays fresh
        for one in closed:
            self.allows[one] = False
            self.closed_at.setdefault(one, at_us)

    @precondition(lambda self: self.number)
    @rule(minutes=st.sampled_from([1, 6, 61, 1_440, 10_000]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance_to(self.clock.now_us() + minutes * MINUTE)

    def _states(self) -> dict[bytes, str]:
        with self.workspace.database.read() as connection:
            return {
                bytes(key): state for key, state in connection.execute(select(proposal.c.proposal_id, proposal.c.state))
            }

    def _messages(self) -> dict[bytes, tuple[bytes, str]]:
        """Return by proposal its message and what became of it."""
        columns = (message.c.proposal_id, message.c.message_id, message.c.state)
        with self.workspace.database.read() as connection:
            return {bytes(one): (bytes(key), state) for one, key, state in connection.execute(select(*columns))}

    def _failed(self) -> set[bytes]:
        return {one for one, (_, state) in self._messages().items() if state == "failed" and one in self.deadline}

    @invariant()
    def nobody_hears_it_twice(self) -> None:
        messages, heard = self._messages(), [one.reached for one in self.platforms.values()]
        for wanted, instead in self.instead.items():
            keys = [messages[one][0] for one in (wanted, instead) if one in messages]
            assert sum(reached[key] for reached in heard for key in keys) <= 1

    @invariant()
    def only_what_failed_goes_on_and_only_once(self) -> None:
        messages, states = self._messages(), self._states()
        assert set(states) <= {*self.instead, *self.instead.values()}
        for wanted, instead in self.instead.items():
            if instead in states:
                assert messages[wanted][1] == "failed"

    @invariant()
    def nothing_arrives_where_the_person_is_gone(self) -> None:
        for channel, platform in self.platforms.items():
            for _, at_us in platform.arrivals:
                assert at_us <= self.closed_at.get(channel, at_us)

    def teardown(self) -> None:
        """Let everything come to its end: what a platform says has arrived has, and nothing else."""
        for _ in range(5):
            for platform in self.platforms.values():
                platform.mood = "sends"
            self.clock.advance_to(self.clock.now_us() + LOST_AFTER + DAY)
            judge_due(self.workspace)
            for channel in (_FIRST, _NEXT):
                look_up(self.workspace, self.senders, channel=channel)
                carry_out(self.workspace, self.senders, channel=channel)
        self.nobody_hears_it_twice()
        self.only_what_failed_goes_on_and_only_once()
        reached = {key for one in self.platforms.values() for key in one.reached}
        assert reached == {key for key, state in self._messages().values() if state == "sent"}


TestTwoChannels = TwoChannels.TestCase
TestTwoChannels.settings = settings(
    max_examples=40, stateful_step_count=14, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
