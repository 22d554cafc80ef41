"""Account ramp and capacity (养号节奏): a new account speaks to few at first, and none to more than it can serve.

On its n-th day an account may hand over ``first_day * growth ** n`` messages, and never more than ``a_day``. Source:
house rule; platforms publish no figures for it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from siyu.kernel.period import DAY, moment_of, us_of
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Hold, Values, Verdict


@dataclass(frozen=True, slots=True)
class AccountRamp:
    """Hold until tomorrow when the account's day is full.

    Attributes:
        first_day: Messages on the day on which the account was connected; 0: no ramp.
        growth: Factor from day to day.
        a_day: Messages a day that an account may send at all; 0: no limit.
        zone: The brand's own clock.
    """

    name: ClassVar[str] = "account_ramp"

    first_day: int
    growth: float
    a_day: int
    zone: ZoneInfo

    def concerns(self, case: Case) -> bool:  # noqa: ARG002  the same for every case
        """Only if there is a ramp or a limit."""
        return bool(self.first_day or self.a_day)

    def judge(self, case: Case) -> Verdict:
        """Count what goes through the account today."""
        if not self.concerns(case):
            return ALLOWED
        through = case.relation
        if through is None:
            return ALLOWED
        place = (case.proposal.channel, through.account)
        most = self._most(case.now_us, case.slots.account_since_us.get(place))
        given = case.slots.account_today[place]
        if most is None or given < most:
            return Allow({"account_today": given})
        local = moment_of(case.now_us).astimezone(self.zone).date() + timedelta(days=1)
        tomorrow = us_of(datetime(local.year, local.month, local.day, tzinfo=self.zone).astimezone(UTC))
        evidence: Values = {"account": through.account, "account_today": given, "most": most}
        return Hold(self.name, "full", tomorrow, evidence)

    def _most(self, now_us: int, since_us: int | None) -> int | None:
        """Return how many messages the account may send today; None: as many as it likes."""
        limits = [self.a_day] if self.a_day else []
        if self.first_day and since_us is not None:
            days = max(0, now_us - since_us) // DAY
            # after fifty days of growth nothing is left to warm up, and the power stays small
            if days < 50:
                limits.append(int(self.first_day * self.growth**days))
        return min(limits, default=None)
