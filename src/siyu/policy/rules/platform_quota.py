"""Platform quota (平台额度): what the platform allows per customer, in its own window.

Source: the channel's manifest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from siyu.kernel.period import moment_of, us_of
from siyu.policy.case import BY_STAFF, Case, Said
from siyu.policy.verdict import Allow, Hold, Values, Verdict


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of a platform.

    Attributes:
        window_us: Length of a rolling window; 0 means a calendar month on the platform's clock.
        by_staff: The limit is per customer and staff member.
        most: Messages in the window.
    """

    channel: str
    action: str
    window_us: int
    by_staff: bool
    most: int


_Limits = tuple[tuple[str, ...], tuple[Quota, ...]]
_NONE: Final[_Limits] = ((), ())


@dataclass(frozen=True, slots=True)
class PlatformQuota:
    """Hold until the platform would take another message for this customer.

    Attributes:
        quotas: What the manifests say.
        zone: The platforms' own clock.
    """

    name: ClassVar[str] = "platform_quota"

    quotas: tuple[Quota, ...]
    zone: ZoneInfo
    _of: dict[tuple[str, str], _Limits] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the limits of each action once, and how the evidence names them."""
        for one in self.quotas:
            names, quotas = self._of.get((one.channel, one.action), _NONE)
            name = one.action + ("_staff" if one.by_staff else "_customer")
            self._of[one.channel, one.action] = ((*names, name), (*quotas, one))

    def concerns(self, case: Case) -> bool:
        """Only of actions that a platform counts."""
        return (case.proposal.channel, case.proposal.action) in self._of

    def judge(self, case: Case) -> Verdict:
        """Count what went to the customer by this action, for every limit on it."""
        channel, action = case.proposal.channel, case.proposal.action
        staff = case.relation.staff if case.relation else ""
        until_us = by_staff = 0
        counted: tuple[int, ...] = ()
        names, quotas = self._of.get((channel, action), _NONE)
        heard = [one for one in case.spoken if one[2] == action and one[1] == channel]
        for quota in quotas:
            opens_us = case.now_us - quota.window_us if quota.window_us else _month(case.now_us, self.zone)[0]
            inside = [one for one in heard if one[0] > opens_us and (one[3] == staff or not quota.by_staff)]
            counted += (len(inside),)
            if len(inside) >= quota.most:
                until_us = max(until_us, self._reopens_us(quota, case, inside))
                by_staff = max(by_staff, sum(one[4] == BY_STAFF for one in inside))
        if not until_us:
            return _allowed(names, counted)
        evidence: Values = {
            **dict(zip(names, counted, strict=True)), "channel": channel, "action": action, "by_staff": by_staff
        }  # fmt: skip
        return Hold(self.name, "full_by_staff" if by_staff else "full", until_us, evidence)

    def _reopens_us(self, quota: Quota, case: Case, inside: Sequence[Said]) -> int:
        """Return when the next message fits."""
        if not quota.most:
            return case.proposal.deadline_us + 1
        if not quota.window_us:
            return _month(case.now_us, self.zone)[1]
        return sorted(at_us for at_us, *_ in inside)[len(inside) - quota.most] + quota.window_us


@lru_cache(maxsize=4096)
def _allowed(names: tuple[str, ...], counted: tuple[int, ...]) -> Allow:
    return Allow(dict(zip(names, counted, strict=True)))


@lru_cache(maxsize=64)
def _month(now_us: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the calendar month around a moment; a whole batch is judged at one."""
    local = moment_of(now_us).astimezone(zone)
    first = datetime(local.year, local.month, 1, tzinfo=zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    return us_of(first.astimezone(UTC)) - 1, us_of(datetime(year, month, 1, tzinfo=zone).astimezone(UTC))
