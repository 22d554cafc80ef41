"""Comment leads in SQL: found, claimed, answered, labelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select, update

from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.acquire import comment_lead
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

_CURSOR = "comments.screened"
_COLUMNS = (
    "touch_id", "identifier_id", "channel", "content_id", "probability", "intent", "commented_at_us", "due_at_us",
    "claimed_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it came in."""

    touch_id: bytes
    identifier_id: int
    channel: str
    content_id: str
    at_us: int
    text: str


@dataclass(frozen=True, slots=True)
class KeptLead:
    """A lead as it is kept, with its writer as of now."""

    touch_id: bytes
    identifier_id: int
    person_id: int
    channel: str
    content_id: str
    probability: float
    intent: str
    commented_at_us: int
    due_at_us: int
    claimed_by: str
    answered_at_us: int
    label: int | None


class SqlCommentLeads:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def unscreened(self, most: int = 50_000) -> tuple[list[Comment], int]:
        """Return comments that were not looked at yet, and how far this goes (for ``screened``)."""
        done = self._connection.execute(select(setting.c.value).where(setting.c.name == _CURSOR)).scalar()
        last = int(done or 0)
        query = (
            select(
                touch.c.seq, touch.c.touch_id, touch.c.identifier_id, touch.c.channel, touch.c.content_id,
                touch.c.happened_at_us, touch.c.properties,
            )
            .where(touch.c.seq > last, touch.c.kind == int(TouchKind.COMMENT))
            .order_by(touch.c.seq)
            .limit(most)
        )  # fmt: skip
        found = []
        for row in self._connection.execute(query):
            text = msgspec.json.decode(row.properties).get("text")
            found.append(
                Comment(
                    bytes(row.touch_id),
                    row.identifier_id,
                    row.channel,
                    row.content_id,
                    row.happened_at_us,
                    str(text or ""),
                )
            )
            last = row.seq
        return found, last

    def screened(self, last: int) -> None:
        """Note how far comments were looked at."""
        insert_rows(
            self._connection, setting, ("name", "value"), [(_CURSOR, str(last))],
            then="ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )  # fmt: skip

    def add(self, leads: Sequence[tuple[Comment, float, str, int]]) -> None:
        """Keep leads: comment, probability, intent, until when it should be answered."""
        rows = [
            (one.touch_id, one.identifier_id, one.channel, one.content_id, probability, intent, one.at_us, due, "")
            for one, probability, intent, due in leads
        ]
        insert_rows(self._connection, comment_lead, _COLUMNS, rows, then="ON CONFLICT (touch_id) DO NOTHING")

    def open(self) -> list[KeptLead]:
        """Return leads that nobody answered or dismissed."""
        return self._leads(comment_lead.c.answered_at_us.is_(None), comment_lead.c.label.is_(None))

    def all(self) -> list[KeptLead]:
        """Return every lead that was not dismissed."""
        return self._leads(or_(comment_lead.c.label.is_(None), comment_lead.c.label == 1))

    def claim(self, touch_id: bytes, staff: str, *, at_us: int, from_staff: str = "") -> bool:
        """Give a lead to somebody: a free one, or one handed over by ``from_staff``. Returns whether it worked."""
        done = self._connection.execute(
            update(comment_lead)
            .where(comment_lead.c.touch_id == touch_id, comment_lead.c.claimed_by.in_({from_staff, staff}))
            .values(claimed_by=staff, claimed_at_us=at_us)
        )
        return bool(done.rowcount)

    def answer(self, touch_id: bytes, *, label: int, at_us: int | None) -> bool:
        """Book what staff did: answered (label 1 and when) or dismissed (label 0)."""
        values: dict[str, Any] = {"label": label}
        if at_us is not None:
            values["answered_at_us"] = at_us
        done = self._connection.execute(
            update(comment_lead).where(comment_lead.c.touch_id == touch_id).values(**values)
        )
        return bool(done.rowcount)

    def text_of(self, touch_id: bytes) -> str:
        """Return the comment's text while its touch is still here, else nothing."""
        packed = self._connection.execute(select(touch.c.properties).where(touch.c.touch_id == touch_id)).scalar()
        return str(msgspec.json.decode(packed).get("text") or "") if packed else ""

    def namespaces(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return the namespace of identifiers."""
        query = select(identifier.c.identifier_id, identifier.c.namespace).where(
            identifier.c.identifier_id.in_(numbers)
        )
        return {row.identifier_id: row.namespace for row in self._connection.execute(query)}

    def _leads(self, *conditions: Any) -> list[KeptLead]:
        query = (
            select(comment_lead, identifier.c.person_id)
            .join(identifier, identifier.c.identifier_id == comment_lead.c.identifier_id)
            .where(*conditions)
            .order_by(comment_lead.c.due_at_us)
        )
        return [
            KeptLead(
                bytes(row.touch_id), row.identifier_id, row.person_id, row.channel, row.content_id, row.probability,
                row.intent, row.commented_at_us, row.due_at_us, row.claimed_by, row.answered_at_us or 0, row.label,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip
