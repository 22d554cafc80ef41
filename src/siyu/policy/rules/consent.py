"""Consent (授权): nothing is said that the person did not allow, for this purpose, on this channel.

Source: PIPL articles 13 to 15; Advertising Law article 43 (no advertisement to a phone or electronic mailbox without
consent or request).
"""

from dataclasses import dataclass
from typing import ClassVar

from siyu.people.consent import EVERY_CHANNEL, SERVICE, is_granted
from siyu.policy.case import TO_GROUPS, Case
from siyu.policy.verdict import ALLOWED, Deny, Values, Verdict


@dataclass(frozen=True, slots=True)
class Consent:
    """Deny without a standing consent; withdrawal acts at once."""

    name: ClassVar[str] = "consent"

    def judge(self, case: Case) -> Verdict:
        """Look the consent up for the proposal's purpose and channel.

        Who asks consents to the answer; and who is in a group joined it, and leaves it without being asked why.
        """
        purpose, channel = case.proposal.purpose, case.proposal.channel
        if case.request is not None and (purpose == SERVICE or case.proposal.action in TO_GROUPS):
            return ALLOWED
        if is_granted(case.consents, purpose=purpose, channel=channel):
            return ALLOWED
        scopes = {record.channel for record in case.consents if record.purpose == purpose}
        here = bool(scopes & {channel, EVERY_CHANNEL})
        evidence: Values = {"purpose": purpose, "channel": channel, "records": len(case.consents)}
        return Deny(self.name, "withdrawn" if here else "elsewhere" if scopes else "never", evidence)
