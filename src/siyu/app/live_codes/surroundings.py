"""What a scan's decision goes by beyond the code: who already looks after the person, and which platforms are down.

That a platform is down is found out by itself: the worker asks it every turn, and scans go to the fallback after
``FAILURES`` questions in a row without an answer, until it answers again. Staff may say it earlier; what they said
stays until they take it back.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from sqlalchemy import select

from siyu.app.workspace import Workspace
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, RetryLaterError, SiyuError, UnknownOutcomeError
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.people import identifier, relation
from siyu.stores.sql.tokens import SqlTokens
from siyu.touchpoints.live_code import KINDS
from siyu.touchpoints.touch import Identifier

_PREFIX = "codes:"
#: So many questions in a row without an answer, and the platform is down.
FAILURES: Final = 2
#: Behind which platform the targets are that are not our own pages.
_PLATFORM: Final = "wecom"
_ON_A_PLATFORM: Final = tuple(sorted(KINDS - {"page"}))
_FOUND_OUT: Final = "found out: "
_FAILED: Final = "codes.failed"


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
    if kind not in _ON_A_PLATFORM:
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


def watch(workspace: Workspace, *, ask: Callable[[Account], object] | None = None) -> frozenset[str]:
    """Ask the platform behind codes whether it is there, and remember; return the kinds that are down now.

    Args:
        ask: Asks with one account; raises when nothing answers. The channel's own live check, if not given.
    """
    with workspace.database.read() as connection:
        accounts = [one for one in SqlAccounts(connection, workspace.vault).all() if one.channel == _PLATFORM]
        before = int(connection.execute(select(setting.c.value).where(setting.c.name == _FAILED)).scalar() or 0)
    if not accounts:
        return down_kinds(workspace)
    why = _silent(workspace, accounts, ask)
    failed = before + 1 if why else 0
    with workspace.database.write() as connection:
        then = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        if failed != before:
            insert_rows(connection, setting, ("name", "value"), [(_FAILED, str(failed))], then=then)
        pauses = SqlPauses(connection)
        said = pauses.all()
        for kind in _ON_A_PLATFORM:
            name = _PREFIX + kind
            if failed >= FAILURES and name not in said:
                pauses.put(name, reason=_FOUND_OUT + why, now_us=workspace.clock.now_us())
            elif not failed and said.get(name, "").startswith(_FOUND_OUT):
                pauses.take(name)
    return down_kinds(workspace)


def _silent(workspace: Workspace, accounts: list[Account], ask: Callable[[Account], object] | None) -> str:
    """Return why none of the accounts had an answer; empty as soon as one had, even a refusal."""

    def check(account: Account) -> object:
        client: Any = import_module(f"siyu.channels.{account.channel}.client")
        tokens = SqlTokens(workspace.database, workspace.vault)
        return client.live_check(account, tokens=tokens, now_us=workspace.clock.now_us())

    why = ""
    for account in accounts:
        try:
            (ask or check)(account)
        except (RetryLaterError, UnknownOutcomeError) as error:
            why = str(error)
        except SiyuError:
            return ""  # it answered: wrong credentials are another matter
        else:
            return ""
    return why
