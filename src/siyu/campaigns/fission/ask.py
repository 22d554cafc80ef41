"""Ask (邀请): a running plan asks people to bring somebody, at its moments only, and never tires them.

Always on inside every step of the loop: it proposes like every play, is judged by the guard, and keeps its own holdout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np

from siyu.campaigns.facts import EVENTS, TIERS, Facts
from siyu.campaigns.fission.plan import FissionPlan
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Attachment, Piece
from siyu.kernel.arrays import Int64
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY

#: An order is good when it was neither given back nor complained of for so long, and remembered for so long.
GOOD_FROM: Final = 3 * DAY
GOOD_TO: Final = 180 * DAY
#: Every other moment is remembered for so long.
FRESH: Final = 14 * DAY
#: Invitees a person brings when asked, until the campaign has measured it (house prior).
PRIOR_BROUGHT: Final = 0.1
#: With every ask more that brought nobody the wait grows by a quarter of it, up to so many times.
_LONGEST_WAIT: Final = 2.0
_OPEN_FOR: Final = 7 * DAY


@dataclass(frozen=True, slots=True)
class Asked:
    """When somebody was last asked to bring somebody, and how many asks have brought nobody since one did."""

    at_us: int
    in_vain: int = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks for one plan.

    Attributes:
        at_us: When a moment last came to a person, by the moment's name and person: ``promise_kept``, ``asked_for``
            (took a code unasked), ``friend_stayed`` (a reward matured), ``talk`` (wrote to us). More in the facts.
        asked: Asks by any campaign, by person.
        audience: The people of the plan's segment; None if it names none.
        brought: Invitees that an ask of this campaign was seen to bring; the house prior until then.
    """

    plan: FissionPlan
    at_us: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    asked: Mapping[int, Asked] = field(default_factory=dict)
    brought: float = PRIOR_BROUGHT
    audience: Int64 | None = None
    chinese: ClassVar[str] = "裂变邀请"
    subsystem: ClassVar[str] = "motivation"
    needs: ClassVar[tuple[str, ...]] = (EVENTS, TIERS)

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
        moment, thanked = self._moments(facts, now_us)
        found = []
        for place in np.flatnonzero(moment > 0).tolist():
            person = int(facts.person[place])
            last = self.asked.get(person)
            if last is not None and self._rests(last, now_us):
                continue
            # a moment may be used again after the rest, while it is fresh
            about_us = max(int(moment[place]), last.at_us if last is not None else 0)
            found.append(
                Proposal(
                    proposal_id=proposal_id(self.name, person, about_us),
                    play=self.name,
                    person_id=person,
                    purpose="marketing",
                    channel=channel,
                    action="mass_send",
                    piece=self.piece(str(person), thanks=bool(thanked[place])),
                    expected_value_minor=self.brought * max(self.plan.control.invitee_value_minor, 1),
                    proposed_at_us=now_us,
                    due_at_us=now_us,
                    deadline_us=now_us + _OPEN_FOR,
                )
            )
        return found

    def _rests(self, last: Asked, now_us: int) -> bool:
        """Say whether somebody was asked too lately; the wait grows with every ask that brought nobody."""
        waits = min(1.0 + 0.25 * max(last.in_vain - 1, 0), _LONGEST_WAIT)
        return now_us - last.at_us < waits * self.plan.control.ask_again_days * DAY

    def _moments(self, facts: Facts, now_us: int) -> tuple[Int64, Int64]:
        """Return the latest moment of each person that the plan names, 0 without one; nobody who complains has any.

        Second, 1 for those whose latest moment is that a friend stayed.
        """
        after = self.plan.referral.after
        moment, thanked = np.zeros(len(facts), np.int64), np.zeros(len(facts), np.int64)
        if "good_order" in after:
            age = now_us - facts.last_at_us
            good = (facts.orders > 0) & (facts.refunded_at_us < facts.last_at_us) & (age >= GOOD_FROM) & (age < GOOD_TO)
            moment = np.where(good, facts.last_at_us, moment)
        of_facts = {"tier_change": facts.tier_at_us, "group_answer": facts.spoke_at_us}
        for name in after:
            if name in of_facts:
                at = of_facts[name]
            elif times := self.at_us.get(name):
                at = _column(facts.person, times)
            else:
                continue
            later = (at > moment) & (now_us - at < FRESH)
            moment = np.where(later, at, moment)
            thanked = np.where(later, int(name == "friend_stayed"), thanked)
        here = (facts.contact_since_us > 0) & (facts.complaints_open == 0)
        if self.audience is not None:
            here &= np.isin(facts.person, self.audience)
        return np.asarray(np.where(here, moment, 0), np.int64), thanked

    def piece(self, whom: str, *, thanks: bool = False) -> Piece:
        """Return one of the plan's texts; the same person always hears the same."""
        texts = self.plan.communication.variants
        variant = int(share_of("variant", self.plan.name, whom) * len(texts))
        text, content = texts[variant], f"{self.name} {variant}"
        if thanks and self.plan.communication.thanks:
            text, content = f"{self.plan.communication.thanks}\n{text}", f"{content} thanks"
        return Piece(content_id=content, text=text, attachments=self._attached())

    def _attached(self) -> tuple[Attachment, ...]:
        link, means = self.plan.communication.link, self.plan.referral.means
        by_link = not {"link", "group"}.isdisjoint(means)
        return (Attachment(kind="link", title=self.plan.name, url=link),) if link and by_link else ()


def group_proposal(plan: FissionPlan, group: int, *, channel: str, now_us: int) -> Proposal:
    """Return the proposal to put a plan's words into a group, at most one a day; the words take turns.

    Args:
        group: The number of the group's name.
    """
    day_us = now_us // DAY * DAY
    ask, play = Ask(plan), name_of(plan.name)
    return Proposal(
        proposal_id=proposal_id(f"{play} in groups", group, day_us),
        play=play,
        person_id=group,
        purpose="marketing",
        channel=channel,
        action="group_send",
        piece=ask.piece(f"{group} {day_us}"),
        expected_value_minor=PRIOR_BROUGHT * max(plan.control.invitee_value_minor, 1),
        proposed_at_us=now_us,
        due_at_us=now_us,
        deadline_us=now_us + _OPEN_FOR,
        personal=False,
    )


def _column(people: Int64, times: Mapping[int, int]) -> Int64:
    """Return the moments of people (ascending), 0 for who has none."""
    at = np.zeros(people.size, np.int64)
    who, when = np.array(list(times), np.int64), np.array(list(times.values()), np.int64)
    place = np.minimum(np.searchsorted(people, who), people.size - 1)
    known = people[place] == who if people.size else np.zeros(who.size, np.bool_)
    at[place[known]] = when[known]
    return at


def name_of(campaign: str) -> str:
    """Return the name of a campaign's asking among plays."""
    return f"fission {campaign}"[:128]
