"""Play cap (单玩法上限): one play does not speak to one person more often than this. Source: house rule."""

from dataclasses import dataclass
from typing import ClassVar

from siyu.kernel.period import DAY
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Hold, Verdict


@dataclass(frozen=True, slots=True)
class PlayCap:
    """Hold until the play's oldest message in the window leaves it.

    Attributes:
        most: Messages of one play to one person in any ``days`` days.
    """

    name: ClassVar[str] = "play_cap"

    most: int
    days: int

    def judge(self, case: Case) -> Verdict:
        """Count what the person got from this play in the window that ends now; each question has its answer."""
        if case.request is not None:
            return ALLOWED
        opens_us, play = case.now_us - self.days * DAY, case.proposal.play
        recent = [at_us for at_us, _, _, _, of_play, _ in case.spoken if at_us > opens_us and of_play == play]
        evidence = {"of_this_play": len(recent), "most": self.most, "days": self.days}
        if len(recent) < self.most:
            return Allow(evidence)
        recent.sort()
        until_us = recent[len(recent) - self.most] + self.days * DAY if self.most else case.proposal.deadline_us + 1
        return Hold(self.name, "full", until_us, evidence | {"play": play})
