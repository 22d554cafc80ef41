"""Proposals, holdout assignments and verdicts in SQL."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.policy.verdict import Allow, Deny, Verdict
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.rewrite import rewrite_rows
from siyu.stores.sql.schema.campaigns import assignment, proposal
from siyu.stores.sql.schema.people import identifier

_json = msgspec.json.Encoder()
_piece = msgspec.json.Decoder(Piece)
WAITING, APPROVED, HELD, DENIED = "waiting", "approved", "held", "denied"


class SqlProposals:
    """What plays proposed and what became of it. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def add(self, proposals: Sequence[Proposal]) -> int:
        """Keep each proposal once; return how many were new."""
        known: set[bytes] = set()
        for part in chunks([one.proposal_id for one in proposals]):
            rows = self._connection.execute(select(proposal.c.proposal_id).where(proposal.c.proposal_id.in_(part)))
            known.update(bytes(key) for (key,) in rows)
        new = [one for one in proposals if one.proposal_id not in known]
        if new:
            self._connection.execute(
                self._flavour.insert(proposal).on_conflict_do_nothing(index_elements=["proposal_id"]),
                [
                    {
                        "proposal_id": one.proposal_id,
                        "play": one.play,
                        "identifier_id": one.person_id,
                        "purpose": one.purpose,
                        "channel": one.channel,
                        "action": one.action,
                        "content": _json.encode(one.piece),
                        "expected_value_minor": one.expected_value_minor,
                        "cost_minor": one.cost_minor,
                        "personal": int(one.personal),
                        "proposed_at_us": one.proposed_at_us,
                        "due_at_us": one.due_at_us,
                        "deadline_us": one.deadline_us,
                        "state": WAITING,
                        "rule": "",
                        "reason": "",
                        "evidence": b"{}",
                        "judged_at_us": None,
                    }
                    for one in new
                ],
            )
        return len(new)

    def due(self, *, now_us: int, most: int) -> list[Proposal]:
        """Return what waits or is held and is due by now, with the person as it is today; the oldest first.

        Where several workers judge (PostgreSQL), each takes others' rows not.
        """
        found: list[Proposal] = []
        for state in (WAITING, HELD):  # each in the order of the index, so that nothing is sorted
            found += self._read(
                _with_person()
                .where(proposal.c.state == state, proposal.c.due_at_us <= now_us)
                .order_by(proposal.c.due_at_us)
                .limit(most - len(found))
                .with_for_update(of=proposal, skip_locked=True)
            )
        return sorted(found, key=lambda one: (one.due_at_us, one.proposal_id))

    def of_ids(self, proposal_ids: Sequence[bytes]) -> list[Proposal]:
        """Return proposals by their ids, with the person as it is today."""
        return [
            one
            for part in chunks(proposal_ids)
            for one in self._read(_with_person().where(proposal.c.proposal_id.in_(part)))
        ]

    def proposed(self, *, since_us: int) -> list[Proposal]:
        """Return everything that was proposed since then, the oldest first."""
        return self._read(
            _with_person()
            .where(proposal.c.proposed_at_us >= since_us)
            .order_by(proposal.c.proposed_at_us, proposal.c.proposal_id)
        )

    def _read(self, query: Select[Any]) -> list[Proposal]:
        result = self._connection.execute(query)
        pieces: dict[bytes, Piece] = {}
        found = []
        for row in result.cursor.fetchall() if result.cursor is not None else ():
            content = bytes(row[6])
            piece = pieces.get(content)
            if piece is None:  # a play says the same to thousands
                piece = pieces[content] = _piece.decode(content)
            found.append(
                Proposal(
                    proposal_id=bytes(row[0]),
                    play=row[1],
                    person_id=row[2],
                    purpose=row[3],
                    channel=row[4],
                    action=row[5],
                    piece=piece,
                    expected_value_minor=row[7],
                    proposed_at_us=row[8],
                    due_at_us=row[9],
                    deadline_us=row[10],
                    cost_minor=row[11],
                    personal=bool(row[12]),
                )
            )
        result.close()
        return found

    def keep(self, proposals: Sequence[Proposal], verdicts: Sequence[Verdict], *, now_us: int) -> None:
        """Keep each verdict with its rule, reason and evidence; a hold makes the proposal due again at its end."""
        rows = [
            (*_outcome(one, verdict), now_us, one.proposal_id) for one, verdict in zip(proposals, verdicts, strict=True)
        ]
        columns = ("state", "rule", "reason", "due_at_us", "evidence", "judged_at_us")
        rewrite_rows(self._connection, proposal, "proposal_id", columns, rows)

    def spent_minor(self) -> Counter[str]:
        """Return what each play has spent: the cost of everything that was approved."""
        rows = self._connection.execute(
            select(proposal.c.play, func.sum(proposal.c.cost_minor))
            .where(proposal.c.state == APPROVED, proposal.c.cost_minor > 0)
            .group_by(proposal.c.play)
        )
        return Counter({play: int(spent) for play, spent in rows})

    def arms(self, play: str, person_ids: Sequence[int]) -> dict[int, bool]:
        """Return who of these people is assigned already: treated or held out; the earliest word counts."""
        found: dict[int, bool] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(identifier.c.person_id, assignment.c.treated)
                .join(assignment, assignment.c.identifier_id == identifier.c.identifier_id)
                .where(assignment.c.play == play, identifier.c.person_id.in_(part))
                .order_by(assignment.c.assigned_at_us, assignment.c.identifier_id)
            )
            for person, treated in rows:
                found.setdefault(person, bool(treated))
        return found

    def assign(self, play: str, arms: Mapping[int, bool], *, holdout_share: float, now_us: int) -> None:
        """Keep new assignments for ever."""
        if arms:
            self._connection.execute(
                self._flavour.insert(assignment).on_conflict_do_nothing(index_elements=["play", "identifier_id"]),
                [
                    {
                        "play": play,
                        "identifier_id": person,
                        "treated": int(treated),
                        "share": holdout_share,
                        "assigned_at_us": now_us,
                    }
                    for person, treated in arms.items()
                ],
            )

    def assignments(self, play: str) -> list[tuple[int, bool, int]]:
        """Return (person, treated, assigned at) of everybody a play ever drew, each person once."""
        rows = self._connection.execute(
            select(identifier.c.person_id, assignment.c.treated, assignment.c.assigned_at_us)
            .join(assignment, assignment.c.identifier_id == identifier.c.identifier_id)
            .where(assignment.c.play == play)
            .order_by(assignment.c.assigned_at_us.desc(), assignment.c.identifier_id.desc())
        )
        return [(person, arm, at) for person, (arm, at) in {p: (bool(t), at) for p, t, at in rows}.items()]


def _with_person() -> Select[Any]:
    return select(
        proposal.c.proposal_id,
        proposal.c.play,
        identifier.c.person_id,
        proposal.c.purpose,
        proposal.c.channel,
        proposal.c.action,
        proposal.c.content,
        proposal.c.expected_value_minor,
        proposal.c.proposed_at_us,
        proposal.c.due_at_us,
        proposal.c.deadline_us,
        proposal.c.cost_minor,
        proposal.c.personal,
    ).join(identifier, identifier.c.identifier_id == proposal.c.identifier_id)


def _outcome(one: Proposal, verdict: Verdict) -> tuple[str, str, str, int, bytes]:
    facts = _json.encode(verdict.evidence)
    if isinstance(verdict, Allow):
        return APPROVED, "", "", one.due_at_us, facts
    if isinstance(verdict, Deny):
        return DENIED, verdict.rule, verdict.reason, one.due_at_us, facts
    return HELD, verdict.rule, verdict.reason, verdict.until_us, facts
