"""Moments and half-open periods. On the hot path a moment is whole microseconds since 1970 UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from siyu.kernel.errors import BadInputError

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
EARLIEST_US: Final = 0
LATEST_US: Final = 253_402_300_799_999_999  # the last microsecond of the year 9999
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def us_of(moment: datetime) -> int:
    """Return ``moment`` as microseconds since 1970 UTC.

    Raises:
        BadInputError: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise BadInputError(f"{moment.isoformat()} has no time zone", mend="add one, such as +08:00")
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(us: int) -> datetime:
    """Return the aware UTC moment of ``us`` microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def us_of_text(text: str, zone: tzinfo = UTC) -> int:
    """Read an ISO 8601 moment or date; one without an offset is in ``zone``.

    Raises:
        BadInputError: the text is not a moment, or lies outside the years 1970 to 9999.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInputError(f"{text!r} is not a moment", mend="write it like 2026-11-22T09:30:00+08:00") from error
    us = us_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    if not EARLIEST_US <= us <= LATEST_US:
        raise BadInputError(f"{text!r} lies outside the years 1970 to 9999")
    return us


@dataclass(frozen=True, slots=True)
class Period:
    """Everything from ``start`` up to, and without, ``end``; both aware.

    Raises:
        BadInputError: the period is empty or turned round.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start_us >= self.end_us:
            raise BadInputError(f"the period from {self.start} to {self.end} is empty", mend="end must be later")

    @property
    def start_us(self) -> int:
        """First microsecond inside."""
        return us_of(self.start)

    @property
    def end_us(self) -> int:
        """First microsecond after."""
        return us_of(self.end)

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @classmethod
    def of_days(cls, first: date, days: int, zone: tzinfo = UTC) -> "Period":
        """Return ``days`` whole days from ``first`` on the clock of ``zone``."""
        start = datetime(first.year, first.month, first.day, tzinfo=zone)
        last = first + timedelta(days=days)
        return cls(start, datetime(last.year, last.month, last.day, tzinfo=zone))
