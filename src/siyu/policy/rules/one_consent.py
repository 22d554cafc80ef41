"""One consent, one message (一次性订阅): a subscribe message uses up the consent that allowed it.

Source: the manifests of WeChat mini programs and official accounts (limit per ``consent``; error 43101).
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from siyu.people.consent import USED_UP
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Deny, Verdict

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

    def concerns(self, case: Case) -> bool:
        """Only of actions that use up a consent each."""
        return (case.proposal.channel, case.proposal.action) in self.actions

    def judge(self, case: Case) -> Verdict:
        """Count consents since the last refusal, and messages since the first of them: ours, or the platform's.

        A proposal that names its template needs a consent to that template.
        """
        channel, action = case.proposal.channel, case.proposal.action
        if not self.concerns(case):
            return ALLOWED
        wanted = {f"{SUBSCRIBE}{one.media_id}" for one in case.proposal.piece.attachments if one.kind == "template"}
        said = [
            one
            for one in case.consents
            if one.channel in {"", channel}
            and (one.purpose in wanted or (not wanted and one.purpose.startswith(SUBSCRIBE)))
        ]
        told = [one for one in said if not one.granted and one.proof.startswith(USED_UP)]
        refused_us = max((one.decided_at_us for one in said if not one.granted and one not in told), default=-1)
        given = [one.decided_at_us for one in said if one.granted and one.decided_at_us > refused_us]
        since_us = min(given, default=0)
        ours = sum(at_us >= since_us and (on, by) == (channel, action) for at_us, on, by, *_ in case.spoken)
        used = max(ours, sum(one.decided_at_us >= since_us for one in told))
        evidence = {"consents": len(given), "used": used}
        if used < len(given):
            return Allow(evidence)
        return Deny(self.name, "used_up", evidence)
