"""Reward law (奖励合规): nothing is said for a campaign whose reward breaks a clause that is in force today.

One level of money, on a real purchase, never for sharing, never against a fee. Plans are refused when they are made;
this stops those that were made before a clause came into force. Source: the rule packs (禁止传销条例 article 7;
微信外部链接内容管理规范).
"""

from dataclasses import dataclass
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class RewardLaw:
    """Deny what would invite people to a campaign whose plan breaks a clause."""

    name: ClassVar[str] = "reward_law"

    def concerns(self, case: Case) -> bool:
        """Only of campaigns whose plans break something."""
        return case.proposal.play in case.slots.unlawful

    def judge(self, case: Case) -> Verdict:
        """Look the play up among the campaigns whose plans break something."""
        if not self.concerns(case):
            return ALLOWED
        return Deny(
            self.name, "unlawful", {"play": case.proposal.play, "clause": case.slots.unlawful[case.proposal.play]}
        )
