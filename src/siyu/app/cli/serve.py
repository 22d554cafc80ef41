"""``siyu serve``: API, console and worker in one process."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace

app = App(name="serve", help="Serve the API, the console and the worker in one process.")


@app.default
def serve(
    *,
    workspace: Annotated[Path | None, Parameter(help="The workspace; made if it is not there.")] = None,
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(help="0 takes a free one, and says which.")] = 8000,
    console: bool = True,
    worker: bool = True,
    json: bool = False,
) -> None:
    """Serve until Ctrl-C; then finish what has begun."""
    from siyu.app.serve import Listening, serve  # noqa: PLC0415  the web server is needed here alone

    opened = open_workspace(workspace, create=True)

    def listening(where: Listening) -> None:
        if json:
            answer({"url": where.url, "host": where.host, "port": where.port}, json=True)
        else:
            print(f"Siyu serves {where.url}", flush=True)

    try:
        serve(opened, host=host, port=port, console=console, worker=worker, listening=listening)
    finally:
        opened.close()
