"""Sign one delivery of the order webhook. Pure.

``X-Siyu-Signature: v1=hex(HMAC-SHA256(secret, timestamp + "." + body))`` with ``X-Siyu-Timestamp`` in Unix seconds.
"""

from typing import Final

from siyu.channels.signatures import hmac_sha256_hex

TIMESTAMP_HEADER: Final = "x-siyu-timestamp"
SIGNATURE_HEADER: Final = "x-siyu-signature"
#: A delivery that was signed longer ago than this is a replay.
WINDOW_S: Final = 300


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the value of the signature header."""
    return "v1=" + hmac_sha256_hex(secret, timestamp, ".", body)
