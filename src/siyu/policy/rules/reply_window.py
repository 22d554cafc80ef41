"""Reply window (回复窗口): some actions are open only for a while after the person wrote.

Source: the channel's manifest. WeCom customer service and WeChat official accounts: 48 hours; Douyin private
messages: 24 hours.
"""

from dataclasses import dataclass
from typing import ClassVar

from siyu.kernel.period import HOUR
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Window:
    """One action that needs a word of the person first.

    Attributes:
        window_us: How long it stays open after the person's last word.
        most: Messages in one window.
    """

    channel: str
    action: str
    window_us: int
    most: int


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """Deny when the person has not written, wrote too long ago, or has had all the answers there may be."""

    name: ClassVar[str] = "reply_window"

    windows: tuple[Window, ...]

    def concerns(self, case: Case) -> bool:
        """Only of actions that answer somebody."""
        return any((one.channel, one.action) == (case.proposal.channel, case.proposal.action) for one in self.windows)

    def judge(self, case: Case) -> Verdict:
        """Look at the person's last word on the channel, and at what was answered since."""
        proposal = case.proposal
        channel, action = proposal.channel, proposal.action
        for window in self.windows:
            if window.action != action or window.channel != channel:
                continue
            last_us = case.last_in_us.get(channel)
            if last_us is None or case.now_us >= last_us + window.window_us:
                if last_us is None:
                    return Deny(self.name, "never_wrote", {"action": action})
                return Deny(self.name, "closed", {"last_in_us": last_us, "hours": window.window_us // HOUR})
            answers = sum(at_us >= last_us and (on, by) == (channel, action) for at_us, on, by, *_ in case.spoken)
            if answers >= window.most:
                return Deny(self.name, "answered", {"answers": answers, "most": window.most})
        return ALLOWED
