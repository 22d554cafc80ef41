"""What the guard must know about a batch of people, read in one statement a table.

The same figures as the ledgers' own stores give, without a row object for each: the guard asks for thousands of people
at a time while nobody else may write.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from siyu.dispatch.message import TELLS_OF_LEADS
from siyu.kernel.period import DAY
from siyu.people.consent import ConsentRecord
from siyu.people.relation import Relation
from siyu.policy.case import Spoken
from siyu.stores.sql.bulk import select_in
from siyu.stores.sql.portraits import AGE_BAND, UNDER_14

_NOT_REACHED = "('failed', 'cancelled', 'given_up')"
_CONSENT = (
    "SELECT identifier_id, purpose, channel, granted, text_version, proof, decided_at_us FROM consent"
    " WHERE identifier_id"
)
_RELATION = (
    "SELECT identifier_id, channel, account, staff, since_us, until_us, source_code FROM relation"
    " WHERE until_us IS NULL AND identifier_id"
)
_PROFILE = "SELECT identifier_id, orders, messages_in, complaints_open FROM profile WHERE identifier_id"
_LAST_WORD = "SELECT identifier_id, channel, at_us FROM last_word WHERE identifier_id"
_ASSIGNMENT = "SELECT assigned_at_us, identifier_id, treated FROM assignment WHERE play = {} AND identifier_id"
_UNDER_14 = f"SELECT identifier_id FROM portrait WHERE field = '{AGE_BAND}' AND value = '{UNDER_14}' AND identifier_id"


@dataclass(slots=True)
class CaseFacts:
    """By person; who is not there has nothing.

    Attributes:
        consents: Every record, in no order.
        relations: Those that stand, the newest first.
        counted: Orders, messages in and open complaints.
        spoken: What went or will go, ascending; a little more than was asked for.
        last_in_us: When they last wrote, by channel.
    """

    consents: dict[int, list[ConsentRecord]] = field(default_factory=dict)
    relations: dict[int, list[Relation]] = field(default_factory=dict)
    counted: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    spoken: dict[int, list[Spoken]] = field(default_factory=dict)
    last_in_us: dict[int, dict[str, int]] = field(default_factory=dict)
    under_14: set[int] = field(default_factory=set)


class SqlCaseFacts:
    """Reads facts of people by all of their identifiers. The caller owns the transaction."""

    def __init__(self, connection: Connection, person_ids: Sequence[int]) -> None:
        self._connection = connection
        self._person: dict[int, int] = dict(
            select_in(
                connection, "SELECT identifier_id, person_id FROM identifier WHERE person_id", person_ids, "bigint"
            )
        )
        self._keys = sorted(self._person)

    def read(self, *, since_us: int) -> CaseFacts:
        """Read everything; what was said before ``since_us`` may be left out."""
        facts, person = CaseFacts(), self._person
        for row in self._rows(_CONSENT):
            key, purpose, channel, granted, version, proof, at_us = row
            record = ConsentRecord(key, purpose, channel, granted == 1, version, proof, at_us)
            facts.consents.setdefault(person[key], []).append(record)
        for row in self._rows(_RELATION):
            facts.relations.setdefault(person[row[0]], []).append(Relation(*row))
        for standing in facts.relations.values():
            if len(standing) > 1:
                standing.sort(key=lambda one: (-one.since_us, one.staff))
        counted, nothing = facts.counted, (0, 0, 0)
        for key, orders, messages_in, complaints_open in self._rows(_PROFILE):
            before = counted.get(person[key], nothing)
            counted[person[key]] = (before[0] + orders, before[1] + messages_in, before[2] + complaints_open)
        for key, channel, at_us in self._rows(_LAST_WORD):
            words = facts.last_in_us.setdefault(person[key], {})
            words[channel] = max(at_us, words.get(channel, 0))
        facts.under_14.update(person[key] for (key,) in self._rows(_UNDER_14))
        # whole days, so that the statement stays the same and is parsed once; what went before its deadline is found
        # by the deadline, for which there is an index
        day_us = since_us // DAY * DAY
        said_since = (
            "SELECT identifier_id, due_at_us, channel, action, staff, play FROM message"
            f" WHERE deadline_us >= {day_us:d} AND due_at_us >= {day_us:d} AND state NOT IN {_NOT_REACHED}"
            f" AND action <> '{TELLS_OF_LEADS}' AND identifier_id"
        )
        spoken = facts.spoken
        for row in self._rows(said_since):
            who, one = person[row[0]], Spoken._make(row[1:])
            if who in spoken:
                spoken[who].append(one)
            else:
                spoken[who] = [one]
        for said in facts.spoken.values():
            if len(said) > 1:
                said.sort()
        return facts

    def arms(self, wanted: Mapping[str, Collection[int]]) -> dict[str, dict[int, bool]]:
        """Return by play who of these people is assigned: treated or held out; the earliest word of a person counts."""
        found: dict[str, dict[int, bool]] = {}
        for play, people in wanted.items():
            keys = self._keys if len(wanted) == 1 else [key for key in self._keys if self._person[key] in people]
            drawn: dict[int, tuple[int, int, int]] = {}
            for word in select_in(self._connection, _ASSIGNMENT, keys, "bigint", given=(play,)):
                person = self._person[word[1]]
                if person not in drawn or word < drawn[person]:
                    drawn[person] = word
            found[play] = {person: treated == 1 for person, (_, _, treated) in drawn.items()}
        return found

    def _rows(self, text: str) -> Iterator[Any]:
        return select_in(self._connection, text, self._keys, "bigint")
