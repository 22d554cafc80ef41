"""What the store holds about people and other people: accepted invitations around somebody, and all of them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, or_, select

from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.acquire import invite, invite_code
from siyu.stores.sql.schema.people import identifier, relation

_INVITER, _INVITEE = identifier.alias("inviter"), identifier.alias("invitee")
_INVITATIONS = (
    invite.join(invite_code, invite_code.c.code == invite.c.code)
    .join(_INVITER, _INVITER.c.identifier_id == invite_code.c.identifier_id)
    .join(_INVITEE, _INVITEE.c.identifier_id == invite.c.invitee_id)
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted invitation, by people as of now; device and address are hashes, empty if not known."""

    touch: bytes
    campaign: str
    code: str
    inviter: int
    invitee: int
    at_us: int
    device: str
    address: str


class SqlBonds:
    """Reads only. The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def around(self, person: int) -> list[Accepted]:
        """Return the invitations of somebody, by and to them, and those of the same code, device or address."""
        own = self._accepted(or_(_INVITER.c.person_id == person, _INVITEE.c.person_id == person))
        mine = [one for one in own if one.invitee == person]
        values = {
            invite.c.code: {one.code for one in own},
            invite.c.device: {one.device for one in mine if one.device},
            invite.c.address: {one.address for one in mine if one.address},
        }
        beside = [
            one
            for column, known in values.items()
            for part in chunks(sorted(known))
            for one in self._accepted(column.in_(part))
        ]
        return list({one.touch: one for one in (*own, *beside)}.values())

    def brought(self) -> list[tuple[int, int]]:
        """Return inviter and invitee of every accepted invitation, in the order of time."""
        rows = self._connection.execute(
            select(_INVITER.c.person_id, _INVITEE.c.person_id)
            .select_from(_INVITATIONS)
            .order_by(invite.c.at_us, invite.c.touch_id)
        )
        return [(row[0], row[1]) for row in rows]

    def staying(self) -> list[int]:
        """Return everybody with whom a relation stands."""
        rows = self._connection.execute(
            select(identifier.c.person_id)
            .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
            .where(relation.c.until_us.is_(None))
            .distinct()
        )
        return list(rows.scalars())

    def _accepted(self, where: ColumnElement[bool]) -> list[Accepted]:
        rows = self._connection.execute(
            select(
                invite.c.touch_id, invite_code.c.campaign, invite.c.code, _INVITER.c.person_id, _INVITEE.c.person_id,
                invite.c.at_us, invite.c.device, invite.c.address,
            )
            .select_from(_INVITATIONS)
            .where(where)
        )  # fmt: skip
        return [Accepted(bytes(touch), *rest) for touch, *rest in rows]
