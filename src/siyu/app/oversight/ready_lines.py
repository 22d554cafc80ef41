"""The lines of the checklist before a launch (出发前检查): each is fine, warns or stops, with a figure."""

from collections.abc import Iterator
from typing import Final

from siyu.app.bringing_in.baits import results, told
from siyu.app.dispatch.brake_tasks import brake_tasks
from siyu.app.fission.domains import links_off
from siyu.app.oversight.channel_lines import lines_of_channel
from siyu.app.oversight.line import Level, Line, Looked
from siyu.app.workspace import Workspace
from siyu.measurement.metric import cards
from siyu.policy.reasons import why_paused
from siyu.stores.sql.outbox import SqlOutbox
from siyu.stores.sql.pauses import SqlPauses

#: From here on a figure is fine; below it somebody should look. House figures.
_REACHED: Final = 0.5
_FEW_HELD_OUT: Final = 30


def lines_of(workspace: Workspace, looked: Looked, *, live: bool) -> Iterator[Line]:
    """Yield what is fine, what warns and what stops, in the order in which a person would mend it."""
    for channel in looked.channels:
        yield from lines_of_channel(workspace, channel, looked, live=live)
    yield _words(looked)
    yield _audience(looked)
    yield _consent(looked)
    yield _holdout(looked)
    yield _budget(looked)
    yield _goal(looked)
    yield _stock(workspace, looked)
    yield _links(workspace, looked)
    yield from _stops(workspace, looked)
    yield _unsettled(workspace)


def _words(looked: Looked) -> Line:
    where = ", ".join(looked.channels)
    if not looked.findings:
        return Line("words", "ok", 0, f"its words break no known rule on {where}", f"文案在 {where} 未见违规")
    rules = ", ".join(sorted({one.rule for one in looked.findings}))
    return Line(
        "words", "stop", len(looked.findings), f"its words break {rules}", f"文案违规：{rules}",
        looked.findings[0].alternative, f"siyu policy lint 查看原文与替代写法：{looked.findings[0].alternative}",
    )  # fmt: skip


def _audience(looked: Looked) -> Line:
    reasons = (looked.denied + looked.held).most_common()
    why = ", ".join(f"{rule} {count:,}" for rule, count in reasons)
    says = f"{looked.due:,} people are due; {looked.allowed:,} messages may go now" + (f" (not: {why})" if why else "")
    says_zh = f"到期 {looked.due:,} 人，现在可发 {looked.allowed:,} 条" + (f"（不可：{why}）" if why else "")
    share = looked.allowed / looked.messages if looked.messages else 0.0
    if looked.allowed and share >= _REACHED:
        return Line("audience", "ok", looked.allowed, says, says_zh)
    mend = "siyu policy why PERSON says it one by one" if looked.due else "nobody is due yet; try again, or widen it"
    mend_zh = "siyu policy why 逐人说明" if looked.due else "现在没有人到期"
    return Line(
        "audience",
        "stop" if looked.due and not looked.allowed else "warn",
        looked.allowed,
        says,
        says_zh,
        mend,
        mend_zh,
    )


def _consent(looked: Looked) -> Line:
    share = looked.agreed / looked.messages if looked.messages else None
    if share is None:
        return Line("consent", "warn", None, "nobody is due", "没有到期的人", "see audience", "见受众一项")
    says = f"{looked.agreed:,} of {looked.messages:,} agreed to be written to there ({share:.0%})"
    says_zh = f"{looked.messages:,} 条中 {looked.agreed:,} 条的收件人同意接收（{share:.0%}）"
    if share >= _REACHED:
        return Line("consent", "ok", round(share, 4), says, says_zh)
    return Line(
        "consent", "warn" if looked.agreed else "stop", round(share, 4), says, says_zh,
        "ask for it at the next service or scan; who said nothing is not written to", "在服务或扫码时征得同意",
    )  # fmt: skip


def _holdout(looked: Looked) -> Line:
    says = f"{looked.share:.0%} are held out: {looked.held_out:,} of those due now"
    says_zh = f"对照组 {looked.share:.0%}：本次 {looked.held_out:,} 人"
    if not looked.share:
        return Line(
            "holdout", "warn", 0, "nobody is held out: what it brings cannot be known",
            "没有对照组，无法知道带来了什么",
            "holdout: 0.1 in the plan, or [policy] holdout_share", "设置 holdout_share",
        )  # fmt: skip
    if looked.held_out < _FEW_HELD_OUT:
        return Line(
            "holdout", "warn", looked.held_out, says, says_zh,
            f"fewer than {_FEW_HELD_OUT}: only large effects can be told from chance", "人数太少，只能看出很大的差别",
        )  # fmt: skip
    return Line("holdout", "ok", looked.held_out, says, says_zh)


