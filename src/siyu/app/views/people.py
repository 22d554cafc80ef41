"""People (人): a page of the list, by number; and one person by an identifier they go by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, select

from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.communities.group import GROUP_CHAT
from siyu.kernel.errors import BadInputError
from siyu.people.namespace import normal
from siyu.people.stage import Stage, stage_of
from siyu.stores.sql.schema.people import identifier, profile, relation
from siyu.touchpoints.touch import Identifier

_LONGEST: Final = 512


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the list.

    Attributes:
        owned: Whether a relation to one of our accounts stands.
        paid_minor: Paid minus given back, in the brand's minor units.
        last_at_us: The last thing they did; 0 for nothing yet.
    """

    person_id: int
    stage: Stage
    identifiers: int
    owned: bool
    messages_in: int
    orders: int
    paid_minor: int
    first_at_us: int
    last_at_us: int
    last_order_at_us: int | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page; ``after`` is the key for the next one, 0 when there are no more."""

    rows: Sequence[PersonRow]
    after: int


def people_count(workspace: Workspace) -> int:
    """Count people: identifiers that stand for a person."""

    def read() -> int:
        with workspace.database.read() as connection:
            return connection.execute(
                select(func.count())
                .select_from(identifier)
                .where(
                    identifier.c.identifier_id == identifier.c.person_id,
                    identifier.c.namespace.not_like(f"{GROUP_CHAT}@%"),
                )
            ).scalar_one()

    return KEPT.get(workspace, "people", read)


def people_page(workspace: Workspace, *, stage: Stage | None = None, after: int = 0, most: int = 50) -> PeoplePage:
    """Return people, the newest first.

    Reads along the index of people and stops when the page is full, so that a page of a million people takes
    milliseconds.
    """
    query = _people().order_by(identifier.c.person_id.desc()).limit(most + 1)
    if after:
        query = query.where(identifier.c.person_id < after)
    if stage is not None:
        query = query.having(_stage() == int(stage))
    with workspace.database.read() as connection:
        rows = [_row(row) for row in connection.execute(query)]
    return PeoplePage(rows[:most], rows[most - 1].person_id if len(rows) > most else 0)


def find_people(workspace: Workspace, written: str) -> list[PersonRow]:
    """Find people by something they go by: a phone number, a member number, a platform's id, or a person number.

    Looks the keyed hash up under every namespace of the workspace; nothing is decrypted.
    """
    value = written.strip()
    if not value or len(value) > _LONGEST:
        return []
    with workspace.database.read() as connection:
        keys = {
            workspace.vault.key_of(Identifier(namespace, form))
            for namespace in namespaces_in_use(workspace)
            for form in _forms(value, namespace)
        }
        found = {
            person for (person,) in connection.execute(select(identifier.c.person_id).where(identifier.c.key.in_(keys)))
        }
        if value.isdigit() and len(value) < 19:
            found.update(
                connection.execute(
                    select(identifier.c.person_id).where(identifier.c.identifier_id == int(value))
                ).scalars()
            )
    return people_by_number(workspace, sorted(found))


def people_by_number(workspace: Workspace, numbers: Sequence[int]) -> list[PersonRow]:
    """Return people by their person numbers, ascending; those that do not exist are left out."""
    query = _people().where(identifier.c.person_id.in_(numbers)).order_by(identifier.c.person_id)
    with workspace.database.read() as connection:
        return [_row(row) for row in connection.execute(query)] if numbers else []


def namespaces_in_use(workspace: Workspace) -> list[str]:
    """Return the namespaces that identifiers of this workspace have."""

    def read() -> list[str]:
        with workspace.database.read() as connection:
            return sorted(connection.execute(select(identifier.c.namespace).distinct()).scalars())

    return KEPT.get(workspace, "namespaces", read)


def _forms(value: str, namespace: str) -> set[str]:
    """Return how a value may be kept: as written, and in the normal form of its namespace."""
    try:
        return {value, normal(Identifier(namespace, value)).value}
    except BadInputError:
        return {value}


_OWNED: Final = func.max(
    case(
        (
            exists().where(relation.c.identifier_id == identifier.c.identifier_id, relation.c.until_us.is_(None)),
            1,
        ),
        else_=0,
    )
)
_ORDERS: Final = func.coalesce(func.sum(profile.c.orders), 0)
_MESSAGES_IN: Final = func.coalesce(func.sum(profile.c.messages_in), 0)


def _stage() -> ColumnElement[int]:
    """The stage of a person in SQL; says the same as ``people.stage.stage_of``."""
    return case(
        (_ORDERS > 0, int(Stage.MONETISATION)),
        ((_OWNED == 1) & (_MESSAGES_IN > 0), int(Stage.OPERATION)),
        (_OWNED == 1, int(Stage.RETENTION)),
        else_=int(Stage.CONTACT),
    )


def _people() -> Select[Any]:
    return (
        select(
            identifier.c.person_id,
            func.count().label("identifiers"),
            _OWNED.label("owned"),
            _MESSAGES_IN.label("messages_in"),
            _ORDERS.label("orders"),
            func.coalesce(func.sum(profile.c.paid_minor - profile.c.refunded_minor), 0).label("paid_minor"),
            func.coalesce(func.min(case((profile.c.first_at_us > 0, profile.c.first_at_us))), 0).label("first_at_us"),
            func.coalesce(func.max(profile.c.last_at_us), 0).label("last_at_us"),
            func.max(profile.c.last_order_at_us).label("last_order_at_us"),
        )
        .outerjoin(profile, profile.c.identifier_id == identifier.c.identifier_id)
        .group_by(identifier.c.person_id)
    )


def _row(row: Row[Any]) -> PersonRow:
    owned = bool(row.owned)
    return PersonRow(
        person_id=row.person_id,
        stage=stage_of(owned=owned, messages_in=int(row.messages_in), orders=int(row.orders)),
        identifiers=row.identifiers,
        owned=owned,
        messages_in=int(row.messages_in),
        orders=int(row.orders),
        paid_minor=int(row.paid_minor),
        first_at_us=int(row.first_at_us),
        last_at_us=int(row.last_at_us),
        last_order_at_us=row.last_order_at_us,
    )
