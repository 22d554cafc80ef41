"""What staff said to people by their own hand, kept beside what we sent: platforms and people count it alike."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState
from siyu.kernel.period import DAY
from siyu.policy.case import BY_STAFF
from siyu.stores.sql.bulk import insert_rows, select_in
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.dispatch import message
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

#: A touch with this property tells of a message that no play of ours sent, and by which action of the channel.
ACTION: Final = "action"
_KINDS: Final = {TouchKind.MESSAGE_OUT: MessageState.SENT, TouchKind.MESSAGE_FAILED: MessageState.FAILED}
#: Kinds of touches that may tell of it.
SAYS_BY_STAFF: Final = frozenset(_KINDS)
_CONTENT: Final = msgspec.json.encode(Piece(content_id="by_staff", text=""))
_KNOWN: Final = f"SELECT identifier_id, task, message_id FROM message WHERE play = '{BY_STAFF}' AND identifier_id"
_OURS: Final = f"SELECT identifier_id, task, state FROM message WHERE play <> '{BY_STAFF}' AND identifier_id"
_COLUMNS: Final = tuple(message.c.keys())
_LONGEST: Final = 92 * DAY
#: When an account's platform was asked, among the settings.
_ASKED: Final = "by_staff."


class SqlByStaff:
    """Messages of staff in the outbox's table, at their end from the start. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, anchored: Sequence[tuple[int, Touch]]) -> int:
        """Count what touches tell of; what failed or was taken back counts no more, in whatever order they come.

        Returns:
            How many were not known yet.
        """
        said = [(number, one) for number, one in anchored if one.kind in _KINDS and ACTION in one.properties]
        if not said:
            return 0
        known = {
            (number, task): bytes(key)
            for number, task, key in select_in(
                self._connection, _KNOWN, sorted({number for number, _ in said}), "bigint"
            )
        }
        new: dict[tuple[int, str], Touch] = {}
        for number, one in said:
            place = (number, one.about)
            if place not in known and (place not in new or one.kind is TouchKind.MESSAGE_FAILED):
                new[place] = one
        insert_rows(
            self._connection,
            message,
            _COLUMNS,
            [_row(number, one) for (number, _), one in new.items()],
            then="ON CONFLICT (message_id) DO NOTHING",
        )
        back = [
            known[number, one.about]
            for number, one in said
            if one.kind is TouchKind.MESSAGE_FAILED and (number, one.about) in known
        ]
        if back:
            failed = update(message).where(message.c.message_id.in_(back))
            self._connection.execute(failed.values(state=MessageState.FAILED.value, detail="failed or taken back"))
        return len(new)

    def our_tasks(self, channel: str, account: str, *, since_us: int) -> set[str]:
        """Return the tasks that we made since then."""
        rows = self._connection.execute(
            select(message.c.task)
            .distinct()
            .where(
                # an id begins with the moment of its approval, and nothing waits so long: this is for the index
                message.c.message_id >= max(0, since_us - _LONGEST).to_bytes(8, "big"),
                message.c.claimed_at_us >= since_us,
                message.c.channel == channel,
                message.c.account == account,
                message.c.task != "",
            )
        )
        return set(rows.scalars())

    def ours(self, numbers: Sequence[int]) -> Mapping[int, set[str]]:
        """Return the tasks by which we sent to these identifiers; an empty one where our own send has no end yet."""
        found: dict[int, set[str]] = {}
        for number, task, state in select_in(self._connection, _OURS, numbers, "bigint"):
            found.setdefault(number, set()).add("" if state in {"claimed", "unknown"} else task)
        return found

    def asked_us(self, account: str) -> int:
        """Return when an account's platform was asked last what else went out; 0: never."""
        kept = select(setting.c.value).where(setting.c.name == _ASKED + account)
        return int(self._connection.execute(kept).scalar() or 0)

    def keep_asked(self, account: str, now_us: int) -> None:
        """Keep that it was asked now."""
        flavour = sqlite if self._connection.dialect.name == "sqlite" else postgresql
        statement = flavour.insert(setting).values(name=_ASKED + account, value=str(now_us))
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
        )


def _row(number: int, one: Touch) -> tuple[Any, ...]:
    at_us = one.happened_at_us
    written = {
        "message_id": one.touch_id,
        "proposal_id": one.touch_id,
        "play": BY_STAFF,
        "identifier_id": number,
        "channel": one.channel,
        "account": one.account,
        "staff": one.staff,
        "action": str(one.properties[ACTION]),
        "content": _CONTENT,
        "state": _KINDS[one.kind].value,
        "attempts": 0,
        "due_at_us": at_us,
        "deadline_us": at_us,
        "task": one.about,
        "settled_at_us": at_us,
        "detail": "",
    }
    return tuple(written.get(name) for name in _COLUMNS)
