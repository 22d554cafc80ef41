"""Pull (对账): read at each connected platform what changed, because callbacks get lost and come out of order.

The worker pulls by itself: every account every so often, from where its last pull ended and a little before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from siyu.app.channels.connect import connected, manifest_of
from siyu.app.log import get_logger
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.channels.signatures import sha1_hex
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, SiyuError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.tokens import SqlTokens
from siyu.touchpoints.touch import Touch

#: An account is read so often by the worker, unless the channel's ``pull.py`` says otherwise (``EVERY_US``).
PULL_EVERY_US: Final = 15 * MINUTE
#: The first pull looks back so far, later ones begin this long before the last one ended.
_FIRST_US: Final = DAY
_OVERLAP_US: Final = HOUR
#: An account whose pull failed is tried again this much later.
_AGAIN_US: Final = 5 * MINUTE
_BATCH: Final = 1000
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought."""

    answers: int
    accepted: int
    duplicates: int


def can_pull(channel: str) -> bool:
    """Tell whether a platform has something to read."""
    return find_spec(f"siyu.channels.{channel}.pull") is not None


def pull(workspace: Workspace, channel: str, account: str, *, start_us: int, end_us: int) -> Pulled:
    """Read what changed at the platform in ``[start_us, end_us)`` and take it in; what is known counts once.

    Raises:
        BadInputError: no such account is connected, or the platform has nothing to pull.
        SiyuError: the platform could not be asked; what came before it is kept.
    """
    found = [one for one in connected(workspace) if (one.channel, one.account) == (channel, account)]
    if not found:
        raise BadInputError(f"no account {account!r} of {channel} is connected", mend="siyu channel connect")
    if not can_pull(channel):
        raise BadInputError(f"{manifest_of(channel).name} has nothing to pull: see `siyu channel list --json`")
    return _pull(workspace, found[0], start_us, end_us)


def pull_due(workspace: Workspace) -> dict[tuple[str, str], Pulled]:
    """Pull every account whose turn has come; one that fails is said, tried again later, and stops no other.

    Several workers may do so: each account is claimed before it is read.

    Returns:
        What was read, by channel and account.
    """
    done: dict[tuple[str, str], Pulled] = {}
    for account in connected(workspace):
        if not can_pull(account.channel):
            continue
        now_us = workspace.clock.now_us()
        read_to_us = _claim(workspace, account, now_us)
        if read_to_us is None:
            continue
        start_us = max(0, read_to_us - _OVERLAP_US if read_to_us else now_us - _FIRST_US)
        try:
            done[account.channel, account.account] = _pull(workspace, account, start_us, now_us + HOUR)
        except SiyuError as error:
            _log.warning("pull failed", channel=account.channel, account=account.account, reason=str(error))
            _keep(workspace, account, read_to_us=read_to_us, next_us=now_us + _AGAIN_US)
        else:
            _keep(workspace, account, read_to_us=now_us, next_us=now_us + _every_us(account))
    return done


def _pull(workspace: Workspace, account: Account, start_us: int, end_us: int) -> Pulled:
    module: Any = import_module(f"siyu.channels.{account.channel}.pull")
    answers: Iterator[list[Touch]] = module.pull(
        account,
        tokens=SqlTokens(workspace.database, workspace.vault),
        start_us=start_us,
        end_us=end_us,
        now_us=workspace.clock.now_us(),
    )
    door, waiting, count, accepted, duplicates = TakeIn(workspace), list[Touch](), 0, 0, 0

    def take() -> None:
        nonlocal waiting, accepted, duplicates
        taken = door.take(waiting)
        accepted, duplicates, waiting = accepted + taken.accepted, duplicates + taken.duplicates, []

    try:
        for touches in answers:
            count += 1
            waiting += touches
            if len(waiting) >= _BATCH:
                take()
    finally:
        if waiting:
            take()
    return Pulled(count, accepted, duplicates)


def _every_us(account: Account) -> int:
    return int(getattr(import_module(f"siyu.channels.{account.channel}.pull"), "EVERY_US", PULL_EVERY_US))


def _name(account: Account) -> str:
    return f"pull:{account.channel}:{sha1_hex(account.account)}"


def _claim(workspace: Workspace, account: Account, now_us: int) -> int | None:
    """Take an account's turn; returns how far it was read (0: never); ``None`` if not due, or another has it."""
    flavour = sqlite if workspace.database.is_sqlite else postgresql
    name = _name(account)
    with workspace.database.write() as connection:
        connection.execute(
            flavour.insert(setting).values(name=name, value="0 0").on_conflict_do_nothing(index_elements=["name"])
        )
        kept = str(connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar_one())
        read_to_us, next_us = map(int, kept.split())
        if now_us < next_us:
            return None
        claimed = connection.execute(
            update(setting)
            .where(setting.c.name == name, setting.c.value == kept)
            .values(value=f"{read_to_us} {now_us + _AGAIN_US}")
        )
    return read_to_us if claimed.rowcount == 1 else None


def _keep(workspace: Workspace, account: Account, *, read_to_us: int, next_us: int) -> None:
    with workspace.database.write() as connection:
        connection.execute(
            update(setting).where(setting.c.name == _name(account)).values(value=f"{read_to_us} {next_us}")
        )
