"""Signatures under callbacks and requests: the few digests that the platforms of this field use. Pure.

Source: each platform's page on message push; the vectors in ``tests/channels/fixtures/crypto.json``.
"""

import base64
import hmac
from hashlib import md5, sha1


def same(left: str, right: str) -> bool:
    """Compare two signatures in a time that does not tell where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


def sha1_hex(*parts: str | bytes) -> str:
    """Return the SHA-1 of the parts set one behind the other (Douyin webhooks: secret, then body)."""
    return sha1(_joined(parts), usedforsecurity=False).hexdigest()


def md5_hex(*parts: str | bytes) -> str:
    """Return the MD5 of the parts set one behind the other (Kuaishou, Youzan, Doudian)."""
    return md5(_joined(parts), usedforsecurity=False).hexdigest()


def hmac_sha256_hex(key: str | bytes, *parts: str | bytes) -> str:
    """Return the keyed SHA-256 in hexadecimal (Ocean Engine, Doudian, generic order webhooks)."""
    return hmac.new(_joined((key,)), _joined(parts), "sha256").hexdigest()


def hmac_sha256_base64(key: str | bytes, *parts: str | bytes) -> str:
    """Return the keyed SHA-256 in base64 (Kuaishou shop requests)."""
    return base64.b64encode(hmac.new(_joined((key,)), _joined(parts), "sha256").digest()).decode()


def _joined(parts: tuple[str | bytes, ...]) -> bytes:
    return b"".join([part.encode() if isinstance(part, str) else part for part in parts])
