"""``siyu bait``: what is offered to come nearer: kept, claimed once a person, handed over, judged by who stays."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.bringing_in import baits
from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace
from siyu.app.yaml_file import read_yaml

app = App(name="bait", help="Baits 诱饵: cost of a retained person decides.")


@app.command
def keep(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Keep a bait from a file (YAML): name, cost_minor, stock, and where, when and in what weather it is offered."""
    with open_workspace(workspace) as opened:
        answer({"bait": baits.keep_bait(opened, read_yaml(file)).name}, json=json)


@app.command
def claim(
    name: str,
    person: int,
    *,
    place: str = "",
    celsius: Annotated[float | None, Parameter(help="The weather there, if the bait is for a weather.")] = None,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Let a person claim a bait: once over all accounts, while there are some, where and when it is offered."""
    with open_workspace(workspace) as opened:
        answer(baits.claim(opened, name, person, place=place, celsius=celsius), json=json)


@app.command
def hand(claimed: str, *, proof: str, workspace: Path | None = None, json: bool = False) -> None:
    """Book that a claim was handed over, and by what."""
    with open_workspace(workspace) as opened:
        baits.hand_over(opened, claimed, proof=proof)
    answer({"claim": claimed, "kept": True}, json=json)


@app.command
def decide(
    refusal: str,
    *,
    give: Annotated[bool, Parameter(help="It is given after all; otherwise it is denied.")] = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Decide a doubtful claim, one that may be a second one under another account; `show` names those that wait."""
    with open_workspace(workspace) as opened:
        answer(baits.decide(opened, refusal, give=give), json=json)


@app.command
def show(*, workspace: Path | None = None, json: bool = False) -> None:
    """Show what became of every bait, the cheapest retained person first, and which claims were not given and why."""
    with open_workspace(workspace) as opened:
        told = [baits.told(one) for one in baits.results(opened)]
        answer({"baits": told, "not_given": baits.refusals(opened)}, json=json)
