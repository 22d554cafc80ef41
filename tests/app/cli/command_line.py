"""Commands run as people run them, over one workspace."""

import json
from pathlib import Path
from typing import Any

import pytest

from siyu.app.cli import build
from siyu.app.cli.answer import failed
from siyu.kernel.errors import SiyuError


class Siyu:
    """Runs command lines, over one workspace if there is a folder."""

    def __init__(self, folder: Path | None, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        status = 0
        try:
            build()(words, print_error=False, exit_on_error=False, result_action="return_value")
        except SiyuError as error:
            status = failed(error)
        out, err = self._capsys.readouterr()
        return status, out, err

    def answered(self, *words: str) -> Any:
        status, out, err = self(*words, *self._there(), "--json")
        assert status == 0, err
        return json.loads(out)

    def refused(self, *words: str) -> str:
        status, out, err = self(*words, *self._there(), "--json")
        assert (status, out) == (2, "")
        assert len(err.strip().splitlines()) == 1
        return err

    def _there(self) -> tuple[str, ...]:
        return () if self.folder is None else ("--workspace", str(self.folder))
