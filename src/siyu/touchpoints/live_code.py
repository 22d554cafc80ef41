"""Live codes (活码): what is printed stays; where a scan leads is decided at that moment.

A code has routes. The first route whose conditions hold is taken; among its targets those on shift and with room
compete, and the one that has had least of its fair share wins. A known person goes to the guide who knows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from re import fullmatch
from typing import Any, Final

from siyu.kernel.errors import BadInputError

#: What a scan may lead to.
KINDS: Final = frozenset({"staff", "group", "page"})
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the week on the code's own clock, half-open; it may cross midnight.

    Attributes:
        days: Numbers of days on which it begins, Monday is 0.
        starts, ends: Minutes since midnight; equal means all day.
    """

    days: frozenset[int] = frozenset(range(7))
    starts: int = 0
    ends: int = 0

    def cover(self, weekday: int, minute: int) -> bool:
        """Say whether a minute of a weekday lies inside."""
        if self.starts == self.ends:
            return weekday in self.days
        if self.starts < self.ends:
            return weekday in self.days and self.starts <= minute < self.ends
        return (weekday in self.days and minute >= self.starts) or (
            (weekday - 1) % 7 in self.days and minute < self.ends
        )


@dataclass(frozen=True, slots=True)
class Target:
    """Where a scan may lead.

    Attributes:
        name: A staff id, a group id, or the name of a page.
        kind: One of ``KINDS``.
        url: What is shown: the platform's own code or join link, kept here so that we can answer when it is down.
        weight: Its fair share beside the others.
        a_day: Most scans sent there in one day, 0 without limit.
        in_all: Most scans sent there ever (a group's room), 0 without limit.
        shift: When it is there.
    """

    name: str
    kind: str
    url: str
    weight: int = 1
    a_day: int = 0
    in_all: int = 0
    shift: Hours = field(default_factory=Hours)


