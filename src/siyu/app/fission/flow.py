"""The way of an invitation step by step, where people drop off, and whether the asking has worn out (疲劳)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, case, func, select

from siyu.app.fission.reached import Terms
from siyu.app.fission.tree import Tree
from siyu.campaigns.fission.ask import name_of
from siyu.campaigns.fission.plan import FissionPlan
from siyu.kernel.period import DAY
from siyu.loyalty.rewards import Invitee, quality_of
from siyu.measurement.interval import difference_of_shares, share
from siyu.policy.case import TO_GROUPS
from siyu.stores.sql.invites import SqlInvites
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.acquire import promise
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier

#: An ask has brought somebody if that happens within so long; asks of so long are compared with those before.
_ANSWERED_IN: Final = 14 * DAY
_LATELY: Final = 30 * DAY


def flow_of(connection: Connection, plan: FissionPlan, tree: Tree, facts: Mapping[int, Invitee]) -> dict[str, Any]:
    """Count people at every step, with the share of the step before, and who came without anybody being asked.

    Organic: whoever came by somebody who had not been asked by then. Quality: the mean of ``quality_of`` new people.
    """
    asked = {person: min(moments) for person, moments in _asked(connection, plan.name).items()}
    took = {one.person for one in SqlInvites(connection).codes(plan.name)}
    came = [tree.came[row] for row in tree.counted.tolist() if row >= 0]
    new = [tree.came[row] for place, row in enumerate(tree.counted.tolist()) if row >= 0 and tree.new[place]]
    brought, terms = {one.inviter for one in came}, Terms.of(plan)
    did = [one for one in new if facts[one.invitee].answered or facts[one.invitee].paid_orders]
    stayed = [one for one in did if not facts[one.invitee].left_at_us]
    bought = [one for one in stayed if facts[one.invitee].paid_orders]
    organic = [one for one in new if one.inviter not in asked or one.at_us < asked[one.inviter]]
    return {
        "inviters": _steps(
            [
                ("asked", len(asked)), ("took_a_code", len(took & asked.keys())),
                ("brought_somebody", len(brought & took & asked.keys())),
            ]
        ),
        "invitees": _steps(
            [
                ("accepted", len(came)), ("new_here", len(new)), ("did_something", len(did)), ("stayed", len(stayed)),
                ("bought", len(bought)),
            ]
        ),
        "quality": sum(quality_of(facts[one.invitee]) for one in new) / len(new) if new else None,
        "organic": {
            "took_a_code": len(took - asked.keys()),
            "invitees": len(organic),
            "joined": sum(terms.met(facts[one.invitee]) for one in organic),
        },
    }  # fmt: skip


def fatigue_of(connection: Connection, campaign: str, *, now_us: int) -> dict[str, Any]:
    """Say whether those asked lately bring somebody as often as those asked before; an alarm only beyond chance."""
    came: dict[int, list[int]] = defaultdict(list)
    for one in SqlInvites(connection).of_campaign(campaign):
        came[one.inviter].append(one.at_us)
    counts = {"lately": [0, 0], "before": [0, 0]}
    for person, moments in _asked(connection, campaign).items():
        theirs = sorted(came.get(person, ()))
        for at_us in moments:
            if at_us > now_us - _ANSWERED_IN:
                continue
            part = counts["lately" if at_us > now_us - _ANSWERED_IN - _LATELY else "before"]
            place = bisect_left(theirs, at_us)
            part[0] += place < len(theirs) and theirs[place] <= at_us + _ANSWERED_IN
            part[1] += 1
    (hits, of), (hits_before, of_before) = counts["lately"], counts["before"]
    change = difference_of_shares(hits, of, hits_before, of_before) if of and of_before else None
    worn = change is not None and change.high < 0
    return {
        "asked_lately": of,
        "brought_somebody_lately": share(hits, of),
        "asked_before": of_before,
        "brought_somebody_before": share(hits_before, of_before),
        "alarm": "those asked lately bring fewer: the words or the gift are worn out" if worn else "",
    }


def promises_of(connection: Connection, campaign: str, *, now_us: int) -> dict[str, int]:
    """Count what a campaign promised and how much was kept, with proof: gifts, coupons, unlocked things, prizes."""
    table = promise.c
    is_open = table.kept_at_us.is_(None)
    row = connection.execute(
        select(
            func.count(),
            func.count(table.kept_at_us),
            func.sum(case((is_open & (table.due_at_us < now_us), 1), else_=0)),
        ).where(table.said_in.startswith(f"{campaign} ", autoescape=True))
    ).one()
    return dict(zip(("made", "kept", "overdue"), (int(number or 0) for number in row), strict=True))


def words_used_before(connection: Connection, plan: FissionPlan) -> dict[int, str]:
    """Return which variants of a plan another campaign has used already, and which campaign."""
    rewards = SqlRewards(connection)
    used: dict[str, str] = {}
    for name in rewards.campaigns():
        if name != plan.name:
            said: Sequence[str] = (rewards.plan_of(name) or {}).get("communication", {}).get("variants", ())
            used |= {"".join(text.split()): name for text in said}
    texts = ("".join(text.split()) for text in plan.communication.variants)
    return {place: used[text] for place, text in enumerate(texts) if text in used}


def _asked(connection: Connection, campaign: str) -> dict[int, list[int]]:
    """Return when each person was asked, as people are known now."""
    query = (
        select(identifier.c.person_id, message.c.settled_at_us)
        .join(identifier, identifier.c.identifier_id == message.c.identifier_id)
        .where(
            message.c.play == name_of(campaign),
            message.c.state == "sent",
            message.c.settled_at_us.is_not(None),
            message.c.action.not_in(TO_GROUPS),
        )
    )
    found: dict[int, list[int]] = defaultdict(list)
    for person, at_us in connection.execute(query):
        found[int(person)].append(int(at_us))
    return found


def _steps(counts: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Return each step with its share of the step before."""
    found = []
    for place, (name, people) in enumerate(counts):
        of = share(people, counts[place - 1][1]) if place else None
        found.append({"step": name, "people": people, "of_step_before": of})
    return found
