"""Judge: take every proposal that is due through the guard, and put what it allows into the outbox.

Facts, verdicts and reservations belong to one transaction: two plays and a manual send that want the last slot of one
person cannot both get it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from siyu.app.rules import rules_of
from siyu.app.workspace import Workspace
from siyu.campaigns.proposal import Proposal
from siyu.dispatch.outgoing import outgoing
from siyu.kernel.period import DAY
from siyu.people.relation import Relation
from siyu.policy.case import Case
from siyu.policy.guard import judge_batch
from siyu.policy.verdict import Allow, Deny, Hold, Verdict
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.relations import SqlRelations

_BATCH: Final = 5_000


@dataclass(slots=True)
class Judged:
    """How a round of judging ended: numbers by rule."""

    approved: int
    held: dict[str, int]
    denied: dict[str, int]


def judge_due(workspace: Workspace) -> Judged:
    """Judge everything that is due by now."""
    total = Judged(0, {}, {})
    now_us = workspace.clock.now_us()
    while True:
        with workspace.database.write() as connection:
            store = SqlProposals(connection)
            due = store.due(now_us=now_us, most=_BATCH)
            if not due:
                return total
            cases = cases_of(workspace, connection, due, now_us=now_us)
            verdicts = judge_batch(cases, rules_of(workspace.settings.policy))
            store.keep(due, verdicts, now_us=now_us)
            allowed = [case for case, verdict in zip(cases, verdicts, strict=True) if isinstance(verdict, Allow)]
            SqlOutbox(connection).put(
                [outgoing(case.proposal, _through(case), now_us=now_us) for case in allowed],
                now_us=now_us,
            )
        _count(total, verdicts)


def cases_of(workspace: Workspace, connection: Connection, proposals: Sequence[Proposal], *, now_us: int) -> list[Case]:
    """Gather what the rules need to know about the people of these proposals."""
    people = sorted({one.person_id for one in proposals})
    since_us = now_us - workspace.settings.policy.cap_days * DAY
    consents = SqlConsents(connection).of_people(people)
    relations = SqlRelations(connection).standing(people)
    spoken = SqlOutbox(connection).spoken(people, since_us=since_us)
    store = SqlProposals(connection)
    arms = {
        play: store.arms(play, sorted({one.person_id for one in proposals if one.play == play}))
        for play in {one.play for one in proposals}
    }
    zone = ZoneInfo(workspace.settings.brand.zone)
    return [
        Case(
            proposal=one,
            now_us=now_us,
            zone=zone,
            consents=consents.get(one.person_id, ()),
            relations=relations.get(one.person_id, ()),
            treated=arms[one.play].get(one.person_id, True),
            spoken_at_us=spoken.setdefault(one.person_id, []),
        )
        for one in proposals
    ]


def _through(case: Case) -> Relation:
    return next(one for one in case.relations if one.channel == case.proposal.channel)


def _count(total: Judged, verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        if isinstance(verdict, Hold):
            total.held[verdict.rule] = total.held.get(verdict.rule, 0) + 1
        elif isinstance(verdict, Deny):
            total.denied[verdict.rule] = total.denied.get(verdict.rule, 0) + 1
        else:
            total.approved += 1
