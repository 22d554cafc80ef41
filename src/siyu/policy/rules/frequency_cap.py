"""Frequency cap (频次上限): at most so many messages to one person in any window of days, over all channels and plays.

The window rolls: 23:00 and 00:01 are two minutes apart. Source: house rule; WeCom allows one mass message per customer
and day, so a brand's own cap is stricter than the platform's.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from siyu.kernel.period import DAY
from siyu.policy.case import Case, is_talk
from siyu.policy.verdict import ALLOWED, Allow, Hold, Verdict


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """Hold until the oldest message in the window leaves it.

    Attributes:
        most: Messages allowed in any window.
        days: Length of the window.
    """

    name: ClassVar[str] = "frequency_cap"

    most: int
    days: int

    def judge(self, case: Case) -> Verdict:
        """Count what the person got in the window that ends now; an answer to a question is not held back."""
        if case.request is not None:
            return ALLOWED
        opens_us = case.now_us - self.days * DAY
        recent = [
            at_us for at_us, _, action, _, play, _ in case.spoken if at_us > opens_us and not is_talk(action, play)
        ]
        most = (self.most + 1) // 2 if case.paused and case.slowed else self.most  # the brake halves it
        if len(recent) < most:
            return _allowed(len(recent), most, self.days)
        recent.sort()
        until_us = recent[len(recent) - most] + self.days * DAY if most else case.proposal.deadline_us + 1
        return Hold(self.name, "full", until_us, {"messages": len(recent), "most": most, "days": self.days})


@lru_cache(maxsize=4096)
def _allowed(messages: int, most: int, days: int) -> Allow:
    return Allow({"messages": messages, "most": most, "days": days})
