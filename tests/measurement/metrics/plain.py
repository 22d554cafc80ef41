"""Newcomers in plain Python, slow and obvious: what the compiled pass must say."""

from collections.abc import Sequence
from dataclasses import dataclass

from measurement.people import Row
from siyu.measurement.own import OWN

JOINS, OWN_KINDS = {1, 25, 66, 40}, {int(kind) for kind in OWN}


@dataclass
class One:
    """One person."""

    source: str
    first: int
    rows: list[Row]

    def first_of(self, kinds: set[int]) -> int:
        return min((row[1] for row in self.rows if row[2] in kinds), default=-1)

    def did(self, kinds: set[int], start: int, end: int) -> bool:
        return any(row[2] in kinds and start <= row[1] - self.first < end for row in self.rows)

    def orders(self, within: int) -> list[int]:
        return [row[3] for row in self.rows if row[2] == 51 and row[1] - self.first < within]

    def money(self, within: int) -> int:
        back = sum(abs(row[3]) for row in self.rows if row[2] == 54 and row[1] - self.first < within)
        return sum(self.orders(within)) - back


def people_of(some: Sequence[Row]) -> list[One]:
    """Group rows by person, in order of time, kind and value."""
    found = []
    for person in sorted({row[0] for row in some}):
        mine = sorted((row for row in some if row[0] == person), key=lambda row: row[:4])
        found.append(One(next((row[4] for row in mine if row[4]), ""), mine[0][1], mine))
    return found
