"""``siyu doctor``: what is wrong, and how to mend it."""

import sys
from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer
from siyu.app.doctor import examine
from siyu.app.workspace import default_workspace

app = App(name="doctor", help="Look at workspace, disk, clock and versions, and say how to mend what is wrong.")


@app.default
def doctor(*, workspace: Path | None = None, json: bool = False) -> None:
    """Examine a workspace; the exit status is 0 when all is well, 1 when something should be mended.

    Args:
        workspace: The folder; ``$SIYU_WORKSPACE`` or ``.workspace`` if left out.
        json: Answer with one JSON document.
    """
    findings = examine(workspace or default_workspace())
    healthy = all(finding.good for finding in findings)
    answer({"healthy": healthy, "findings": findings} if json else findings, json=json)
    if not healthy:
        sys.exit(1)
