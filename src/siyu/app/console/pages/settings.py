"""Settings 设置: what is in force, and whether this installation is well."""

from pathlib import Path

from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, facts, grid, mono
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen
from siyu.app.doctor import Finding, examine
from siyu.app.settings import FILE_NAME
from siyu.app.workspace import Workspace


async def build(screen: Screen) -> None:
    """Show the settings and the doctor's findings."""
    say, settings = screen.say, screen.workspace.settings
    findings = await screen.load(_examined)
    bad = sum(not one.good for one in findings)
    with grid():
        with card(
            say("Doctor", "体检"),
            lead=say("The same as `siyu doctor`.", "与 `siyu doctor` 相同。").replace("`", ""),
            more=badge(say("all well", "一切正常"), "good")
            if not bad
            else badge(say(f"{bad} to mend", f"{bad} 项待修"), "bad"),
        ):
            columns = [
                Column(say("Looked at", "检查")),
                Column(say("Found", "结果"), grow=True),
                Column(say("State", "状态")),
            ]
            screen.show(
                table(
                    columns,
                    [
                        [
                            words.readable(one.what),
                            one.says + (f" → {one.mend}" if one.mend else ""),
                            badge(say("good", "正常"), "good") if one.good else badge(say("mend", "待修"), "bad"),
                        ]
                        for one in findings
                    ],
                )
            )
        with card(say("Brand", "品牌"), classes="half stretch"):
            screen.show(
                facts(
                    [
                        (say("Name", "名称"), settings.brand.name),
                        (say("Currency", "货币"), settings.brand.currency),
                        (say("Time zone", "时区"), settings.brand.zone),
                        (say("Settings file", "设置文件"), mono(FILE_NAME)),
                    ]
                )
            )
        with card(
            say("Guard", "守门"),
            lead=say("House rules; a brand may make every one stricter.", "内置规则；品牌可以把每一条设得更严。"),
            classes="half stretch",
        ):
            policy = settings.policy
            screen.show(
                facts(
                    [
                        (
                            say("Messages to one person", "给一个人的消息"),
                            say(
                                f"at most {policy.cap} in {policy.cap_days} days",
                                f"{policy.cap_days} 天内最多 {policy.cap} 条",
                            ),
                        ),
                        (
                            say("Quiet hours", "免打扰时段"),
                            say(
                                f"{policy.quiet_from} to {policy.quiet_to}", f"{policy.quiet_from} 至 {policy.quiet_to}"
                            ),
                        ),
                        (say("Holdout share", "对照组比例"), screen.percent(policy.holdout_share, 0)),
                        (say("Change them in", "修改位置"), mono(f"{FILE_NAME} [policy]")),
                    ]
                )
            )
        with card(say("Console", "控制台")):
            screen.show(
                facts(
                    [
                        (say("Account", "账号"), "admin"),
                        (say("New password", "新密码"), mono("siyu password new")),
                        (say("Times shown in", "时间显示"), settings.brand.zone),
                    ]
                )
            )


def _examined(workspace: Workspace) -> list[Finding]:
    return examine(Path(workspace.folder))


PAGE = Page(
    path="/settings",
    title=Words("Settings", "设置"),
    icon="settings",
    order=120,
    build=build,
    lead=Words("What is in force here, and whether everything is well.", "当前生效的设置，以及系统是否正常。"),
)
