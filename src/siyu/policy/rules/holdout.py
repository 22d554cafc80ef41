"""Holdout (对照组): people who are held out from a play get nothing from it, ever.

Source: house rule (holdout first).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Holdout:
    """Deny for people who are held out."""

    name: ClassVar[str] = "holdout"

    def exceptions(self, cases: Sequence[Case]) -> list[int]:
        """Only of people who are held out."""
        return [place for place, case in enumerate(cases) if not case.treated]

    def judge(self, case: Case) -> Verdict:
        """Look at the arm that was drawn for this person and play."""
        if case.treated:
            return ALLOWED
        return Deny(self.name, "held_out", {"play": case.proposal.play})
