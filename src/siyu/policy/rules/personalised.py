"""Personalised offers (个性化推荐): people may refuse what is chosen by their own behaviour, and still be served.

Source: PIPL article 24; Network Data Security Regulations (2025) article 42.
"""

from dataclasses import dataclass
from typing import ClassVar

from siyu.people.consent import PERSONALISED, is_granted
from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Personalised:
    """Deny what was chosen by behaviour for people who switched that off."""

    name: ClassVar[str] = "personalised"

    def concerns(self, case: Case) -> bool:
        """Only of what was chosen by behaviour."""
        return case.proposal.personal

    def judge(self, case: Case) -> Verdict:
        """Look for a refusal; saying nothing leaves the switch on."""
        if not self.concerns(case):
            return Allow()
        for record in case.consents:  # hardly anybody ever said a word about it
            if record.purpose == PERSONALISED:
                break
        else:
            return Allow()
        if is_granted(case.consents, purpose=PERSONALISED, channel=case.proposal.channel):
            return Allow()
        return Deny(self.name, "switched_off")
