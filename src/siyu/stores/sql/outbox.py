"""The outbox in SQL: every message once, from ready to its end."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState, Receipt
from siyu.dispatch.outgoing import Outgoing
from siyu.policy.case import Spoken
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier

_json = msgspec.json.Encoder()
_piece = msgspec.json.Decoder(Piece)
_OPEN = (MessageState.READY, MessageState.AWAITING)
_ENDS = (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED)
_DID_NOT_REACH = (MessageState.FAILED, MessageState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Claimed:
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
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def put(self, messages: Sequence[Outgoing], *, now_us: int) -> None:
        """Keep each message once, ready to go."""
        if messages:
            self._connection.execute(
                self._flavour.insert(message).on_conflict_do_nothing(index_elements=["message_id"]),
                [
                    {
                        "message_id": one.message_id,
                        "proposal_id": one.proposal.proposal_id,
                        "play": one.proposal.play,
                        "identifier_id": one.identifier_id,
                        "channel": one.proposal.channel,
                        "account": one.account,
                        "staff": one.staff,
                        "action": one.proposal.action,
                        "content": _json.encode(one.proposal.piece),
                        "state": MessageState.READY.value,
                        "attempts": 0,
                        "due_at_us": now_us,
                        "deadline_us": one.proposal.deadline_us,
                        "claimed_at_us": None,
                        "task": "",
                        "settled_at_us": None,
                        "detail": "",
                    }
                    for one in messages
                ],
            )

    def claim(self, *, channel: str, now_us: int, most: int, paused: Collection[str] = ()) -> list[Claimed]:
        """Take ready messages for one hand-over; if we die before they are settled, their outcome is unknown.

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
        without = [column.not_in(names) for column, names in stopped.items() if names]
        ready = self._of_state(MessageState.READY, channel, most, *without, now_us=now_us, lock=True)
        self._mark([one.message_id for one in ready], now_us)
        return ready

    def expire(self, *, now_us: int) -> int:
        """Cancel what is ready and past its deadline: what makes no sense any more is not said; return how many."""
        return self._connection.execute(
            update(message)
            .where(message.c.state == MessageState.READY.value, message.c.deadline_us < now_us)
            .values(state=MessageState.CANCELLED.value, detail="its deadline has passed", settled_at_us=now_us)
        ).rowcount

    def cancel(self, *, play: str = "", channel: str = "", reason: str, now_us: int) -> int:
        """Cancel what is ready, of one play or one channel or all; return how many."""
        query = update(message).where(message.c.state == MessageState.READY.value)
        if play:
            query = query.where(message.c.play == play)
        if channel:
            query = query.where(message.c.channel == channel)
        values = {"state": MessageState.CANCELLED.value, "detail": reason, "settled_at_us": now_us}
        return self._connection.execute(query.values(**values)).rowcount

    def open(self, states: Sequence[MessageState], *, channel: str, most: int) -> list[Claimed]:
        """Return messages of these states: what the platform should be asked about."""
        return [one for state in states for one in self._of_state(state, channel, most)]

    def of_id(self, message_id: bytes) -> Claimed | None:
        """Return one message."""
        row = self._connection.execute(_with_namespace().where(message.c.message_id == message_id)).mappings().first()
        return None if row is None else _claimed(row)

    def settle(self, receipts: Sequence[Receipt]) -> None:
        """Keep what became of messages; a message at its end stays as it is.

        Receipts that say the same (thousands of one task) are one statement.
        """
        alike: dict[tuple[MessageState, str, str, int | None, int], list[bytes]] = {}
        for one in receipts:
            ended = None if one.state in _OPEN else one.at_us
            alike.setdefault((one.state, one.task, one.detail, ended, one.not_before_us), []).append(one.message_id)
        for (state, task, detail, ended, again_us), message_ids in alike.items():
            values: dict[str, Any] = {"state": state.value, "task": task, "detail": detail, "settled_at_us": ended}
            if again_us:
                later = case((message.c.due_at_us < again_us, again_us), else_=message.c.due_at_us)
                values["due_at_us"] = later
            for part in chunks(message_ids):
                self._connection.execute(
                    update(message)
                    .where(message.c.message_id.in_(part), message.c.state.not_in([end.value for end in _ENDS]))
                    .values(**values)
                )

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
            .where(message.c.due_at_us >= since_us, message.c.state.not_in([state.value for state in _DID_NOT_REACH]))
            .group_by(message.c.channel, message.c.account, message.c.staff)
        )
        return Counter({(channel, account, staff): count for channel, account, staff, count in rows})

    def counts(self) -> dict[str, int]:
        """Count messages by state."""
        rows = self._connection.execute(select(message.c.state, func.count()).group_by(message.c.state))
        return {str(state): int(count) for state, count in rows}

    def _of_state(
        self,
        state: MessageState,
        channel: str,
        most: int,
        *without: ColumnElement[bool],
        now_us: int | None = None,
        lock: bool = False,
    ) -> list[Claimed]:
        query = (
            _with_namespace()
            .where(message.c.state == state.value, message.c.channel == channel, *without)
            .order_by(message.c.due_at_us, message.c.message_id)
            .limit(most)
        )
        if now_us is not None:
            query = query.where(message.c.due_at_us <= now_us)
        if lock:
            query = query.with_for_update(of=message, skip_locked=True)
        return [_claimed(row) for row in self._connection.execute(query).mappings()]

    def _mark(self, message_ids: Sequence[bytes], now_us: int) -> None:
        for part in chunks(message_ids):
            self._connection.execute(
                update(message)
                .where(message.c.message_id.in_(part))
                .values(state=MessageState.CLAIMED.value, claimed_at_us=now_us, attempts=message.c.attempts + 1)
            )


def _with_namespace() -> Select[Any]:
    return select(message, identifier.c.namespace).join(
        identifier, identifier.c.identifier_id == message.c.identifier_id
    )


def _claimed(row: RowMapping) -> Claimed:
    return Claimed(
        bytes(row["message_id"]),
        bytes(row["proposal_id"]),
        row["play"],
        row["identifier_id"],
        row["namespace"],
        row["channel"],
        row["account"],
        row["staff"],
        row["action"],
        _piece.decode(row["content"]),
        row["task"],
        MessageState(row["state"]),
        row["claimed_at_us"],
        row["due_at_us"],
    )
