"""The switch per link domain (域名熔断): what platforms punish carries no campaign until switched on again.

Kept as settings of the workspace: one row a domain, the moments of its marks and whether it was switched by hand.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.app import setting

_PREFIX: Final = "fission.domain."
#: Marks older than this are forgotten.
_WINDOW: Final = 30 * DAY
#: Marks that switch a domain off, if no campaign says otherwise.
_USUAL: Final = 3


@dataclass(frozen=True, slots=True)
class Domain:
    """A link domain and what happened to it.

    Attributes:
        marks: When a platform punished it or somebody complained about it, microseconds, and why.
        off_because: Why it is off, empty while it is on.
    """

    name: str
    marks: tuple[tuple[int, str], ...] = ()
    off_because: str = ""


def domain_of(link: str) -> str:
    """Return the domain of a link, empty for what is none."""
    return (urlsplit(link if "//" in link else f"//{link}").hostname or "").lower()


def mark(workspace: Workspace, name: str, *, because: str, most: int = 0) -> Domain:
    """Book a punishment of a domain or a complaint about it; at ``most`` marks in 30 days it is switched off.

    Args:
        most: If 0, the fewest that a campaign with a link on the domain allows (``unpaid_in_row``), else three.

    Raises:
        BadInputError: it is no domain, or no reason is given.
    """
    name = _checked(name, because)
    now = workspace.clock.now_us()
    with workspace.database.write() as connection:
        before = _read(connection, name)
        kept = tuple(one for one in before.marks if one[0] > now - _WINDOW)
        after = replace(before, marks=(*kept, (now, because.strip())))
        if not after.off_because and len(after.marks) >= (most or _most(connection, name)):
            after = replace(after, off_because=f"{len(after.marks)} marks in 30 days; the last: {because.strip()}")
        _write(connection, after)
    return after


def switch(workspace: Workspace, name: str, *, on: bool, because: str) -> Domain:
    """Switch a domain off at once, or on again with no marks, by hand.

    Raises:
        BadInputError: it is no domain, or no reason is given.
    """
    name = _checked(name, because)
    with workspace.database.write() as connection:
        after = Domain(name) if on else replace(_read(connection, name), off_because=because.strip())
        _write(connection, after)
    return after


def domains(connection: Connection) -> list[Domain]:
    """Return every domain that was ever marked or switched."""
    rows = connection.execute(select(setting.c.name, setting.c.value).where(setting.c.name.startswith(_PREFIX)))
    return [_domain(name.removeprefix(_PREFIX), json.loads(value)) for name, value in rows]


def links_off(connection: Connection, links: Iterable[str]) -> dict[str, str]:
    """Return those of some links whose domain is off, and why."""
    off = {one.name: one.off_because for one in domains(connection) if one.off_because}
    return {link: off[domain_of(link)] for link in links if domain_of(link) in off}


def _checked(name: str, because: str) -> str:
    found = domain_of(name)
    if not found or "." not in found:
        raise BadInputError(f"{name!r} is no domain", where="domain", mend="write it like go.example.org")
    if not because.strip():
        raise BadInputError("a mark or a switch needs a reason", where="because")
    return found


def _most(connection: Connection, name: str) -> int:
    """Return how many marks the campaigns bear whose link is on a domain."""
    rewards = SqlRewards(connection)
    plans = [rewards.plan_of(campaign) or {} for campaign in rewards.campaigns()]
    borne = [
        int(plan["control"].get("unpaid_in_row", _USUAL))
        for plan in plans
        if domain_of(plan["communication"].get("link", "")) == name
    ]
    return min(borne, default=_USUAL)


def _read(connection: Connection, name: str) -> Domain:
    value = connection.execute(select(setting.c.value).where(setting.c.name == _PREFIX + name)).scalar()
    return _domain(name, json.loads(value)) if value else Domain(name)


def _domain(name: str, written: dict[str, Any]) -> Domain:
    return Domain(name, tuple((int(at), str(why)) for at, why in written["marks"]), written["off_because"])


def _write(connection: Connection, one: Domain) -> None:
    value = json.dumps({"marks": one.marks, "off_because": one.off_because}, ensure_ascii=False)
    then = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    insert_rows(connection, setting, ("name", "value"), [(_PREFIX + one.name, value)], then=then)
