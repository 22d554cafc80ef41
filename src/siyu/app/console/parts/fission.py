"""Cards of the fission page: the four subsystems, the steps of an invitation, teams, the draw, the tree, the books."""

from typing import Any, Final

from markupsafe import Markup

from siyu.app.console.parts.card import badge, card, facts, mono, notice
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen
from siyu.app.console.words import readable

#: What names of the plan and of the books are called in Chinese.
_CHINESE: Final = {
    "bring_members": "带来会员", "bring_buyers": "带来买家", "group_buy": "拼团", "promise_kept": "承诺兑现后",
    "good_order": "满意订单后", "tier_change": "升级后", "group_answer": "参与社群后", "asked_for": "主动要码后",
    "talk": "聊过之后", "friend_stayed": "好友留下后", "link": "链接", "code": "邀请码", "poster": "海报",
    "group": "社群", "miniprogram": "小程序", "cash": "现金", "points": "积分", "coupon": "优惠券",
    "unlock": "解锁", "gift": "礼品",
    "thanks": "致谢", "draw": "抽奖券", "asked": "被邀请去带人", "took_a_code": "领了邀请码",
    "brought_somebody": "带来了人", "accepted": "接受邀请", "new_here": "新客", "did_something": "有互动",
    "stayed": "留下", "bought": "购买",
    "open": "进行中", "complete": "成团", "void": "未成团", "funding": "拨款", "budget": "可用预算",
    "pending": "待成熟", "matured": "已成熟", "paid": "已发放", "owed": "待扣回", "unclaimed": "无人认领",
    "paid_in": "拼团收款", "held": "拼团代管", "sold": "成团销售", "refunded": "已退款",
}  # fmt: skip


def show_subsystems(screen: Screen, found: dict[str, Any]) -> None:
    """Show the plan by its four subsystems."""
    say, plan = screen.say, found["plan"]
    referral, words, rules, control = (plan[part] for part in ("referral", "communication", "mechanism", "control"))

    def named(names: list[str]) -> str:
        return say(", ", "、").join(_named(screen, name) for name in names) or "–"

    gives = [
        say(
            f"from {one['retained']} on: {_gift(screen, one, found['currency'])}",
            f"满{one['retained']}人：{_gift(screen, one, found['currency'])}",
        )
        for one in rules["stages"]
    ]
    need, proof, variants = words["need"] or "–", words["proof"] or "–", len(words["variants"])
    budget, cap = (screen.money(control[name], found["currency"]) for name in ("budget_minor", "cap_per_person_minor"))
    rest, held_out = control["ask_again_days"], f"{control['holdout_share']:.0%}"
    with card(say("The four subsystems", "四个子系统")):
        screen.show(
            facts(
                [
                    (
                        say("Referral", "推荐"),
                        say(
                            f"by {named(referral['means'])}; asked after: {named(referral['after'])}",
                            f"方式：{named(referral['means'])}；时机：{named(referral['after'])}",
                        ),
                    ),
                    (
                        say("Communication", "传播设计"),
                        say(
                            f"{variants} variants; need: {need}; proof: {proof}",
                            f"{variants} 个版本；需求：{need}；兑现凭证：{proof}",
                        ),
                    ),
                    (
                        say("Mechanism", "机制"),
                        say("; ", "；").join(
                            [
                                _named(screen, rules["task"]),
                                *gives,
                                say(f"earned after {rules['mature_days']} days", f"满{rules['mature_days']}天成熟"),
                            ]
                        ),
                    ),
                    (
                        say("Control and evaluation", "控制与评估"),
                        say(
                            f"budget {budget}, at most {cap} a person; asked again after {rest} days;"
                            f" {held_out} held out",
                            f"预算 {budget}，每人至多 {cap}；{rest} 天后才再邀请；{held_out} 对照组",
                        ),
                    ),
                ],
                wide=True,
            )
        )
        if found["fatigue"]["alarm"]:
            screen.show(badge(say(found["fatigue"]["alarm"], "近期邀请带来的人变少：话术或奖励已疲劳"), "warn"))


def _gift(screen: Screen, stage: dict[str, Any], currency: str) -> str:
    amount = screen.money(stage["amount_minor"], currency) if stage["gives"] == "cash" else stage["amount_minor"] or ""
    each = screen.say(" each", "（每位）") if stage["each"] else ""
    return f"{_named(screen, stage['gives'])} {stage['what'] or amount}".strip() + each


def show_steps(screen: Screen, found: dict[str, Any]) -> None:
    """Show the way of an invitation step by step, and where people drop off."""
    say, flow = screen.say, found["flow"]
    organic = flow["organic"]
    with card(
        say("Step by step", "逐步转化"),
        lead=say(
            f"Without anybody being asked: {organic['invitees']} came, {organic['joined']} of them joined.",
            f"没有邀请、自发带来：{organic['invitees']} 人，其中 {organic['joined']} 人真正加入。",
        ),
    ):
        columns = [
            Column(say("Step", "步骤"), grow=True),
            Column(say("People", "人数"), "end"),
            Column(say("Of the step before", "占上一步"), "end"),
        ]
        rows: list[list[str | Markup]] = [
            [
                _named(screen, one["step"]),
                screen.number(one["people"]),
                screen.percent(one["of_step_before"].value) if one["of_step_before"] else "–",
            ]
            for family in ("inviters", "invitees")
            for one in flow[family]
        ]
        screen.show(table(columns, rows))


