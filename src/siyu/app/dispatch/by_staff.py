"""By staff (员工自己发的): what staff and others sent past us counts for every cap and quota as if we had sent it.

Platforms that list mass sends are asked what else went out; conversations tell by themselves, as touches. Both end in
``SqlByStaff``, so the guard sees them like our own messages.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from siyu.app.channels.senders import Senders
from siyu.app.groups import count_posts
from siyu.app.log import get_logger
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.channels.signatures import sha1_hex
from siyu.dispatch.ports import Witness
from siyu.kernel.errors import SiyuError
from siyu.kernel.period import DAY, MINUTE
from siyu.policy.case import TO_GROUPS
from siyu.stores.sql.by_staff import ACTION, SqlByStaff
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.touchpoints.touch import Touch

#: A platform is asked so often; first about a month, as far as platforms count, then about tasks that staff may still
#: have confirmed since the last time.
EVERY: Final = 15 * MINUTE
_FIRST: Final = 31 * DAY
_AGAIN: Final = 3 * DAY
_BATCH: Final = 1_000
_log = get_logger(__name__)


def count_by_staff(workspace: Workspace, senders: Senders) -> int:
    """Ask every platform that can tell what went out past us; return how many messages were new."""
    counted, now_us = 0, workspace.clock.now_us()
    for (channel, account), sender in senders.items():
        if not isinstance(sender, Witness):
            continue
        name = sha1_hex(f"{channel}/{account}")
        with workspace.database.read() as connection:
            store = SqlByStaff(connection)
            asked_us = store.asked_us(name)
            since_us = now_us - (_AGAIN if asked_us else _FIRST)
            ours = store.our_tasks(channel, account, since_us=since_us) if now_us >= asked_us + EVERY else set()
        if now_us < asked_us + EVERY:
            continue
        try:
            seen = sender.witnessed(since_us=since_us, ours=ours)
            while part := list(islice(seen, _BATCH)):
                to_people = [one for one in part if one.properties.get(ACTION) not in TO_GROUPS]
                counted += TakeIn(workspace).take(_not_ours(workspace, to_people)).accepted
                # a group is nobody: it has no timeline
                counted += count_posts(workspace, [one for one in part if one.properties.get(ACTION) in TO_GROUPS])
        except SiyuError as error:
            _log.warning("cannot ask what staff sent", channel=channel, account=account, reason=str(error))
            continue
        with workspace.database.write() as connection:
            SqlByStaff(connection).keep_asked(name, now_us)
    return counted


def _not_ours(workspace: Workspace, seen: Sequence[Touch]) -> list[Touch]:
    """Leave out our own sends, and what may be one: ours to the same person whose end is not known yet."""
    keys = [workspace.vault.key_of(one.actors[0]) for one in seen]
    with workspace.database.read() as connection:
        known = SqlIdentityStore(connection).lookup(keys)
        ours = SqlByStaff(connection).ours(sorted({one.identifier_id for one in known.values()}))
    found = []
    for one, key in zip(seen, keys, strict=True):
        tasks = ours.get(known[key].identifier_id, ()) if key in known else ()
        if key in known and one.about not in tasks and "" not in tasks:
            found.append(one)
    return found
