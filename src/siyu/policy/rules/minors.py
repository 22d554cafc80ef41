"""Minors (未成年人): people under fourteen are addressed only with their guardian's consent.

Source: PIPL article 31.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from siyu.people.consent import GUARDIAN, is_granted
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Minors:
    """Deny for people under fourteen without a guardian's consent."""

    name: ClassVar[str] = "minors"

    def exceptions(self, cases: Sequence[Case]) -> list[int]:
        """Only of people of that age."""
        return [place for place, case in enumerate(cases) if case.under_14]

    def judge(self, case: Case) -> Verdict:
        """Look at the portrait's age, and for the guardian's consent."""
        if not case.under_14 or is_granted(case.consents, purpose=GUARDIAN, channel=case.proposal.channel):
            return ALLOWED
        return Deny(self.name, "no_guardian")
