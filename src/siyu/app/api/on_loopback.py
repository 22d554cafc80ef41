"""Serve the HTTP doors of a workspace on this machine alone, beside whatever this process does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from siyu.app.api import build
from siyu.app.workspace import Workspace


@contextmanager
def on_loopback(workspace: Workspace) -> Iterator[str]:
    """Serve the API on a free port of loopback and give its address; a played platform calls back there."""
    config = uvicorn.Config(build(workspace), host="127.0.0.1", port=0, log_level="warning", access_log=False)
    socket = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, name="doors", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
