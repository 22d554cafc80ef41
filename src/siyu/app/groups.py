"""Customer groups (客户群): which the platforms have, under which numbers we know them, what staff posted there."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from siyu.app.channels.senders import Senders
from siyu.app.log import get_logger
from siyu.app.workspace import Workspace
from siyu.communities.group import Group
from siyu.dispatch.ports import Grouped
from siyu.kernel.errors import SiyuError
from siyu.kernel.period import DAY
from siyu.stores.sql.by_staff import SqlByStaff
from siyu.stores.sql.groups import SqlGroups
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.touch import Identifier, Touch

#: A platform is asked for its groups so often: it takes a call a group.
EVERY: Final = DAY
_log = get_logger(__name__)


def number_groups(connection: Connection, workspace: Workspace, names: Sequence[Identifier]) -> dict[Identifier, int]:
    """Return the number of each group's name; a new one is given a number, and its name is kept in the vault."""
    identity, now_us = SqlIdentityStore(connection), workspace.clock.now_us()
    keys = {workspace.vault.key_of(one): one for one in names}
    known = dict(identity.lookup(list(keys)))
    new = [(key, one.namespace, now_us) for key, one in keys.items() if key not in known]
    if new:
        added = identity.add(new)
        named = {added[key].identifier_id: {"identifier": keys[key].value} for key, *_ in new}
        SqlVault(connection, workspace.vault).put(named, source="groups", at_us=now_us)
        known |= added
    return {one: known[key].identifier_id for key, one in keys.items()}


def keep_group(
    connection: Connection, workspace: Workspace, name: Identifier, *, channel: str, account: str, owner: str
) -> Group:
    """Keep one group as somebody named it."""
    number = number_groups(connection, workspace, [name])[name]
    found = Group(number, channel, account, owner, workspace.clock.now_us())
    SqlGroups(connection).keep([found])
    return found


def read_groups(workspace: Workspace, senders: Senders) -> None:
    """Read which groups there are and who owns them, at every platform that has any; once a day."""
    now_us = workspace.clock.now_us()
    for (channel, account), sender in senders.items():
        if not isinstance(sender, Grouped):
            continue
        with workspace.database.read() as connection:
            asked_us = SqlGroups(connection).read_us(channel, account)
        if now_us < asked_us + EVERY:
            continue
        try:
            found = dict(sender.customer_groups())
        except SiyuError as error:
            _log.warning("cannot read groups", channel=channel, account=account, reason=str(error))
            continue
        with workspace.database.write() as connection:
            numbers = number_groups(connection, workspace, list(found))
            SqlGroups(connection).keep([
                Group(numbers[name], channel, account, owner, now_us) for name, owner in found.items()
            ])  # fmt: skip


def count_posts(workspace: Workspace, posts: Sequence[Touch]) -> int:
    """Count what staff posted in groups by hand: it takes the group's quota as if we had; return how many were new."""
    if not posts:
        return 0
    with workspace.database.write() as connection:
        numbers = number_groups(connection, workspace, [one.actors[0] for one in posts])
        by_staff = SqlByStaff(connection)
        ours = by_staff.ours(sorted(numbers.values()))
        named = [(numbers[one.actors[0]], one) for one in posts]
        return by_staff.count([
            (number, one) for number, one in named if not {one.about, ""} & ours.get(number, set())
        ])  # fmt: skip
