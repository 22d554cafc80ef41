"""Compliance 合规: what was said, judged, refused and asked for in a period; prints as it stands."""

from datetime import date, timedelta

from markupsafe import Markup

from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import card
from siyu.app.console.parts.table import Column, filters, table
from siyu.app.console.screen import Screen
from siyu.app.oversight.report import Report, compliance
from siyu.app.oversight.report_page import parts
from siyu.app.views.decisions import last_judged_us
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import moment_of

_LENGTHS = ("7", "30", "90", "365")


async def build(screen: Screen) -> None:
    """Show the report of the last days, or of those that the address names."""
    say = screen.say
    report = await screen.load(
        _report, days=screen.query.get("days", "30"), since=screen.query.get("from", ""), to=screen.query.get("to", "")
    )
    with card(f"{report.from_day} – {report.to_day}", lead=say("The last day is not counted.", "不含末日。")):
        chosen = "" if screen.query.get("from") else screen.query.get("days", "30")
        lengths = [(one, say(f"{one} days", f"{one} 天")) for one in _LENGTHS]
        screen.show(filters("/compliance", {"days": chosen}, [("days", say("Last", "最近"), lengths)]))
    for part in parts(report, screen.language, screen.zone):
        with card(part.title):
            if not part.rows:
                screen.show(Markup('<p class="remark">{}</p>').format(part.nothing))
                continue
            columns = [
                Column(title, "end" if number else "start", wrap=not number)
                for title, number in zip(part.columns, part.numbers, strict=True)
            ]
            screen.show(table(columns, part.rows))


def _report(workspace: Workspace, *, days: str, since: str, to: str) -> Report:
    """Read the report that an address asks for; a workspace that lived on a clock of its own, up to its last day.

    Raises:
        BadInputError: the address names no days.
    """
    try:
        if since and to:
            return compliance(workspace, date.fromisoformat(since), date.fromisoformat(to))
        end = moment_of(last_judged_us(workspace) or workspace.clock.now_us()).date() + timedelta(days=1)
        return compliance(workspace, end - timedelta(days=int(days)), end)
    except (ValueError, OverflowError) as error:
        raise BadInputError("the address names no days", mend="/compliance?from=2026-10-01&to=2026-11-01") from error


PAGE = Page(
    path="/compliance",
    title=Words("Compliance", "合规报告"),
    icon="verified_user",
    order=115,
    build=build,
    lead=Words(
        "For a month's file or an inspection: print it, or write it with siyu policy report --out FILE.html.",
        "用于每月归档或检查：直接打印，或用命令 siyu policy report --out 文件.html 导出。",
    ),
)
