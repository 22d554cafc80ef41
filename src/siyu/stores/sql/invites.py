"""Invitations in SQL: whose code it is, and who came by it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.schema.acquire import invite, invite_code
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch


@dataclass(frozen=True, slots=True)
class Came:
    """One accepted invitation.

    Attributes:
        inviter_id, invitee_id: Identifiers.
        inviter, invitee: Their people as of now.
        invitee_known_at_us: When any identifier of the invitee's person was first seen.
        means: By what it came (``link``, ``poster`` …); empty if nobody said.
    """

    inviter_id: int
    invitee_id: int
    inviter: int
    invitee: int
    at_us: int
    invitee_known_at_us: int
    device: str
    address: str
    code: str
    means: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code and whose it is: the identifier, its person as of now, and when it was first shown."""

    code: str
    identifier_id: int
    person: int
    made_at_us: int


class SqlInvites:
    """Who brought whom. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, anchored: Sequence[tuple[int, Touch]]) -> None:
        """Keep what a batch says about invitations: ``invite`` (a code is somebody's) and ``invite_accepted``.

        Both carry the code in ``about``; ``invite`` names its campaign in ``properties``, ``invite_accepted`` may carry
        ``device`` and ``address`` (hashes that the source made) and ``means``.
        """
        codes, came = [], []
        for number, one in anchored:
            if not number or not one.about:
                continue
            if one.kind is TouchKind.INVITE:
                codes.append((one.about, str(one.properties.get("campaign") or ""), number, one.happened_at_us))
            elif one.kind is TouchKind.INVITE_ACCEPTED:
                hashes = [str(one.properties.get(name) or "")[:128] for name in ("device", "address")]
                means = str(one.properties.get("means") or "")[:32]
                came.append((one.touch_id, one.about, number, one.happened_at_us, *hashes, means))
        if codes:
            columns = ("code", "campaign", "identifier_id", "made_at_us")
            insert_rows(self._connection, invite_code, columns, codes, then="ON CONFLICT (code) DO NOTHING")
        if came:
            said = ("touch_id", "code", "invitee_id", "at_us", "device", "address", "means")
            insert_rows(self._connection, invite, said, came, then="ON CONFLICT (touch_id) DO NOTHING")

    def code(self, code: str) -> tuple[str, Shown] | None:
        """Return the campaign of a code and whose it is, if there is such a code."""
        campaign = select(invite_code.c.campaign).where(invite_code.c.code == code)
        found = self._connection.execute(campaign).scalar()
        return None if found is None else (found, next(one for one in self.codes(found) if one.code == code))

    def codes(self, campaign: str) -> list[Shown]:
        """Return the codes of a campaign in the order of time."""
        query = (
            select(invite_code.c.code, invite_code.c.identifier_id, identifier.c.person_id, invite_code.c.made_at_us)
            .join(identifier, identifier.c.identifier_id == invite_code.c.identifier_id)
            .where(invite_code.c.campaign == campaign)
            .order_by(invite_code.c.made_at_us, invite_code.c.code)
        )
        return [Shown(*row) for row in self._connection.execute(query)]

    def of_campaign(self, campaign: str) -> list[Came]:
        """Return the accepted invitations of a campaign in the order of time."""
        inviter, invitee = identifier.alias(), identifier.alias()
        seen = (
            select(identifier.c.person_id, func.min(identifier.c.first_seen_at_us).label("at_us"))
            .group_by(identifier.c.person_id)
            .subquery()
        )
        query = (
            select(
                invite_code.c.identifier_id, invite.c.invitee_id, inviter.c.person_id, invitee.c.person_id,
                invite.c.at_us, seen.c.at_us, invite.c.device, invite.c.address, invite.c.code,
                invite.c.means,
            )
            .join(invite_code, invite_code.c.code == invite.c.code)
            .join(inviter, inviter.c.identifier_id == invite_code.c.identifier_id)
            .join(invitee, invitee.c.identifier_id == invite.c.invitee_id)
            .join(seen, seen.c.person_id == invitee.c.person_id)
            .where(invite_code.c.campaign == campaign)
            .order_by(invite.c.at_us, invite.c.touch_id)
        )  # fmt: skip
        return [Came(*tuple(row)) for row in self._connection.execute(query)]
