"""Access tokens (续期) that a refresh token renews, where the platform may give a new refresh token each time.

The refresh token that was pasted is only the first: the newest one is kept beside the access token, shared by all
processes, under a name of the pasted one, so that pasting again begins anew.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from siyu.channels.signatures import sha1_hex
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.errors import UnknownOutcomeError
from siyu.kernel.period import DAY, SECOND

#: Names that begin so hold refresh tokens.
KEPT: Final = "refresh:"
_LONG_US: Final = 3_650 * DAY


def renewed_token(
    tokens: TokenStore,
    account: Account,
    *,
    now_us: int,
    renew: Callable[[str], tuple[Token, str]],
    refused: str = "",
) -> str:
    """Return a fresh access token.

    Args:
        account: Secret ``refresh_token``.
        renew: Trades a refresh token for an access token and the refresh token to use the next time.
        refused: An access token that the platform has just refused.

    Raises:
        Whatever ``renew`` raises.
    """
    pasted = account.secrets.get("refresh_token", "")
    kept = f"{KEPT}{account.channel}:{account.account}:{sha1_hex(pasted)}"

    def keep(value: str, instead_of: str = "") -> str:
        ends_us = now_us + _LONG_US
        return tokens.token(kept, now_us=now_us, fetch=lambda: Token(value, ends_us), refused=instead_of).value

    def fetch() -> Token:
        newest = keep(pasted)
        token, following = renew(newest)
        if following and following != newest:
            keep(following, instead_of=newest)
        return token

    name = f"{account.channel}:{account.account}:app"
    return tokens.token(name, now_us=now_us, fetch=fetch, refused=refused).value


def token_in(data: Mapping[str, Any], *, lasts: str, now_us: int, platform: str) -> tuple[Token, str]:
    """Read an answer to a renewal: the access token, and the refresh token to use the next time (empty: the same).

    Args:
        lasts: The field that says how many seconds the access token lives.

    Raises:
        UnknownOutcomeError: there is no token in it.
    """
    try:
        token = Token(str(data["access_token"]), now_us + int(data[lasts]) * SECOND)
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownOutcomeError(f"{platform}: an answer without a token") from error
    return token, str(data.get("refresh_token") or "")
