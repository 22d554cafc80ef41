"""A workspace with nothing but people who can be written to, and a platform whose every answer the test decides."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from siyu.app.clock import VirtualClock
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, OutboundMessage, Receipt
from siyu.kernel.errors import UnknownOutcomeError
from siyu.kernel.period import DAY
from siyu.stores.sql.proposals import SqlProposals
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

#: 2026-06-10 10:00 in Shanghai.
NOW_US = 1_781_056_800_000_000


def contact(number: int) -> Identifier:
    return Identifier("external_userid@corp", f"wm{number}")


def says(number: int, kind: TouchKind, at_us: int, *also: Identifier) -> Touch:
    return touch(
        "wecom", kind, account="corp", actors=(contact(number), *also), staff="anna",
        happened_at_us=at_us, received_at_us=at_us,
    )  # fmt: skip


def open_stall(
    folder: Path,
    *,
    cap: int,
    people: range,
    database_url: str = "",
    clock: VirtualClock | None = None,
    policy: str = "staff_a_day = 1000000\n",
) -> tuple[Workspace, VirtualClock]:
    """Open a workspace whose people added a guide, bought and agreed; the cap is the only limit but for ``policy``."""
    folder.mkdir(exist_ok=True)
    (folder / "siyu.toml").write_text(
        f'database_url = "{database_url}"\n[policy]\nholdout_share = 0.0\ncap = {cap}\nplay_cap = 1000\n'
        f'group_cap = 1000\nquiet_from = "03:30"\nquiet_to = "03:31"\n{policy}',
        "utf-8",
    )
    clock = clock or VirtualClock(NOW_US)
    workspace = open_workspace(folder, clock=clock)
    at_us = NOW_US - 80 * DAY
    member = [Identifier("member_no", str(n)) for n in range(people.stop)]
    kinds = (TouchKind.CONTACT_ADDED, TouchKind.CONSENT_GIVEN, TouchKind.MESSAGE_IN)
    take_in = TakeIn(workspace)
    take_in.take([says(n, kind, at_us, member[n]) for n in people for kind in kinds])
    take_in.count_up()
    return workspace, clock


def mass_send(
    person: int,
    *,
    play: str,
    now_us: int,
    value: float = 1.0,
    lives_us: int = 14 * DAY,
    cost_minor: int = 0,
    action: str = "group_send",  # no platform has a quota for it: the brand's cap alone decides
) -> Proposal:
    """Make a proposal of one message to one person, as a play or a hand at the console would."""
    return Proposal(
        proposal_id=proposal_id(play, person, now_us),
        play=play,
        person_id=person,
        purpose="marketing",
        channel="wecom",
        action=action,
        piece=Piece(content_id="c", text="hello"),
        expected_value_minor=value,
        proposed_at_us=now_us,
        due_at_us=now_us,
        deadline_us=now_us + lives_us,
        cost_minor=cost_minor,
    )


def proposes(workspace: Workspace, person: int, **said: Any) -> bytes:
    """Propose one message to one person (``mass_send``)."""
    one = mass_send(person, **said)
    with workspace.database.write() as connection:
        SqlProposals(connection).add([one])
    return one.proposal_id


class Platform:
    """A ``dispatch.ports.Sender``: the test says beforehand how each hand-over goes.

    Attributes:
        mood: ``takes``, ``sends``, ``loses``, ``busy`` or ``fails``.
        reached: How often each message arrived.
        arrivals: (recipient, moment) of every arrival.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.mood = "takes"
        self.reached: Counter[bytes] = Counter()
        self.arrivals: list[tuple[str, int]] = []
        self._clock = clock

    def send(self, messages: Sequence[OutboundMessage]) -> Sequence[Receipt]:
        now_us = self._clock.now_us()
        if self.mood == "busy":
            return [
                Receipt(one.message_id, MessageState.READY, "", now_us, "busy", not_before_us=now_us + DAY // 24)
                for one in messages
            ]
        if self.mood == "fails":
            return [Receipt(one.message_id, MessageState.FAILED, "", now_us, "no such customer") for one in messages]
        self.reached.update(one.message_id for one in messages)
        self.arrivals += [(one.recipient, now_us) for one in messages]
        if self.mood == "loses":
            raise UnknownOutcomeError("the line broke")
        state = MessageState.SENT if self.mood == "sends" else MessageState.AWAITING
        return [Receipt(one.message_id, state, one.message_id.hex(), now_us) for one in messages]

    def look_up(self, tasks: Mapping[bytes, tuple[str, str, str]]) -> Sequence[Receipt]:
        now_us = self._clock.now_us()
        return [
            Receipt(key, MessageState.SENT if key in self.reached else MessageState.FAILED, key.hex(), now_us)
            for key in tasks
        ]

    def lost_task(self, message: OutboundMessage, claimed_at_us: int) -> str:
        return message.message_id.hex()
