"""The platform above the market: it notices sharing that is paid for, cuts the reach, and then limits the account."""

from dataclasses import dataclass, field
from typing import Final

from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY
from siyu.sandbox.market.parameters import Punishing

_PER: Final = 1_000


@dataclass(slots=True)
class Platform:
    """What one account may still do.

    Attributes:
        notices: When the platform noticed something, microseconds since 1970 UTC.
        reach_until_us, limited_until_us: Until when the reach is cut, and until when nothing can be sent.
        lost: Messages that did not reach people because of it.
    """

    rules: Punishing
    seed: int
    notices: list[int] = field(default_factory=list)
    reach_until_us: int = 0
    limited_until_us: int = 0
    lost: int = 0
    _judged: int = 0
    _complaints: int = 0

    def shared(self, invitations: int, *, now_us: int) -> None:
        """Tell it of invitations that were made for a reward for sharing."""
        self._may_notice(1.0 - (1.0 - self.rules.notice) ** (invitations / _PER), now_us)

    def complained(self, so_far: int, *, now_us: int) -> None:
        """Tell it how many complaints there were so far."""
        new, self._complaints = max(0, so_far - self._complaints), max(so_far, self._complaints)
        self._may_notice(1.0 - (1.0 - self.rules.complaint) ** new, now_us)

    def limited(self, now_us: int) -> bool:
        """Tell whether nothing can be sent now."""
        return now_us < self.limited_until_us

    def reaches(self, message_id: bytes, now_us: int) -> bool:
        """Tell whether a message is seen; the same one always gets the same answer."""
        if now_us >= self.reach_until_us:
            return True
        seen = share_of("reach", str(self.seed), message_id.hex()) < self.rules.reach
        self.lost += not seen
        return seen

    def _may_notice(self, chance: float, now_us: int) -> None:
        self._judged += 1
        if chance <= 0 or share_of("notice", str(self.seed), str(self._judged)) >= chance:
            return
        self.notices.append(now_us)
        self.reach_until_us = now_us + int(self.rules.reach_days * DAY)
        if len(self.notices) > 1:
            self.limited_until_us = now_us + int(self.rules.limit_days * DAY)
