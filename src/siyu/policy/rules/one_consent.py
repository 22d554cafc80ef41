"""One consent, one message (一次性订阅): a subscribe message uses up the consent that allowed it.

Source: the manifests of WeChat mini programs and official accounts (limit per ``consent``; error 43101).
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Deny, Verdict

#: How the purpose of a consent to one template begins (``subscribe:<template>``).
SUBSCRIBE: Final = "subscribe:"


@dataclass(frozen=True, slots=True)
class OneConsent:
    """Deny when every consent to a message of this kind is used up.

    Attributes:
        actions: (channel, action) that use up a consent each.
    """

    name: ClassVar[str] = "one_consent"

    actions: frozenset[tuple[str, str]]

    def judge(self, case: Case) -> Verdict:
        """Count consents since the last refusal, and messages since the first of them."""
        channel, action = case.proposal.channel, case.proposal.action
        if (channel, action) not in self.actions:
            return Allow()
        said = [one for one in case.consents if one.purpose.startswith(SUBSCRIBE) and one.channel in {"", channel}]
        refused_us = max((one.decided_at_us for one in said if not one.granted), default=-1)
        given = [one.decided_at_us for one in said if one.granted and one.decided_at_us > refused_us]
        since_us = min(given, default=0)
        used = sum(one.at_us >= since_us and (one.channel, one.action) == (channel, action) for one in case.spoken)
        evidence = {"consents": len(given), "used": used}
        if used < len(given):
            return Allow(evidence)
        return Deny(self.name, "no consent to one more subscribe message is left", evidence)
