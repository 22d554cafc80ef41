"""The map as a Sankey diagram: from sources through the stages to repeat purchase and referral."""

from typing import Any

from siyu.app.console.parts.chart import chart, colours
from siyu.app.console.screen import Screen
from siyu.app.console.words import PLACES, place, source
from siyu.measurement.journey_map import JourneyMapResult

_SOURCE = "source:"


def sankey(screen: Screen, result: JourneyMapResult, *, narrow: bool = False) -> None:
    """Draw the map; every node says how many people stand there.

    Args:
        narrow: For a phone: from top to bottom.
    """
    now = colours(screen)
    depth = {name: level + 1 for level, name in enumerate(result.reached)}
    nodes: list[dict[str, Any]] = []
    for name, people in result.sources:
        nodes.append(
            {"name": _SOURCE + name, "depth": 0, "label": {"formatter": _told(screen, source(screen, name), people)}}
        )
    used = {flow.end for flow in result.flows}
    for name, people in result.reached.items():
        if name not in used:
            continue
        colour = now.scale[0] if name in {"retention", "repeat"} else now.scale[1]
        label = {"formatter": _told(screen, place(screen, name), people)}
        nodes.append({"name": name, "depth": depth[name], "itemStyle": {"color": colour}, "label": label})
    for node in nodes:
        node.setdefault("itemStyle", {"color": now.scale[2]})
    links = [
        {
            "source": flow.start if flow.start in PLACES and flow.end != "contact" else _SOURCE + flow.start,
            "target": flow.end,
            "value": flow.people,
        }
        for flow in result.flows
        if flow.people
    ]
    options = {
        "tooltip": {"trigger": "item", ":formatter": _tooltip(screen, result)},
        "series": [
            {
                "type": "sankey",
                "orient": "vertical" if narrow else "horizontal",
                "nodeAlign": "left",
                "nodeWidth": 12,
                "nodeGap": 18 if narrow else 22,
                "left": 4,
                "right": 4 if narrow else 118,
                "top": 46 if narrow else 10,
                "bottom": 26 if narrow else 16,
                "draggable": False,
                "layoutIterations": 64,
                "emphasis": {"focus": "adjacency"},
                "lineStyle": {"color": "gradient", "opacity": 0.28, "curveness": 0.5},
                "itemStyle": {"borderWidth": 0},
                "label": {
                    "color": now.ink,
                    "fontSize": 11 if narrow else 12.5,
                    "lineHeight": 16,
                    "position": "top" if narrow else "right",
                    "textBorderWidth": 0,
                },
                "data": nodes,
                "links": links,
            }
        ],
    }
    drawn = chart(
        screen,
        options,
        height=560 if narrow else 340,
        label=screen.say("Map from sources to referral", "从来源到裂变的旅程图"),
    )
    drawn.classes("only-narrow" if narrow else "only-wide")


def _told(screen: Screen, name: str, people: int) -> str:
    short = name if len(name) <= 22 else f"{name[:21]}…"
    return f"{short}\n{screen.number(people)}".replace("{", "(").replace("}", ")")


def _tooltip(screen: Screen, result: JourneyMapResult) -> str:
    """JavaScript that names a flow in words; ECharts would show our keys."""
    names = {name: place(screen, name) for name in PLACES}
    names |= {_SOURCE + name: source(screen, name) for name, _ in result.sources}
    pairs = ",".join(f"[{_quoted(key)},{_quoted(value)}]" for key, value in names.items())
    people = _quoted(screen.say("people", "人"))
    return (
        f"(p)=>{{const n=new Map([{pairs}]);const t=(k)=>{{const e=document.createElement('i');"
        "e.textContent=n.get(k)||k;return e.innerHTML};const v=Number(p.value).toLocaleString('en-US');"
        "return (p.dataType==='edge'?t(p.data.source)+' → '+t(p.data.target):t(p.name))"
        f"+'<br><b>'+v+'</b> '+{people}}}"
    )


def _quoted(text: str) -> str:
    safe = "".join(
        char if char.isalnum() or char in " -_.:@" else f"\\u{ord(char):04x}" for char in text if ord(char) < 65536
    )
    return f"'{safe}'"
