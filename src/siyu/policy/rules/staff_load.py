"""Staff load (员工负荷): nobody is asked to confirm more messages a day than a person can answer for.

Source: house rule.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from siyu.kernel.period import moment_of, us_of
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Hold, Verdict


@dataclass(frozen=True, slots=True)
class StaffLoad:
    """Hold until tomorrow when the staff member's day is full.

    Attributes:
        most: Messages a day in one staff member's name.
        zone: The brand's own clock.
    """

    name: ClassVar[str] = "staff_load"

    most: int
    zone: ZoneInfo

    def judge(self, case: Case) -> Verdict:
        """Count what the staff member was given today."""
        through = case.relation
        if through is None or not through.staff:
            return ALLOWED
        given = case.slots.staff_today[case.proposal.channel, through.account, through.staff]
        if given < self.most:
            return _allowed(given)
        local = moment_of(case.now_us).astimezone(self.zone).date() + timedelta(days=1)
        tomorrow = us_of(datetime(local.year, local.month, local.day, tzinfo=self.zone).astimezone(UTC))
        return Hold(self.name, "full", tomorrow, {"staff": through.staff, "staff_today": given, "most": self.most})


@lru_cache(maxsize=4096)
def _allowed(staff_today: int) -> Allow:
    return Allow({"staff_today": staff_today})
