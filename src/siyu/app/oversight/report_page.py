"""The compliance report to be read: the same tables for the console and for one page of HTML that prints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from siyu.app.oversight.report import Report
from siyu.kernel.period import moment_of
from siyu.policy.reasons import Language, rule_title

#: (name of the rows in the report, English title, Chinese title, what is said where there are none).
_PARTS: Final = (
    ("messages", "Messages", "消息", "nothing was due", "没有到期的消息"),
    ("verdicts", "Verdicts of the guard", "守门裁决", "nothing was judged", "没有裁决"),
    ("guards", "Stopped to protect people", "为保护用户而拦下", "", ""),
    ("consents", "Consents", "同意与撤回", "nobody decided anything", "没有新的决定"),
    ("rights", "Requests of people for their rights", "个人权利请求", "nobody asked", "没有请求"),
    ("complaints", "Complaints", "投诉", "", ""),
    ("braked", "Held by the brake now", "目前刹车中", "nothing", "没有"),
    ("let_go", "Let go by hand", "人工放行", "nothing", "没有"),
    ("refused", "Asked for and refused", "被拒绝的要求", "nothing", "没有"),
    ("quotas", "Use of the platforms' quotas", "平台额度使用", "nothing was sent", "没有发送"),
)
_NAMES: Final = {
    "purpose": "用途", "channel": "渠道", "state": "状态", "messages": "消息", "verdict": "裁决", "rule": "规则",
    "proposals": "提议", "stopped": "拦下", "text_version": "文本版本", "given": "同意", "withdrawn": "撤回",
    "kind": "类型", "asked": "请求", "in_time": "按时", "late": "逾期完成", "open": "处理中", "overdue": "已逾期",
    "complaints": "投诉", "sent": "已发", "per_1000": "每千条", "source": "来源", "step": "措施", "since_us": "自",
    "why": "原因", "by": "放行人", "because": "理由", "at_us": "时间", "what": "事项", "asks": "询问",
    "account": "账号", "action": "方式", "recipients": "收件人", "most_to_one": "单人最多", "allowed": "平台上限",
    "window": "周期",
}  # fmt: skip
#: What stands in the columns that name a kind of thing.
_VALUES: Final = {
    "marketing": "营销", "service": "服务", "personalised": "个性化", "ads_upload": "广告回传", "guardian": "监护人",
    "ready": "待发", "claimed": "发送中", "awaiting": "待员工确认", "sent": "已发送", "failed": "失败",
    "unknown": "结果未知", "cancelled": "已取消", "given_up": "已放弃",
    "approved": "放行", "held": "暂缓", "denied": "拒绝", "expired": "过期",
    "export": "查阅复制", "correct": "更正", "erase": "删除", "withdraw": "撤回同意", "explain": "解释说明",
    "slow": "减速", "stop": "停止", "calendar_month": "自然月",
}  # fmt: skip
_KINDS: Final = frozenset({"purpose", "state", "verdict", "kind", "step", "window"})
_STYLE: Final = (
    "body{font:14px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:2.5em auto;max-width:60em;padding:0 1em}"
    "h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:1.6em 0 .4em}p{margin:.2em 0;color:#555}"
    "table{border-collapse:collapse;width:100%}th,td{padding:.3em .6em;border-bottom:1px solid #ddd;text-align:left}"
    "th{font-weight:600;border-bottom-color:#888}.n{text-align:right;font-variant-numeric:tabular-nums}"
    "section{break-inside:avoid}@page{size:A4;margin:15mm}@media print{body{margin:0;max-width:none}}"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the report.

    Attributes:
        nothing: What is said if there are no rows.
        numbers: Which columns are numbers.
    """

    title: str
    nothing: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[bool]


def parts(report: Report, language: Language, zone: ZoneInfo) -> Iterator[Part]:
    """Yield the tables in a language, moments on a clock."""
    for name, english, chinese, nothing, nothing_zh in _PARTS:
        found = getattr(report, name)
        rows = found if isinstance(found, list | tuple) else [found]
        told = [_said(one, language) for one in rows]
        columns = list(told[0]) if told else []
        yield Part(
            english if language == "en" else chinese,
            nothing if language == "en" else nothing_zh,
            [
                one.removesuffix("_us").replace("_", " ") if language == "en" else _NAMES.get(one, one)
                for one in columns
            ],
            [[_cell(name, _named(name, one[name], language), zone) for name in columns] for one in told],
            [isinstance(told[0][name], int | float | None) and not name.endswith("_us") for name in columns],
        )


def html_page(report: Report, *, brand: str, language: Language, zone: ZoneInfo) -> str:
    """Write one page of HTML that needs nothing else and prints on A4."""
    title = "Compliance report" if language == "en" else "合规报告"
    made = _cell("made_us", report.made_at_us, zone)
    period = f"{report.from_day} – {report.to_day}"
    half_open = (
        f"{period}, the last day not counted; made {made}"
        if language == "en"
        else f"{period}（不含末日），生成于 {made}"
    )
    body = Markup().join(_section(one) for one in parts(report, language, zone))
    return str(
        Markup(
            '<!doctype html>\n<html lang="{}"><head><meta charset="utf-8"><title>{} {}</title>\n'
            "<style>{}</style></head>\n<body><h1>{} · {}</h1><p>{}</p>\n{}</body></html>\n"
        ).format(language, title, period, Markup(_STYLE), brand, title, half_open, body)  # noqa: S704  the style is our own
    )


def _section(part: Part) -> Markup:
    if not part.rows:
        return Markup("<section><h2>{}</h2><p>{}</p></section>\n").format(part.title, part.nothing)
    kinds = [Markup(' class="n"') if number else "" for number in part.numbers]
    head = Markup().join(
        Markup("<th{}>{}</th>").format(kind, one) for kind, one in zip(kinds, part.columns, strict=True)
    )
    rows = Markup().join(
        Markup("<tr>{}</tr>").format(
            Markup().join(Markup("<td{}>{}</td>").format(kind, one) for kind, one in zip(kinds, row, strict=True))
        )
        for row in part.rows
    )
    return Markup("<section><h2>{}</h2><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></section>\n").format(
        part.title, head, rows
    )


def _said(row: dict[str, Any], language: Language) -> dict[str, Any]:
    """Take the reason in the reader's language, and leave the other out."""
    if "why_zh" not in row:
        return row
    return {
        name: row["why_zh"] if name == "why" and language == "zh" else one
        for name, one in row.items()
        if name != "why_zh"
    }


def _named(name: str, value: Any, language: Language) -> Any:
    if name == "rule":
        return rule_title(value, language) or value
    return _VALUES.get(value, value) if language == "zh" and name in _KINDS else value


def _cell(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None or value == "":
        return "–"
    if name.endswith("_us"):
        return f"{moment_of(value).astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
