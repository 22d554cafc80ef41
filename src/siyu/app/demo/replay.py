"""The replay: the grocer's last thirteen weeks, day by day, through the whole loop against a played WeCom."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from siyu.app.channels.senders import Senders, senders_of
from siyu.app.clock import VirtualClock
from siyu.app.demo.cast import GUIDES, Player, cast, membership, withdrawals
from siyu.app.demo.grocer import History
from siyu.app.dispatch.carry_out import look_up
from siyu.app.lake import compact, flush
from siyu.app.take_in import TakeIn
from siyu.app.turn import turn
from siyu.app.workspace import Workspace
from siyu.channels.wecom.client import WeComClient
from siyu.channels.wecom.listing import touch_of_listed
from siyu.dispatch.account import Account
from siyu.kernel.period import DAY, HOUR, SECOND, us_of
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.tokens import SqlTokens
from siyu.touchpoints.touch import Touch

#: The thirteen weeks: Monday 2 October to Sunday 31 December 2017.
START_US: Final = us_of(datetime(2017, 10, 2, tzinfo=UTC))
DAYS: Final = 91
#: The loop turns at ten in the morning; guides confirm within six hours, and forget five tasks in a hundred.
TURN_AT: Final = 10 * HOUR
CONFIRM_SHARE: Final = 0.95
CONFIRM_WITHIN_S: Final = (60.0, 6 * 3600.0)
_BATCH: Final = 10_000

#: Told how far a step is: (what, done, of).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """The played WeCom as the replay uses it: ``sandbox`` is a ``siyu.sandbox.wecom.WeComSandbox``."""

    account: Account
    sandbox: Any
    settle: Callable[[], bool]


def replay(
    workspace: Workspace, clock: VirtualClock, history: History, stage: Stage, *, step_days: int, progress: Progress
) -> Counter[str]:
    """Take the first nine months in, then live through the last thirteen weeks.

    Args:
        clock: The workspace's and the sandbox's; it stands at ``START_US`` or before.
        step_days: 1 for every day, 7 for a quick look.

    Returns:
        How often the guard held something, by rule: what is held today may be allowed tomorrow.
    """
    held: Counter[str] = Counter()
    players = cast(history.households, days=DAYS)
    senders = _connect(workspace, stage)
    take_in, account = TakeIn(workspace), stage.account.account
    before = [one for one in history.touches if one.happened_at_us < START_US]
    for start in range(0, len(before), _BATCH):
        take_in.take(before[start : start + _BATCH])
        progress("history", min(start + _BATCH, len(before)), len(before))
    clock.advance_to(START_US - DAY)
    take_in.take(membership(players, account=account, at_us=clock.now_us()))
    take_in.take(_listed(workspace, stage, players))
    flush(workspace)
    compact(workspace)
    times = [one.happened_at_us for one in history.touches]
    seen = len(before)
    for day in range(0, DAYS + 1, step_days):
        now_us = START_US + day * DAY + TURN_AT
        clock.advance_to(now_us)
        _people_act(workspace, stage, players, range(max(0, day - step_days + 1), day + 1), now_us)
        until = bisect_left(times, now_us)
        held.update(turn(workspace, history.touches[seen:until], senders=senders).judged.held)
        seen = until
        if step_days < 7 and day % 7 == 0:
            flush(workspace)
        progress("replay", day + step_days, DAYS + 1)
    clock.advance_to(START_US + (DAYS + 2) * DAY)
    stage.settle()
    TakeIn(workspace).take(history.touches[seen:])
    look_up(workspace, senders, channel=stage.account.channel)
    flush(workspace)
    compact(workspace)
    return held


def _connect(workspace: Workspace, stage: Stage) -> Senders:
    with workspace.database.write() as connection:
        SqlAccounts(connection, workspace.vault).connect(stage.account, now_us=workspace.clock.now_us())
    return senders_of(workspace, [stage.account])


def _listed(workspace: Workspace, stage: Stage, players: list[Player]) -> list[Touch]:
    """Let the guides have their customers, and read them as WeCom lists them."""
    now_us, account = workspace.clock.now_us(), stage.account
    stage.sandbox.load_customers(
        [(one.external_userid, one.guide, one.unionid) for one in players], since_s=now_us // SECOND
    )
    stage.sandbox.set_habit(share=CONFIRM_SHARE, delay_s=CONFIRM_WITHIN_S)
    tokens = SqlTokens(workspace.database, workspace.vault)
    client = WeComClient(account, tokens=tokens, now_us=workspace.clock.now_us)
    customers = list(client.customers_in_detail(list(GUIDES)))
    client.close()
    return [
        touch_of_listed(one, account=account.account, union_account=account.account, received_at_us=now_us)
        for one in customers
    ]


def _people_act(workspace: Workspace, stage: Stage, players: list[Player], days: range, now_us: int) -> None:
    """Some customers delete their guide (WeCom calls us back); some take their consent back."""
    for player in players:
        if player.leaves_on in days:
            stage.sandbox.customers.leave(player.external_userid, player.guide)
    stage.settle()
    taken_back = [one for day in days for one in withdrawals(players, day, account=stage.account.account, at_us=now_us)]
    TakeIn(workspace).take(taken_back)
