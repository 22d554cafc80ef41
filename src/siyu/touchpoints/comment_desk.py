"""The comment desk (评论线索台): who is answered first, how fast, and how far each asker comes.

The chain that is followed as one thing: comment -> reply -> follow -> consented add -> promise kept -> group or member
-> first order. Rates of each step are told by the delay of the reply, by staff, content and intent, with intervals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from siyu.kernel.period import HOUR, MINUTE
from siyu.touchpoints.comment import Intent

#: The steps after the comment, in order.
STEPS: Final = ("reply", "follow", "add", "promise_kept", "joined", "first_order")
#: Upper ends of the classes of reply delay, and their names; the last has no end.
DELAYS: Final = (
    (5 * MINUTE, "5 min"), (30 * MINUTE, "30 min"), (2 * HOUR, "2 h"), (24 * HOUR, "1 day"), (2**62, "later"),
)  # fmt: skip
#: Somebody who comments is online now; half have gone after this.
ONLINE_HALF_LIFE: Final = 20 * MINUTE
_Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Lead:
    """A comment that asks something.

    Attributes:
        value_minor: What an answered inquiry of this intent is expected to bring.
        due_at_us: Until when it should be answered (SLA).
        claimed_by: Who has it, empty if nobody.
    """

    key: str
    probability: float
    intent: Intent
    commented_at_us: int
    due_at_us: int
    value_minor: float
    claimed_by: str = ""


def urgency(lead: Lead, *, now_us: int, half_life_us: int = ONLINE_HALF_LIFE) -> float:
    """Return value x probability x the chance that the person is still online, in minor units."""
    online: float = 0.5 ** (max(now_us - lead.commented_at_us, 0) / half_life_us)
    return lead.value_minor * lead.probability * max(online, 0.05)


def queue(leads: Sequence[Lead], *, now_us: int, staff: str = "") -> list[Lead]:
    """Return what to answer, most urgent first: free leads and those that ``staff`` has claimed."""
    mine = [lead for lead in leads if not lead.claimed_by or lead.claimed_by == staff]
    return sorted(mine, key=lambda lead: (-urgency(lead, now_us=now_us), lead.key))


@dataclass(frozen=True, slots=True)
class Journey:
    """How far one asker came.

    Attributes:
        at_us: When each step was reached, by its name; a step that was not reached is absent.
    """

    commented_at_us: int
    at_us: Mapping[str, int]
    staff: str = ""
    content: str = ""
    intent: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval (Wilson 1927).

    Attributes:
        by, group: What it is told by (``delay``, ``staff`` …), and of which group.
    """

    step: str
    by: str
    group: str
    of: int
    reached: int
    share: float
    low: float
    high: float


def rates(journeys: Sequence[Journey], *, by: str = "") -> list[Rate]:
    """Return the share of askers who reached each step.

    Args:
        by: ``delay`` (of the reply; only answered comments), ``staff``, ``content``, ``intent``, or empty for all.
    """
    groups: dict[str, list[Journey]] = {}
    for one in journeys:
        name = _group(one, by)
        if name is not None:
            groups.setdefault(name, []).append(one)
    names = [name for _end, name in DELAYS if name in groups] if by == "delay" else sorted(groups)
    return [
        _rate(step, by, name, len(groups[name]), sum(step in one.at_us for one in groups[name]))
        for name in names
        for step in STEPS
    ]


def wilson(reached: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, z2 = reached / of, _Z * _Z
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * (share * (1 - share) / of + z2 / (4 * of * of)) ** 0.5 / (1 + z2 / of)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _rate(step: str, by: str, group: str, of: int, reached: int) -> Rate:
    low, high = wilson(reached, of)
    return Rate(step, by, group, of, reached, reached / of if of else 0.0, low, high)


def _group(one: Journey, by: str) -> str | None:
    if by == "delay":
        if "reply" not in one.at_us:
            return None
        delay = one.at_us["reply"] - one.commented_at_us
        return next(name for end, name in DELAYS if delay <= end)
    return {"": "all", "staff": one.staff, "content": one.content, "intent": one.intent}[by]
