"""Leads of ad platforms in SQL: kept as they come in, and what their platforms were told of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, func, select, update

from siyu.people.relation import Relation
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.comment_leads import SqlCommentLeads
from siyu.stores.sql.schema.acquire import ad_feedback, ad_lead
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.dispatch import message
from siyu.stores.sql.schema.people import identifier, profile, relation
from siyu.stores.sql.schema.touches import touch
from siyu.touchpoints.kind import TouchKind

_CURSOR = "ads.gathered"
#: The property by which a channel's mapping keeps the platform's own number of a lead.
LEAD_NO = "lead_no"


@dataclass(frozen=True, slots=True)
class AdLead:
    """A lead that may be told about, with its person as of now.

    Attributes:
        told: The furthest step that was proposed (empty, ``added``, ``bought``).
        added, bought: What its person has done since.
    """

    touch_id: bytes
    identifier_id: int
    person_id: int
    channel: str
    account: str
    lead_no: str
    left_at_us: int
    told: str
    added: bool
    bought: bool


class SqlAdLeads:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def gather(self, channels: Sequence[str], most: int = 5_000) -> int:
        """Keep the leads of these channels that came in since the last time; return how many."""
        upto = SqlCommentLeads(self._connection).last_touch()
        done = self._connection.execute(select(setting.c.value).where(setting.c.name == _CURSOR)).scalar()
        rows = self._connection.execute(
            select(
                touch.c.seq, touch.c.touch_id, touch.c.identifier_id, touch.c.channel, touch.c.account,
                touch.c.happened_at_us, touch.c.properties,
            )
            .where(
                touch.c.seq > int(done or 0), touch.c.seq <= upto, touch.c.kind == int(TouchKind.LEAD),
                touch.c.channel.in_(channels), touch.c.identifier_id != 0,
            )
            .order_by(touch.c.seq)
            .limit(most)
        ).all()  # fmt: skip
        found = []
        for row in rows:
            lead_no = str(msgspec.json.decode(row.properties).get(LEAD_NO) or "")
            if lead_no:
                found.append(
                    (row.touch_id, row.identifier_id, row.channel, row.account, lead_no, row.happened_at_us, "")
                )
        columns = ("touch_id", "identifier_id", "channel", "account", "lead_no", "left_at_us", "told")
        insert_rows(self._connection, ad_lead, columns, found, then="ON CONFLICT (touch_id) DO NOTHING")
        last = rows[-1].seq if len(rows) == most else upto
        insert_rows(
            self._connection, setting, ("name", "value"), [(_CURSOR, str(last))],
            then="ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )  # fmt: skip
        return len(found)

    def moved(self) -> list[AdLead]:
        """Return leads whose person was added or bought since, and whose platform was not told of all that."""
        every = identifier.alias("every")
        theirs = every.c.person_id == identifier.c.person_id

        def since(moment: ColumnElement[int], table: Table) -> ColumnElement[bool]:
            newest = select(func.max(moment)).join(every, every.c.identifier_id == table.c.identifier_id).where(theirs)
            latest = newest.correlate(identifier).scalar_subquery()
            return func.coalesce(latest, 0) >= ad_lead.c.left_at_us

        added, bought = since(relation.c.since_us, relation), since(profile.c.last_order_at_us, profile)
        rows = self._connection.execute(
            select(ad_lead, identifier.c.person_id, added.label("added"), bought.label("bought"))
            .join(identifier, identifier.c.identifier_id == ad_lead.c.identifier_id)
            .where(((ad_lead.c.told == "") & added) | ((ad_lead.c.told != "bought") & bought))
            .order_by(ad_lead.c.left_at_us, ad_lead.c.touch_id)
        )
        return [
            AdLead(
                bytes(row.touch_id), row.identifier_id, row.person_id, row.channel, row.account, row.lead_no,
                row.left_at_us, row.told, bool(row.added), bool(row.bought),
            )
            for row in rows
        ]  # fmt: skip

    def tell(self, lead: AdLead, step: str, proposal_id: bytes, *, text_version: str, proof: str, now_us: int) -> None:
        """Note that a step is proposed to be told, and by which consent."""
        columns = (
            "proposal_id", "touch_id", "identifier_id", "step", "text_version", "proof", "proposed_at_us",
        )  # fmt: skip
        row = (proposal_id, lead.touch_id, lead.identifier_id, step, text_version, proof, now_us)
        insert_rows(self._connection, ad_feedback, columns, [row], then="ON CONFLICT (proposal_id) DO NOTHING")
        self._connection.execute(update(ad_lead).where(ad_lead.c.touch_id == lead.touch_id).values(told=step))

    def requests(self, proposal_ids: Sequence[bytes]) -> dict[bytes, Relation]:
        """Return the lead that each proposal tells of, as what the person asked of us and where."""
        found = {}
        for part in chunks(proposal_ids):
            rows = self._connection.execute(
                select(ad_feedback.c.proposal_id, ad_lead)
                .join(ad_lead, ad_lead.c.touch_id == ad_feedback.c.touch_id)
                .where(ad_feedback.c.proposal_id.in_(part))
            )
            for row in rows:
                found[bytes(row.proposal_id)] = Relation(
                    row.identifier_id, row.channel, row.account, "", row.left_at_us, None, ""
                )
        return found

    def told(self) -> list[tuple[str, str, str, str, str, int]]:
        """Return what was told: channel, step, state of the proposal, of the message, text version, how many."""
        rows = self._connection.execute(
            select(
                ad_lead.c.channel, ad_feedback.c.step, proposal.c.state, func.coalesce(message.c.state, ""),
                ad_feedback.c.text_version, func.count(),
            )
            .select_from(ad_feedback)
            .join(ad_lead, ad_lead.c.touch_id == ad_feedback.c.touch_id)
            .join(proposal, proposal.c.proposal_id == ad_feedback.c.proposal_id)
            .outerjoin(
                message,
                (message.c.identifier_id == ad_feedback.c.identifier_id)
                & (message.c.proposal_id == ad_feedback.c.proposal_id),
            )
            .group_by(
                ad_lead.c.channel, ad_feedback.c.step, proposal.c.state, func.coalesce(message.c.state, ""),
                ad_feedback.c.text_version,
            )
            .order_by(ad_lead.c.channel, ad_feedback.c.step)
        )  # fmt: skip
        return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]
