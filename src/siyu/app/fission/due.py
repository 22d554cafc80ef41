"""What falls due by itself: campaigns are settled, points whose time is over are taken."""

import json
from typing import Any, Final

from sqlalchemy import Connection, func, select

from siyu.app.fission.settling import settle
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, HOUR
from siyu.loyalty.ledger import Account
from siyu.loyalty.points import expire, lots_of
from siyu.loyalty.rewards import RewardState
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.acquire import invite, invite_code
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.loyalty import ledger_balance, ledger_entry, ledger_posting, reward

#: A campaign in which nothing new happened is looked at so often: somebody may have left or bought.
_QUIET_US: Final = HOUR
_SETTLED: Final = "fission.settled"
_EXPIRED_TO: Final = "points.expired_to"
#: Points may be booked late with an end that has passed: so far back is looked again.
_LATE_US: Final = 7 * DAY
_PEOPLE_AT_ONCE: Final = 500


def settle_due(workspace: Workspace) -> list[str]:
    """Settle the campaigns in which somebody came, a reward is due, or nobody looked for an hour; return their names.

    Nothing is paid out by itself: that is for a person to ask.
    """
    now = workspace.clock.now_us()
    with workspace.database.read() as connection:
        before: dict[str, list[int]] = json.loads(_setting(connection, _SETTLED) or "{}")
        came = {name: _came(connection, name) for name in SqlRewards(connection).campaigns()}
        due = [name for name, count in came.items() if _is_due(connection, name, before.get(name), count, now)]
    for name in due:
        settle(workspace, name)
        before[name] = [now, came[name]]
    if due:
        with workspace.database.write() as connection:
            _set(connection, _SETTLED, json.dumps(before))
    return due


def expire_points(workspace: Workspace) -> int:
    """Take the points whose time is over; return how many were taken. What is taken is taken once."""
    now = workspace.clock.now_us()
    taken = 0
    with workspace.database.read() as connection:
        since = int(_setting(connection, _EXPIRED_TO) or 0) - _LATE_US
        entry, posting, balance = ledger_entry.c, ledger_posting.c, ledger_balance.c
        query = (
            select(posting.identifier_id)
            .join(ledger_entry, entry.entry_id == posting.entry_id)
            .join(
                ledger_balance,
                (balance.identifier_id == posting.identifier_id) & (balance.account == Account.POINTS.value),
            )
            .where(
                entry.expires_at_us > since, entry.expires_at_us <= now, entry.expires_at_us > 0,
                posting.account == Account.POINTS.value, posting.amount > 0, balance.amount > 0,
            )
            .distinct()
        )  # fmt: skip
        numbers = sorted(connection.execute(query).scalars())
    for part in chunks(numbers, _PEOPLE_AT_ONCE):
        with workspace.database.write() as connection:
            ledger = SqlLedger(connection)
            history = ledger.history(part)
            for number in part:
                over = [lot for lot in lots_of(history, [number]) if 0 < lot.expires_at_us <= now]
                if not over:
                    continue
                moment = max(lot.expires_at_us for lot in over)
                gone = expire(
                    over, at_us=moment, about=f"points of {number} until {moment}, {sum(lot.left for lot in over)}"
                )
                if gone is not None and ledger.append([gone]):
                    taken += sum(lot.left for lot in over)
    with workspace.database.write() as connection:
        _set(connection, _EXPIRED_TO, str(now))
    return taken


def _came(connection: Connection, campaign: str) -> int:
    query = select(func.count()).select_from(invite).join(invite_code, invite_code.c.code == invite.c.code)
    return int(connection.execute(query.where(invite_code.c.campaign == campaign)).scalar_one())


def _is_due(connection: Connection, campaign: str, before: list[int] | None, came: int, now: int) -> bool:
    if before is None or before[1] != came or now - before[0] >= _QUIET_US:
        return True
    ended = [RewardState.FORFEITED.value, RewardState.CLAWED_BACK.value]
    query = select(func.count()).where(
        reward.c.campaign == campaign, reward.c.state.not_in(ended),
        reward.c.next_at_us > before[0], reward.c.next_at_us <= now,
    )  # fmt: skip
    return bool(connection.execute(query).scalar_one())


def _setting(connection: Connection, name: str) -> Any:
    return connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar()


def _set(connection: Connection, name: str, value: str) -> None:
    then = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    insert_rows(connection, setting, ("name", "value"), [(name, value)], then=then)
