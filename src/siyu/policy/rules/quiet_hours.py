"""Quiet hours (免打扰时段): no message arrives at night on the person's own clock.

Source: house rule; Tencent Cloud SMS sends marketing from 8:00 to 22:00 only. No law text with hours was found.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

from siyu.kernel.errors import ConfigError
from siyu.kernel.period import moment_of, us_of
from siyu.policy.case import Case
from siyu.policy.verdict import Allow, Hold, Verdict


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hold until the window ends. It is half-open and may cross midnight (22:00 to 08:00).

    Attributes:
        starts, ends: Wall-clock times in the person's zone.

    Raises:
        ConfigError: both are the same, which could mean always or never.
    """

    name: ClassVar[str] = "quiet_hours"

    starts: time
    ends: time

    def __post_init__(self) -> None:
        if self.starts == self.ends:
            raise ConfigError(f"quiet hours start and end at the same time: {self.starts}")

    def judge(self, case: Case) -> Verdict:
        """Look at the person's own clock."""
        local = moment_of(case.now_us).astimezone(case.zone)
        if not self._covers(local.time()):
            return Allow({"local_time": f"{local:%H:%M}"})
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        until = datetime.combine(day, self.ends, tzinfo=case.zone).astimezone(UTC)
        return Hold(self.name, f"{local:%H:%M} is in quiet hours", us_of(until), {"local_time": f"{local:%H:%M}"})

    def _covers(self, clock: time) -> bool:
        if self.starts < self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends
