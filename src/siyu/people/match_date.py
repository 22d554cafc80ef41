"""Read birthdays, however a file writes them."""

import re
from collections.abc import Sequence
from typing import Final

_MONTHS: Final = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
)}  # fmt: skip
_YEAR_FIRST: Final = re.compile(r"(\d{4})(?:(\d{2})(\d{2})$|\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2}))")
_YEAR_LAST: Final = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_IN_WORDS: Final = re.compile(r"(?:(\d{1,2})[\s-]*)?([a-z]{3})[a-z]*[\s.,-]*(?:(\d{1,2})[a-z]{0,2}[\s,]+)?(\d{4})")


def month_first(values: Sequence[str | None]) -> bool:
    """Tell whether a column writes 12/31/1990: days above 12 stand in the second place, and hardly in the first."""
    found = [match for match in (_YEAR_LAST.match(value or "") for value in values) if match]
    second = sum(int(match[2]) > 12 for match in found)
    return second > 4 * sum(int(match[1]) > 12 for match in found)


def date_of(text: str, *, american: bool = False) -> str:
    """Return YYYYMMDD, or nothing where there is no date.

    Args:
        text: In lower case.
        american: The month stands before the day.
    """
    year, month, day = 0, 0, 0
    if found := _YEAR_FIRST.match(text):
        year, month, day = (int(part) for part in found.groups() if part)
    elif found := _YEAR_LAST.match(text):
        day, month, year = (int(part) for part in found.groups())
        if month > 12 >= day or (american and day <= 12):
            day, month = month, day
    elif (found := _IN_WORDS.match(text)) and found[2] in _MONTHS:
        year, month, day = int(found[4]), _MONTHS[found[2]], int(found[1] or found[3] or 0)
    if not (1850 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return ""
    return f"{year:04}{month:02}{day:02}"
