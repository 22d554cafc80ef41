"""Errors as problem+json, with the family of the error saying the status.

Source: RFC 9457.
"""

from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from siyu.kernel.errors import (
    BadInputError,
    ConfigError,
    PermanentError,
    RefusedError,
    RetryLaterError,
    SiyuError,
    UnknownOutcomeError,
)

MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final[dict[type[SiyuError], tuple[int, str]]] = {
    BadInputError: (400, "The request cannot be understood"),
    RefusedError: (403, "Siyu will not do this"),
    RetryLaterError: (503, "Not now"),
    UnknownOutcomeError: (502, "The outcome is not known"),
    PermanentError: (422, "This cannot be done"),
    ConfigError: (500, "The set-up is wrong"),
}
_TITLES: Final = {
    400: "The request cannot be understood",
    401: "A key is needed",
    403: "This key does not open this door",
    404: "There is nothing here",
    405: "Not in this way",
    413: "Too large",
    415: "Not in this form",
}


def problem(
    status: int, detail: str, *, title: str = "", headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """Answer with a problem.

    Args:
        detail: What is wrong with this request, for a person to read.
        more: Members of their own, such as ``where``.
    """
    body = {"type": "about:blank", "title": title or _TITLES.get(status, "Error"), "status": status, "detail": detail}
    return Response(msgspec.json.encode({**body, **more}), status, headers, MEDIA_TYPE)


async def of_siyu_error(_request: Request, error: Exception) -> Response:
    """Answer an error that Siyu raised on purpose."""
    status, title = next((known for family, known in _STATUS.items() if isinstance(error, family)), (500, "Error"))
    more: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(error, BadInputError):
        more = {name: text for name, text in (("where", error.where), ("mend", error.mend)) if text}
    elif isinstance(error, RefusedError):
        more = {"allowed": error.allowed}
    elif isinstance(error, RetryLaterError):
        headers = {"Retry-After": str(max(1, round(error.retry_after.total_seconds())))}
    return problem(status, str(error), title=title, headers=headers, **more)


async def of_http_error(_request: Request, error: Exception) -> Response:
    """Answer what the frame itself refused: no such path, no such method."""
    if not isinstance(error, HTTPException):
        return problem(500, "something went wrong inside")
    return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))


async def of_accident(_request: Request, _error: Exception) -> Response:
    """Answer an error that nobody foresaw; the log has the rest."""
    return problem(500, "something went wrong inside; the log of the server says what")
