"""Connect an account 接入账号: what to paste where, a live try, what is missing, and what has no official way."""

from markupsafe import Markup
from nicegui import ui

from siyu.app.channels.connect import Guide, Tried, account_of_sandbox, connect, connected, guide, try_again
from siyu.app.console import words
from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, facts, mono, notice, quiet
from siyu.app.console.screen import Screen
from siyu.app.workspace import Workspace
from siyu.dispatch.account import Account
from siyu.kernel.errors import SiyuError


async def build(screen: Screen) -> None:
    """Show the steps for one platform."""
    say = screen.say
    found = guide(screen.of_path["channel"])
    there = await screen.load(_accounts_of, found.channel)
    if there:
        _standing(screen, there)
    if found.credentials or found.base_url:
        _form(screen, found)
    else:
        with card(words.both(screen, found.name)):
            told = say(
                "This platform comes in as files: `siyu import FILE`, or `siyu channel map` to look first.",
                "这个渠道以文件导入：`siyu import 文件`；可先用 `siyu channel map` 预览。",
            )
            screen.show(notice("upload_file", say("Nothing to connect", "不需要接入"), told))
    if found.callback_path:
        with card(
            say("Let the platform call", "让平台回调"),
            lead=say(
                "Paste this address at the platform; callbacks are checked with the credentials marked above.",
                "把这个地址填到平台上；回调用上面标出的凭据校验。",
            ),
        ):
            address = mono(f"https://…{found.callback_path}")
            screen.show(
                facts([(say("Address", "地址"), address), (say("Where", "填在哪里"), found.callback_where)], wide=True)
            )
    if found.refusals:
        with card(
            say("What has no official way", "没有官方接口的事"),
            lead=say("It is not done by other means; this replaces it.", "不走其他途径；用下面的办法代替。"),
        ):
            told = Markup('{}<div class="evidence">{} {}</div>')
            pairs = [
                (one["wish"], told.format(one["instead"], say("because", "因为"), one["reason"]))
                for one in found.refusals
            ]
            screen.show(facts(pairs, wide=True))


def _accounts_of(workspace: Workspace, channel: str) -> list[Account]:
    return [one for one in connected(workspace) if one.channel == channel]


def _standing(screen: Screen, accounts: list[Account]) -> None:
    say = screen.say
    with card(say("Connected", "已接入")):
        for account in accounts:
            with ui.element("div").classes("hidden-row"):
                screen.show(
                    Markup("<div>{} <div class='evidence'>{}</div></div>").format(account.account, account.base_url)
                )
                result = ui.element("div")

                async def ask(account: Account = account, result: ui.element = result) -> None:
                    if not screen.is_open():
                        ui.navigate.to("/login")
                        return
                    tried = await screen.load(try_again, account)
                    result.clear()
                    with result:
                        screen.show(_stands(screen, tried))

                ui.button(say("Try it", "试一下"), on_click=ask, color=None).classes("reveal").props(
                    "flat no-caps dense"
                )


def _stands(screen: Screen, tried: Tried) -> Markup:
    state = badge(screen.say("works", "正常"), "good") if tried.good else badge(screen.say("fails", "失败"), "bad")
    return Markup("{} {}").format(state, quiet(tried.said))


def _form(screen: Screen, found: Guide) -> None:
    """Ask for the account, its address and each credential, and say where each is found."""
    say = screen.say
    with card(
        words.both(screen, found.name),
        lead=say(
            "Paste each value from the place named under it. It is tried at the platform, then kept encrypted.",
            "按每一栏下面写的位置复制过来。先在平台上试一次，再加密保存。",
        ),
        classes="connecting",
    ):
        account = ui.input(label=say("Account (the platform's id of it)", "账号（平台上的编号）")).props(
            "outlined dense"
        )
        address = ui.input(label=say("Address", "接口地址"), value=found.base_url).props("outlined dense")
        fields: dict[str, ui.input] = {}
        for one in found.credentials:
            marks = [] if one.optional else [say("needed", "必填")]
            marks += [say("checks callbacks", "用于校验回调")] if one.for_callbacks else []
            label = f"{one.name} ({say(', ', '，').join(marks)})" if marks else one.name
            field = ui.input(label=label, password=one.secret).props(
                f'outlined dense autocomplete="off" data-name="{one.name}"'
            )
            fields[one.name] = field
            screen.show(quiet(one.where), classes="where")

        async def keep() -> None:
            if not screen.is_open():
                ui.navigate.to("/login")
                return
            secrets = {
                name: str(field.value).strip() for name, field in fields.items() if str(field.value or "").strip()
            }
            one = Account(found.channel, str(account.value or "").strip(), str(address.value or "").strip(), secrets)
            try:
                made = await screen.load(connect, one)
            except SiyuError as error:
                told = notice("error", say("Not kept", "没有保存"), str(error))
            else:
                steps = Markup().join(Markup("<li>{}</li>").format(step) for step in made.next)
                told = Markup("{} {}<ol>{}</ol>").format(
                    badge(say("connected", "已接入"), "good"), made.checked or say("kept", "已保存"), steps
                )
            result.clear()
            with result:
                screen.show(told)

        async def from_sandbox() -> None:
            if not screen.is_open():
                ui.navigate.to("/login")
                return
            try:
                played = await screen.load(_of_sandbox, str(sandbox.value or "").strip(), found.channel)
            except SiyuError as error:
                ui.notify(str(error), type="negative", multi_line=True)
                return
            account.set_value(played.account)
            address.set_value(played.base_url)
            for name, field in fields.items():
                field.set_value(played.secrets.get(name, ""))

        with ui.element("div").classes("row-actions"):
            ui.button(say("Try and keep", "试接并保存"), on_click=keep, color=None).classes("button primary").props(
                "flat no-caps"
            )
        result = ui.element("div").classes("result")
        with ui.element("details").classes("more"):
            with ui.element("summary"):
                ui.label(say("Try with a sandbox first", "先用沙箱试"))
            sandbox = ui.input(
                label=say(
                    "What siyu sandbox printed, such as http://127.0.0.1:9200",
                    "siyu sandbox 打印的地址，如 http://127.0.0.1:9200",
                )
            ).props('outlined dense data-name="sandbox"')
            ui.button(say("Fill in its account", "填入沙箱账号"), on_click=from_sandbox, color=None).classes(
                "button"
            ).props("flat no-caps")


def _of_sandbox(_workspace: Workspace, url: str, channel: str) -> Account:
    return account_of_sandbox(url, channel)


PAGE = Page(
    path="/channels/{channel}",
    title=Words("Connect an account", "接入账号"),
    icon="add_link",
    order=101,
    build=build,
    in_menu=False,
)
