"""Relation (好友关系): on a channel that needs one, only people who added us are written to.

Source: WeCom: a mass send reaches only customers of the sending member (platform page 92135); a removed contact is
a no.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Deny, Verdict


@dataclass(frozen=True, slots=True)
class HasRelation:
    """Deny when no relation to one of our accounts on that channel stands."""

    name: ClassVar[str] = "relation"

    def judge(self, case: Case) -> Verdict:
        """Look for a standing relation on the proposal's channel."""
        through = case.relation
        if through is not None:
            return _allowed(through.staff)
        return Deny(self.name, "none", {"channel": case.proposal.channel, "relations": len(case.relations)})


@lru_cache(maxsize=4096)
def _allowed(staff: str) -> Allow:
    return Allow({"staff": staff})
