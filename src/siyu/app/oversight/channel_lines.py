"""The checklist's lines about one channel: its accounts, whether it is heard of, and how much staff can hand over."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from sqlalchemy import Connection, func, select

from siyu.app.dispatch.staff_tasks import staff_tasks
from siyu.app.oversight.line import Line, Looked
from siyu.app.policy.standing import accounts_since
from siyu.app.workspace import Workspace
from siyu.channels.manifest import manifests
from siyu.dispatch.account import Account
from siyu.kernel.errors import SiyuError
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.schema.app import token
from siyu.stores.sql.schema.people import consent, last_word, relation
from siyu.stores.sql.schema.touches import touch
from siyu.stores.sql.tokens import SqlTokens

#: An account is young for so long, and a channel is silent after so long, in microseconds. House figures.
_YOUNG: Final = 14 * DAY
_SILENT: Final = DAY


def lines_of_channel(workspace: Workspace, channel: str, looked: Looked, *, live: bool) -> Iterator[Line]:
    """Yield what is fine, what warns and what stops on a channel."""
    yield from _accounts(workspace, channel, live=live)
    yield _callbacks(workspace, channel)
    yield _capacity(workspace, channel, looked)


def _accounts(workspace: Workspace, channel: str, *, live: bool) -> Iterator[Line]:
    what, now_us = "account", workspace.clock.now_us()
    with workspace.database.read() as connection:
        accounts = [one for one in SqlAccounts(connection, workspace.vault).all() if one.channel == channel]
        ends = {one.account: _token_ends(connection, channel, one.account) for one in accounts}
        since = {account: at_us for (of, account), at_us in accounts_since(connection).items() if of == channel}
    if not accounts:
        yield Line(
            what, "stop", 0, f"no account of {channel} is connected", f"{channel} 还没有授权的账号",
            f"siyu channel connect {channel}", f"运行 siyu channel connect {channel}",
        )  # fmt: skip
    for one in accounts:
        days = (now_us - since[one.account]) / DAY
        name = f"{channel}/{one.account}"
        refused = _asked(workspace, one) if live else ""
        if refused:
            yield Line(
                what, "stop", round(days, 1), f"{name} is refused: {refused}", f"{name} 被平台拒绝：{refused}",
                f"siyu channel connect {channel}", f"重新授权：siyu channel connect {channel}",
            )  # fmt: skip
        elif live or ends[one.account] > now_us:
            alive = "answers now" if live else f"its token lives {(ends[one.account] - now_us) / HOUR:.1f} hours more"
            alive_zh = "刚刚应答正常" if live else f"令牌还有 {(ends[one.account] - now_us) / HOUR:.1f} 小时有效"
            says, says_zh = (
                f"{name} is connected for {days:.0f} days, {alive}",
                f"{name} 已授权 {days:.0f} 天，{alive_zh}",
            )
            yield Line(what, "ok", round(days, 1), says, says_zh)
        else:
            yield Line(
                what, "warn", round(days, 1), f"{name} is connected for {days:.0f} days; no token of it lives now",
                f"{name} 已授权 {days:.0f} 天，目前没有有效令牌",
                "ask the platform: --live", "加 --live 向平台确认",
            )  # fmt: skip


def _token_ends(connection: Connection, channel: str, account: str) -> int:
    rows = connection.execute(select(token.c.name, token.c.ends_at_us))
    return max((int(ends) for name, ends in rows if name.startswith(f"{channel}:{account}:")), default=0)


def _asked(workspace: Workspace, account: Account) -> str:
    """Ask the platform whether credentials work; return why not, empty if they do or it cannot be asked."""
    client: Any = import_module(f"siyu.channels.{account.channel}.client")
    check = getattr(client, "live_check", None)
    if check is None:
        return ""
    try:
        check(account, tokens=SqlTokens(workspace.database, workspace.vault), now_us=workspace.clock.now_us())
    except SiyuError as error:
        return " ".join(str(error).split())
    return ""


def _callbacks(workspace: Workspace, channel: str) -> Line:
    now_us = workspace.clock.now_us()
    heard = [
        select(func.max(touch.c.received_at_us)).where(touch.c.channel == channel),
        select(func.max(last_word.c.at_us)).where(last_word.c.channel == channel),
        select(func.max(relation.c.since_us)).where(relation.c.channel == channel),
        select(func.max(relation.c.until_us)).where(relation.c.channel == channel),
        select(func.max(consent.c.decided_at_us)).where(consent.c.channel == channel),
    ]
    with workspace.database.read() as connection:
        last_us = max(int(connection.execute(one).scalar() or 0) for one in heard)
    mend, mend_zh = f"siyu channel status {channel}: is our address pasted there?", "检查平台后台填写的回调地址"
    if not last_us:
        says, says_zh = f"nothing was ever heard of {channel}", f"从未收到过 {channel} 的消息"
        return Line("callback", "warn", None, says, says_zh, mend, mend_zh)
    hours = (now_us - last_us) / HOUR
    says = f"{channel} was last heard of {hours:,.1f} hours ago"
    says_zh = f"{channel} 最近一次来信是 {hours:,.1f} 小时前"
    if now_us - last_us <= _SILENT:
        return Line("callback", "ok", round(hours, 1), says, says_zh)
    return Line("callback", "warn", round(hours, 1), says, says_zh, mend, mend_zh)


def _capacity(workspace: Workspace, channel: str, looked: Looked) -> Line:
    """Say how much staff can still hand over today, and what the platform's quota and the ramp hold back."""
    policy, now_us = workspace.settings.policy, workspace.clock.now_us()
    with workspace.database.read() as connection:
        staff = connection.execute(
            select(relation.c.account, relation.c.staff)
            .where(relation.c.channel == channel, relation.c.until_us.is_(None), relation.c.staff != "")
            .distinct()
        ).all()
        given = SqlOutbox(connection).given_to_staff(since_us=now_us - DAY)
        paused = SqlPauses(connection).all()
        young = [
            one for one, at_us in accounts_since(connection).items() if one[0] == channel and at_us > now_us - _YOUNG
        ]
    on_duty = [(account, name) for account, name in staff if f"staff:{name}" not in paused]
    left = sum(max(0, policy.staff_a_day - given[channel, account, name]) for account, name in on_duty)
    kept_back = {
        name: looked.held[name] for name in ("platform_quota", "staff_load", "account_ramp") if looked.held[name]
    }
    waits = [one for one in staff_tasks(workspace) if one.channel == channel and one.level == "escalated"]
    told_back = ", ".join(f"{count} by {name}" for name, count in kept_back.items())
    says = f"{len(on_duty)} of {len(staff)} staff on duty can take {left:,} more messages in a day"
    says_zh = f"{len(staff)} 位员工中 {len(on_duty)} 位在岗，一天内还能承接 {left:,} 条"
    if kept_back:
        says, says_zh = f"{says}; held until there is room: {told_back}", f"{says_zh}；因额度暂缓：{told_back}"
    if waits:
        says = f"{says}; {len(waits)} of their tasks are escalated"
        says_zh = f"{says_zh}；其中 {len(waits)} 个任务已升级"
    if not on_duty and channel in manifests() and manifests()[channel].staff_confirms:
        return Line(
            "capacity", "stop", 0, says, says_zh, "no guide has customers here, or all are paused: siyu outbox status",
            "没有在岗的员工：siyu outbox status",
        )  # fmt: skip
    if kept_back or waits:
        return Line(
            "capacity",
            "warn",
            left,
            says,
            says_zh,
            "let it run over several days, or add staff",
            "分几天发，或增加员工",
        )
    if young and not policy.account_first_day:
        return Line(
            "capacity", "warn", left, f"{says}; an account is younger than 14 days and not warmed up",
            f"{says_zh}；有账号授权不足 14 天且没有养号", "[policy] account_first_day in siyu.toml",
            "在 siyu.toml 设置 [policy] account_first_day",
        )  # fmt: skip
    return Line("capacity", "ok", left, says, says_zh)
