"""Call an address of the brand. The only file of this channel that does I/O.

The receiver takes each ``idempotency-key`` once, so a call whose answer was lost may be made again: there is no
unknown outcome here.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any, Final

import msgspec

from siyu.channels.http import HttpCaller
from siyu.channels.webhook.errors import error_for
from siyu.channels.webhook.signing import signature
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import ConfigError, RetryLaterError, UnknownOutcomeError
from siyu.kernel.period import SECOND

_AGAIN: Final = timedelta(minutes=1)
#: The receiver has it already.
_KNOWN: Final = 409


class WebhookClient:
    """One address. ``account.base_url`` is where calls go; secret: ``secret``."""

    def __init__(self, account: Account, *, now_us: Callable[[], int], http: HttpCaller | None = None) -> None:
        self._secret = account.secrets.get("secret", "")
        if not self._secret:
            raise ConfigError("this webhook has no secret: paste it with `siyu channel connect`")
        self.now_us, self._http = now_us, http or HttpCaller(account.base_url)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def call(self, message_id: str, body: Mapping[str, Any]) -> None:
        """Make one signed call.

        Raises:
            RetryLaterError: it was not taken, or nobody knows; a repeat is harmless.
            PermanentError, ConfigError: it will not be taken.
        """
        content, now_s = msgspec.json.encode(body), self.now_us() // SECOND
        headers = {
            "content-type": "application/json",
            "idempotency-key": message_id,
            "webhook-id": message_id,
            "webhook-timestamp": str(now_s),
            "webhook-signature": signature(content, secret=self._secret, message_id=message_id, at_s=now_s),
        }
        try:
            response = self._http.call("POST", "", content=content, headers=headers)
        except UnknownOutcomeError as error:
            raise RetryLaterError(str(error), retry_after=_AGAIN) from error
        if not response.is_success and response.status_code != _KNOWN:
            raise error_for(response.status_code)


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:  # noqa: ARG001  the shape of every channel
    """Call the address with a test that it should answer with 2xx.

    Raises:
        ConfigError, PermanentError, RetryLaterError: it does not.
    """
    with closing(WebhookClient(account, now_us=lambda: now_us)) as client:
        client.call(f"test-{now_us}", {"type": "test"})
    return "the address takes signed calls"
