"""Guard and outbox against a reference of a few lines: whatever happens in whatever order, the promises hold."""

import tempfile
from collections import Counter
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, select

from dispatch.market_stall import NOW_US, Platform, contact, open_stall, proposes, says
from siyu.app.clock import VirtualClock
from siyu.app.dispatch.carry_out import LOST_AFTER, carry_out, look_up
from siyu.app.dispatch.settle import settle_by_hand
from siyu.app.policy.judge import judge_due
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.policy.case import BY_STAFF
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message, pause
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import touch

_PEOPLE = range(2)
_CAP, _DAYS = 2, 7
_WINDOW = _DAYS * DAY
_OPENED: list[tuple[Workspace, tempfile.TemporaryDirectory[str]]] = []
_RUNS = count(1)


def _opened() -> Workspace:
    """Open one workspace for all runs; each run has its own people, and nothing proposed yet."""
    if not _OPENED:
        folder = tempfile.TemporaryDirectory()
        _OPENED.append((open_stall(Path(folder.name), cap=_CAP, people=range(0))[0], folder))
    workspace, _ = _OPENED[0]
    with workspace.database.write() as connection:
        for table in (message, proposal, pause):
            connection.execute(delete(table))
    return workspace


class GuardAndOutbox(RuleBasedStateMachine):
    """What the reference knows: who agreed, who was joined with whom, and what was ever proposed."""

    def __init__(self) -> None:
        super().__init__()
        self.workspace = _opened()
        self.clock = VirtualClock(NOW_US)
        self.workspace.clock = self.clock
        self.platform = Platform(self.clock)
        self.senders = {("wecom", "corp"): self.platform}
        self.proposed: set[bytes] = set()
        self.number = 0
        self.first = 10 * next(_RUNS)
        self.consents = dict.fromkeys(_PEOPLE, True)
        self.joined = {number: number for number in _PEOPLE}
        self.withdrawn_at: dict[str, int] = {}
        self.paused: set[str] = set()
        self.by_hand: dict[bytes, bool] = {}
        self.staff_sent: list[tuple[str, int]] = []

    @initialize()
    def people_come(self) -> None:
        at_us = NOW_US - 80 * DAY
        kinds = (TouchKind.CONTACT_ADDED, TouchKind.CONSENT_GIVEN, TouchKind.MESSAGE_IN)
        take_in = TakeIn(self.workspace)
        take_in.take([says(self.first + number, kind, at_us) for number in _PEOPLE for kind in kinds])
        take_in.count_up()
        with self.workspace.database.read() as connection:
            newest = select(identifier.c.identifier_id).order_by(identifier.c.identifier_id.desc()).limit(len(_PEOPLE))
            self.ids = sorted(connection.execute(newest).scalars())

    @rule(
        who=st.sampled_from(_PEOPLE),
        values=st.lists(st.integers(0, 100), min_size=1, max_size=3),
        days=st.integers(0, 10),
    )
    def propose(self, who: int, values: list[int], days: int) -> None:
        lives_us = days * DAY + HOUR
        for value in values:
            self.number += 1
            self.proposed.add(
                proposes(
                    self.workspace, self.ids[who], play=f"play{self.number}", now_us=self.clock.now_us(),
                    value=value, lives_us=lives_us,
                )
            )  # fmt: skip

    @rule(mood=st.sampled_from(["takes", "sends", "loses"]))
    def turn(self, mood: str) -> None:
        self.judge_all()
        self.hand_over_all(mood)

    @rule()
    def judge(self) -> None:
        self.judge_all()

    def judge_all(self) -> None:
        """Judge what is due: no proposal gets a slot that a more valuable one of the same person wanted and lost."""
        rows = (
            select(identifier.c.person_id, proposal.c.proposal_id, proposal.c.expected_value_minor)
            .join(proposal, proposal.c.identifier_id == identifier.c.identifier_id)
            .where(proposal.c.state.in_(("waiting", "held")), proposal.c.due_at_us <= self.clock.now_us())
        )
        with self.workspace.database.read() as connection:
            due = connection.execute(rows).all()
        judge_due(self.workspace)
        with self.workspace.database.read() as connection:
            ends = connection.execute(select(proposal.c.proposal_id, proposal.c.state, proposal.c.rule))
            now = {key: (state, by) for key, state, by in ends}
        for person in {row.person_id for row in due}:
            mine = [(now[row.proposal_id], row.expected_value_minor) for row in due if row.person_id == person]
            won = [value for (state, _), value in mine if state == "approved"]
            lost = [value for (state, by), value in mine if state != "approved" and by == "frequency_cap"]
            assert not won or not lost or min(won) >= max(lost), "a less valuable proposal got the slot"

    @rule(mood=st.sampled_from(["takes", "takes", "sends", "loses", "busy", "fails"]))
    def hand_over(self, mood: str) -> None:
        self.hand_over_all(mood)

    def hand_over_all(self, mood: str) -> None:
        self.platform.mood = mood
        before, reached = len(self.platform.arrivals), set(self.platform.reached)
        carry_out(self.workspace, self.senders, channel="wecom", batch=2)
        new = self.platform.arrivals[before:]
        assert not (self.paused and new), "paused, and yet something went"
        for recipient, at_us in new:
            told = [*self.staff_sent, *self.platform.arrivals]
            mine = [at for name, at in told if name == recipient and at_us - _WINDOW < at <= at_us]
            assert len(mine) <= _CAP, "together with what staff sent it is too much"
        with self.workspace.database.read() as connection:
            deadlines = dict(connection.execute(select(message.c.message_id, message.c.deadline_us)).fetchall())
        for key in set(self.platform.reached) - reached:
            assert self.clock.now_us() <= deadlines[key], "it came after its deadline"
        for recipient, at_us in new:
            us = {contact(self.first + number).value for number in self._one_with(recipient)}
            window = [at for name, at in self.platform.arrivals if name in us and at_us - _WINDOW < at <= at_us]
            assert len(window) <= _CAP, f"{len(window)} messages in {_DAYS} days to people who are one"

    @rule()
    def ask_the_platform(self) -> None:
        look_up(self.workspace, self.senders, channel="wecom")

    @rule(minutes=st.sampled_from([1, 6, 30, 120, 1_440, 2_880, 10_000]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance_to(self.clock.now_us() + minutes * MINUTE)

    @precondition(lambda self: self.proposed and any(self.consents.values()))
    @rule(who=st.sampled_from(_PEOPLE), judged=st.booleans())
    def withdraw(self, who: int, judged: bool) -> None:
        """Withdraw, often just after an approval, and wait longer than it stays fresh: nothing may come any more."""
        if judged:
            self.judge_all()
        at_us = self.clock.now_us()
        TakeIn(self.workspace).take([says(self.first + who, TouchKind.CONSENT_WITHDRAWN, at_us)])
        self.clock.advance_to(at_us + 10 * MINUTE)
        self.consents[who] = False
        for number, root in self.joined.items():
            if root == self.joined[who]:
                self.withdrawn_at.setdefault(contact(self.first + number).value, self.clock.now_us())
        if judged:
            self.hand_over_all("sends")

    @rule(left=st.sampled_from(_PEOPLE), right=st.sampled_from(_PEOPLE))
    def two_are_one(self, left: int, right: int) -> None:
        if self.joined[left] == self.joined[right]:
            return
        # the platform itself says so: one event names both
        at_us = self.clock.now_us()
        TakeIn(self.workspace).take([says(self.first + left, TouchKind.VISIT, at_us, contact(self.first + right))])
        with self.workspace.database.read() as connection:
            roots = dict(connection.execute(select(identifier.c.identifier_id, identifier.c.person_id)).fetchall())
        if roots[self.ids[left]] != roots[self.ids[right]]:
            return  # two customers of one account are two people until somebody decides otherwise
        self.joined = {number: roots[self.ids[number]] for number in _PEOPLE}
        self.clock.advance_to(at_us + 10 * MINUTE)  # longer than an approval stays fresh
        for number in _PEOPLE:
            if any(not self.consents[other] for other in _PEOPLE if self.joined[other] == self.joined[number]):
                self.withdrawn_at.setdefault(contact(self.first + number).value, self.clock.now_us())

    def _one_with(self, recipient: str) -> list[int]:
        root = self.joined[int(recipient.removeprefix("wm")) - self.first]
        return [number for number, other in self.joined.items() if other == root]

    @rule(who=st.sampled_from(_PEOPLE), judged=st.booleans())
    def staff_send_by_hand(self, who: int, judged: bool) -> None:
        """A guide writes past us, often just after an approval; what waits must not overrun the cap because of it."""
        if judged:
            self.judge_all()
        self.number += 1
        at_us, contacted = self.clock.now_us(), contact(self.first + who)
        sent = touch(
            "wecom", TouchKind.MESSAGE_OUT, account="corp", actors=(contacted,), staff="anna",
            about=f"hand{self.number}", event_key=f"hand{self.first} {self.number}",
            properties={"action": "mass_send"}, happened_at_us=at_us, received_at_us=at_us,
        )  # fmt: skip
        for _ in range(2):  # platforms tell twice
            TakeIn(self.workspace).take([sent])
        self.staff_sent.append((contacted.value, at_us))
        self.clock.advance_to(at_us + 10 * MINUTE)  # longer than an approval stays fresh

    @rule()
    def settle_one_by_hand(self) -> None:
        """A person finds out what became of a message whose end nobody knows."""
        with self.workspace.database.read() as connection:
            query = select(message.c.message_id).where(message.c.state == "unknown").order_by(message.c.message_id)
            key = connection.execute(query).scalars().first()
        if key is not None:
            self.by_hand[key] = key in self.platform.reached
            settle_by_hand(self.workspace, key.hex(), reached=self.by_hand[key])

    @precondition(lambda self: self.paused or len(self.proposed) > 3)
    @rule(what=st.sampled_from(["wecom", "*", "staff:anna", "wecom/corp"]))
    def pause_or_resume(self, what: str) -> None:
        with self.workspace.database.write() as connection:
            pauses = SqlPauses(connection)
            if pauses.take(what):
                self.paused.remove(what)
            else:
                pauses.put(what, reason="test", now_us=self.clock.now_us())
                self.paused.add(what)

    @precondition(lambda self: len(self.proposed) > 5)
    @rule()
    def cancel(self) -> None:
        with self.workspace.database.write() as connection:
            SqlOutbox(connection).cancel(channel="wecom", reason="test", now_us=self.clock.now_us())

    @invariant()
    def the_cap_holds_in_every_window(self) -> None:
        # each name for itself: what two got before they were joined was right when it was sent
        arrivals: dict[str, list[int]] = {}
        for recipient, at_us in self.platform.arrivals:
            arrivals.setdefault(recipient, []).append(at_us)
        for moments in arrivals.values():
            for start in moments:
                inside = sum(start <= at_us < start + _WINDOW for at_us in moments)
                assert inside <= _CAP, f"{inside} messages in {_DAYS} days"

    @invariant()
    def nothing_arrives_twice_or_unapproved(self) -> None:
        assert set(self.platform.reached.values()) <= {1}
        with self.workspace.database.read() as connection:
            approved = select(message.c.message_id).join(proposal, proposal.c.proposal_id == message.c.proposal_id)
            known = set(connection.execute(approved.where(proposal.c.state == "approved")).scalars())
        assert set(self.platform.reached) <= known

    @invariant()
    def nothing_arrives_after_a_withdrawal(self) -> None:
        for recipient, at_us in self.platform.arrivals:
            assert at_us < self.withdrawn_at.get(recipient, at_us + 1)

    @invariant()
    def the_books_balance(self) -> None:
        with self.workspace.database.read() as connection:
            states = dict(connection.execute(select(proposal.c.proposal_id, proposal.c.state)).fetchall())
            ours = select(message.c.proposal_id).where(message.c.play != BY_STAFF)
            messages = Counter(connection.execute(ours).scalars())
        assert set(states) == self.proposed
        assert set(states.values()) <= {"waiting", "held", "approved", "denied"}
        assert messages == Counter(key for key, state in states.items() if state == "approved")

    def teardown(self) -> None:
        """Let everything come to its end: each message has one."""
        with self.workspace.database.write() as connection:
            for what in self.paused:
                SqlPauses(connection).take(what)
        for _ in range(4):
            self.platform.mood = "sends"
            self.clock.advance_to(self.clock.now_us() + LOST_AFTER + DAY)
            look_up(self.workspace, self.senders, channel="wecom")
            carry_out(self.workspace, self.senders, channel="wecom")
        with self.workspace.database.read() as connection:
            ours = select(message.c.message_id, message.c.state).where(message.c.play != BY_STAFF)
            ends = dict(connection.execute(ours).fetchall())
        for key, reached in self.by_hand.items():  # a person's word is the end
            assert ends[key] == ("sent" if reached else "failed")
        held = {key for key, state in ends.items() if state == "ready"}
        assert set(ends.values()) <= {"sent", "failed", "cancelled", "ready"}
        assert not held & set(self.platform.reached)
        assert set(self.platform.reached) == {key for key, state in ends.items() if state == "sent"}


TestGuardAndOutbox = GuardAndOutbox.TestCase
TestGuardAndOutbox.settings = settings(
    max_examples=60, stateful_step_count=16, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