def _budget(looked: Looked) -> Line:
    if not looked.cost_minor and looked.budget_minor is None:
        return Line("budget", "ok", 0, "its messages cost nothing", "消息本身不花钱")
    if looked.budget_minor is None:
        return Line(
            "budget", "stop", looked.cost_minor, f"it costs {looked.cost_minor:,} minor units and has no budget",
            f"需要 {looked.cost_minor:,}（最小货币单位），没有预算",
            f'[policy.budgets_minor] "{looked.name}" in siyu.toml', "在 siyu.toml 设置 budgets_minor",
        )  # fmt: skip
    left = looked.budget_minor - looked.spent_minor
    level: Level = "ok" if left > 0 and left >= looked.cost_minor else "stop"
    says = f"{left:,} of {looked.budget_minor:,} minor units are left, {looked.cost_minor:,} are wanted now"
    says_zh = f"预算 {looked.budget_minor:,} 还剩 {left:,}，本次需要 {looked.cost_minor:,}"
    mend = ("", "") if level == "ok" else ("raise the budget, or reach fewer", "增加预算或缩小受众")
    return Line("budget", level, left, says, says_zh, *mend)


def _goal(looked: Looked) -> Line:
    unknown = [one for one in looked.goals if one.replace("_", "-") not in cards() and one not in cards()]
    if not looked.goals:
        return Line(
            "goal", "warn", 0, "no metric says when it has succeeded", "没有写明用什么指标判断成败",
            "goal: uplift in the plan; `siyu metric` lists them", "在方案里写 goal，如 uplift",
        )  # fmt: skip
    if unknown:
        return Line(
            "goal", "stop", len(unknown), f"no metric is called {unknown[0]!r}", f"没有叫 {unknown[0]!r} 的指标",
            "`siyu metric` lists them", "siyu metric 查看全部指标",
        )  # fmt: skip
    named = ", ".join(looked.goals)
    return Line("goal", "ok", len(looked.goals), f"judged by {named}", f"以 {named} 判断成败")


def _stock(workspace: Workspace, looked: Looked) -> Line:
    if not looked.baits:
        return Line("bait", "ok", None, "it offers no bait", "不送诱饵")
    known = {one.bait.name: int(told(one)["left"]) for one in results(workspace)}
    missing = [one for one in looked.baits if one not in known]
    if missing:
        return Line(
            "bait", "stop", 0, f"there is no bait {missing[0]!r}", f"没有诱饵 {missing[0]!r}", "siyu bait keep FILE",
            "运行 siyu bait keep FILE",
        )  # fmt: skip
    left = min(known[one] for one in looked.baits)
    says, says_zh = (
        f"{left:,} are left for {looked.allowed:,} messages",
        f"还剩 {left:,} 份，本次 {looked.allowed:,} 条",
    )
    if left >= looked.allowed and left > 0:
        return Line("bait", "ok", left, says, says_zh)
    return Line(
        "bait",
        "warn" if left > 0 else "stop",
        left,
        says,
        says_zh,
        "raise the stock, or reach fewer",
        "补库存或缩小受众",
    )


def _links(workspace: Workspace, looked: Looked) -> Line:
    if not looked.links:
        return Line("links", "ok", None, "it holds no link", "没有链接")
    with workspace.database.read() as connection:
        off = links_off(connection, looked.links)
    if off:
        link, why = next(iter(off.items()))
        return Line(
            "links", "stop", len(off), f"the domain of {link} is switched off: {why}", f"{link} 的域名已熔断：{why}",
            "another domain, or `siyu fission domain` to switch it on again", "换域名，或确认后重新开启",
        )  # fmt: skip
    return Line(
        "links", "ok", len(looked.links), f"{len(looked.links)} links, no domain is switched off", "链接域名正常"
    )


def _stops(workspace: Workspace, looked: Looked) -> Iterator[Line]:
    """Yield what a hand or the brake has stopped and this would go through."""
    with workspace.database.read() as connection:
        kept = SqlPauses(connection).all()
    mine = [name for name in ("*", f"play:{looked.name}", *looked.channels) if name in kept]
    mine += [name for name in kept if name.partition("/")[0] in looked.channels and "/" in name]
    for name in mine:
        yield Line(
            "paused", "stop", 1, f"{name} is paused: {why_paused(kept[name])}",
            f"{name} 已暂停：{why_paused(kept[name], 'zh')}",
            f"siyu outbox resume {name}", f"siyu outbox resume {name}",
        )  # fmt: skip
    slowed = [one.source for one in brake_tasks(workspace)]
    if slowed and not mine:
        yield Line(
            "paused", "warn", len(slowed), f"the brake holds {', '.join(slowed)}", f"刹车中：{', '.join(slowed)}",
            "siyu policy brake", "siyu policy brake",
        )  # fmt: skip
    elif not mine:
        yield Line("paused", "ok", 0, "nothing on its way is paused or braked", "没有暂停或刹车")


def _unsettled(workspace: Workspace) -> Line:
    with workspace.database.read() as connection:
        counts = SqlOutbox(connection).counts()
    unknown, given_up = counts.get("unknown", 0), counts.get("given_up", 0)
    says = f"{unknown:,} messages whose end is not known, {given_up:,} given up"
    says_zh = f"结果未知 {unknown:,} 条，已放弃 {given_up:,} 条"
    if not unknown + given_up:
        return Line("outbox", "ok", 0, says, says_zh)
    return Line("outbox", "warn", unknown + given_up, says, says_zh, "siyu outbox settle", "siyu outbox settle")
