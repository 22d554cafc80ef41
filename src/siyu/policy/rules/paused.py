"""Paused (暂停): what a person or the brake has stopped says nothing until it is let go. Source: house rule."""

from dataclasses import dataclass
from typing import ClassVar

from siyu.kernel.period import HOUR
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Hold, Verdict


@dataclass(frozen=True, slots=True)
class Paused:
    """Hold, and look again in an hour."""

    name: ClassVar[str] = "paused"

    def concerns(self, case: Case) -> bool:
        """Only while anything is paused."""
        return bool(case.paused)

    def judge(self, case: Case) -> Verdict:
        """Look for everything that this proposal would go through."""
        for name in case.through:
            if name in case.paused:
                return Hold(self.name, "paused", case.now_us + HOUR, {"paused": name, "why": case.paused[name]})
        return ALLOWED
