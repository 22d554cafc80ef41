"""Forget a person in every table of every room: what hangs on their identifiers goes, or names nobody any more.

Three ways, and every table takes one of them (a test goes through all tables there are):

- rows that are only about the person go;
- rows that others count on stay without them: a sent message keeps its play, channel and time and nothing else, an
  invitation code keeps its campaign, so that nobody else takes it over;
- books are append-only: the accounts are closed by an entry, and the postings go on under a number drawn at random,
  which nobody ever had and no backup explains.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, or_, select, update

from siyu.kernel.errors import BadInputError
from siyu.loyalty.ledger import erase as close_accounts
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.schema.acquire import (
    ad_feedback,
    ad_lead,
    bait_refusal,
    comment_lead,
    invite,
    invite_code,
    promise,
)
from siyu.stores.sql.schema.campaigns import assignment, choice, proposal
from siyu.stores.sql.schema.conflicts import conflict, set_apart
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.journeys import journey_call, journey_rehomed, journey_run, journey_task
from siyu.stores.sql.schema.lake import rehomed
from siyu.stores.sql.schema.loyalty import ledger_balance, ledger_entry, ledger_posting, reward
from siyu.stores.sql.schema.measurement import rhythm
from siyu.stores.sql.schema.people import (
    consent,
    evidence,
    identifier,
    last_word,
    profile,
    relation,
    score,
)
from siyu.stores.sql.schema.portraits import portrait, segment_member, tag

#: Rows that are only about one identifier.
OF_IDENTIFIERS: Final[tuple[Table, ...]] = (
    consent, relation, profile, tag, portrait, set_apart, last_word, promise, bait_refusal, comment_lead, ad_lead,
    ad_feedback, journey_run, journey_task, journey_call, assignment, choice, proposal,
)  # fmt: skip
#: Rows that are only about one person.
OF_PEOPLE: Final[tuple[Table, ...]] = (score, segment_member, rhythm)
#: The books, whose rows stay.
KEPT: Final[tuple[Table, ...]] = (ledger_posting, ledger_balance)
_ERASED: Final = "erased"
_NOBODY: Final = 0


def forget(connection: Connection, numbers: Sequence[int], person: int, *, now_us: int) -> Mapping[str, int]:
    """Forget identifiers and their person in every room but the vault and the touches; return rows by table.

    The caller's transaction: all of it, or nothing.
    """
    rows = {"ledger_entry": _close(connection, numbers, now_us)}
    rows |= _unname(connection, numbers)
    for table in OF_IDENTIFIERS:
        rows[table.name] = _delete(connection, table, table.c.identifier_id, numbers)
    for table in OF_PEOPLE:
        rows[table.name] = _delete(connection, table, table.c.person_id, [person])
    rows["invite"] = _delete(connection, invite, invite.c.invitee_id, numbers)
    for moved in (rehomed, journey_rehomed):
        rows[moved.name] = _delete(connection, moved, moved.c.identifier_id, numbers)
        rows[moved.name] += _delete(connection, moved, moved.c.was_person_id, numbers)
    for table in (evidence, conflict):
        rows[table.name] = sum(_delete(connection, table, table.c[side], numbers) for side in ("left_id", "right_id"))
    rows["message"] = _scrub(
        connection, message, message.c.identifier_id, numbers,
        {"identifier_id": _NOBODY, "content": b"{}", "staff": "", "account": "", "task": "", "detail": _ERASED},
    )  # fmt: skip
    rows["invite_code"] = _scrub(
        connection, invite_code, invite_code.c.identifier_id, numbers, {"identifier_id": _NOBODY}
    )
    rows["reward"] = _delete(connection, reward, reward.c.inviter_id, numbers)
    # somebody else's reward for bringing this person: it stands as it was decided; undecided, the next look forfeits it
    rows["reward"] += _scrub(connection, reward, reward.c.invitee_id, numbers, {"invitee_id": _NOBODY})
    rows["identifier"] = _delete(connection, identifier, identifier.c.identifier_id, numbers)
    return rows


def _close(connection: Connection, numbers: Sequence[int], now_us: int) -> int:
    """Close the accounts, and take from old entries of theirs what they were about; return entries that changed."""
    ledger = SqlLedger(connection)
    entry = close_accounts(ledger.accounts(numbers), numbers, at_us=now_us)
    if entry is not None:
        ledger.append([entry])
    changed = 0
    for part in chunks(numbers):
        theirs = select(ledger_posting.c.entry_id).where(ledger_posting.c.identifier_id.in_(part))
        told = or_(ledger_entry.c.about != _ERASED, ledger_entry.c.reason != "")
        changed += connection.execute(
            update(ledger_entry).where(ledger_entry.c.entry_id.in_(theirs), told).values(about=_ERASED, reason="")
        ).rowcount
    left = {place: amount for place, amount in ledger.accounts(numbers).items() if place.account != "paid"}
    if left:
        raise BadInputError(f"{len(left)} accounts could not be closed", where="ledger")
    return changed


def _unname(connection: Connection, numbers: Sequence[int]) -> Mapping[str, int]:
    """Put a number drawn at random in the place of each in the books: below zero, where no identifier is."""
    rows = dict.fromkeys((table.name for table in KEPT), 0)
    for number in numbers:
        nobody = -1 - secrets.randbits(62)
        for table in KEPT:
            rows[table.name] += _scrub(connection, table, table.c.identifier_id, [number], {"identifier_id": nobody})
    return rows


def _delete(connection: Connection, table: Table, column: Any, numbers: Sequence[int]) -> int:
    return sum(connection.execute(delete(table).where(column.in_(part))).rowcount for part in chunks(numbers))


def _scrub(connection: Connection, table: Table, column: Any, numbers: Sequence[int], values: Mapping[str, Any]) -> int:
    return sum(
        connection.execute(update(table).where(column.in_(part)).values(**values)).rowcount for part in chunks(numbers)
    )
