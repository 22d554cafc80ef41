"""What never left may be tried again; what was lost on the way back must be looked up."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from siyu.channels.http import HttpCaller
from siyu.kernel.errors import PermanentError, RetryLaterError, UnknownOutcomeError

PATH = "/cgi-bin/x"


def answering(answer: Any) -> HttpCaller:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpCaller("http://platform", transport=httpx.MockTransport(handle))


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ConnectTimeout("no"), httpx.PoolTimeout("no")])
def test_a_request_that_never_left_may_be_tried_again(error: Exception) -> None:
    with pytest.raises(RetryLaterError):
        answering(error).call_json("GET", PATH)


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("no"), httpx.ReadError("no"), httpx.WriteError("no"), httpx.RemoteProtocolError("no")]
)
def test_an_answer_that_was_lost_is_unknown(error: Exception) -> None:
    with pytest.raises(UnknownOutcomeError):
        answering(error).call_json("GET", PATH)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_platform_that_breaks_leaves_the_outcome_unknown(status: int) -> None:
    with pytest.raises(UnknownOutcomeError):
        answering(httpx.Response(status)).call_json("POST", PATH)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"a":', b"\xff\xfe"])
def test_an_answer_that_is_no_json_object_is_unknown(body: bytes) -> None:
    with pytest.raises(UnknownOutcomeError):
        answering(httpx.Response(200, content=body)).call_json("POST", PATH)


def test_the_platform_says_when_to_come_back() -> None:
    with pytest.raises(RetryLaterError) as raised:
        answering(httpx.Response(429, headers={"retry-after": "7"})).call_json("GET", PATH)
    assert raised.value.retry_after == timedelta(seconds=7)


def test_a_refused_request_is_permanent_and_keeps_its_code() -> None:
    with pytest.raises(PermanentError) as raised:
        answering(httpx.Response(404)).call_json("GET", PATH)
    assert raised.value.code == "404"


@pytest.mark.parametrize("answer", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.Response(404)])
def test_no_error_ever_shows_the_query_where_secrets_travel(answer: Any) -> None:
    with pytest.raises((RetryLaterError, UnknownOutcomeError, PermanentError)) as raised:
        answering(answer).call_json("GET", PATH, query={"access_token": "SECRET"})
    assert "SECRET" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_integers_above_2_to_the_53_travel_exactly() -> None:
    seen = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200, content=b'{"id":9007199254740993}')

    caller = HttpCaller("http://platform", transport=httpx.MockTransport(handle))
    assert caller.call_json("POST", PATH, json={"id": 2**53 + 1}) == {"id": 2**53 + 1}
    assert seen == [b'{"id":9007199254740993}']
