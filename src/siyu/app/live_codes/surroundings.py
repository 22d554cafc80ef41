"""What a scan's decision goes by beyond the code: who already looks after the person, and which platforms are down."""

from sqlalchemy import select

from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.people import identifier, relation
from siyu.touchpoints.live_code import KINDS
from siyu.touchpoints.touch import Identifier

_PREFIX = "codes:"


def guide_of(workspace: Workspace, who: Identifier) -> str:
    """Return the staff member who looks after a person, whatever account the person is known by; empty for nobody.

    Of several the newest relation that stands.
    """
    every, own = identifier.alias("every"), identifier.alias("own")
    query = (
        select(relation.c.staff)
        .join(every, every.c.identifier_id == relation.c.identifier_id)
        .join(own, own.c.person_id == every.c.person_id)
        .where(
            own.c.namespace == who.namespace, own.c.key == workspace.vault.key_of(who),
            relation.c.until_us.is_(None), relation.c.staff != "",
        )
        .order_by(relation.c.since_us.desc())
        .limit(1)
    )  # fmt: skip
    with workspace.database.read() as connection:
        return str(connection.execute(query).scalar() or "")


def down_kinds(workspace: Workspace) -> frozenset[str]:
    """Return the kinds of targets whose platform is down, as somebody has said."""
    with workspace.database.read() as connection:
        paused = SqlPauses(connection).all()
    return frozenset(what.removeprefix(_PREFIX) for what in paused if what.startswith(_PREFIX))


def set_down(workspace: Workspace, kind: str, *, down: bool, because: str = "") -> frozenset[str]:
    """Say that the platform behind a kind of target is down, or back; return the kinds that are down now.

    Raises:
        BadInputError: there is no such kind, pages of one's own cannot be down, or no reason is given.
    """
    if kind not in KINDS - {"page"}:
        raise BadInputError(f"{kind!r} is no kind of target on a platform", mend="staff or group")
    if down and not because.strip():
        raise BadInputError("say why", where="--because")
    with workspace.database.write() as connection:
        pauses = SqlPauses(connection)
        if down:
            pauses.put(_PREFIX + kind, reason=because.strip(), now_us=workspace.clock.now_us())
        else:
            pauses.take(_PREFIX + kind)
    return down_kinds(workspace)
