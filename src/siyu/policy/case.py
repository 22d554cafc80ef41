"""A case: one proposal and everything that is known about its person at the moment of judging."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from siyu.campaigns.proposal import Proposal
from siyu.people.consent import ConsentRecord
from siyu.people.relation import Relation

#: In the place of a play: what staff sent by their own hand, past every play. No play can have this name.
BY_STAFF: Final = "(by staff)"
#: What staff send to many at once; whatever else they say by hand is a talk.
MASS_ACTIONS: Final = frozenset({"mass_send", "group_send"})
#: Actions whose recipient is a group: the group is the "person" of the case, with an identifier of its own.
TO_GROUPS: Final = frozenset({"group_send"})


class Spoken(NamedTuple):
    """One message that went or will go to the person; ``at_us`` in microseconds since 1970 UTC.

    Attributes:
        identifier_id: The identifier through which it went, where that is known.
    """

    at_us: int
    channel: str
    action: str
    staff: str
    play: str
    identifier_id: int = 0


#: The same without its names: rows as a store reads them. Rules take them apart instead of asking for a field.
Said = tuple[int, str, str, str, str, int]


def is_talk(action: str, play: str) -> bool:
    """Tell whether staff said it by hand in a talk: platforms may count that, the brand's own caps do not."""
    return play == BY_STAFF and action not in MASS_ACTIONS


@dataclass(slots=True)
class Slots:
    """What the cases of one batch take from each other; shared by all of them.

    Attributes:
        staff_today: Messages that each staff member has been given today, by (channel, account, staff).
        spent_minor: Money that each play has spent so far, in the brand's minor units.
        account_today: Messages that each account has been given today, by (channel, account).
        account_since_us: When each account was connected; who is not there is not new.
        unlawful: Why a campaign's plan breaks the law, by its name.
    """

    staff_today: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    spent_minor: Counter[str] = field(default_factory=Counter)
    account_today: Counter[tuple[str, str]] = field(default_factory=Counter)
    account_since_us: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unlawful: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (channel, account, _), given in self.staff_today.items():
            self.account_today[channel, account] += given


class Case(msgspec.Struct, gc=False):
    """What the rules may look at.

    Attributes:
        now_us: The moment of judging, microseconds since 1970 UTC.
        zone: The person's own clock.
        consents: Every consent record of the person.
        relations: Standing relations, the newest first.
        treated: False when the person is held out from this play.
        orders, messages_in, complaints_open: Sums of the person's profile.
        under_14: The portrait says that the person is younger than fourteen.
        spoken: What went or will go to the person, over all channels and plays, with the fields of ``Spoken``; shared
            by all cases of the person.
        last_in_us: When the person last wrote to us, by channel.
        paused: What is paused by hand or by the brake, and why: ``*``, a channel, ``channel/account``, ``play:name``,
            ``staff:name``.
        slots: What this batch has taken so far.
        request: What the person asked of us, where and when, if the proposal answers just that; of a message to a
            group, the group itself.
        relation: The relation a message would go through: the newest on the proposal's channel, or the request that it
            answers. Found by itself.
    """

    proposal: Proposal
    now_us: int
    zone: ZoneInfo
    consents: Sequence[ConsentRecord] = ()
    relations: Sequence[Relation] = ()
    treated: bool = True
    orders: int = 0
    messages_in: int = 0
    complaints_open: int = 0
    under_14: bool = False
    spoken: list[Said] = []
    last_in_us: Mapping[str, int] = {}
    paused: Mapping[str, str] = {}
    slots: Slots = msgspec.field(default_factory=Slots)
    request: Relation | None = None
    relation: Relation | None = None

    def __post_init__(self) -> None:
        """Find the relation once: six rules ask for it."""
        if self.request is not None:
            self.relation = self.request
            return
        channel = self.proposal.channel
        for one in self.relations:
            if one.channel == channel:
                self.relation = one
                return

    @property
    def through(self) -> list[str]:
        """Everything this proposal would go through, by the names that pauses have."""
        proposal, relation = self.proposal, self.relation
        names = ["*", proposal.channel, f"play:{proposal.play}"]
        if relation is not None:
            names += [f"{proposal.channel}/{relation.account}", f"staff:{relation.staff}"]
            if relation.source_code:
                names.append(f"code:{relation.source_code}")
        return names

    @property
    def slowed(self) -> bool:
        """Whether the brake has slowed something it would go through down (``slow:`` before its name)."""
        return bool(self.paused) and any(f"slow:{name}" in self.paused for name in self.through)

    def take_slot(self) -> None:
        """Count this case as approved, for the cases that are judged after it."""
        through = self.relation
        proposal = self.proposal
        staff = through.staff if through else ""
        self.spoken.append((self.now_us, proposal.channel, proposal.action, staff, proposal.play, 0))
        if through:
            self.slots.staff_today[proposal.channel, through.account, staff] += 1
            self.slots.account_today[proposal.channel, through.account] += 1
        if proposal.cost_minor:
            self.slots.spent_minor[proposal.play] += proposal.cost_minor
