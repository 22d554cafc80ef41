"""``siyu play``: the plays there are, and what each brought."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer, notes
from siyu.app.workspace import open_workspace

app = App(name="play", help="The plays there are, and what each brought.")


@app.command(name="list")
def list_(
    *, workspace: Path | None = None, every: Annotated[bool, Parameter("--all")] = False, json: bool = False
) -> None:
    """List the plays that ran, with their holdout and the retention they brought, best first.

    Args:
        every: List every play there is, and whether it runs; the setting ``plays`` decides.
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.campaigns.effects import effects  # noqa: PLC0415  measuring is needed here alone
    from siyu.campaigns.play import plays  # noqa: PLC0415  keeps `siyu --help` light

    with open_workspace(workspace) as opened:
        if every:
            running = opened.settings.plays
            rows = [
                {"play": one.name, "chinese": one.chinese, "subsystem": one.subsystem, "runs": one.name in running}
                for one in plays().values()
            ]
            answer(rows, json=json)
        else:
            brought = effects(opened)
            if not brought:
                notes.print("no play has drawn anybody yet; `siyu play list --all` names them all", highlight=False)
            answer(brought, json=json)


@app.command
def choices(*, workspace: Path | None = None, json: bool = False) -> None:
    """Say what was chosen where several plays wanted to speak, and what other policies would have brought.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    from siyu.app.campaigns.other_policies import judge_other_policies  # noqa: PLC0415  measuring is needed here alone

    with open_workspace(workspace) as opened:
        answer(judge_other_policies(opened), json=json)
