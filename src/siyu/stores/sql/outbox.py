"""The outbox in SQL: every message once, from ready to its end."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, update

from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, Receipt
from siyu.dispatch.outgoing import Outgoing
from siyu.policy.case import BY_STAFF, MASS_ACTIONS, Spoken
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import fetch_rows, insert_rows
from siyu.stores.sql.rewrite import Change, rewrite_alike, rewrite_rows
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier

_json = msgspec.json.Encoder()
_piece = msgspec.json.Decoder(Piece)
_OPEN = (MessageState.READY, MessageState.AWAITING)
#: What is left to do with a message (``message.todo``); with those at their end, nothing.
HAND_OVER: Final = 1
ASK: Final = 2
_TODO: Final = {
    MessageState.READY: HAND_OVER,
    MessageState.CLAIMED: HAND_OVER,
    MessageState.AWAITING: ASK,
    MessageState.UNKNOWN: ASK,
}
_DID_NOT_REACH = (MessageState.FAILED, MessageState.CANCELLED, MessageState.GIVEN_UP)
_REACHES = tuple(state for state in MessageState if state not in _DID_NOT_REACH)
_ENDED: Final = (MessageState.SENT, *_DID_NOT_REACH)
#: A state by its name: cheaper than asking the enumeration for every row.
_STATES: Final = {state.value: state for state in MessageState}
_NAMES: Final = {state: state.value for state in MessageState}


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """One message as the outbox holds it; the recipient's plain name is in the vault.

    Attributes:
        attempts: How often it was claimed so far.
        detail: What was said of it last.
    """

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
    attempts: int
    claimed_at_us: int | None
    due_at_us: int
    detail: str


class SqlOutbox:
    """Messages by state. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, messages: Sequence[Outgoing], *, now_us: int) -> None:
        """Keep each message once, ready to go."""
        encoded, ways = dict[Piece, bytes](), dict[tuple[str, str, str], list[tuple[Any, ...]]]()
        for one in messages:
            of = one.proposal
            content = _encoded(of.piece, encoded)
            row = (
                one.message_id, of.proposal_id, one.identifier_id, one.account, one.staff, content, of.deadline_us
            )  # fmt: skip
            ways.setdefault((of.play, of.channel, of.action), []).append(row)
        for way, rows in ways.items():
            alike = (*way, now_us, MessageState.READY.value, HAND_OVER, 0, "", "")
            then = "ON CONFLICT (message_id) DO NOTHING"
            insert_rows(self._connection, message, _COLUMNS, rows, alike=alike, then=then)

    def claim(self, *, channel: str, now_us: int, most: int, paused: Collection[str] = ()) -> list[Claimed]:
        """Take ready messages for one hand-over; if we die before they are settled, their outcome is unknown.

        Those whose deadline comes first go first. What is past its deadline stays: ``expire`` cancels it.

        Args:
            paused: What is paused (``SqlPauses``); its messages stay where they are.
        """
        if "*" in paused or channel in paused:
            return []
        held, names = _held(paused, channel)
        row = "ctid" if self._connection.dialect.name == "postgresql" else "rowid"  # both are found without a key
        pick = (
            f"SELECT {row} FROM message WHERE todo = {HAND_OVER} AND state = 'ready' AND channel = ?"
            f" AND due_at_us <= ? AND deadline_us >= ?{held} ORDER BY deadline_us LIMIT ?"
        )
        where = f"ctid = ANY(ARRAY({pick} FOR UPDATE SKIP LOCKED))" if row == "ctid" else f"rowid IN ({pick})"
        text = (
            "UPDATE message SET state = 'claimed', claimed_at_us = ?, due_at_us = ?, attempts = attempts + 1"
            f" WHERE {where} RETURNING {_WHOLE}"
        )
        return self._read(text, (now_us, now_us, channel, now_us, now_us, *names, most))

    def expire(self, *, channel: str, now_us: int) -> int:
        """Cancel what is ready and past its deadline: what makes no sense any more is not said; return how many."""
        past = (message.c.channel == channel, message.c.deadline_us < now_us)
        return self._end_ready(past, reason="its deadline has passed", now_us=now_us)

    def cancel(self, *, play: str = "", channel: str = "", staff: str = "", reason: str, now_us: int) -> int:
        """Cancel what is ready, of one play, one channel, one staff member or all; return how many."""
        wanted = ((message.c.play, play), (message.c.channel, channel), (message.c.staff, staff))
        return self._end_ready([column == name for column, name in wanted if name], reason=reason, now_us=now_us)

    def open(self, states: Sequence[MessageState], *, channel: str, most: int) -> list[Claimed]:
        """Return messages of these states that are not at their end: what the platform should be asked about."""
        text = f"SELECT {_WHOLE} FROM message WHERE todo = ? AND channel = ? AND state = ? ORDER BY deadline_us LIMIT ?"
        return [one for state in states for one in self._read(text, (_TODO[state], channel, _NAMES[state], most))]

    def of_id(self, message_id: bytes) -> Claimed | None:
        """Return one message."""
        return next(iter(self._read(f"SELECT {_WHOLE} FROM message WHERE message_id = ?", (message_id,))), None)

    def hold_open(self, message_ids: Sequence[bytes]) -> list[bytes]:
        """Return which of these have no end yet; nobody else can end them before this transaction does."""
        found: list[bytes] = []
        for part in chunks(message_ids):
            query = select(message.c.message_id).where(message.c.message_id.in_(part), message.c.todo.is_not(None))
            found += (bytes(key) for key in self._connection.execute(query.with_for_update()).scalars())
        return found

    def given_up(self, *, most: int) -> list[Claimed]:
        """Return what was given up, the newest first: a person may let it try once more (``replay``)."""
        text = f"SELECT {_WHOLE} FROM message WHERE state = 'given_up' ORDER BY message_id DESC LIMIT ?"
        return self._read(text, (most,))[::-1]

    def replay(self, *, message_id: bytes = b"", channel: str = "", account: str = "", now_us: int) -> int:
        """Let what was given up try once more, with all its tries; return how many whose time has not passed."""
        wanted = ((message.c.message_id, message_id), (message.c.channel, channel), (message.c.account, account))
        return self._connection.execute(
            update(message)
            .where(
                message.c.state == MessageState.GIVEN_UP.value,
                message.c.deadline_us >= now_us,
                *(column == name for column, name in wanted if name),
            )
            .values(state=MessageState.READY.value, todo=HAND_OVER, attempts=0, due_at_us=now_us, settled_at_us=None)
        ).rowcount

    def settle(self, receipts: Sequence[Receipt]) -> None:
        """Keep what became of messages; a message at its end stays as it is."""
        alike: dict[tuple[Any, ...], list[Receipt]] = defaultdict(list)
        for one in _first_ends(receipts):
            alike[_said(one)].append(one)
        for (state, task, detail, not_before_us), group in alike.items():
            values = (_NAMES[state], _TODO.get(state), task, detail, not_before_us)
            moments = {None} if state in _OPEN else {one.at_us for one in group}
            if len(moments) == 1:
                rewrite_alike(self._connection, _END, (*values, *moments), [one.message_id for one in group])
            else:
                rewrite_rows(self._connection, _END, [(one.at_us, one.message_id) for one in group], alike=values)

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
                    message.c.deadline_us >= since_us,  # by the index
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
            .where(
                message.c.due_at_us >= since_us,
                message.c.state.in_([state.value for state in _REACHES]),
                (message.c.play != BY_STAFF) | message.c.action.in_(MASS_ACTIONS),  # a talk is no load
            )
            .group_by(message.c.channel, message.c.account, message.c.staff)
        )
        return Counter({(channel, account, staff): count for channel, account, staff, count in rows})

    def counts(self) -> dict[str, int]:
        """Count our messages by state."""
        ours = select(message.c.state, func.count()).where(message.c.play != BY_STAFF)
        return {str(state): int(count) for state, count in self._connection.execute(ours.group_by(message.c.state))}

    def by_staff(self, *, since_us: int) -> int:
        """Count what staff sent by hand since then."""
        theirs = select(func.count()).where(message.c.play == BY_STAFF, message.c.due_at_us >= since_us)
        return int(self._connection.execute(theirs.where(message.c.state == _NAMES[MessageState.SENT])).scalar_one())

    def _end_ready(self, wanted: Collection[ColumnElement[bool]], *, reason: str, now_us: int) -> int:
        return self._connection.execute(
            update(message)
            .where(message.c.todo == HAND_OVER, message.c.state == MessageState.READY.value, *wanted)
            .values(state=MessageState.CANCELLED.value, todo=None, detail=reason, settled_at_us=now_us)
        ).rowcount

    def _read(self, text: str, values: tuple[Any, ...]) -> list[Claimed]:
        return _claimed(fetch_rows(self._connection, text, values))


