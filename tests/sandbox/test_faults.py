"""Faults are read from one line, and a wrong one is named."""

import pytest

from siyu.kernel.errors import BadInputError
from siyu.sandbox.faults import Faults, dice, faults_of_text


def test_faults_are_read_from_one_line() -> None:
    assert faults_of_text("lost_callbacks=0.1, busy=1") == Faults(lost_callbacks=0.1, busy=1.0)
    assert faults_of_text("") == Faults()


@pytest.mark.parametrize("text", ["gremlins=0.1", "busy", "busy=2", "busy=-0.1", "busy=nan", "busy=often"])
def test_a_wrong_fault_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="--faults"):
        faults_of_text(text)


def test_the_same_seed_throws_the_same() -> None:
    assert dice(1, "wecom").random() == dice(1, "wecom").random() != dice(2, "wecom").random()
