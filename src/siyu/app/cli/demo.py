"""``siyu demo``: a year of a grocer's real purchases through the whole loop."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from siyu.app.cli.answer import answer, notes, progress_bars

if TYPE_CHECKING:
    from siyu.app.demo.report import Report

app = App(name="demo", help="A year of a grocer's real purchases through the whole loop.")


@app.default
def demo(
    *, workspace: Path | None = None, fast: bool = False, serve: bool = True, port: int = 8000, json: bool = False
) -> None:
    """Replay thirteen weeks of real purchases through the loop, report, and open the console.

    Args:
        workspace: An empty folder; ``.workspace/demo`` if left out, made anew at every run.
        fast: Turn the loop once a week instead of once a day.
        serve: Open the console when the replay is done.
        port: Of the console; 0 takes a free one.
        json: Answer with one JSON document.
    """
    from siyu.app.demo.run import run_demo  # noqa: PLC0415  the loop is needed here alone

    folder, thrown_away = _folder(workspace, keep=serve)
    try:
        with progress_bars() as progress:
            found = run_demo(folder, fast=fast, progress=progress)
        if json:
            answer(found, json=True)
        else:
            _print(found)
        if serve:
            _serve(folder, port)
    finally:
        if thrown_away:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(workspace: Path | None, *, keep: bool) -> tuple[Path, bool]:
    """Return where the demo lives, and whether it goes when we leave."""
    if workspace is not None:
        return workspace, False
    if not keep:
        return Path(tempfile.mkdtemp(prefix="siyu-demo-")), True
    folder = Path(".workspace") / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    return folder, False


def _print(found: "Report") -> None:
    from siyu.kernel.money import major_text  # noqa: PLC0415  keeps `siyu --help` light

    sales = f"{found.currency} {major_text(found.sales_minor, found.currency)}"
    answer(
        {
            "people": f"{found.people:,}",
            "paid orders": f"{found.orders:,}",
            "sales": sales,
            "coupons redeemed": f"{found.redemptions:,}",
            "proposals": f"{found.proposals:,}",
            "messages that arrived": f"{found.sent:,}",
            "held, by rule": ", ".join(f"{rule} {count:,}" for rule, count in found.held.items()) or "none",
            "denied, by rule": ", ".join(f"{rule} {count:,}" for rule, count in found.denied.items()) or "none",
            "plays": [
                {
                    "play": one.name,
                    "treated": one.treated,
                    "held out": one.holdout,
                    "uplift, 30 days": "-" if one.uplift is None else f"{one.uplift:+.3f}",
                    "95 % interval": "-" if one.low is None else f"{one.low:+.3f} to {one.high:+.3f}",
                }
                for one in found.plays
            ],
        },
        json=False,
    )
    for one in found.plays:
        notes.print(f"{one.name} {one.chinese}: {one.says}")
    notes.print(found.says)
    if found.market is not None:
        from siyu.app.simulate.demo import lines_of  # noqa: PLC0415  the market is loaded by then

        notes.print(f"On a market whose people do respond: {found.market.says}.")
        notes.print("All plays together on another market, those first that brought most people back:")
        for line in lines_of(found.market.every_play):
            notes.print(f"  {line}", soft_wrap=True)


def _serve(folder: Path, port: int) -> None:
    from siyu.app.cli.serve import serve  # noqa: PLC0415  the web server is needed here alone

    serve(workspace=folder, port=port, worker=False)
