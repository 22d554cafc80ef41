"""A shop's own system, played: hands orders over by the signed webhook, again and again if asked to."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from siyu.channels.order_webhook.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature
from siyu.kernel.money import major_text
from siyu.kernel.period import moment_of
from siyu.sandbox.played import Ears, Json, door
from siyu.sandbox.stage import Stage


class OrderWebhookSandbox:
    """One shop with a system of its own.

    Attributes:
        delivered: The last word of each event: event id -> order.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.account = stage, f"shop{stage.random.randrange(10**5, 10**6)}"
        self._secret = f"{stage.random.getrandbits(160):040x}"
        self.ears = Ears(stage)
        self.orders: dict[str, Json] = {}
        self.delivered: dict[str, Json] = {}

    def secrets(self) -> Mapping[str, str]:
        """Return what one pastes."""
        return {"secret": self._secret}

    def routes(self) -> Sequence[BaseRoute]:
        """Return nothing: the shop calls, and is not called."""
        return []

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to play buyers."""
        acts: dict[str, Callable[..., Any]] = {"buy": self.buy, "refund": self.refund, "deliver_again": self.again}
        return [door(self.stage, name, act) for name, act in acts.items()]

    def state(self) -> Mapping[str, Any]:
        """Return a short account."""
        return {"orders": len(self.orders), "events": len(self.delivered)}

    def send_callbacks_to(self, url: str) -> None:
        """Deliver orders to ``url``."""
        self.ears.url = url

    def buy(self, phone: str, fen: int, source_code: str = "") -> str:
        """Somebody orders and pays; returns the order's number."""
        number = f"A{len(self.orders) + 1:08d}"
        self.orders[number] = {
            "order_no": number,
            "status": "paid",
            "created_at": self._now(),
            "paid_at": self._now(),
            "currency": "CNY",
            "total": _yuan(fen),
            "paid": _yuan(fen),
            "buyer": {"phone": phone},
            "lines": [{"product_id": "P1", "title": "沙盒茶", "quantity": 1, "unit": _yuan(fen), "paid": _yuan(fen)}],
            "source_code": source_code,
        }
        self._tell(f"{number}-paid", self.orders[number])
        return number

    def refund(self, order_no: str, fen: int) -> str:
        """The shop gives money back; returns the refund's number."""
        order = self.orders[order_no]
        refunds = order.setdefault("refunds", [])
        name = f"R{order_no}-{len(refunds) + 1}"
        refunds.append({"refund_id": name, "amount": _yuan(fen), "at": self._now(), "reason": ""})
        self._tell(f"{name}-done", order)
        return name

    def again(self, event_id: str) -> bool:
        """Deliver an event once more: the same event id counts once."""
        return self._tell(event_id, self.delivered[event_id])

    def _tell(self, event_id: str, order: Json) -> bool:
        self.delivered[event_id] = order
        body, timestamp = msgspec.json.encode({"event_id": event_id, "order": order}), str(self.stage.now_s())
        headers = {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature(self._secret, timestamp, body)}
        return self.ears.tell(body, headers=headers)

    def _now(self) -> str:
        return moment_of(self.stage.now_us()).isoformat(timespec="seconds")


def _yuan(fen: int) -> str:
    return major_text(fen).replace(",", "")


def build(stage: Stage) -> OrderWebhookSandbox:
    """Open the shop of this sandbox."""
    return OrderWebhookSandbox(stage)
