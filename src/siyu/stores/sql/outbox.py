"""The outbox in SQL: every message once, from ready to its end."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, literal, literal_column, select, update

from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, Receipt
from siyu.dispatch.outgoing import Outgoing
from siyu.policy.case import Spoken
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.rewrite import Change, rewrite_alike, rewrite_rows
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier

_json = msgspec.json.Encoder()
_piece = msgspec.json.Decoder(Piece)
_OPEN = (MessageState.READY, MessageState.AWAITING)
_DID_NOT_REACH = (MessageState.FAILED, MessageState.CANCELLED)
_REACHES = tuple(state for state in MessageState if state not in _DID_NOT_REACH)
_ENDED: Final = (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED)
_NOT_ENDED: Final = "state NOT IN ('sent', 'failed', 'cancelled')"
#: SQLite takes 32,766 values in one statement, and a message has 17.
_ROWS_AT_ONCE: Final = 1024
_COLUMNS: Final = tuple(message.c.keys())
#: A state by its name: cheaper than asking the enumeration for every row.
_STATES: Final = {state.value: state for state in MessageState}
_NAMES: Final = {state: state.value for state in MessageState}


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """One message as the outbox holds it; the recipient's plain name is in the vault."""

    message_id: bytes
    proposal_id: bytes
    play: str
    identifier_id: int
    namespace: str
    channel: str
    account: str
    staff: str
    action: str
    piece: Piece
    task: str
    state: MessageState
    claimed_at_us: int | None
    due_at_us: int


class SqlOutbox:
    """Messages by state. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_postgresql = connection.dialect.name == "postgresql"

    def put(self, messages: Sequence[Outgoing], *, now_us: int) -> None:
        """Keep each message once, ready to go."""
        ready, encoded = MessageState.READY.value, dict[Piece, bytes]()
        rows = [
            (
                one.message_id,
                one.proposal.proposal_id,
                one.proposal.play,
                one.identifier_id,
                one.proposal.channel,
                one.account,
                one.staff,
                one.proposal.action,
                _encoded(one.proposal.piece, encoded),
                ready,
                0,
                now_us,
                one.proposal.deadline_us,
                None,
                "",
                None,
                "",
            )
            for one in messages
        ]
        for part in chunks(rows, _ROWS_AT_ONCE):
            insert_rows(self._connection, message, _COLUMNS, part, then="ON CONFLICT (message_id) DO NOTHING")

    def claim(self, *, channel: str, now_us: int, most: int, paused: Collection[str] = ()) -> list[Claimed]:
        """Take ready messages for one hand-over; if we die before they are settled, their outcome is unknown.

        What is past its deadline stays: ``expire`` cancels it.

        Args:
            paused: What is paused (``SqlPauses``); its messages stay where they are.
        """
        if "*" in paused or channel in paused:
            return []
        stopped = {
            message.c.play: [what[5:] for what in paused if what.startswith("play:")],
            message.c.staff: [what[6:] for what in paused if what.startswith("staff:")],
            message.c.account: [what[len(channel) + 1 :] for what in paused if what.startswith(f"{channel}/")],
        }
        # SQLite finds a row by its number in half the time that its key takes
        place: ColumnElement[Any] = message.c.message_id if self._is_postgresql else literal_column("message.rowid")
        now = literal(now_us)
        rows = self._rows(
            select(*_MESSAGE, literal(MessageState.CLAIMED.value), now, now, place)
            .select_from(_WITH_NAMESPACE)
            .where(
                message.c.state == MessageState.READY.value,
                message.c.channel == channel,
                message.c.due_at_us <= now_us,
                message.c.deadline_us >= now_us,
                *(column.not_in(names) for column, names in stopped.items() if names),
            )
            .order_by(message.c.due_at_us)
            .limit(most)
            .with_for_update(of=message, skip_locked=True)
        )
        change = Change(message, "message_id" if self._is_postgresql else "rowid", _CLAIM, also=_ONE_MORE)
        rewrite_alike(self._connection, change, (MessageState.CLAIMED.value, now_us, now_us), [row[-1] for row in rows])
        return _claimed(rows)

    def expire(self, *, now_us: int) -> int:
        """Cancel what is ready and past its deadline: what makes no sense any more is not said; return how many."""
        return self._connection.execute(
            update(message)
            .where(message.c.state == MessageState.READY.value, message.c.deadline_us < now_us)
            .values(state=MessageState.CANCELLED.value, detail="its deadline has passed", settled_at_us=now_us)
        ).rowcount

    def cancel(self, *, play: str = "", channel: str = "", staff: str = "", reason: str, now_us: int) -> int:
        """Cancel what is ready, of one play, one channel, one staff member or all; return how many."""
        query = update(message).where(message.c.state == MessageState.READY.value)
        if play:
            query = query.where(message.c.play == play)
        if channel:
            query = query.where(message.c.channel == channel)
        if staff:
            query = query.where(message.c.staff == staff)
        values = {"state": MessageState.CANCELLED.value, "detail": reason, "settled_at_us": now_us}
        return self._connection.execute(query.values(**values)).rowcount

    def open(self, states: Sequence[MessageState], *, channel: str, most: int) -> list[Claimed]:
        """Return messages of these states: what the platform should be asked about."""
        return [one for state in states for one in self._of_state(state, channel, most)]

    def of_id(self, message_id: bytes) -> Claimed | None:
        """Return one message."""
        return next(iter(_claimed(self._rows(_READ.where(message.c.message_id == message_id)))), None)

    def settle(self, receipts: Sequence[Receipt]) -> None:
        """Keep what became of messages; a message at its end stays as it is."""
        single: list[tuple[Any, ...]] = []
        for said, group in groupby(_first_ends(receipts), key=_said):
            state, task, detail, at_us, not_before_us = said
            values = (_NAMES[state], task, detail, None if state in _OPEN else at_us, not_before_us)
            keys = [one.message_id for one in group]
            if len(keys) < _ALIKE:
                single += [(*values, key) for key in keys]
            else:  # a group of one hand-over ends together
                rewrite_alike(self._connection, _END, values, keys)
        rewrite_rows(self._connection, _END, single)

    def spoken(self, person_ids: Sequence[int], *, since_us: int) -> dict[int, list[Spoken]]:
        """Return what went or will go to each person after ``since_us``, ascending, over all channels and plays."""
        found: dict[int, list[Spoken]] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(
                    identifier.c.person_id,
                    message.c.due_at_us,
                    message.c.channel,
                    message.c.action,
                    message.c.staff,
                    message.c.play,
                )
                .join(message, message.c.identifier_id == identifier.c.identifier_id)
                .where(
                    identifier.c.person_id.in_(part),
                    message.c.due_at_us > since_us,
                    message.c.state.not_in([state.value for state in _DID_NOT_REACH]),
                )
                .order_by(message.c.due_at_us)
            )
            for person, *said in rows:
                found.setdefault(person, []).append(Spoken(*said))
        return found

    def given_to_staff(self, *, since_us: int) -> Counter[tuple[str, str, str]]:
        """Count the messages given to each staff member since then, by (channel, account, staff)."""
        rows = self._connection.execute(
            select(message.c.channel, message.c.account, message.c.staff, func.count())
            .where(message.c.due_at_us >= since_us, message.c.state.in_([state.value for state in _REACHES]))
            .group_by(message.c.channel, message.c.account, message.c.staff)
        )
        return Counter({(channel, account, staff): count for channel, account, staff, count in rows})

    def counts(self) -> dict[str, int]:
        """Count messages by state."""
        rows = self._connection.execute(select(message.c.state, func.count()).group_by(message.c.state))
        return {str(state): int(count) for state, count in rows}

    def _of_state(self, state: MessageState, channel: str, most: int) -> list[Claimed]:
        return _claimed(
            self._rows(
                _READ.where(message.c.state == state.value, message.c.channel == channel)
                .order_by(message.c.due_at_us)
                .limit(most)
            )
        )

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        """Return the driver's own rows, without a row object for each."""
        result = self._connection.execute(query)
        rows: Sequence[Any] = result.cursor.fetchall() if result.cursor is not None else ()
        result.close()
        return rows


