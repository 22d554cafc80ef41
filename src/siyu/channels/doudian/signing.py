"""Sign a request to Doudian. Pure. Source: two open SDKs agree; the vector is in ``crypto.json``."""

from siyu.channels.signatures import hmac_sha256_hex


def sign(secret: str, app_key: str, method: str, param_json: str, timestamp: str) -> str:
    """Return the ``sign`` of one request.

    Args:
        param_json: The body exactly as it is sent: keys sorted, no spaces.
        timestamp: Unix seconds or ``YYYY-MM-DD hh:mm:ss``, as in the query.
    """
    plain = f"app_key{app_key}method{method}param_json{param_json}timestamp{timestamp}v2"
    return hmac_sha256_hex(secret, f"{secret}{plain}{secret}")
