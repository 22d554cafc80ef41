"""How calls out are signed: id, moment and body under one key (HMAC-SHA256). Pure.

Source: https://www.standardwebhooks.com, read 2026-11-22.
"""

import base64
import hmac


def signature(body: bytes, *, secret: str, message_id: str, at_s: int) -> str:
    """Return the ``webhook-signature`` header of a call."""
    digest = hmac.digest(secret.encode(), f"{message_id}.{at_s}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"
