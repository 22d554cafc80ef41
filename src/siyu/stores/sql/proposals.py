"""Proposals, holdout assignments and verdicts in SQL."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Connection, Text, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.campaigns.proposal import Proposal
from siyu.content.piece import Piece
from siyu.policy.verdict import Allow, Deny, Verdict
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows, select_close, select_in
from siyu.stores.sql.rewrite import Change, rewrite_rows
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.campaigns import assignment, proposal
from siyu.stores.sql.schema.people import identifier

_json = msgspec.json.Encoder()
_piece = msgspec.json.Decoder(Piece)
WAITING, APPROVED, HELD, DENIED = "waiting", "approved", "held", "denied"
#: How many transactions of judging there were, among the settings.
_BATCHES: Final = "judged.batches"
#: Where a proposal stands (its row's number in SQLite, its id in PostgreSQL), and whom it is for.
Place = tuple[int | bytes, int]
_WITH_PERSON: Final = (
    "proposal.proposal_id, play, person_id, purpose, channel, action, content, expected_value_minor, proposed_at_us,"
    " due_at_us, deadline_us, cost_minor, personal"
)
_COLUMNS: Final = (
    "proposal_id", "play", "identifier_id", "purpose", "channel", "action", "content", "expected_value_minor",
    "cost_minor", "personal", "proposed_at_us", "due_at_us", "deadline_us", "state", "rule", "reason", "evidence",
    "judged_at_us",
)  # fmt: skip
#: Eighteen values each: SQLite takes at most 32,766 in a statement.
_ROWS_AT_ONCE: Final = 1_024
_ALLOWED: Final = ("judged_at_us", "evidence")
_NO_RULE: Final = f"state = '{APPROVED}', rule = '', reason = ''"
_VERDICT: Final = ("judged_at_us", "state", "rule", "reason", "due_at_us", "evidence")
_STILL_OPEN: Final = f"state IN ('{WAITING}', '{HELD}')"
_FROM: Final = " FROM proposal JOIN identifier ON identifier.identifier_id = proposal.identifier_id"


class SqlProposals:
    """What plays proposed and what became of it. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        is_sqlite = connection.dialect.name == "sqlite"
        self._flavour = sqlite if is_sqlite else postgresql
        # SQLite finds a row by its number in half the time that its key takes
        self._key = "rowid" if is_sqlite else "proposal_id"
        self._places: dict[bytes, int | bytes] = {}

    def add(self, proposals: Sequence[Proposal]) -> int:
        """Keep each proposal once; return how many were new."""
        there = "SELECT proposal_id FROM proposal WHERE proposal_id"
        keys = [one.proposal_id for one in proposals]
        known = {bytes(key) for (key,) in select_in(self._connection, there, keys, "bytea")}
        new = [one for one in proposals if one.proposal_id not in known]
        if new:
            rows = [
                (
                    one.proposal_id, one.play, one.person_id, one.purpose, one.channel, one.action,
                    _json.encode(one.piece), one.expected_value_minor, one.cost_minor, int(one.personal),
                    one.proposed_at_us, one.due_at_us, one.deadline_us, WAITING, "", "", b"{}", None,
                )
                for one in new
            ]  # fmt: skip
            for part in chunks(rows, _ROWS_AT_ONCE):
                insert_rows(self._connection, proposal, _COLUMNS, part, then="ON CONFLICT (proposal_id) DO NOTHING")
        return len(new)

    def number_batch(self) -> int:
        """Count this transaction of judging; no other worker judges until it ends.

        Returns:
            One more than the transaction of judging before it, whoever did that.
        """
        one_more = cast(cast(setting.c.value, BigInteger) + 1, Text)
        statement = self._flavour.insert(setting).values(name=_BATCHES, value="1")
        statement = statement.on_conflict_do_update(index_elements=["name"], set_={"value": one_more})
        return int(self._connection.execute(statement.returning(setting.c.value)).scalar_one())

    def due(self, *, now_us: int, most: int) -> list[Place]:
        """Return the places of what waits or is held and is due by now; those of one person stand together."""
        rows = self._connection.exec_driver_sql(
            f"SELECT proposal.{self._key}, person_id FROM proposal JOIN identifier USING (identifier_id)"
            f" WHERE {_STILL_OPEN} AND due_at_us <= {now_us:d} ORDER BY +person_id LIMIT {most:d}"
        )
        found: list[Place] = list(rows.cursor.fetchall()) if rows.cursor is not None else []
        rows.close()
        return found

    def take(self, places: Sequence[Place]) -> list[Proposal]:
        """Return the proposals at these places that still wait or are held, with the person as it is today."""
        text = f"SELECT {_WITH_PERSON}, proposal.{self._key}{_FROM} WHERE {_STILL_OPEN} AND proposal.{self._key}"
        rows = select_close(self._connection, text, sorted(key for key, _ in places), "bytea", at=13)
        self._places.update((bytes(row[0]), row[-1]) for row in rows)
        return _read(rows)

    def of_ids(self, proposal_ids: Sequence[bytes]) -> list[Proposal]:
        """Return proposals by their ids, with the person as it is today."""
        text = f"SELECT {_WITH_PERSON}, proposal.{self._key}{_FROM} WHERE proposal_id"
        rows = list(select_in(self._connection, text, proposal_ids, "bytea"))
        self._places.update((bytes(row[0]), row[-1]) for row in rows)
        return _read(rows)

    def numbers_of(self, proposal_ids: Sequence[bytes]) -> dict[bytes, int]:
        """Return the number that each proposal was made for; it stays, whoever the person is today."""
        text = "SELECT proposal_id, identifier_id FROM proposal WHERE proposal_id"
        return {bytes(key): number for key, number in select_in(self._connection, text, proposal_ids, "bytea")}

    def proposed(self, *, since_us: int) -> list[Proposal]:
        """Return everything that was proposed since then, the oldest first."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_WITH_PERSON}{_FROM} WHERE proposed_at_us >= {since_us:d} ORDER BY proposed_at_us, proposal_id"
        )
        found = _read(rows.cursor.fetchall() if rows.cursor is not None else ())
        rows.close()
        return found

    def keep(self, proposals: Sequence[Proposal], verdicts: Sequence[Verdict], *, now_us: int) -> None:
        """Keep each verdict on what was taken, with rule, reason and evidence; a hold makes it due again at its end."""
        places = self._places
        allowed: list[tuple[Any, ...]] = []
        others: list[tuple[Any, ...]] = []
        for one, verdict in zip(proposals, verdicts, strict=True):
            facts, place = _json.encode(verdict.evidence), places[one.proposal_id]
            if isinstance(verdict, Allow):
                allowed.append((facts, place))
            else:
                state, due_at_us = (DENIED, one.due_at_us) if isinstance(verdict, Deny) else (HELD, verdict.until_us)
                others.append((state, verdict.rule, verdict.reason, due_at_us, facts, place))
        rewrite_rows(self._connection, Change(proposal, self._key, _ALLOWED, also=_NO_RULE), allowed, alike=(now_us,))
        rewrite_rows(self._connection, Change(proposal, self._key, _VERDICT), others, alike=(now_us,))

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


def _read(rows: Iterable[Any]) -> list[Proposal]:
    pieces: dict[bytes, Piece] = {}
    found = []
    for row in rows:
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
                personal=row[12] == 1,
            )
        )
    return found
