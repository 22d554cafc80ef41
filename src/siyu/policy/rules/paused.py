"""Paused (暂停): what a person or the brake has stopped says nothing until it is let go. Source: house rule."""

from dataclasses import dataclass
from typing import ClassVar

from siyu.kernel.period import HOUR
from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Hold, Verdict


@dataclass(frozen=True, slots=True)
class Paused:
    """Hold, and look again in an hour."""

    name: ClassVar[str] = "paused"

    def judge(self, case: Case) -> Verdict:
        """Look for everything that this proposal would go through."""
        if not case.paused:
            return Allow()
        proposal, through = case.proposal, case.relation
        names = ["*", proposal.channel, f"play:{proposal.play}"]
        if through is not None:
            names += [f"{proposal.channel}/{through.account}", f"staff:{through.staff}"]
        for name in names:
            if name in case.paused:
                return Hold(self.name, f"{name} is paused: {case.paused[name]}", case.now_us + HOUR, {"paused": name})
        return Allow()
