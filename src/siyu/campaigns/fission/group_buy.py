"""Group buy (拼团): somebody opens a team and friends join in time; if it gets full all buy, else all are refunded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from siyu.kernel.period import HOUR


@dataclass(frozen=True, slots=True)
class GroupBuy:
    """The terms of a team.

    Attributes:
        people: How many buy together, the one who opened it included.
        hours: How long a team is open.
        price_minor: What each pays, in minor units.
        new_people: Seats that only people whom nobody knew before may take.
    """

    people: int
    hours: int
    price_minor: int
    new_people: int = 0


class TeamState(StrEnum):
    """Where a team stands."""

    OPEN = "open"
    COMPLETE = "complete"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody who opened a team or joined it, and paid.

    Attributes:
        new: Whether nobody knew the person before.
        opened: Whether the person opened it.
    """

    team: str
    person: int
    identifier_id: int
    at_us: int
    new: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Team:
    """A team.

    Attributes:
        seated: Who has a seat, in order of time; ``turned_away``: who paid and has none, and why.
        ended_at_us: When it was full, or its time was over; 0 while it is open.
        until_us: Until when it may be joined.
    """

    name: str
    state: TeamState
    seated: tuple[Joined, ...]
    turned_away: tuple[tuple[Joined, str], ...]
    until_us: int
    ended_at_us: int = 0


def teams_of(rule: GroupBuy, joined: Iterable[Joined], *, now_us: int) -> list[Team]:
    """Say how every team stands, in order of names. A team that nobody opened has no seats."""
    of_team: dict[str, list[Joined]] = {}
    for one in sorted(joined, key=lambda row: (not row.opened, row.at_us, row.identifier_id)):
        of_team.setdefault(one.team, []).append(one)
    return [_team(rule, name, of_team[name], now_us) for name in sorted(of_team)]


def _team(rule: GroupBuy, name: str, rows: Sequence[Joined], now_us: int) -> Team:
    opener = next((one for one in rows if one.opened), None)
    until_us = opener.at_us + rule.hours * HOUR if opener else 0
    seated: list[Joined] = []
    away: list[tuple[Joined, str]] = []
    for one in rows:
        why = _why_not(rule, seated, one, until_us)
        if why:
            away.append((one, why))
        else:
            seated.append(one)
    if len(seated) == rule.people:
        return Team(name, TeamState.COMPLETE, tuple(seated), tuple(away), until_us, seated[-1].at_us)
    if now_us >= until_us:
        return Team(name, TeamState.VOID, tuple(seated), tuple(away), until_us, until_us)
    return Team(name, TeamState.OPEN, tuple(seated), tuple(away), until_us)


def _why_not(rule: GroupBuy, seated: Sequence[Joined], one: Joined, until_us: int) -> str:
    """Say why somebody gets no seat, empty if there is one."""
    if one.at_us >= until_us:
        return "the team's time was over"
    if any(one.person == other.person for other in seated):
        return "you have a seat already"
    if len(seated) >= rule.people:
        return "the team was full"
    old = sum(not other.new for other in seated)
    if not one.new and old >= rule.people - rule.new_people:
        return "the seats left are for people who are new here"
    return ""
