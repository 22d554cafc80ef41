"""``siyu consent``: what a person allows, and when they said so."""

from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.app.people.consents import decide, history
from siyu.app.workspace import open_workspace

app = App(name="consent", help="What people allow 授权: show, grant, withdraw.")


@app.command
def show(person: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Show what a person allows today, per purpose and channel, and every decision they made."""
    with open_workspace(workspace) as opened:
        answer(history(opened, person), json=json)


@app.command
def grant(
    person: str,
    purpose: str,
    *,
    text: str,
    proof: str,
    channel: str = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Record that a person allowed something.

    Args:
        purpose: marketing, service, ads_upload, personalised, or guardian (for somebody under fourteen).
        text: Which version of the text they saw.
        proof: Where it can be checked: a form, a recording, a touch id.
        channel: Where it holds; every channel if it is not said.
    """
    with open_workspace(workspace) as opened:
        answer(decide(opened, person, purpose, granted=True, channel=channel, text=text, proof=proof), json=json)


@app.command
def withdraw(
    person: str, purpose: str, *, proof: str = "", channel: str = "", workspace: Path | None = None, json: bool = False
) -> None:
    """Record that a person took it back; it acts at the very next decision.

    Args:
        purpose: marketing, service, ads_upload, personalised, or guardian (for somebody under fourteen).
        proof: Where it can be checked, if anywhere.
        channel: Where it ends; every channel if it is not said.
    """
    with open_workspace(workspace) as opened:
        answer(decide(opened, person, purpose, granted=False, channel=channel, text="", proof=proof), json=json)
