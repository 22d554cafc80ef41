from pathlib import Path

import pytest

import siyu.app
from siyu.app.log import get_logger


def test_the_log_leaves_standard_output_to_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    get_logger(__name__).warning("cannot ask now", account="corp")
    told = capsys.readouterr()
    assert told.out == ""
    assert "cannot ask now" in told.err
    assert "corp" in told.err


def test_nobody_makes_a_log_of_their_own() -> None:
    files = Path(siyu.app.__path__[0]).rglob("*.py")
    assert [file.name for file in files if "import structlog" in file.read_text("utf-8")] == ["log.py"]
