"""Budget (预算): a play spends no more money than it was given. Source: house rule (always a budget in money)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Budget:
    """Deny what would spend more than the play's budget.

    Attributes:
        budgets_minor: By play; a play without one may say only what costs nothing.
    """

    name: ClassVar[str] = "budget"

    budgets_minor: Mapping[str, int]

    def concerns(self, case: Case) -> bool:
        """Only of what costs something."""
        return case.proposal.cost_minor > 0

    def judge(self, case: Case) -> Verdict:
        """Compare what is spent with what was given."""
        proposal = case.proposal
        if not self.concerns(case):
            return ALLOWED
        spent, given = case.slots.spent_minor[proposal.play], self.budgets_minor.get(proposal.play, 0)
        evidence: dict[str, str | int | float | bool | None] = {
            "spent_minor": spent, "cost_minor": proposal.cost_minor, "budget_minor": given,
        }  # fmt: skip
        if spent + proposal.cost_minor <= given:
            return Allow(evidence)
        return Deny(self.name, "spent", evidence | {"play": proposal.play, "left_minor": max(0, given - spent)})
