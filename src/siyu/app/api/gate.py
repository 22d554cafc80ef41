"""The gate: which key a request carries, and whether it opens this door."""

import binascii
from base64 import b64decode

from starlette.requests import Request

from siyu.app.api.context import Context
from siyu.app.intake.sensors import ungzipped
from siyu.kernel.errors import BadInputError
from siyu.stores.sql.api_keys import ApiKey

#: Bytes in one request, zipped or not.
MOST_BYTES = 16 * 2**20


class NoKeyError(Exception):
    """The request carries no key that opens this door.

    Args:
        status: 401 without a key that holds, 403 with a key for another door.
    """

    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail
        super().__init__(detail)


def key_in(request: Request) -> str:
    """Return the key in the headers or in the query (``token``, ``key``, ``writeKey``); empty without one."""
    header = request.headers.get("authorization", "")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return b64decode(rest).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    query = request.query_params
    return request.headers.get("x-api-key") or query.get("token") or query.get("key") or query.get("writeKey") or ""


def check(context: Context, key: str, scope: str) -> ApiKey:
    """Let a key in.

    Raises:
        NoKeyError: it does not open ``scope``.
    """
    if not key:
        raise NoKeyError(401, "send a key: Authorization: Bearer …, X-Api-Key, or as the user of basic auth")
    opened = context.keys.opened_by(key, scope)
    if opened is None:
        raise NoKeyError(401, "this key does not hold, or is not for this door")
    return opened


async def body_of(request: Request) -> bytes:
    """Read the body, unzipped.

    Raises:
        BadInputError: it is too large, or not zipped as it says.
    """
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MOST_BYTES:
        raise BadInputError(f"{length} bytes are too many for one request", where="body")
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise BadInputError(f"{len(body)} bytes are too many for one request", where="body")
    encoding = request.headers.get("content-encoding", "").lower()
    if encoding == "gzip":
        return ungzipped(body)
    if encoding not in {"", "identity"}:
        raise BadInputError(f"{encoding!r} is no encoding that is known", where="content-encoding", mend="gzip")
    return body
