"""Contact basis (触达依据): people are addressed because they bought, wrote or added us; never from a list.

Source: 广告法 article 43; platform rules against bulk adding; house rule (a consumption or a request).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Deny, Verdict


@dataclass(frozen=True, slots=True)
class ContactBasis:
    """Deny when nothing that the person did gives a reason to address them: no order, word, question or relation."""

    name: ClassVar[str] = "contact_basis"

    def judge(self, case: Case) -> Verdict:
        """Look for an order, a message, a question in public or a relation that the person began."""
        if case.orders > 0 or case.messages_in > 0 or case.relations or case.request is not None:
            return _allowed(case.orders, case.messages_in)
        return Deny(self.name, "nothing_done")


@lru_cache(maxsize=4096)
def _allowed(orders: int, messages_in: int) -> Allow:
    return Allow({"orders": orders, "messages_in": messages_in})