_oldest_first = attrgetter("message_id")
_said = attrgetter("state", "task", "detail", "not_before_us")
#: What a new message has: first what all of one play, channel and action have alike.
_COLUMNS: Final = (
    "play", "channel", "action", "due_at_us", "state", "todo", "attempts", "task", "detail", "message_id",
    "proposal_id", "identifier_id", "account", "staff", "content", "deadline_us",
)  # fmt: skip
_NOT_ENDED: Final = f"state NOT IN ({', '.join(repr(state.value) for state in _ENDED)})"
#: A message counts against caps from the moment it goes, so that moment only grows.
_END: Final = Change(
    message,
    "message_id",
    ("state", "todo", "task", "detail", "due_at_us", "settled_at_us"),
    only=_NOT_ENDED,
    growing="due_at_us",
)
#: The fields of :class:`Claimed`, in order.
_WHOLE: Final = (
    "message_id, proposal_id, play, identifier_id,"
    " (SELECT namespace FROM identifier WHERE identifier.identifier_id = message.identifier_id),"
    " channel, account, staff, action, content, task, state, attempts, claimed_at_us, due_at_us, detail"
)


def _held(paused: Collection[str], channel: str) -> tuple[str, list[str]]:
    """Return a condition that leaves out what is paused, and its values; channels and ``*`` are looked at before."""
    columns = {"play": "play:", "staff": "staff:", "account": f"{channel}/"}
    text, values = "", list[str]()
    for column, before in columns.items():
        names = [what.removeprefix(before) for what in paused if what.startswith(before)]
        if names:
            text += f" AND {column} NOT IN ({_marks(names)})"
            values += names
    codes = [what.removeprefix("code:") for what in paused if what.startswith("code:")]
    if codes:
        same = " AND ".join(f"r.{name} = message.{name}" for name in ("identifier_id", "channel", "account", "staff"))
        text += (
            f" AND NOT EXISTS (SELECT 1 FROM relation r WHERE {same} AND r.until_us IS NULL"
            f" AND r.source_code IN ({_marks(codes)}))"
        )
        values += codes
    return text, values


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


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
            row[14],
            row[15],
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
