"""Open complaint (投诉未结): marketing is silent towards somebody whose complaint or after-sales case is open.

Source: house rule (after-sales first). Service messages go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from siyu.kernel.period import DAY
from siyu.people.consent import MARKETING
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Hold, Verdict


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    """Hold marketing, and look again a day later."""

    name: ClassVar[str] = "open_complaint"

    def concerns(self, case: Case) -> bool:
        """Only of marketing."""
        return case.proposal.purpose == MARKETING

    def exceptions(self, cases: Sequence[Case]) -> list[int]:
        """Only of people with an open case."""
        return [place for place, case in enumerate(cases) if case.complaints_open > 0]

    def judge(self, case: Case) -> Verdict:
        """Count the complaints that are open."""
        if case.complaints_open <= 0 or not self.concerns(case):
            return ALLOWED
        evidence = {"complaints_open": case.complaints_open}
        return Hold(self.name, "open", case.now_us + DAY, evidence)
