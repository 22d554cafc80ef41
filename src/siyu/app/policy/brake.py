"""Brake: look a few times a day whether more people leave than usual; slow down, stop, and tell a person."""

from dataclasses import dataclass
from typing import Final, Literal

from siyu.app.lake import measure
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.models.complaints import Complaints
from siyu.policy.brake import Brake, Day, brake
from siyu.policy.reasons import braked
from siyu.stores.sql.brake_days import SqlBrakeDays
from siyu.stores.sql.pauses import SqlPauses

HISTORY_DAYS: Final = 60
WATCHED_DAYS: Final = 14
LOOK_EVERY: Final = 6 * HOUR
#: What is so far beyond the step at which it stops is stopped at the first look.
_AT_ONCE: Final = 1.5


@dataclass(frozen=True, slots=True)
class Braked:
    """One source that is not as usual: named as pauses are, with its figures."""

    source: str
    brake: Brake


def brakes(workspace: Workspace) -> list[Braked]:
    """Return every source that the brake would slow down or stop now, the worst first."""
    today = workspace.clock.now_us() // DAY
    first = today - WATCHED_DAYS + 1
    since_us = (first - HISTORY_DAYS) * DAY
    complained = measure(workspace, Complaints(since_us))
    complaints = list(zip(complained.person.tolist(), complained.at.tolist(), strict=True))
    with workspace.database.read() as connection:
        store = SqlBrakeDays(connection)
        sent, bad = store.sent(since_us=since_us), store.bad(since_us=since_us, complaints=complaints)
        sources = sorted({source for source, _ in bad})
        watched_from = {source: max(first, store.stopped_at_us(source) // DAY + 1) for source in sources}
    kinds = {
        kind: Day(
            sum(count for (source, _), count in sent.items() if _kind(source) == kind),
            sum(count for (source, _), count in bad.items() if _kind(source) == kind),
        )
        for kind in {_kind(source) for source in sources}
    }
    found = []
    for source in sources:
        days = {day: Day(sent[source, day], bad[source, day]) for day in range(first - HISTORY_DAYS, today + 1)}
        start = watched_from[source]
        others = Day(
            kinds[_kind(source)].sent - sum(day.sent for day in days.values()),
            kinds[_kind(source)].bad - sum(day.bad for day in days.values()),
        )
        before, watched = [days[day] for day in days if day < first], [days[day] for day in days if day >= start]
        one = brake(before, watched, others=others)
        if one.step != "go":
            found.append(Braked(source, one))
    return sorted(found, key=lambda one: (-one.brake.sum, one.source))


def apply_brakes(workspace: Workspace) -> list[Braked]:
    """Look, if it is time to: halve the cap of what got worse, pause what got much worse; return what was found.

    A person lets a source go with ``siyu policy release``; what had happened before is then not held against it.
    """
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        if now_us < SqlBrakeDays(connection).looked_at_us() + LOOK_EVERY:
            return []
    found = brakes(workspace)
    with workspace.database.write() as connection:
        store, pauses = SqlBrakeDays(connection), SqlPauses(connection)
        store.look(now_us)
        slowed = {f"slow:{one.source}" for one in found}
        for name in pauses.all():
            if name.startswith("slow:") and name not in slowed:
                pauses.take(name)
        was_slow = {name[5:] for name in pauses.all() if name.startswith("slow:")}
        for one in found:
            pauses.put(f"slow:{one.source}", reason=_why(one.brake, "slow"), now_us=now_us)
            far_beyond = one.brake.sum >= _AT_ONCE * one.brake.stop_at
            if one.brake.step == "stop" and (one.source in was_slow or far_beyond):  # slow before stop
                pauses.put(one.source, reason=_why(one.brake, "stop"), now_us=now_us)
                store.stop(one.source, now_us)
    return found


def _why(found: Brake, step: Literal["slow", "stop"]) -> str:
    return braked(step, bad=found.bad, sent=found.sent, usual=found.usual)


def _kind(source: str) -> str:
    """Return what a source is measured beside: other staff, other plays, other codes, other accounts."""
    return source.partition(":")[0] if ":" in source else "account"
