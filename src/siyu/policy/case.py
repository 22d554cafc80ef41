"""A case: one proposal and everything that is known about its person at the moment of judging."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from siyu.campaigns.proposal import Proposal
from siyu.people.consent import ConsentRecord
from siyu.people.relation import Relation


@dataclass(slots=True)
class Case:
    """What the rules may look at.

    Attributes:
        now_us: The moment of judging, microseconds since 1970 UTC.
        zone: The person's own clock.
        consents: Every consent record of the person.
        relations: Standing relations, the newest first.
        treated: False when the person is held out from this play.
        spoken_at_us: When messages went or will go to the person, over all channels and plays, ascending; the guard
            adds what it approves while it judges a batch.
    """

    proposal: Proposal
    now_us: int
    zone: ZoneInfo
    consents: Sequence[ConsentRecord] = ()
    relations: Sequence[Relation] = ()
    treated: bool = True
    spoken_at_us: list[int] = field(default_factory=list)
