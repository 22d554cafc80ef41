"""An address of the brand, played: takes signed calls once, refuses wrong signatures, fails on request."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.channels.webhook.signing import signature
from siyu.sandbox.played import Json, door, shelf
from siyu.sandbox.stage import Stage

#: A call that was signed longer ago is a replay (standardwebhooks.com: five minutes).
_WINDOW_S: Final = 300


class WebhookSandbox:
    """One address.

    Attributes:
        taken: What was taken, oldest first.
        repeats: How many calls were known already.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, "webhook-sandbox"
        self._secret = base64.b64encode(stage.random.randbytes(32)).decode()
        self._fails: list[int] = []
        self.taken: dict[str, Json] = {}
        self.repeats, self.refused = 0, 0

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {"secret": self._secret}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the address."""
        return [Route("/", self._answer, methods=["POST"])]

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to see what came and to let calls fail."""
        return [
            door(self.stage, "fail", self.fail_next),
            shelf(self.stage, lambda: list(self.taken.values())),
        ]

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        return {"taken": len(self.taken), "repeats": self.repeats, "refused": self.refused}

    def send_callbacks_to(self, url: str) -> None:
        """Do nothing: an address that is called does not call back."""

    def fail_next(self, status: int, *, times: int = 1) -> int:
        """Let the next calls answer an HTTP status and take nothing."""
        self._fails += [status] * times
        return len(self._fails)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}

        def run() -> int:
            with self.stage.lock:
                return self._status(headers, body)

        status = await run_in_threadpool(run)
        return Response(msgspec.json.encode({"ok": status == 200}), status, media_type="application/json")

    def _status(self, headers: Mapping[str, str], body: bytes) -> int:
        name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not name or not at.isdigit() or abs(int(at) - self.stage.now_s()) > _WINDOW_S:
            self.refused += 1
            return 401
        wanted = signature(body, secret=self._secret, message_id=name, at_s=int(at))
        if not any(hmac.compare_digest(wanted, one) for one in headers.get("webhook-signature", "").split()):
            self.refused += 1
            return 401
        if self._fails:
            return self._fails.pop(0)
        if self.stage.random.random() < self.stage.faults.busy:
            return 503
        if name in self.taken:
            self.repeats += 1
            return 409
        said = msgspec.json.decode(body)
        self.taken[name] = {"id": name, "at_us": self.stage.now_us(), "body": said}
        return 200


def build(stage: Stage) -> WebhookSandbox:
    """Open the address of this sandbox."""
    return WebhookSandbox(stage)
