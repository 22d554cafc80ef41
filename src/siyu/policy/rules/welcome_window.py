"""Welcome window (欢迎语窗口): the welcome message goes within seconds of adding us, or not at all.

Source: the channel's manifest. WeCom: the welcome code works once, for 20 seconds (platform page 92599).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from siyu.kernel.period import SECOND
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Deny, Verdict


@dataclass(frozen=True, slots=True)
class WelcomeWindow:
    """Deny a welcome that comes too late.

    Attributes:
        windows_us: How long after adding us it works, by channel, in microseconds.
    """

    name: ClassVar[str] = "welcome_window"

    windows_us: Mapping[str, int]

    def concerns(self, case: Case) -> bool:
        """Only of welcomes, where they must come soon."""
        return case.proposal.action == "welcome" and case.proposal.channel in self.windows_us

    def judge(self, case: Case) -> Verdict:
        """Compare the moment at which the person added us with now."""
        through = case.relation
        if through is None or not self.concerns(case):
            return ALLOWED
        window_us = self.windows_us[case.proposal.channel]
        waited_us = case.now_us - through.since_us
        evidence = {"seconds_since_added": waited_us // SECOND}
        if waited_us < window_us:
            return Allow(evidence)
        return Deny(self.name, "too_late", evidence | {"seconds": window_us // SECOND})
