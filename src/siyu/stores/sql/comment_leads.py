"""Comment leads in SQL: found, claimed, answered, labelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy import text as sql_text

from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.acquire import comment_lead
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

_CURSOR = "comments.screened"
_COLUMNS = (
    "touch_id", "identifier_id", "channel", "content_id", "probability", "intent", "commented_at_us", "due_at_us",
    "claimed_by", "text",
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
    text: str = ""
    answer: str = ""


class SqlCommentLeads:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_touch(self) -> int:
        """Return the number of the last touch before which no other can still come to light."""
        if self._connection.dialect.name != "sqlite":
            # an insert under way may still bring a smaller number: wait for it
            self._connection.execute(sql_text("LOCK TABLE touch IN SHARE MODE"))
        return int(self._connection.execute(select(func.coalesce(func.max(touch.c.seq), 0))).scalar_one())

    def unscreened(self, upto: int, most: int = 5_000) -> tuple[list[Comment], int]:
        """Return comments up to a touch that were not looked at yet, and how far this goes (for ``screened``)."""
        done = self._connection.execute(select(setting.c.value).where(setting.c.name == _CURSOR)).scalar()
        last = int(done or 0)
        query = (
            select(
                touch.c.seq, touch.c.touch_id, touch.c.identifier_id, touch.c.channel, touch.c.content_id,
                touch.c.happened_at_us, touch.c.properties,
            )
            .where(touch.c.seq > last, touch.c.seq <= upto, touch.c.kind == int(TouchKind.COMMENT))
            .order_by(touch.c.seq)
            .limit(most)
        )  # fmt: skip
        rows = self._connection.execute(query).all()
        found = [
            Comment(
                bytes(row.touch_id), row.identifier_id, row.channel, row.content_id, row.happened_at_us,
                str(msgspec.json.decode(row.properties).get("text") or ""),
            )
            for row in rows
        ]  # fmt: skip
        return found, rows[-1].seq if len(rows) == most else max(last, upto)

    def screened(self, last: int) -> None:
        """Note how far comments were looked at."""
        insert_rows(
            self._connection, setting, ("name", "value"), [(_CURSOR, str(last))],
            then="ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )  # fmt: skip

    def add(self, leads: Sequence[tuple[Comment, float, str, int]]) -> None:
        """Keep leads: comment, probability, intent, until when it should be answered."""
        rows = [
            (
                one.touch_id,
                one.identifier_id,
                one.channel,
                one.content_id,
                probability,
                intent,
                one.at_us,
                due,
                "",
                one.text,
            )
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

    def answer(self, touch_id: bytes, *, label: int, at_us: int | None, words: str = "", staff: str = "") -> bool:
        """Book what staff did: answered (label 1, when, and in which words) or dismissed (label 0)."""
        values: dict[str, Any] = {"label": label} | ({"answer": words} if words else {})
        if staff:
            values["claimed_by"] = staff
        if at_us is not None:
            values["answered_at_us"] = at_us
        done = self._connection.execute(
            update(comment_lead).where(comment_lead.c.touch_id == touch_id).values(**values)
        )
        return bool(done.rowcount)

    def relabel(self, touch_id: bytes, intent: str) -> None:
        """Book that a lead asks something else than was found."""
        self._connection.execute(update(comment_lead).where(comment_lead.c.touch_id == touch_id).values(intent=intent))

    def get(self, touch_id: bytes) -> KeptLead | None:
        """Return one lead, or nothing."""
        return next(iter(self._leads(comment_lead.c.touch_id == touch_id)), None)

    def answered(self, most: int = 2_000) -> list[KeptLead]:
        """Return the leads that were answered in words, the newest first."""
        query = select(comment_lead.c.touch_id).where(comment_lead.c.answer != "")
        newest = query.order_by(comment_lead.c.answered_at_us.desc()).limit(most)
        found = self._leads(comment_lead.c.touch_id.in_(newest.scalar_subquery()))
        return sorted(found, key=lambda one: -one.answered_at_us)

    def text_of(self, touch_id: bytes) -> str:
        """Return the comment's text."""
        kept = self._connection.execute(select(comment_lead.c.text).where(comment_lead.c.touch_id == touch_id)).scalar()
        if kept:
            return str(kept)
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
                row.text, row.answer,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip
