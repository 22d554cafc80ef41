"""Play cap (单玩法上限): one play does not speak to one person more often than this. Source: house rule."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from siyu.kernel.period import DAY
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Hold, Values, Verdict


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
        if len(recent) < self.most:
            return _allowed(len(recent), self.most, self.days)
        recent.sort()
        until_us = recent[len(recent) - self.most] + self.days * DAY if self.most else case.proposal.deadline_us + 1
        evidence: Values = {"of_this_play": len(recent), "most": self.most, "days": self.days, "play": play}
        return Hold(self.name, "full", until_us, evidence)


@lru_cache(maxsize=4096)
def _allowed(of_this_play: int, most: int, days: int) -> Allow:
    return Allow({"of_this_play": of_this_play, "most": most, "days": days})
