"""Deadline (时效): what makes no sense any more is not said. Source: house rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Deadline:
    """Deny after the proposal's own deadline."""

    name: ClassVar[str] = "deadline"

    def exceptions(self, cases: Sequence[Case]) -> list[int]:
        """Only of what is past its deadline."""
        return [place for place, case in enumerate(cases) if case.now_us > case.proposal.deadline_us]

    def judge(self, case: Case) -> Verdict:
        """Compare now with the deadline."""
        if case.now_us <= case.proposal.deadline_us:
            return ALLOWED
        return Deny(self.name, "passed")