_oldest_first = attrgetter("message_id")
_said = attrgetter("state", "task", "detail", "at_us", "not_before_us")
#: A message counts against caps from the moment it goes.
_CLAIM: Final = ("state", "claimed_at_us", "due_at_us")
_ONE_MORE: Final = "attempts = attempts + 1"
_END: Final = Change(
    message,
    "message_id",
    ("state", "task", "detail", "settled_at_us", "due_at_us"),
    only=_NOT_ENDED,
    growing="due_at_us",
)
#: So many messages with the same end are worth a statement of their own.
_ALIKE: Final = 32
_WITH_NAMESPACE: Final = message.outerjoin(identifier, identifier.c.identifier_id == message.c.identifier_id)
#: The first fields of :class:`Claimed`, in order.
_MESSAGE: Final = (
    message.c.message_id,
    message.c.proposal_id,
    message.c.play,
    message.c.identifier_id,
    identifier.c.namespace,
    message.c.channel,
    message.c.account,
    message.c.staff,
    message.c.action,
    message.c.content,
    message.c.task,
)
_READ: Final = select(*_MESSAGE, message.c.state, message.c.claimed_at_us, message.c.due_at_us).select_from(
    _WITH_NAMESPACE
)


def _claimed(rows: Sequence[Any]) -> list[Claimed]:
    """Make whole messages; the same words are read once."""
    pieces: dict[bytes, Piece] = {}
    found = [
        Claimed(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
            _decoded(row[9], pieces),
            row[10],
            _STATES[row[11]],
            row[12],
            row[13],
        )
        for row in rows
    ]
    found.sort(key=_oldest_first)
    return found


def _first_ends(receipts: Sequence[Receipt]) -> Collection[Receipt]:
    """Return one receipt for each message: its first end, or else the last word."""
    last: dict[bytes, Receipt] = {}
    for one in receipts:
        known = last.get(one.message_id)
        if known is None or known.state not in _ENDED:
            last[one.message_id] = one
    return last.values()


def _encoded(piece: Piece, known: dict[Piece, bytes]) -> bytes:
    return known.get(piece) or known.setdefault(piece, _json.encode(piece))


def _decoded(content: bytes, known: dict[bytes, Piece]) -> Piece:
    return known.get(content) or known.setdefault(content, _piece.decode(content))
