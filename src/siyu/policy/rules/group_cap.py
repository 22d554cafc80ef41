"""Group cap (单群上限): a group hears from us only so often; everybody in it hears it at once. House rule."""

from dataclasses import dataclass
from typing import ClassVar

from siyu.kernel.period import DAY
from siyu.policy.case import TO_GROUPS, Case
from siyu.policy.verdict import ALLOWED, Allow, Hold, Verdict


@dataclass(frozen=True, slots=True)
class GroupCap:
    """Hold until the group's oldest message in the window leaves it.

    Attributes:
        most: Messages to one group in any ``days`` days, over all plays.
    """

    name: ClassVar[str] = "group_cap"

    most: int
    days: int

    def concerns(self, case: Case) -> bool:
        """Only of messages to groups."""
        return case.proposal.action in TO_GROUPS

    def judge(self, case: Case) -> Verdict:
        """Count what the group got in the window that ends now."""
        if not self.concerns(case):
            return ALLOWED
        opens_us = case.now_us - self.days * DAY
        recent = sorted(at_us for at_us, _, by, *_ in case.spoken if at_us > opens_us and by in TO_GROUPS)
        evidence = {"to_this_group": len(recent), "most": self.most, "days": self.days}
        if len(recent) < self.most:
            return Allow(evidence)
        until_us = recent[len(recent) - self.most] + self.days * DAY if self.most else case.proposal.deadline_us + 1
        return Hold(self.name, "full", until_us, evidence)
