"""``siyu ad``: what advertisements cost and brought, which creatives are worn out, what the platforms were told."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from siyu.app.bringing_in.ads import ads, creatives
from siyu.app.bringing_in.ads_feedback import feedback
from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace

app = App(name="ad", help="Advertisements 投放: spend against repeat purchase, fatigue, what platforms were told.")


@app.command
def show(
    *,
    by: Annotated[str, Parameter(help="campaign, ad or channel.")] = "campaign",
    margin: Annotated[float, Parameter(help="Gross margin of sales, such as 0.45.")] = 1.0,
    days: int = 365,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Show what each campaign, creative or channel cost and brought back, repeat purchase counted."""
    with open_workspace(workspace) as opened:
        answer({"by": by, "margin": margin, "ads": ads(opened, by=by, margin=margin, days=days)}, json=json)


@app.command
def fatigue(*, days: int = 90, workspace: Path | None = None, json: bool = False) -> None:
    """Show which creatives are answered less and less, the tired ones first."""
    with open_workspace(workspace) as opened:
        found = creatives(opened, days=days)
    rows: list[dict[str, Any]] = [
        {
            "campaign": campaign,
            "creative": ad,
            "impressions": one.impressions,
            "first_rate": one.first_rate,
            "last_rate": one.last_rate,
            "fallen": one.fallen,
            "tired": one.tired,
        }
        for campaign, ad, one in found
    ]
    answer({"creatives": rows, "tired": sum(one.tired for *_names, one in found)}, json=json)


@app.command
def told(*, workspace: Path | None = None, json: bool = False) -> None:
    """Show what ad platforms were told of their leads, and by which consent text."""
    with open_workspace(workspace) as opened:
        answer({"told": feedback(opened)}, json=json)