def show_teams_and_draw(screen: Screen, found: dict[str, Any]) -> None:
    """Show teams that buy together and the draw, where the plan has them."""
    say = screen.say
    if teams := found.get("teams"):
        with card(say("Teams", "拼团")):
            screen.show(
                facts(
                    [
                        *(
                            (_named(screen, state), screen.number(teams[state]))
                            for state in ("open", "complete", "void")
                        ),
                        (say("bought", "成交人数"), screen.number(teams["people_who_bought"])),
                        (say("new among them", "其中新客"), screen.number(teams["new_people_who_bought"])),
                    ]
                )
            )
    if draw := found.get("draw"):
        with card(
            say("Lucky draw", "抽奖"),
            lead=say(
                f"{draw['tickets']} tickets; closes {draw['closes_at']}; drawn by {draw['host']}.",
                f"{draw['tickets']} 张抽奖券；{draw['closes_at']} 截止；主办：{draw['host']}。",
            ),
        ):
            columns = [
                Column(say("Prize", "奖品"), grow=True),
                Column(say("Worth", "价值"), "end"),
                Column(say("Number", "数量"), "end"),
                Column(say("Chance of a ticket", "单券中奖概率"), "end"),
                Column(say("Winning tickets", "中奖券")),
            ]
            rows: list[list[str | Markup]] = [
                [
                    one["name"],
                    screen.money(one["worth_minor"], found["currency"]),
                    screen.number(one["count"]),
                    screen.percent(one["odds"], 2),
                    mono(", ".join(win["ticket"] for win in draw["winners"] if win["prize"] == one["name"]) or "–"),
                ]
                for one in draw["prizes"]
            ]
            screen.show(table(columns, rows))
            committed = say("Committed to (SHA-256 of the secret)", "已公布的承诺值（密数的 SHA-256）")
            screen.show(facts([(committed, mono(draw["commitment"]))]), classes="below")


def show_groups(screen: Screen, found: dict[str, Any]) -> None:
    """Show which groups were asked, where the plan asks groups."""
    say = screen.say
    if "group" not in found["plan"]["referral"]["means"]:
        return
    most = found["plan"]["control"]["asks_per_group_month"]
    with card(
        say("Groups", "社群"),
        lead=say(
            f"Asks of a group in 30 days: {most} at most, through the guard; its owner confirms.",
            f"每个群 30 天内至多邀请 {most} 次；先经守卫判断，再由群主确认发出。",
        ),
    ):
        if not found["groups_asked"]:
            screen.show(
                notice(
                    "groups",
                    say("No group was asked yet", "还没有邀请过任何群"),
                    say("The loop asks by itself.", "循环会自动邀请。"),
                )
            )
            return
        columns = [Column(say("Group", "群"), grow=True), Column(say("Asked in 30 days", "30 天内邀请"), "end")]
        rows: list[list[str | Markup]] = [
            [mono(group), screen.number(times)] for group, times in found["groups_asked"].items()
        ]
        screen.show(table(columns, rows))


def show_accounts(screen: Screen, found: dict[str, Any]) -> None:
    """Show where the campaign's money stands: debits and credits add up to zero."""
    say = screen.say
    rows: list[list[str | Markup]] = [
        [_named(screen, account), screen.money(amount, unit)]
        for account, units in found["accounts"].items()
        for unit, amount in units.items()
        if unit.isupper()
    ]
    with card(
        say("The ledger", "总账"),
        lead=say(
            "Every entry moves money from one account to another; together they are zero.",
            "每一笔都从一个账户到另一个账户；合计为零。",
        ),
    ):
        screen.show(table([Column(say("Account", "账户"), grow=True), Column(say("Balance", "余额"), "end")], rows))


def _named(screen: Screen, name: str) -> str:
    return screen.say(readable(name), _CHINESE.get(name, name))


def show_generations(screen: Screen, found: dict[str, Any]) -> None:
    """Show the tree by generation."""
    say = screen.say
    with card(
        say("The tree by generation", "各代传播"),
        lead=say(
            "K is how many people one member of a generation brings; growth by itself needs K above 1.",
            "K 是每一代平均每人带来的人数；K 大于 1 才会自己增长。",
        ),
    ):
        if not found["generations"]:
            screen.show(
                notice(
                    "account_tree",
                    say("Nobody came yet", "还没有人被带来"),
                    say("The first accepted invitation begins the tree.", "第一个被接受的邀请就是树的起点。"),
                )
            )
            return
        most = max(one["members"] for one in found["generations"])
        columns = [
            Column(say("Generation", "代"), "end"),
            Column(say("People", "人数"), grow=True),
            Column("K", "end"),
            Column(say("Interval", "区间"), "end"),
            Column(say("Stayed", "留存"), "end"),
            Column(say("Half come within", "半数到来用时"), "end"),
        ]
        rows: list[list[str | Markup]] = [
            [
                str(one["generation"]),
                Markup('<span class="tree-bar" style="width:{:.0f}px"></span> {}').format(
                    max(2.0, 160 * one["members"] / most), screen.number(one["members"])
                ),
                screen.number(one["k"], 2),
                _interval(screen, one["k_low"], one["k_high"]),
                screen.percent(one["retained"] / one["members"]) if one["retained"] >= 0 and one["members"] else "–",
                _hours(screen, one["cycle_median_hours"]),
            ]
            for one in found["generations"]
        ]
        screen.show(table(columns, rows))


def _interval(screen: Screen, low: float, high: float) -> str:
    told = screen.number(low, 2)
    return told if told == "–" else f"{told} – {screen.number(high, 2)}"


def _hours(screen: Screen, hours: float) -> str:
    told = screen.number(hours, 1)
    return told if told == "–" else f"{told} {screen.say('h', '小时')}"
