"""Judge: take every proposal that is due through the guard, and put what it allows into the outbox.

Facts, verdicts and reservations belong to one transaction: two plays and a manual send that want the last slot of one
person cannot both get it, whichever process judges them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from siyu.app.policy.rules import rules_of
from siyu.app.policy.standing import accounts_since, unlawful_campaigns
from siyu.app.workspace import Workspace
from siyu.campaigns.proposal import Proposal
from siyu.dispatch.message import TELLS_OF_LEADS, MessageState, Receipt
from siyu.dispatch.outgoing import Outgoing, outgoing
from siyu.kernel.collector import collector_waits
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import us_of_id
from siyu.kernel.period import DAY, MINUTE, moment_of, us_of
from siyu.people.relation import Relation
from siyu.policy.case import TO_GROUPS, Case, Slots
from siyu.policy.guard import Rule, judge_batch
from siyu.policy.reasons import why
from siyu.policy.verdict import Allow, Deny, Hold, Verdict
from siyu.stores.sql.ad_leads import SqlAdLeads
from siyu.stores.sql.case_facts import SqlCaseFacts
from siyu.stores.sql.comment_leads import SqlCommentLeads
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.groups import SqlGroups
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.outbox import Claimed, SqlOutbox
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.proposals import Place, SqlProposals
from siyu.touchpoints.comment import REPLY

#: Proposals judged in one transaction, and looked for at a time.
BATCH: Final = 5_000
_DUE: Final = 500_000
#: Platforms count within a calendar month at most.
_LONGEST_QUOTA_DAYS: Final = 31
#: An approval is as good as new for so long.
_STALE_AFTER: Final = 10 * MINUTE
_NEVER: Final[dict[str, int]] = {}
_NOTHING: Final = (0, 0, 0)


@dataclass(slots=True)
class Judged:
    """How a round of judging ended: numbers by rule."""

    approved: int
    held: dict[str, int]
    denied: dict[str, int]


def judge_due(workspace: Workspace, *, batch: int = BATCH, rules: Sequence[Rule] = ()) -> Judged:
    """Judge everything that is due, about ``batch`` proposals in a transaction, by the rules in force or by these."""
    total = Judged(0, {}, {})
    one_round = _Round(workspace, workspace.clock.now_us(), rules or rules_of(workspace.settings))
    while True:
        with collector_waits(), workspace.database.read() as connection:
            due = SqlProposals(connection).due(now_us=one_round.now_us, most=_DUE)
        if not due:
            return total
        for places in _parts(due, batch):
            with collector_waits():  # and finds nothing to look at afterwards: the cases are gone by then
                _count(total, one_round.judge(places))


class _Round:
    """Judges batch after batch at one moment; what they take from each other stays counted."""

    def __init__(self, workspace: Workspace, now_us: int, rules: Sequence[Rule]) -> None:
        self.now_us = now_us
        self._workspace, self._rules = workspace, rules
        self._slots, self._number = Slots(), -1

    def judge(self, places: Sequence[Place]) -> list[Verdict]:
        """Judge what still waits at these places, in a transaction of its own."""
        workspace, now_us = self._workspace, self.now_us
        with workspace.database.write() as connection:
            store = SqlProposals(connection)
            before, self._number = self._number, store.number_batch()
            if self._number != before + 1:  # another worker judged in between: count what it gave away
                self._slots = slots_now(workspace, connection, now_us=now_us)
            proposals = store.take(places)
            cases = cases_of(workspace, connection, proposals, now_us=now_us, slots=self._slots)
            verdicts = judge_batch(cases, self._rules)
            store.keep(proposals, verdicts, now_us=now_us)
            allowed = [case for case, verdict in zip(cases, verdicts, strict=True) if isinstance(verdict, Allow)]
            SqlOutbox(connection).put([_addressed(case, now_us) for case in allowed], now_us=now_us)
            return verdicts


def _parts(due: Sequence[Place], batch: int) -> Iterator[Sequence[Place]]:
    """Cut into batches, never between two proposals for one person: the more valuable of them goes first."""
    start = 0
    while start < len(due):
        end = min(start + batch, len(due))
        while end < len(due) and due[end][1] == due[end - 1][1]:
            end += 1
        yield due[start:end]
        start = end


def slots_now(workspace: Workspace, connection: Connection, *, now_us: int) -> Slots:
    """Count what staff were given today and plays have spent so far."""
    zone = ZoneInfo(workspace.settings.brand.zone)
    midnight = moment_of(now_us).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    given = SqlOutbox(connection).given_to_staff(since_us=us_of(midnight))
    return Slots(
        given,
        # a play without a budget spends nothing
        SqlProposals(connection).spent_minor() if workspace.settings.policy.budgets_minor else Counter(),
        account_since_us=accounts_since(connection),
        unlawful=unlawful_campaigns(connection, on=moment_of(now_us).date()),
    )


def judged_again(
    workspace: Workspace, connection: Connection, claimed: Sequence[Claimed], *, now_us: int
) -> list[Claimed]:
    """Judge once more what is not handed over at once after its approval; return what may still go.

    That is what was approved a while ago, what comes back from a platform that could not take it, and what is for
    somebody who has just withdrawn. They may have complained or left, too. What is denied now is cancelled, and the
    verdict is kept; what is held goes back to the outbox until its time.
    """
    old_us = now_us - _STALE_AFTER
    withdrew = SqlConsents(connection).withdrew(since_us=old_us) if claimed else set()
    # a message's id begins with the moment it was approved
    stale = {
        one.proposal_id: one
        for one in claimed
        if us_of_id(one.message_id) <= old_us or one.attempts > 1 or one.identifier_id in withdrew
    }
    if not stale:
        return list(claimed)
    store, outbox = SqlProposals(connection), SqlOutbox(connection)
    proposals = store.of_ids(list(stale))
    slots = slots_now(workspace, connection, now_us=now_us)
    cases = cases_of(workspace, connection, proposals, now_us=now_us, slots=slots)
    for case in cases:
        _give_back(case, stale[case.proposal.proposal_id])
    receipts: list[Receipt] = []
    denied: list[tuple[Proposal, Deny]] = []
    for case, verdict in zip(cases, judge_batch(cases, rules_of(workspace.settings)), strict=True):
        message_id = stale[case.proposal.proposal_id].message_id
        if isinstance(verdict, Deny):
            denied.append((case.proposal, verdict))
            receipts.append(Receipt(message_id, MessageState.CANCELLED, "", now_us, _told(verdict)))
        elif isinstance(verdict, Hold):
            receipts.append(
                Receipt(message_id, MessageState.READY, "", now_us, _told(verdict), not_before_us=verdict.until_us)
            )
    outbox.settle(receipts)
    store.keep([one for one, _ in denied], [verdict for _, verdict in denied], now_us=now_us)
    stopped = {one.message_id for one in receipts}
    return [one for one in claimed if one.message_id not in stopped]


def _told(verdict: Hold | Deny) -> str:
    return f"{verdict.rule}: {why(verdict.rule, verdict.reason, verdict.evidence)}"


def _give_back(case: Case, mine: Claimed) -> None:
    """Take a message's own reservation out of what its case counts: it must not stand in its own way."""
    own = next((one for one in case.spoken if (one[0], one[4]) == (mine.due_at_us, mine.play)), None)
    if own is not None:
        case.spoken.remove(own)
    place = (mine.channel, mine.account, mine.staff)
    case.slots.staff_today[place] = max(0, case.slots.staff_today[place] - 1)
    of_account = case.slots.account_today
    of_account[mine.channel, mine.account] = max(0, of_account[mine.channel, mine.account] - 1)
    case.slots.spent_minor[mine.play] -= case.proposal.cost_minor


