"""When a schedule lets people in."""

from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from siyu.campaigns.journey.program import Entry
from siyu.kernel.period import MINUTE, moment_of, us_of

_LONGEST_DAYS: Final = 32


def midnight_before(now_us: int, zone: tzinfo) -> int:
    """Return the last midnight on a clock."""
    local = moment_of(now_us).astimezone(zone)
    return us_of(datetime.combine(local.date(), time(), zone))


def last_occasion(entry: Entry, now_us: int, zone: tzinfo) -> int:
    """Return the last moment up to now at which a schedule fires."""
    today = moment_of(now_us).astimezone(zone).date()
    minutes = entry.at_us // MINUTE
    at = time(minutes // 60, minutes % 60)
    for back in range(_LONGEST_DAYS + 1):
        day = today - timedelta(days=back)
        fits = {"day": True, "week": day.weekday() in entry.on, "month": day.day in entry.on}[entry.every]
        if fits and (at_us := us_of(datetime.combine(day, at, zone))) <= now_us:
            return at_us
    return 0
