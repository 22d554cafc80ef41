"""Journeys 旅程: each one drawn, with how many people stand at each step, where they came from, what they wait for."""

from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from siyu.app.console.page import Page, Words
from siyu.app.console.parts.card import badge, card, figures, notice
from siyu.app.console.parts.chart import chart, colours
from siyu.app.console.parts.table import Column, table
from siyu.app.console.screen import Screen, Tone
from siyu.app.journeys.show import Shown, Standing, journeys, show

_OUTCOMES: dict[str, tuple[str, str]] = {
    "done": ("To the end", "走完"),
    "goal": ("Goal reached", "达成目标"),
    "exit": ("Left early", "提前离开"),
    "held_out": ("Held out", "对照组"),
    "merged": ("Merged", "已合并"),
    "stopped": ("Stopped", "已停止"),
}
_ROW: int = 46


async def build(screen: Screen) -> None:
    """Show the journeys there are, or the one that the address names."""
    say = screen.say
    if name := screen.query.get("journey"):
        number = screen.query.get("version", "")
        _one(screen, await screen.load(show, name, int(number) if number.isdigit() else None))
        return
    rows = await screen.load(journeys)
    if not rows:
        told = say(
            "Write one as a file, then `siyu journey check FILE.yaml` and `siyu journey publish FILE.yaml`.",
            "写一个文件，然后 `siyu journey check FILE.yaml`、`siyu journey publish FILE.yaml`。",
        )
        screen.show(notice("route", say("There are no journeys", "还没有旅程"), told))
        return
    columns = [
        Column(say("Journey", "旅程"), grow=True),
        Column(say("State", "状态")),
        Column(say("On the way", "途中"), "end"),
        Column(say("Goal", "达成"), "end"),
        Column(say("Ended", "结束"), "end"),
        Column(say("Published", "发布"), minor=True),
    ]
    cells = [
        [
            f"{row['title']} · {row['version']}",
            _state(screen, row["state"]),
            screen.number(row["on_the_way"]),
            screen.number(row["goal"]),
            screen.number(row["ended"]),
            screen.time(row["published_at_us"]),
        ]
        for row in rows
    ]
    with card():
        screen.show(table(columns, cells, links=[f"/journeys?journey={quote(row['name'])}" for row in rows]))


def _one(screen: Screen, shown: Shown) -> None:
    say = screen.say
    version = say(f"version {shown.version}", f"第 {shown.version} 版")
    with card(shown.title, lead=f"{shown.name} · {version}", more=_state(screen, shown.state)):
        if shown.reason:
            screen.show(Markup('<p class="remark">{}</p>').format(shown.reason))
        told = [
            (say("Entered", "进入"), screen.number(shown.entered), ""),
            (say("On the way", "途中"), screen.number(shown.on_the_way), ""),
        ]
        told += [
            (say(*_OUTCOMES.get(word, (word, word))), screen.number(people), screen.percent(people / shown.entered))
            for word, people in sorted(shown.outcomes.items())
        ]
        screen.show(figures(told))
        _draw(screen, shown)
    with card(say("Who stands where, and why", "谁停在哪一步，为什么")):
        columns = [
            Column(say("Step", "步骤")),
            Column(say("What it does", "内容"), grow=True),
            Column(say("People", "人数"), "end"),
            Column(say("Came from", "来自"), wrap=True),
            Column(say("Leave until", "最迟离开"), minor=True),
        ]
        cells = [
            [
                step.name,
                step.says,
                screen.number(step.people) if step.people else _ended(screen, step),
                ", ".join(f"{name} {screen.number(people)}" for name, people in step.came_from.items()),
                screen.time(step.last_due_us) if step.people else "",
            ]
            for step in shown.steps
        ]
        screen.show(table(columns, cells))


def _draw(screen: Screen, shown: Shown) -> None:
    """Draw the steps from top to bottom, those behind a branch side by side."""
    now = colours(screen)
    level = [0] * len(shown.steps)
    for step in shown.steps:
        for way in step.leads_to:
            level[way] = max(level[way], level[step.place] + 1)
    reached = {0} | {way for step in shown.steps for way in step.leads_to}
    reached |= {step.place for step in shown.steps if step.ended}
    of_level: dict[int, list[Standing]] = {}
    for step in shown.steps:
        if step.place in reached:
            at = level[step.place] if step.leads_to or level[step.place] else max(level) + 1
            of_level.setdefault(at, []).append(step)
    nodes: list[dict[str, Any]] = []
    for row, (_, steps) in enumerate(sorted(of_level.items())):
        for column, step in enumerate(steps):
            people = step.people or sum(step.ended.values())
            nodes.append(
                {
                    "name": str(step.place),
                    "x": 1000 * (column + 1) / (len(steps) + 1),
                    "y": row * _ROW,
                    "symbol": "rect",
                    "symbolSize": [190, 30],
                    "value": people,
                    "itemStyle": {
                        "color": now.accent if step.people else now.surface,
                        "borderColor": now.accent if people else now.second,
                        "borderWidth": 1,
                    },
                    "label": {
                        "show": True,
                        "formatter": _label(screen, step, people),
                        "color": now.surface if step.people else now.ink,
                        "fontSize": 11,
                        "width": 180,
                        "overflow": "truncate",
                    },
                }
            )
    links = [
        {"source": str(step.place), "target": str(way)}
        for step in shown.steps
        if step.place in reached
        for way in step.leads_to
    ]
    chart(
        screen,
        {
            "tooltip": {"show": False},
            "series": [
                {
                    "type": "graph",
                    "layout": "none",
                    "data": nodes,
                    "links": links,
                    "edgeSymbol": ["none", "arrow"],
                    "edgeSymbolSize": 7,
                    "lineStyle": {"color": now.second, "width": 1, "opacity": 0.7},
                    "left": 100,
                    "right": 100,
                    "top": 20,
                    "bottom": 20,
                    "silent": True,
                }
            ],
        },
        height=max(220, _ROW * len(of_level) + 60),
        label=screen.say(
            f"The steps of {shown.title} and how many people stand at each", f"{shown.title}的步骤与各步人数"
        ),
    )


def _label(screen: Screen, step: Standing, people: int) -> str:
    name = step.says.replace("{", "(").replace("}", ")")  # ECharts reads braces as slots
    return f"{name} · {screen.number(people)}" if people else name


def _ended(screen: Screen, step: Standing) -> str:
    return ", ".join(
        f"{screen.say(*_OUTCOMES.get(word, (word, word)))} {screen.number(people)}"
        for word, people in step.ended.items()
    )


def _state(screen: Screen, state: str) -> Markup:
    tone: Tone = "good" if state == "running" else "warn"
    return badge(screen.say(*{"running": ("running", "运行中"), "paused": ("paused", "已暂停")}[state]), tone)


PAGE = Page(
    path="/journeys",
    title=Words("Journeys", "旅程"),
    icon="route",
    order=22,
    build=build,
    lead=Words(
        "What happens to a person step by step. A journey proposes; the guard decides.",
        "一个人一步一步会经历什么。旅程只提议，由守卫裁决。",
    ),
)
