"""Every journey in the documentation is one that can be published."""

from pathlib import Path

import pytest

from siyu.app.journeys.publish import check_text

_EXAMPLES = sorted((Path(__file__).resolve().parents[3] / "docs" / "journeys").glob("*.yaml"))


@pytest.mark.parametrize("file", _EXAMPLES, ids=lambda file: file.stem)
def test_a_documented_journey_has_no_fault_and_no_warning(file: Path) -> None:
    checked = check_text(None, file.read_text("utf-8"))
    assert not checked.faults
    assert not checked.warnings


def test_there_are_documented_journeys() -> None:
    assert len(_EXAMPLES) >= 3
