"""Platform quota (平台额度): what the platform allows per customer, in its own window.

Source: the channel's manifest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from siyu.kernel.period import moment_of, us_of
from siyu.policy.case import Case, Spoken
from siyu.policy.verdict import Allow, Hold, Verdict


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

    def judge(self, case: Case) -> Verdict:
        """Count what went to the customer by this action, for every limit on it."""
        proposal, until_us, evidence = case.proposal, 0, dict[str, str | int | float | bool | None]()
        staff = case.relation.staff if case.relation else ""
        for quota in self.quotas:
            if (quota.channel, quota.action) == (proposal.channel, proposal.action):
                mine = [one for one in case.spoken if _counts(one, quota, staff)]
                opens_us, reopens_us = self._window(quota, case.now_us, mine)
                used = sum(one.at_us > opens_us for one in mine)
                evidence[f"{quota.action}_{'staff' if quota.by_staff else 'customer'}"] = used
                if used >= quota.most:
                    until_us = max(until_us, reopens_us)
        if not until_us:
            return Allow(evidence)
        return Hold(
            self.name, f"{proposal.channel} takes no more {proposal.action} for this customer", until_us, evidence
        )

    def _window(self, quota: Quota, now_us: int, mine: Sequence[Spoken]) -> tuple[int, int]:
        """Return when the window that ends now opened, and when the next message fits."""
        if quota.window_us:
            opens_us = now_us - quota.window_us
            inside = sorted(one.at_us for one in mine if one.at_us > opens_us)
            place = len(inside) - quota.most
            return opens_us, (inside[place] + quota.window_us if 0 <= place < len(inside) else now_us)
        return _month(now_us, self.zone)


@lru_cache(maxsize=64)
def _month(now_us: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the calendar month around a moment; a whole batch is judged at one."""
    local = moment_of(now_us).astimezone(zone)
    first = datetime(local.year, local.month, 1, tzinfo=zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    return us_of(first.astimezone(UTC)) - 1, us_of(datetime(year, month, 1, tzinfo=zone).astimezone(UTC))


def _counts(one: Spoken, quota: Quota, staff: str) -> bool:
    return (one.channel, one.action) == (quota.channel, quota.action) and (not quota.by_staff or one.staff == staff)