@dataclass(frozen=True, slots=True)
class CodeRoute:
    """Conditions, and where to when they hold; an empty condition always holds.

    Attributes:
        in_order: Fill the targets one after the other (groups) instead of sharing fairly (staff).
    """

    targets: tuple[Target, ...]
    hours: Hours = field(default_factory=Hours)
    places: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    scenes: frozenset[str] = frozenset()
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A live code.

    Attributes:
        code: What is printed; never changes.
        version: Counts its changes.
        zone: The clock of its hours and days.
        fallback: Where everybody goes for whom nothing else is left; always there.
        bait, content: Carried by every scan on to order and value.
        sticky_minutes: Somebody who scans again within this time is sent to the same target.
    """

    code: str
    version: int
    zone: tzinfo
    routes: tuple[CodeRoute, ...]
    fallback: Target
    bait: str = ""
    content: str = ""
    sticky_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who scans, as far as it is known.

    Attributes:
        name: A pseudonym by which a repeat is known (a hash of openid or device); empty if unknown.
        guide: The staff id of the guide who knows the person.
    """

    name: str = ""
    place: str = ""
    language: str = ""
    scene: str = ""
    guide: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a scan goes and why.

    Attributes:
        reason: ``guide``, ``again``, ``fair``, ``next_group``, ``platform_down`` or ``nobody``.
    """

    target: Target
    reason: str
    version: int


class Router:
    """Routes the scans of one code. Pure: the same scans in the same order lead to the same targets.

    Args:
        sent_in_all: How many scans each target has had, by name.
        sent_today: The same since the midnight before ``day``.
        day: The day of ``sent_today`` as an ordinal, on the code's clock.
    """

    def __init__(
        self,
        code: LiveCode,
        *,
        sent_in_all: Mapping[str, int] | None = None,
        sent_today: Mapping[str, int] | None = None,
        day: int = 0,
    ) -> None:
        self.code = code
        self._in_all = dict(sent_in_all or {})
        self._today = dict(sent_today or {})
        self._day = day
        self._again: dict[str, tuple[int, Target]] = {}
        self._shares: dict[str, float] = dict(self._today)
        self._minute, self._weekday, self._minute_of_day = -1, 0, 0

    @property
    def day(self) -> int:
        """The day of the newest scan as an ordinal, on the code's clock."""
        return self._day

    def changed(self, code: LiveCode) -> "Router":
        """Return a router of the code as it was changed, that goes on counting from here."""
        return Router(code, sent_in_all=self._in_all, sent_today=self._today, day=self._day)

    def route(self, visitor: Visitor, *, at_us: int, down: frozenset[str] = frozenset()) -> Choice:
        """Decide one scan and count it.

        Args:
            down: Kinds of targets (``staff``, ``group``) whose platform does not answer: nobody is sent there.
        """
        self._turn_clock(at_us)
        choice = self._choose(visitor, at_us, down)
        name = choice.target.name
        self._in_all[name] = self._in_all.get(name, 0) + 1
        self._today[name] = self._today.get(name, 0) + 1
        self._shares[name] = self._shares.get(name, 0.0) + 1.0 / max(choice.target.weight, 1)
        if visitor.name and choice.reason not in {"nobody", "platform_down"}:
            if len(self._again) > 200_000:
                self._again.clear()
            self._again[visitor.name] = (at_us, choice.target)
        return choice

    def _choose(self, visitor: Visitor, at_us: int, down: frozenset[str]) -> Choice:
        code = self.code
        if visitor.name:
            seen = self._again.get(visitor.name)
            if seen and at_us - seen[0] < code.sticky_minutes * 60_000_000 and seen[1].kind not in down:
                return Choice(seen[1], "again", code.version)
        blocked = False
        for route in code.routes:
            if not self._holds(route, visitor):
                continue
            best: Target | None = None
            least = (0.0, 0.0)
            for target in route.targets:
                if not self._has_room(target):
                    continue
                if target.kind in down:
                    blocked = True
                    continue
                if target.name == visitor.guide:
                    return Choice(target, "guide", code.version)
                if route.in_order:
                    if best is None:
                        best = target
                else:
                    # of those who had equally little today, who had least of all: days of one scan are fair too
                    had = self._in_all.get(target.name, 0) / max(target.weight, 1)
                    share = self._shares.get(target.name, 0.0), had
                    if best is None or share < least:
                        best, least = target, share
            if best is not None:
                return Choice(best, "next_group" if route.in_order else "fair", code.version)
        return Choice(code.fallback, "platform_down" if blocked else "nobody", code.version)

    def _holds(self, route: CodeRoute, visitor: Visitor) -> bool:
        return (
            (not route.places or visitor.place in route.places)
            and (not route.languages or visitor.language in route.languages)
            and (not route.scenes or visitor.scene in route.scenes)
            and route.hours.cover(self._weekday, self._minute_of_day)
        )

    def _has_room(self, target: Target) -> bool:
        return (
            (not target.in_all or self._in_all.get(target.name, 0) < target.in_all)
            and (not target.a_day or self._today.get(target.name, 0) < target.a_day)
            and target.shift.cover(self._weekday, self._minute_of_day)
        )

    def _turn_clock(self, at_us: int) -> None:
        minute = at_us // 60_000_000
        if minute == self._minute:
            return
        self._minute = minute
        local = datetime.fromtimestamp(minute * 60, self.code.zone)
        self._weekday, self._minute_of_day = local.weekday(), local.hour * 60 + local.minute
        if local.toordinal() != self._day:
            self._day = local.toordinal()
            self._today.clear()
            self._shares.clear()


