"""``siyu member``: where a member stands: tier, points by when they expire, coupons; and points are spent."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.loyalty import member as members
from siyu.app.workspace import open_workspace

app = App(name="member", help="Members 会员: tier, points and coupons of one person.")


@app.command
def show(person: int, *, workspace: Path | None = None, json: bool = False) -> None:
    """Show a member over all accounts of the person: tier and what is missing to the next, points, coupons."""
    with open_workspace(workspace) as opened:
        answer(members.member(opened, person), json=json)


@app.command
def spend(
    person: int,
    points: int,
    *,
    about: Annotated[str, Parameter(help="What for, such as an order's number; the same twice is spent once.")],
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Take points for something, those first that expire first."""
    with open_workspace(workspace) as opened:
        answer(members.spend_points(opened, person, points, about=about), json=json)
