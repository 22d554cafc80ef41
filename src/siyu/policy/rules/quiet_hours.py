"""Quiet hours (免打扰时段): no message arrives at night on the person's own clock.

Source: house rule; Tencent Cloud SMS sends marketing from 8:00 to 22:00 only. No law text with hours was found.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from siyu.kernel.errors import ConfigError
from siyu.kernel.period import HOUR, moment_of, us_of
from siyu.policy.case import Case
from siyu.policy.verdict import ALLOWED, Allow, Hold, Verdict

#: Who asked something so short a while ago is awake, and waits for the answer.
AWAKE: Final = HOUR


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
        """Look at the person's own clock; a whole batch is judged at one moment, on a few clocks.

        Who asked a moment ago is awake.
        """
        if case.request is not None and case.now_us - case.request.since_us < AWAKE:
            return ALLOWED
        return _judged(self.starts, self.ends, case.now_us, case.zone)


def _covers(starts: time, ends: time, clock: time) -> bool:
    """Tell whether a time of the day is in the window."""
    return starts <= clock < ends if starts < ends else clock >= starts or clock < ends


@lru_cache(maxsize=256)
def _judged(starts: time, ends: time, now_us: int, zone: ZoneInfo) -> Verdict:
    local = moment_of(now_us).astimezone(zone)
    clock = f"{local:%H:%M}"
    if not _covers(starts, ends, local.time()):
        return Allow({"local_time": clock})
    day = local.date() if local.time() < ends else local.date() + timedelta(days=1)
    until = datetime.combine(day, ends, tzinfo=zone).astimezone(UTC)
    return Hold(QuietHours.name, "night", us_of(until), {"local_time": clock})
