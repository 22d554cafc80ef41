"""Ask (邀请): a running plan asks people to bring somebody, at its moments only, and never tires them.

Always on inside every step of the loop: it proposes like every play, is judged by the guard, and keeps its own holdout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import EVENTS, Facts
from siyu.campaigns.fission.plan import FissionPlan
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Attachment, Piece
from siyu.kernel.arrays import Int64
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY

#: An order is good when it was neither given back nor complained of for so long, and still fresh for so long.
GOOD_FROM: Final = 3 * DAY
GOOD_TO: Final = 21 * DAY
#: A kept promise and a new tier are remembered for so long.
FRESH: Final = 14 * DAY
#: Invitees a person brings when asked, until the campaign has measured it (house prior).
PRIOR_BROUGHT: Final = 0.1
_OPEN_FOR: Final = 7 * DAY


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks for one plan.

    Attributes:
        kept_at_us, tier_at_us: When the last promise to a person was kept, when a person last rose, by person.
        asked_at_us: When a person was last asked to bring somebody, by any campaign.
    """

    plan: FissionPlan
    kept_at_us: Mapping[int, int] = field(default_factory=dict)
    tier_at_us: Mapping[int, int] = field(default_factory=dict)
    asked_at_us: Mapping[int, int] = field(default_factory=dict)
    chinese: ClassVar[str] = "裂变邀请"
    subsystem: ClassVar[str] = "motivation"
    needs: ClassVar[tuple[str, ...]] = (EVENTS,)

    @property
    def name(self) -> str:
        """Its name among plays."""
        return name_of(self.plan.name)

    @property
    def holdout_share(self) -> float:
        """Share of people who are never asked."""
        return self.plan.control.holdout_share

    def propose(self, facts: Facts, *, now_us: int, channel: str) -> Sequence[Proposal]:
        """Propose for everybody who has just had one of the plan's moments and was not asked for long enough."""
        moment = self._moments(facts, now_us)
        found = []
        for place in np.flatnonzero(moment > 0).tolist():
            person = int(facts.person[place])
            last = self.asked_at_us.get(person)
            if last is not None and now_us - last < self.plan.control.ask_again_days * DAY:
                continue
            found.append(
                Proposal(
                    proposal_id=proposal_id(self.name, person, int(moment[place])),
                    play=self.name,
                    person_id=person,
                    purpose="marketing",
                    channel=channel,
                    action="mass_send",
                    piece=self._piece(person),
                    expected_value_minor=PRIOR_BROUGHT * max(self.plan.control.invitee_value_minor, 1),
                    proposed_at_us=now_us,
                    due_at_us=now_us,
                    deadline_us=now_us + _OPEN_FOR,
                )
            )
        return found

    def _moments(self, facts: Facts, now_us: int) -> Int64:
        """Return the latest moment of each person that the plan names, 0 without one; nobody who complains has any."""
        after = self.plan.referral.after
        moment = np.zeros(len(facts), np.int64)
        if "good_order" in after:
            age = now_us - facts.last_at_us
            good = (facts.orders > 0) & (facts.refunded_at_us < facts.last_at_us) & (age >= GOOD_FROM) & (age < GOOD_TO)
            moment = np.where(good, facts.last_at_us, moment)
        for name, times in (("promise_kept", self.kept_at_us), ("tier_change", self.tier_at_us)):
            if name in after and times:
                at = np.array([times.get(int(person), 0) for person in facts.person], np.int64)
                moment = np.where((at > moment) & (now_us - at < FRESH), at, moment)
        here = (facts.contact_since_us > 0) & (facts.complaints_open == 0)
        return np.asarray(np.where(here, moment, 0), np.int64)

    def _piece(self, person: int) -> Piece:
        """Return one of the plan's texts; the same person always hears the same."""
        texts = self.plan.communication.variants
        variant = int(share_of("variant", self.plan.name, str(person)) * len(texts))
        link = self.plan.communication.link
        attached = (Attachment(kind="link", title=self.plan.name, url=link),) if link else ()
        return Piece(content_id=f"{self.name} {variant}", text=texts[variant], attachments=attached)


def name_of(campaign: str) -> str:
    """Return the name of a campaign's asking among plays."""
    return f"fission {campaign}"[:128]
