"""Codes of WeCom belong to a family that says what to do next; the words beside them are never judged by."""

from datetime import timedelta

import pytest

from siyu.channels.wecom.errors import error_of
from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (-1, RetryLaterError), (40001, ConfigError), (40013, ConfigError), (40014, RetryLaterError),
        (42001, RetryLaterError), (40058, PermanentError), (40068, PermanentError), (40096, PermanentError),
        (41041, PermanentError), (41048, PermanentError), (41050, PermanentError), (41051, PermanentError),
        (41062, RetryLaterError), (41063, RetryLaterError), (41093, PermanentError), (41094, PermanentError),
        (41096, RetryLaterError), (45009, RetryLaterError), (45033, RetryLaterError), (48001, ConfigError),
        (48002, ConfigError), (50002, PermanentError), (60020, ConfigError), (81013, PermanentError),
        (84061, PermanentError), (84084, PermanentError), (95001, PermanentError), (301002, ConfigError),
        (999999, PermanentError),
    ],
)  # fmt: skip
def test_each_code_has_its_family(code: int, family: type[SiyuError]) -> None:
    assert type(error_of(code, "words", call="x")) is family
    assert type(error_of(code, "ok", call="x")) is family


def test_too_many_calls_wait_at_least_a_minute() -> None:
    error = error_of(45009, "", call="x")
    assert isinstance(error, RetryLaterError)
    assert error.retry_after >= timedelta(seconds=60)


def test_a_permanent_error_keeps_the_code_and_names_the_call() -> None:
    error = error_of(84061, "not external contact", call="externalcontact/remark")
    assert isinstance(error, PermanentError)
    assert error.code == "84061"
    assert "externalcontact/remark" in str(error)
