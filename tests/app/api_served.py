"""A real ``siyu serve`` as a process of its own, for tests that need one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from siyu.app.access.api_keys import make_key
from siyu.app.workspace import open_workspace

_MAIN = "import sys; sys.argv[0] = 'siyu'; from siyu.app.cli import main; main()"


class Served:
    """One server process over a workspace; can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        workspace = open_workspace(folder, create=True)
        self.key = make_key(workspace, "intake", "tests")
        workspace.close()
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> "Served":
        self.process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "serve", "--workspace", str(self.folder), "--port", "0", "--no-console",
             "--no-worker", "--json"],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self.port = json.loads(self.process.stdout.readline())["port"]
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        status = self.process.wait(120)
        self.process.stdout.close()
        self.process = None
        return status
