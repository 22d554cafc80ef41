"""Sign a request to the Kuaishou shop API. Pure. Source: an open SDK; the vector is in ``crypto.json``."""

from collections.abc import Mapping

from siyu.channels.signatures import hmac_sha256_base64


def sign(secret: str, parameters: Mapping[str, str]) -> str:
    """Return the ``sign`` over the common parameters, empty ones left out."""
    plain = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if parameters[name])
    return hmac_sha256_base64(secret, f"{plain}&signSecret={secret}")
