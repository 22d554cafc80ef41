"""Brake tasks (刹车待办): what the brake holds becomes a task of the owner, told at once, again when nobody looks.

The owner is called through every connected webhook; the console and ``siyu policy brake`` show the same list. Whoever
lets a source go says who they are and why, and that is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import Connection, select

from siyu.app.dispatch.staff_tasks import ESCALATED_AFTER, REMIND_AFTER, REMIND_AGAIN_AFTER
from siyu.app.plain_data import plain
from siyu.app.workspace import Workspace
from siyu.channels.webhook.client import WebhookClient
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, SiyuError
from siyu.policy.reasons import is_braked, why_paused
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.brake_days import SqlBrakeDays
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.reminders import SqlReminders
from siyu.stores.sql.schema.dispatch import pause

_WEBHOOK: Final = "webhook"
_SLOW: Final = "slow:"
_TO_DO: Final = (
    "read what was sent and whom it reached, talk to those who left, then `siyu policy release`",
    "查看发了什么、发给了谁，回访流失的客户，然后用 siyu policy release 放行",
)


@dataclass(frozen=True, slots=True)
class BrakeTask:
    """One source that the brake holds, and that somebody should look at.

    Attributes:
        step: ``slow`` or ``stop``.
        due_us: When the house wants it looked at.
        told: How often the owner was told.
        level: ``waiting``, ``late`` (after ``due_us``) or ``escalated`` (told in vain).
    """

    source: str
    step: str
    since_us: int
    due_us: int
    told: int
    level: str
    why: str
    why_zh: str
    to_do: str = _TO_DO[0]
    to_do_zh: str = _TO_DO[1]

    @property
    def paused_as(self) -> str:
        """How the pause is named."""
        return self.source if self.step == "stop" else _SLOW + self.source


class Caller(Protocol):
    """Somebody who can be told."""

    def call(self, message_id: str, body: Mapping[str, Any]) -> None:
        """Tell; a repeat under the same id is harmless."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


def brake_tasks(workspace: Workspace) -> list[BrakeTask]:
    """Return what the brake holds, what it stopped first."""
    with workspace.database.read() as connection:
        return _tasks(connection, now_us=workspace.clock.now_us())


def tell_the_owner(workspace: Workspace, *, open_caller: Callable[[Account], Caller] | None = None) -> int:
    """Tell the owner of every task that is new or was told of a while ago in vain; return how many were told.

    Whoever cannot be reached is told at the next look.
    """
    now_us = workspace.clock.now_us()
    with workspace.database.read() as connection:
        accounts = [one for one in SqlAccounts(connection, workspace.vault).all() if one.channel == _WEBHOOK]
        told = SqlReminders(connection).since(now_us - REMIND_AGAIN_AFTER)
        fresh = [one for one in _tasks(connection, now_us=now_us) if _reminder(one.paused_as) not in told]
    opened = open_caller or (lambda account: WebhookClient(account, now_us=workspace.clock.now_us))
    reached = [one for one in fresh if _called(accounts, one, opened)]
    with workspace.database.write() as connection:
        for one in reached:
            SqlReminders(connection).add(_reminder(one.paused_as), at_us=now_us)
    return len(reached)


def release(workspace: Workspace, source: str, *, by: str, because: str) -> None:
    """Let a source go that the brake slowed or stopped; who did it and why is kept.

    Raises:
        BadInputError: the brake does not hold it, or it is not said who and why.
    """
    _check_said(by, because)
    with workspace.database.write() as connection:
        if not _released(connection, source, by=by, because=because, now_us=workspace.clock.now_us()):
            raise BadInputError(f"the brake does not hold {source!r}", mend="`siyu policy brake` lists what it holds")


def let_go(workspace: Workspace, what: str, *, by: str = "", because: str = "") -> bool:
    """Let go what is paused, by whomever; return whether it was. What the brake holds needs a name and a reason.

    Raises:
        BadInputError: the brake holds it, and it is not said who lets it go and why.
    """
    with workspace.database.write() as connection:
        pauses = SqlPauses(connection)
        if not is_braked(pauses.all().get(what, "")):
            return pauses.take(what)
        _check_said(by, because)
        source = what.removeprefix(_SLOW)
        return _released(connection, source, by=by, because=because, now_us=workspace.clock.now_us())


def _check_said(by: str, because: str) -> None:
    if not by.strip() or not because.strip():
        raise BadInputError(
            "the brake holds it: say who lets it go and why",
            mend='`siyu policy release SOURCE --by ann --because "talked to them"`',
        )


def _released(connection: Connection, source: str, *, by: str, because: str, now_us: int) -> bool:
    pauses, store = SqlPauses(connection), SqlBrakeDays(connection)
    kept = pauses.all()
    held = [what for what in (source, _SLOW + source) if is_braked(kept.get(what, ""))]
    if held:
        for what in held:
            pauses.take(what)
        store.stop(source, now_us)  # what had happened before is not held against it again
        store.let_go(source, by=by, because=because, now_us=now_us)
    return bool(held)


def _tasks(connection: Connection, *, now_us: int) -> list[BrakeTask]:
    rows = [row for row in connection.execute(select(pause)) if is_braked(row.reason)]
    stopped = {row.what for row in rows if not row.what.startswith(_SLOW)}
    told = SqlReminders(connection).since(min((row.since_us for row in rows), default=now_us) - 1)
    found = []
    for row in rows:
        step, source = ("slow", row.what.removeprefix(_SLOW)) if row.what.startswith(_SLOW) else ("stop", row.what)
        if step == "slow" and source in stopped:
            continue
        moments, due_us = (
            [at for at in told.get(_reminder(row.what), ()) if at >= row.since_us],
            row.since_us + REMIND_AFTER,
        )
        in_vain = len(moments) >= ESCALATED_AFTER and now_us >= max(moments) + REMIND_AFTER
        level = "escalated" if in_vain else "late" if now_us >= due_us else "waiting"
        why, why_zh = why_paused(row.reason), why_paused(row.reason, "zh")
        found.append(BrakeTask(source, step, row.since_us, due_us, len(moments), level, why, why_zh))
    return sorted(found, key=lambda one: (one.step != "stop", one.since_us, one.source))


def _called(accounts: Sequence[Account], task: BrakeTask, open_caller: Callable[[Account], Caller]) -> bool:
    reached = False
    for account in accounts:
        try:
            with closing(open_caller(account)) as caller:
                caller.call(f"brake-{task.paused_as}-{task.since_us}-{task.told}", {"type": "brake", **plain(task)})
        except SiyuError:
            continue
        reached = True
    return reached


def _reminder(what: str) -> str:
    return f"brake {what}"
