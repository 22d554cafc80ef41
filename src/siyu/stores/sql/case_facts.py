"""What the guard must know about a batch of people, read in one statement a table.

The same figures as the ledgers' own stores give, without a row object for each: the guard asks for thousands of people
at a time while nobody else may write.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from siyu.dispatch.message import TELLS_OF_LEADS
from siyu.kernel.period import DAY
from siyu.people.consent import ConsentRecord
from siyu.people.relation import Relation
from siyu.policy.case import Said
from siyu.stores.sql.bulk import select_close
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
_HELD_OUT = "SELECT identifier_id FROM assignment WHERE play = {} AND treated = 0 AND identifier_id"
_ASSIGNMENT = "SELECT identifier_id, assigned_at_us, treated FROM assignment WHERE play = {} AND identifier_id"
_UNDER_14 = f"SELECT identifier_id FROM portrait WHERE field = '{AGE_BAND}' AND value = '{UNDER_14}' AND identifier_id"


@dataclass(slots=True)
class CaseFacts:
    """By person; who is not there has nothing.

    Attributes:
        consents: Every record, in no order.
        relations: Those that stand, the newest first.
        counted: Orders, messages in and open complaints.
        spoken: What went or will go, ascending, with the fields of ``Spoken``; a little more than was asked for.
        last_in_us: When they last wrote, by channel.
    """

    consents: dict[int, list[ConsentRecord]] = field(default_factory=dict)
    relations: dict[int, list[Relation]] = field(default_factory=dict)
    counted: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    spoken: dict[int, list[Said]] = field(default_factory=dict)
    last_in_us: dict[int, dict[str, int]] = field(default_factory=dict)
    under_14: set[int] = field(default_factory=set)


class SqlCaseFacts:
    """Reads facts of people by all of their identifiers. The caller owns the transaction."""

    def __init__(self, connection: Connection, person_ids: Sequence[int]) -> None:
        self._connection = connection
        members = "SELECT identifier_id, person_id FROM identifier WHERE person_id"
        self._person: dict[int, int] = dict(select_close(connection, members, sorted(person_ids), "bigint", at=1))
        self._keys = sorted(self._person)

    def read(self, *, since_us: int) -> CaseFacts:
        """Read everything; what was said before ``since_us`` may be left out."""
        facts, person = CaseFacts(), self._person
        consents, relations, spoken = facts.consents, facts.relations, facts.spoken
        for key, purpose, channel, granted, version, proof, at_us in self._rows(_CONSENT):
            record = ConsentRecord(key, purpose, channel, granted == 1, version, proof, at_us)
            if (who := person[key]) in consents:
                consents[who].append(record)
            else:
                consents[who] = [record]
        for row in self._rows(_RELATION):
            if (who := person[row[0]]) in relations:
                relations[who].append(Relation(*row))
            else:
                relations[who] = [Relation(*row)]
        for standing in facts.relations.values():
            if len(standing) > 1:
                standing.sort(key=lambda one: (-one.since_us, one.staff))
        counted = facts.counted
        for key, orders, messages_in, complaints_open in self._rows(_PROFILE):
            if (who := person[key]) in counted:
                before = counted[who]
                counted[who] = (before[0] + orders, before[1] + messages_in, before[2] + complaints_open)
            else:
                counted[who] = (orders, messages_in, complaints_open)
        for key, channel, at_us in self._rows(_LAST_WORD):
            words = facts.last_in_us.setdefault(person[key], {})
            words[channel] = max(at_us, words.get(channel, 0))
        facts.under_14.update(person[key] for (key,) in self._rows(_UNDER_14))
        # whole days, so that the statement stays the same and is parsed once; what went before its deadline is found
        # by the deadline, for which there is an index
        day_us = since_us // DAY * DAY
        said_since = (
            "SELECT due_at_us, channel, action, staff, play, identifier_id FROM message"
            f" WHERE deadline_us >= {day_us:d} AND due_at_us >= {day_us:d} AND state NOT IN {_NOT_REACHED}"
            f" AND action <> '{TELLS_OF_LEADS}' AND identifier_id"
        )
        for one in self._rows(said_since, at=5):
            if (who := person[one[5]]) in spoken:
                spoken[who].append(one)
            else:
                spoken[who] = [one]
        for said in facts.spoken.values():
            if len(said) > 1:
                said.sort()
        return facts

    def held_out(self, wanted: Mapping[str, Collection[int]]) -> dict[str, set[int]]:
        """Return by play who of these people is held out; the earliest word of a person counts."""
        found: dict[str, set[int]] = {}
        for play, people in wanted.items():
            keys = self._keys if len(wanted) == 1 else [key for key in self._keys if self._person[key] in people]
            found[play] = {self._person[key] for (key,) in self._rows(_HELD_OUT, keys, given=(play,))}
            drawn: dict[int, tuple[int, int, int]] = {}
            keys = [key for key in keys if self._person[key] in found[play]]
            for key, at_us, treated in self._rows(_ASSIGNMENT, keys, given=(play,)):
                who, word = self._person[key], (at_us, key, treated)
                drawn[who] = min(word, drawn.get(who, word))
            found[play] -= {who for who, (_, _, treated) in drawn.items() if treated}
        return found

    def _rows(
        self, text: str, keys: Sequence[int] | None = None, *, given: tuple[Any, ...] = (), at: int = 0
    ) -> list[Any]:
        return select_close(self._connection, text, self._keys if keys is None else keys, "bigint", given=given, at=at)
