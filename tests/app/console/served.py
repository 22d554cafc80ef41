"""Serve the console over a small shop, in a process of its own: ``python served.py FOLDER``; prints its address."""

import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).parents[2]))

from app.console import small_shop
from siyu.app.access.passwords import set_password
from siyu.app.console import mount

PASSWORD = "correct horse battery"


def main(folder: Path) -> None:
    """Serve until killed."""
    workspace = small_shop.build(folder)
    set_password(workspace, PASSWORD)
    app = FastAPI()
    mount(app, workspace)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
