"""``siyu store``: the funnel of each store, and staff by the people who stayed."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from siyu.app.bringing_in import stores
from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.catchment import Standing

app = App(name="store", help="Stores 门店: around, in, added, stayed; staff by the people who stayed.")


@app.command
def show(
    *,
    around: Annotated[tuple[str, ...], Parameter(help="People around a store, such as mall=50000.")] = (),
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Show each store's funnel by people who stayed, and which step would bring it most."""
    known = {}
    for text in around:
        name, mark, people = text.rpartition("=")
        if not mark or not name or not people.isdigit():
            raise BadInputError(f"{text!r} is no store and its people", where="--around", mend="such as mall=50000")
        known[name] = int(people)
    with open_workspace(workspace) as opened:
        answer({"stores": [told(one) for one in stores.stores(opened, around=known)]}, json=json)


@app.command
def staff(*, workspace: Path | None = None, json: bool = False) -> None:
    """Show staff by the people they added who stayed, not by how many they added."""
    with open_workspace(workspace) as opened:
        answer({"staff": stores.staff(opened)}, json=json)


def told(one: Standing) -> dict[str, Any]:
    """Write a store for an answer."""
    store = one.store
    return {
        "store": store.name,
        "around": store.around,
        "came": store.came,
        "added": store.added,
        "retained": store.retained,
        "came_share": one.came_share,
        "added_share": one.added_share,
        "retained_share": one.retained_share,
        "weakest": one.weakest,
        "short_of_best": one.short_of_best,
    }
