"""Deadline (时效): what makes no sense any more is not said. Source: house rule."""

from dataclasses import dataclass
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Deadline:
    """Deny after the proposal's own deadline."""

    name: ClassVar[str] = "deadline"

    def judge(self, case: Case) -> Verdict:
        """Compare now with the deadline."""
        if case.now_us <= case.proposal.deadline_us:
            return Allow()
        return Deny(self.name, "passed")
