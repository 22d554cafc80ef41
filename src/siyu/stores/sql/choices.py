"""The log of choices in SQL: what was chosen of several plays, with which chance, and what it brought."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from sqlalchemy import Connection, bindparam, select, update

from siyu.campaigns.next_best import Choice
from siyu.campaigns.proposal import Proposal
from siyu.kernel.arrays import Int64
from siyu.stores.sql.bulk import fetch_rows, insert_rows, select_in
from siyu.stores.sql.proposals import WAITING
from siyu.stores.sql.rewrite import Change, rewrite_alike, rewrite_rows
from siyu.stores.sql.schema.campaigns import choice, proposal
from siyu.stores.sql.schema.people import identifier

#: The rule that a proposal waits under while another was worth more.
NEXT_BEST: Final = "next_best"
_json = msgspec.json.Encoder()
_options = msgspec.json.Decoder(list[tuple[str, float]])
_COLUMNS: Final = (
    "identifier_id", "chosen_at_us", "context", "action", "propensity", "worth_minor", "options", "explored",
)  # fmt: skip


_SETTLED: Final = (
    "SELECT identifier_id, chosen_at_us, context, action, propensity, options, brought_minor, harmed FROM choice"
    " WHERE brought_minor IS NOT NULL ORDER BY chosen_at_us DESC, identifier_id DESC LIMIT ?"
)
#: Messages come first: by person, SQLite would look for every message there ever was.
_HEARD: Final = (
    "WITH heard(identifier_id, at_us) AS MATERIALIZED (SELECT identifier_id, due_at_us FROM message"
    " WHERE due_at_us >= ? AND state IN ('ready', 'claimed', 'awaiting', 'sent', 'unknown'))"
    " SELECT person_id, max(at_us) FROM heard JOIN identifier USING (identifier_id) GROUP BY person_id"
)
_ALL: Final = 1 << 60
_PUT_OFF: Final = Change(proposal, "proposal_id", ("rule", "reason"), also="due_at_us = deadline_us + 1")
_LET_GO: Final = Change(
    proposal, "proposal_id", ("due_at_us", "expected_value_minor", "content"), also="rule = '', reason = ''"
)


class Logged(NamedTuple):
    """One row of the log; implements ``campaigns.off_policy.Chosen``."""

    person_id: int
    chosen_at_us: int
    context: str
    action: str
    propensity: float
    actions: tuple[str, ...]
    worths: tuple[float, ...]
    brought_minor: int
    harmed: bool


class SqlChoices:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, choices: Sequence[Choice], *, now_us: int) -> None:
        """Log choices."""
        rows = [
            (
                one.person_id, now_us, one.context, one.action, one.propensity, one.worth_minor,
                _json.encode([(name, round(worth, 4)) for name, worth in zip(one.actions, one.worths, strict=True)]),
                int(one.explored),
            )
            for one in choices
        ]  # fmt: skip
        insert_rows(self._connection, choice, _COLUMNS, rows, then="ON CONFLICT DO NOTHING")

    def since(self, since_us: int) -> list[tuple[int, int, str, tuple[str, ...]]]:
        """Return (person, moment, what was chosen, of what) of every choice since then, the oldest first."""
        rows = self._connection.execute(
            select(identifier.c.person_id, choice.c.chosen_at_us, choice.c.action, choice.c.options)
            .join(choice, choice.c.identifier_id == identifier.c.identifier_id)
            .where(choice.c.chosen_at_us >= since_us)
            .order_by(choice.c.chosen_at_us)
        )
        return [(person, at_us, action, _read(options)[0]) for person, at_us, action, options in rows]

    def standing(self, proposal_ids: Sequence[bytes]) -> dict[bytes, bool]:
        """Say of every proposal that is kept already whether it waits because another was worth more."""
        text = "SELECT proposal_id, state, rule FROM proposal WHERE proposal_id"
        rows = select_in(self._connection, text, proposal_ids, "bytea")
        return {bytes(key): (state, rule) == (WAITING, NEXT_BEST) for key, state, rule in rows}

    def let_go(self, chosen: Iterable[Proposal]) -> None:
        """Let waiting proposals be judged from their moment on, as they are worded and at what they are worth now."""
        rows = [(one.due_at_us, one.expected_value_minor, _json.encode(one.piece), one.proposal_id) for one in chosen]
        rewrite_rows(self._connection, _LET_GO, rows)

    def put_off(self, proposal_ids: Iterable[bytes]) -> None:
        """Let proposals wait until they are chosen; those that never are end at their deadline."""
        rewrite_alike(self._connection, _PUT_OFF, (NEXT_BEST, "another was worth more that day"), list(proposal_ids))

    def heard_at(self, *, since_us: int) -> dict[int, int]:
        """Return when people last got a message, or are about to, of those who did since then."""
        return dict(fetch_rows(self._connection, _HEARD, (since_us,)))

    def unsettled(self, *, until_us: int, most: int) -> tuple[Int64, Int64, Int64]:
        """Return (identifier, person, moment) of choices up to then of which it is not known what they brought."""
        rows = self._connection.execute(
            select(choice.c.identifier_id, identifier.c.person_id, choice.c.chosen_at_us)
            .join(identifier, identifier.c.identifier_id == choice.c.identifier_id)
            .where(choice.c.brought_minor.is_(None), choice.c.chosen_at_us <= until_us)
            .order_by(choice.c.chosen_at_us)
            .limit(most)
        ).all()
        table = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)
        return table[:, 0], table[:, 1], table[:, 2]

    def settle(self, rows: Sequence[tuple[int, int, int, int]]) -> None:
        """Keep what came of choices: (identifier, moment, minor units paid, complaints and goodbyes)."""
        if rows:
            self._connection.execute(
                update(choice)
                .where(choice.c.identifier_id == bindparam("who"), choice.c.chosen_at_us == bindparam("at"))
                .values(brought_minor=bindparam("brought"), harmed=bindparam("times")),
                [
                    {"who": who, "at": at_us, "brought": brought, "times": min(times, 1)}
                    for who, at_us, brought, times in rows
                ],
            )

    def settled(self, *, most: int = 0) -> list[Logged]:
        """Return choices of which it is known what they brought, the oldest first; if given, the latest ``most``."""
        rows = fetch_rows(self._connection, _SETTLED, (most or _ALL,))
        return [
            Logged(person, at_us, context, action, chance, *_read(options), brought, harmed == 1)
            for person, at_us, context, action, chance, options, brought, harmed in reversed(rows)
        ]


def _read(options: bytes) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Read what could have been chosen, and what each was worth; silence is always among it."""
    names, worths = zip(*_options.decode(bytes(options)), strict=True)
    return names, worths
