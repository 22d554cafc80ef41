"""Official way (官方途径): only what the platform itself offers, and nothing of the list of refusals.

Source: the channels' manifests; ``policy/refusals.toml``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.refusals import refusal_of
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class OfficialWay:
    """Deny an action for which the platform has no official way.

    Attributes:
        outbound: Actions that a platform offers, by channel; what is not there is not known, and not judged.
    """

    name: ClassVar[str] = "official_way"

    outbound: Mapping[str, frozenset[str]]

    def concerns(self, case: Case) -> bool:
        """Only of actions that a channel does not offer."""
        return case.proposal.action not in self.outbound.get(case.proposal.channel, (case.proposal.action,))

    def judge(self, case: Case) -> Verdict:
        """Look the action up."""
        channel, action = case.proposal.channel, case.proposal.action
        if not self.concerns(case):
            return ALLOWED
        refused = refusal_of(action)
        if refused is None:
            return Deny(self.name, "no_way", {"channel": channel, "action": action})
        return Deny(self.name, "refused", {"action": action, "refusal": refused.name, "instead": refused.allowed})
