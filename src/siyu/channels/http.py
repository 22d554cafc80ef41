"""Call a platform over HTTP, with time-outs, and tell "never left" from "the answer was lost"."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

from siyu.kernel.errors import PermanentError, RetryLaterError, UnknownOutcomeError

#: The request did not reach the platform: it did not happen.
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_RECONNECT_AFTER: Final = timedelta(seconds=30)
_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)


class HttpCaller:
    """Calls one base URL; safe to use from several threads.

    Secrets travel in queries on some platforms, so no address with a query ever gets into an error or a log.

    Args:
        base_url: The platform, or the sandbox.
        transport: In place of the network, for tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: httpx.Timeout = _TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=base_url.rstrip("/"),
            timeout=timeout,
            transport=transport,
            headers={"user-agent": "siyu", **(headers or {})},
            trust_env=False,
            verify=not base_url.startswith("http://"),  # the sandbox has no certificate; reading ours takes 20 ms
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: Any = None,
        content: bytes | None = None,
        file: tuple[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Make one request and return the answer, whatever its status.

        Args:
            json: A body to send as JSON (integers above 2^53 stay exact).
            file: A file to send as a form: field, (name, content, media type).

        Raises:
            RetryLaterError: the request never left, or the platform said 429 or 503.
            UnknownOutcomeError: it left and the answer was lost, or the platform broke on it (500, 502, 504).
        """
        sent = dict(headers or {})
        if json is not None:
            content = msgspec.json.encode(json)
            sent.setdefault("content-type", "application/json; charset=utf-8")
        try:
            files = [file] if file else None
            response = self._client.request(method, path, params=query, content=content, files=files, headers=sent)
        except _NEVER_LEFT as error:
            raise RetryLaterError(
                f"{path}: could not be reached ({type(error).__name__})", retry_after=_RECONNECT_AFTER
            ) from None
        except httpx.TransportError as error:
            raise UnknownOutcomeError(f"{path}: the answer was lost ({type(error).__name__})") from None
        if response.status_code in {429, 503}:
            raise RetryLaterError(f"{path}: HTTP {response.status_code}", retry_after=_retry_after(response))
        if response.status_code >= 500:
            raise UnknownOutcomeError(f"{path}: HTTP {response.status_code}")
        return response

    def call_json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Make one request and return the JSON object that answers it.

        Raises:
            PermanentError: HTTP 4xx.
            RetryLaterError, UnknownOutcomeError: as :meth:`call`; an answer that is no JSON object counts as lost.
        """
        response = self.call(method, path, query=query, json=json, headers=headers)
        if response.is_client_error:
            raise PermanentError(f"{path}: HTTP {response.status_code}", code=str(response.status_code))
        return json_object(response.content, where=path)


def json_object(content: bytes, *, where: str) -> dict[str, Any]:
    """Read an answer that should be a JSON object.

    Raises:
        UnknownOutcomeError: it is none; the call may have happened all the same.
    """
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnknownOutcomeError(f"{where}: the answer is no JSON") from error
    if not isinstance(answer, dict):
        raise UnknownOutcomeError(f"{where}: the answer is no JSON object")
    return answer


def judged(answer: dict[str, Any], error_for: Callable[[str, str], Exception]) -> dict[str, Any]:
    """Return an answer whose ``code`` is 0, its ``data`` an object (empty if it was none).

    Args:
        error_for: The channel's own, from code and words to the error that says what to do.

    Raises:
        Whatever ``error_for`` makes of another code.
    """
    if answer.get("code") != 0:
        raise error_for(str(answer.get("code")), str(answer.get("message", "")))
    if not isinstance(answer.get("data"), dict):
        answer["data"] = {}
    return answer


def _retry_after(response: httpx.Response) -> timedelta:
    text = response.headers.get("retry-after", "")
    return timedelta(seconds=min(int(text), 86_400)) if text.isascii() and text.isdigit() else _RECONNECT_AFTER
