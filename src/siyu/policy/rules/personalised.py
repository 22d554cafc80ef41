"""Personalised offers (个性化推荐): people may refuse what is chosen by their own behaviour, and still be served.

Source: PIPL article 24; Network Data Security Regulations (2025) article 42.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from siyu.people.consent import PERSONALISED, is_granted
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Personalised:
    """Deny what was chosen by behaviour for people who switched that off."""

    name: ClassVar[str] = "personalised"

    def concerns(self, case: Case) -> bool:
        """Only of what was chosen by behaviour."""
        return case.proposal.personal

    def exceptions(self, cases: Sequence[Case]) -> list[int]:
        """Only of people who said a word about it; hardly anybody ever did."""
        return [place for place, case in enumerate(cases) for said in case.consents if said.purpose == PERSONALISED]

    def judge(self, case: Case) -> Verdict:
        """Look for a refusal; saying nothing leaves the switch on."""
        if not self.concerns(case) or all(said.purpose != PERSONALISED for said in case.consents):
            return ALLOWED
        if is_granted(case.consents, purpose=PERSONALISED, channel=case.proposal.channel):
            return ALLOWED
        return Deny(self.name, "switched_off")
