"""Commands run as people run them, over one workspace."""

from pathlib import Path

import pytest

from app.cli.command_line import Siyu


@pytest.fixture
def siyu(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Siyu:
    return Siyu(tmp_path / "w", capsys)