def cases_of(
    workspace: Workspace,
    connection: Connection,
    proposals: Sequence[Proposal],
    *,
    now_us: int,
    slots: Slots,
) -> list[Case]:
    """Gather what the rules need to know about the people of these proposals, in one question each.

    Args:
        slots: What staff were given and plays have spent so far.
    """
    people = sorted({one.person_id for one in proposals})
    SqlIdentityStore(connection).hold_people(people)
    policy, zone = workspace.settings.policy, ZoneInfo(workspace.settings.brand.zone)
    since_us = now_us - max(policy.cap_days, policy.play_cap_days, policy.group_cap_days, _LONGEST_QUOTA_DAYS) * DAY
    known = SqlCaseFacts(connection, people)
    facts = known.read(since_us=since_us)
    asked = defaultdict[str, set[int]](set)
    for one in proposals:
        asked[one.play].add(one.person_id)
    held_out = known.held_out(asked)
    paused = SqlPauses(connection).all()
    requests = requests_of(connection, proposals)
    cases = []
    for one in proposals:
        person = one.person_id
        orders, messages_in, complaints_open = facts.counted.get(person, _NOTHING)
        cases.append(
            Case(
                proposal=one,
                now_us=now_us,
                zone=zone,
                consents=facts.consents.get(person, ()),
                relations=facts.relations.get(person, ()),
                treated=person not in held_out[one.play],
                orders=orders,
                messages_in=messages_in,
                complaints_open=complaints_open,
                under_14=person in facts.under_14,
                spoken=facts.spoken.setdefault(person, []),
                last_in_us=facts.last_in_us.get(person, _NEVER),
                paused=paused,
                slots=slots,
                request=requests.get(one.proposal_id),
            )
        )
    return cases


def requests_of(connection: Connection, proposals: Sequence[Proposal]) -> dict[bytes, Relation]:
    """Return what people asked where proposals answer just that, or tell of it, and the groups others go to."""
    answers = [one.proposal_id for one in proposals if one.action == REPLY]
    told = [one.proposal_id for one in proposals if one.action == TELLS_OF_LEADS]
    to_groups = {one.proposal_id: one.person_id for one in proposals if one.action in TO_GROUPS}
    found = SqlCommentLeads(connection).requests(answers) if answers else {}
    if told:
        found = {**found, **SqlAdLeads(connection).requests(told)}
    return {**found, **SqlGroups(connection).relations(to_groups)} if to_groups else found


def _addressed(case: Case, now_us: int) -> Outgoing:
    through = case.relation
    if through is None:
        raise BadInputError(f"no relation on {case.proposal.channel} to go through", where=case.proposal.play)
    return outgoing(case.proposal, through, now_us=now_us)


def _count(total: Judged, verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        if isinstance(verdict, Hold):
            total.held[verdict.rule] = total.held.get(verdict.rule, 0) + 1
        elif isinstance(verdict, Deny):
            total.denied[verdict.rule] = total.denied.get(verdict.rule, 0) + 1
        else:
            total.approved += 1
