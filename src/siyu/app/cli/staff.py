"""``siyu staff``: what waits for staff, and what happens when one of them leaves."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError

app = App(name="staff", help="What waits for staff, and what happens when one of them leaves.")


@app.command
def tasks(*, days: int = 7, workspace: Path | None = None, json: bool = False) -> None:
    """List what waits for staff, the most urgent first, and what became of what they were given.

    Args:
        days: How far back the results go.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.dispatch.staff_tasks import staff_results, staff_tasks  # noqa: PLC0415  keeps `siyu --help` light

    if days < 1:
        raise BadInputError(f"{days} days are no time to look back", where="--days")
    with open_workspace(workspace) as opened:
        answer({"tasks": staff_tasks(opened), "results": staff_results(opened, days=days)}, json=json)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where somebody's customers go.

    Attributes:
        to: Who takes over; say it once for each. Whoever has the fewest customers gets the next one.
        account: The connected account; needed if there are several on the channel.
        channel: The platform.
        working: They still work there, and only move to another task.
    """

    to: list[str]
    account: str = ""
    channel: str = "wecom"
    working: bool = False

    def among(self, senders: Collection[tuple[str, str]]) -> dict[str, Any]:
        """Return it as ``staff_leaving`` wants it, with the account among the connected ones."""
        connected = [one for on, one in senders if on == self.channel]
        if not self.account and len(connected) != 1:
            raise BadInputError(
                f"{len(connected)} accounts are connected on {self.channel}",
                mend=f"--account {'|'.join(connected) or 'NAME'}",
            )
        account = self.account or connected[0]
        return {"channel": self.channel, "account": account, "takers": self.to, "left": not self.working}


@app.command
def leave(name: str, move: Move, *, workspace: Path | None = None, json: bool = False) -> None:
    """Let nothing more go out in somebody's name, and hand their customers over by the platform's own transfer.

    Args:
        name: Who leaves, as the platform calls them.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.channels.senders import open_senders  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.dispatch.staff_leaving import leave as begin  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        senders = open_senders(opened)
        answer(begin(opened, senders, name, **move.among(senders)), json=json)


@app.command(name="moving")
def moving_(name: str, move: Move, *, workspace: Path | None = None, json: bool = False) -> None:
    """Ask the platform how far somebody's customers are on their way to others; it takes a day on WeCom.

    Args:
        name: Who left, as the platform calls them.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.channels.senders import open_senders  # noqa: PLC0415  keeps `siyu --help` light
    from siyu.app.dispatch.staff_leaving import moving  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        senders = open_senders(opened)
        answer(moving(senders, name, **move.among(senders)), json=json)
