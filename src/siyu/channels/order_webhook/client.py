"""Hand an order over to Siyu: what a shop's system does, ready to use from Python. The only file here that does I/O."""

from typing import Any

import httpx
import msgspec

from siyu.channels.http import HttpCaller
from siyu.channels.order_webhook.errors import error_for
from siyu.channels.order_webhook.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature
from siyu.dispatch.account import Account
from siyu.kernel.period import SECOND


class OrderWebhookClient:
    """Signs and delivers orders to ``/callbacks/order_webhook/<account>``.

    Args:
        account: ``base_url`` is Siyu's own address; secret ``secret``.
    """

    def __init__(self, account: Account, *, transport: httpx.BaseTransport | None = None) -> None:
        self._account = account
        self._http = HttpCaller(account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def deliver(self, event_id: str, order: dict[str, Any], *, now_us: int) -> None:
        """Deliver one order; the same ``event_id`` delivered twice counts once.

        Raises:
            ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as its family says.
        """
        body = msgspec.json.encode({"event_id": event_id, "order": order})
        timestamp = str(now_us // SECOND)
        response = self._http.call(
            "POST",
            f"/callbacks/order_webhook/{self._account.account}",
            content=body,
            headers={
                "content-type": "application/json",
                TIMESTAMP_HEADER: timestamp,
                SIGNATURE_HEADER: signature(self._account.secrets["secret"], timestamp, body),
            },
        )
        if response.status_code != httpx.codes.OK:
            raise error_for(str(response.status_code), response.text[:200])
