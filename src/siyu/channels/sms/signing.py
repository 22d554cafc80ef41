"""How requests to the two SMS clouds are signed. Pure.

Source: help.aliyun.com, signature of RPC calls (HMAC-SHA1); cloud.tencent.com/document/api/382/52072 (TC3-HMAC-SHA256).
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote


def aliyun_signature(query: Mapping[str, str], *, secret: str, method: str = "POST") -> str:
    """Sign the parameters of an Aliyun RPC call (all of them but ``Signature``)."""
    sorted_query = "&".join(f"{_escaped(name)}={_escaped(query[name])}" for name in sorted(query))
    words = f"{method}&%2F&{_escaped(sorted_query)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), words.encode(), "sha1").digest()).decode()


#: How our own calls to Tencent write their body's type; it is signed.
JSON_TYPE: Final = "application/json; charset=utf-8"


def tencent_authorization(
    body: bytes,
    *,
    secret_id: str,
    secret_key: str,
    host: str,
    service: str,
    at_s: int,
    content_type: str = JSON_TYPE,
) -> str:
    """Return the ``Authorization`` header of a Tencent Cloud call (version 3, content type and host signed).

    Args:
        at_s: Unix seconds, as sent in ``X-TC-Timestamp``.
    """
    day = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")
    headers = f"content-type:{content_type}\nhost:{host}\n"
    asked = "\n".join(("POST", "/", "", headers, "content-type;host", sha256(body).hexdigest()))
    scope = f"{day}/{service}/tc3_request"
    words = "\n".join(("TC3-HMAC-SHA256", str(at_s), scope, sha256(asked.encode()).hexdigest()))
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, words.encode(), "sha256").hexdigest()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders=content-type;host, Signature={signature}"


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")
