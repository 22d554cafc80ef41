"""Comment leads in SQL: found, claimed, answered, labelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy import text as sql_text

from siyu.people.relation import Relation
from siyu.policy.reasons import why
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.acquire import comment_lead
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

_CURSOR = "comments.screened"
#: The property by which a channel's mapping says what its sender needs to answer a comment.
REPLY_TO = "reply_to"
_COLUMNS = (
    "touch_id", "identifier_id", "channel", "content_id", "probability", "intent", "commented_at_us", "due_at_us",
    "claimed_by", "text", "account", "reply_to",
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
    account: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class KeptLead:
    """A lead as it is kept, with its writer as of now.

    Attributes:
        account, reply_to: The brand's own account it stands under, and the platform's own ids of it.
        reply_id: The proposal that answers it through the outbox, if one does.
        promised: What the answer promises, once it is out.
    """

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
    account: str = ""
    reply_to: str = ""
    reply_id: bytes | None = None
    promised: str = ""


@dataclass(frozen=True, slots=True)
class ReplyStanding:
    """How far an answer that goes through the outbox has come.

    Attributes:
        proposal_state, reason: What the guard said (``waiting``, ``approved``, ``held``, ``denied``).
        message_state, detail: Where its message stands (``dispatch/message.py``), empty while there is none.
        settled_at_us: When that ended.
    """

    lead: KeptLead
    proposal_state: str
    reason: str
    message_state: str
    detail: str
    settled_at_us: int


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
                touch.c.happened_at_us, touch.c.properties, touch.c.account,
            )
            .where(touch.c.seq > last, touch.c.seq <= upto, touch.c.kind == int(TouchKind.COMMENT))
            .order_by(touch.c.seq)
            .limit(most)
        )  # fmt: skip
        rows = self._connection.execute(query).all()
        found = []
        for row in rows:
            said = msgspec.json.decode(row.properties)
            found.append(
                Comment(
                    bytes(row.touch_id), row.identifier_id, row.channel, row.content_id, row.happened_at_us,
                    str(said.get("text") or ""), row.account, str(said.get(REPLY_TO) or ""),
                )
            )  # fmt: skip
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
                one.touch_id, one.identifier_id, one.channel, one.content_id, probability, intent, one.at_us, due, "",
                one.text, one.account, one.reply_to,
            )
            for one, probability, intent, due in leads
        ]  # fmt: skip
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

    def answer(
        self,
        touch_id: bytes,
        *,
        label: int | None,
        at_us: int | None,
        words: str = "",
        staff: str = "",
        reply_id: bytes | None = None,
        promised: str = "",
    ) -> bool:
        """Book what staff did: answered (label 1, when it is out, and in which words) or dismissed (label 0).

        Without a label the lead waits again.

        Args:
            reply_id: The proposal that carries the answer.
            promised: What the answer promises once it is out.
        """
        values: dict[str, Any] = {"label": label}
        if words:
            values |= {"answer": words, "promised": promised, "reply_id": reply_id}
        if staff:
            values["claimed_by"] = staff
        if at_us is not None:
            values["answered_at_us"] = at_us
        done = self._connection.execute(
            update(comment_lead).where(comment_lead.c.touch_id == touch_id).values(**values)
        )
        return bool(done.rowcount)

    def under_way(self) -> list[KeptLead]:
        """Return leads whose answer was written and is not out yet, by hand or through the outbox."""
        return self._leads(
            comment_lead.c.label == 1, comment_lead.c.answered_at_us.is_(None), comment_lead.c.answer != ""
        )

    def standing(self, leads: Sequence[KeptLead]) -> list[ReplyStanding]:
        """Return how far the answers of these leads have come; those by hand have no standing."""
        carried = {one.touch_id: one for one in leads if one.reply_id is not None}
        found = []
        for part in chunks(list(carried)):
            rows = self._connection.execute(
                select(
                    comment_lead.c.touch_id, proposal.c.state, proposal.c.rule, proposal.c.reason, proposal.c.evidence,
                    message.c.state.label("message"), message.c.detail, message.c.settled_at_us,
                )
                .join(proposal, proposal.c.proposal_id == comment_lead.c.reply_id)
                .outerjoin(
                    message,
                    (message.c.identifier_id == comment_lead.c.identifier_id)
                    & (message.c.proposal_id == comment_lead.c.reply_id),
                )
                .where(comment_lead.c.touch_id.in_(part))
            )  # fmt: skip
            found += [
                ReplyStanding(
                    carried[bytes(row.touch_id)], row.state,
                    why(row.rule, row.reason, msgspec.json.decode(row.evidence)), row.message or "", row.detail or "",
                    row.settled_at_us or 0,
                )
                for row in rows
            ]  # fmt: skip
        return found

    def requests(self, reply_ids: Sequence[bytes]) -> dict[bytes, Relation]:
        """Return what people asked, and through which account it is answered, by the proposal that answers it."""
        found = {}
        for part in chunks(reply_ids):
            for row in self._connection.execute(select(comment_lead).where(comment_lead.c.reply_id.in_(part))):
                found[bytes(row.reply_id)] = Relation(
                    row.identifier_id, row.channel, row.account, "", row.commented_at_us, None, ""
                )
        return found

    def relabel(self, touch_id: bytes, intent: str) -> None:
        """Book that a lead asks something else than was found."""
        self._connection.execute(update(comment_lead).where(comment_lead.c.touch_id == touch_id).values(intent=intent))

    def get(self, touch_id: bytes) -> KeptLead | None:
        """Return one lead, or nothing."""
        return next(iter(self._leads(comment_lead.c.touch_id == touch_id)), None)

    def answered(self, most: int = 2_000) -> list[KeptLead]:
        """Return the leads that were answered in words, the newest first."""
        query = select(comment_lead.c.touch_id).where(comment_lead.c.answer != "", comment_lead.c.label == 1)
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
                row.text, row.answer, row.account, row.reply_to, bytes(row.reply_id) if row.reply_id else None,
                row.promised,
            )
            for row in self._connection.execute(query)
        ]  # fmt: skip