def live_code_of(written: Mapping[str, Any], *, version: int, zone: tzinfo) -> LiveCode:
    """Read a code from a mapping (a YAML file's content).

    Raises:
        BadInputError: something is missing or wrong; it says which.
    """
    if not isinstance(written, Mapping):
        raise BadInputError("a live code is a mapping with code, routes and fallback")
    known = {"code", "routes", "fallback", "bait", "content", "sticky_minutes"}
    for name in written:
        if name not in known:
            raise BadInputError(f"there is no {name!r}", where="code", mend=f"known are {', '.join(sorted(known))}")
    code = written.get("code")
    if not isinstance(code, str) or not fullmatch(r"[A-Za-z0-9_-]{1,64}", code):
        raise BadInputError(f"{code!r} is no code", where="code", mend="1 to 64 letters, digits, - or _")
    routes = written.get("routes")
    if not isinstance(routes, Sequence) or isinstance(routes, str):
        raise BadInputError("must be a list", where="routes")
    if "fallback" not in written:
        raise BadInputError(
            "a code needs a fallback, so that it always answers", where="fallback", mend="a page with a url"
        )
    sticky = written.get("sticky_minutes", 30)
    if not isinstance(sticky, int) or isinstance(sticky, bool) or sticky < 0:
        raise BadInputError(f"{sticky!r} is no number of minutes", where="sticky_minutes")
    return LiveCode(
        code=code,
        version=version,
        zone=zone,
        routes=tuple(_route(one, f"routes[{place}]") for place, one in enumerate(routes)),
        fallback=_target(written["fallback"], "fallback"),
        bait=str(written.get("bait", "")),
        content=str(written.get("content", "")),
        sticky_minutes=sticky,
    )


def _route(written: Any, where: str) -> CodeRoute:
    if not isinstance(written, Mapping) or not isinstance(written.get("to"), Sequence) or not written["to"]:
        raise BadInputError("a route needs targets", where=where, mend="to: [{name, kind, url}]")
    return CodeRoute(
        targets=tuple(_target(one, f"{where}.to[{place}]") for place, one in enumerate(written["to"])),
        hours=_hours(written, where),
        places=_set(written.get("places"), f"{where}.places"),
        languages=_set(written.get("languages"), f"{where}.languages"),
        scenes=_set(written.get("scenes"), f"{where}.scenes"),
        in_order=bool(written.get("in_order", False)),
    )


def _target(written: Any, where: str) -> Target:
    if not isinstance(written, Mapping) or not {"name", "url"} <= set(written):
        raise BadInputError("a target needs a name and a url", where=where)
    kind = written.get("kind", "page")
    if kind not in KINDS:
        raise BadInputError(f"{kind!r} is unknown", where=f"{where}.kind", mend=f"one of {', '.join(sorted(KINDS))}")
    url = str(written["url"])
    if not fullmatch(r"(https?|weixin|wxwork)://\S+", url):
        raise BadInputError(f"{url!r} is no link", where=f"{where}.url", mend="https://…")
    numbers = {name: written.get(name, least) for name, least in (("weight", 1), ("a_day", 0), ("in_all", 0))}
    for name, number in numbers.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < (name == "weight"):
            raise BadInputError(f"{number!r} does not fit", where=f"{where}.{name}", mend="a whole number")
    return Target(str(written["name"]), kind, url, shift=_hours(written, where), **numbers)


def _hours(written: Mapping[str, Any], where: str) -> Hours:
    text, days = written.get("hours", ""), written.get("days", list(_DAYS))
    if not isinstance(days, Sequence) or isinstance(days, str) or not set(days) <= set(_DAYS):
        raise BadInputError(f"{days!r} are no days", where=f"{where}.days", mend=f"some of {', '.join(_DAYS)}")
    numbers = frozenset(_DAYS.index(day) for day in days)
    if not text:
        return Hours(numbers)
    found = fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", str(text))
    if not found:
        raise BadInputError(f"{text!r} are no hours", where=f"{where}.hours", mend='"09:00-21:00"')
    a, b, c, d = map(int, found.groups())
    return Hours(numbers, a * 60 + b, c * 60 + d)


def _set(written: Any, where: str) -> frozenset[str]:
    if written is None:
        return frozenset()
    if not isinstance(written, Sequence) or isinstance(written, str):
        raise BadInputError("must be a list", where=where)
    return frozenset(map(str, written))
