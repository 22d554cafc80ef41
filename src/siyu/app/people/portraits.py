"""What is known about people, by hand and by the store: portrait, tags, and stages with their history."""

from typing import Any

from sqlalchemy import func, select

from siyu.app.people.identity import find
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.people.city import city_tier
from siyu.people.portrait import FIELDS, Fact, Tag, newest
from siyu.people.stage import stage_of
from siyu.stores.sql.portraits import SqlPortraits
from siyu.stores.sql.schema.people import identifier, profile, relation

_LONGEST = 128


def portrait_page(workspace: Workspace, person: int, *, at_us: int | None = None) -> dict[str, Any]:
    """Return what is known about a person now, or what was known at ``at_us``: portrait with history, and tags."""
    now_us = workspace.clock.now_us() if at_us is None else at_us
    with workspace.database.read() as connection:
        store = SqlPortraits(connection)
        facts, tags = store.facts([person]).get(person, []), store.tags([person]).get(person, [])
    facts = [one for one in facts if one.known_at_us <= now_us]
    return {
        "portrait": dict(sorted(newest(facts).items())),
        "history": facts,
        "tags": [one for one in tags if one.since_us <= now_us and (one.until_us is None or one.until_us > now_us)],
        "tags_ended": [one for one in tags if one.until_us is not None and one.until_us <= now_us],
    }


def learn(workspace: Workspace, written: str, field: str, value: str, *, source: str = "operator") -> dict[str, Any]:
    """Write one field of a person's portrait; what was known before stays in its history.

    Raises:
        BadInputError: nobody goes by that, no such field, or an empty value.
    """
    if field not in FIELDS or field == "stage":
        allowed = ", ".join(name for name in FIELDS if name != "stage")
        raise BadInputError(f"{field!r} is no field of the portrait", mend=f"one of {allowed}")
    if not value.strip() or len(value) > _LONGEST:
        raise BadInputError("the value is empty or too long", where=field, mend=f"1 to {_LONGEST} characters")
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        number, person = find(workspace, written, connection)
        facts = [Fact(number, field, value.strip(), now_us, source)]
        if field == "city" and (tier := city_tier(value)):
            facts.append(Fact(number, "city_tier", tier, now_us, source))
        SqlPortraits(connection).learn(facts)
    return {"person": person, **portrait_page(workspace, person)}


def tag(
    workspace: Workspace, written: str, name: str, *, days: float | None = None, source: str = "operator"
) -> dict[str, Any]:
    """Put a tag on a person, for some days or without an end.

    Raises:
        BadInputError: nobody goes by that, or a wrong name or number of days.
    """
    if not name.strip() or len(name) > _LONGEST:
        raise BadInputError(f"{name!r} is no tag", mend=f"1 to {_LONGEST} characters")
    if days is not None and not 0 < days <= 36_500:
        raise BadInputError(f"{days} days are no time for a tag to hold", where="--days")
    now_us = workspace.clock.now_us()
    until = None if days is None else now_us + round(days * 86_400_000_000)
    with workspace.database.write() as connection:
        number, person = find(workspace, written, connection)
        SqlPortraits(connection).put_tags([Tag(number, name.strip(), source, now_us, until)])
    return {"person": person, **portrait_page(workspace, person)}


def untag(workspace: Workspace, written: str, name: str) -> dict[str, Any]:
    """Take a tag off a person, whoever put it on.

    Raises:
        BadInputError: nobody goes by that, or they do not have it.
    """
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        _, person = find(workspace, written, connection)
        store = SqlPortraits(connection)
        theirs = [one for one in store.tags([person]).get(person, []) if one.name == name]
        ended = sum(store.end_tags(one.identifier_id, [name], source=one.source, at_us=now_us) for one in theirs)
        if not ended:
            raise BadInputError(f"{written} has no tag {name!r}")
    return {"person": person, **portrait_page(workspace, person)}


def note_stages(workspace: Workspace) -> int:
    """Note the stage of everybody whose stage changed since it was noted last; return how many."""
    now_us = workspace.clock.now_us()
    with workspace.database.write() as connection:
        owned = set(
            connection.execute(
                select(identifier.c.person_id)
                .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
                .where(relation.c.until_us.is_(None))
                .distinct()
            ).scalars()
        )
        rows = connection.execute(
            select(identifier.c.person_id, func.sum(profile.c.messages_in), func.sum(profile.c.orders))
            .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
            .group_by(identifier.c.person_id)
        ).all()
        facts = [
            Fact(
                person,
                "stage",
                stage_of(owned=person in owned, messages_in=said, orders=orders).name.lower(),
                now_us,
                "house",
            )
            for person, said, orders in rows
        ]
        return SqlPortraits(connection).learn(facts)
