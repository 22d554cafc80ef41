"""Access tokens (续期) that a refresh token renews, where the platform may give a new refresh token each time.

The refresh token that was pasted is only the first: the newest one is kept beside the access token, shared by all
processes, under a name of the pasted one, so that pasting again begins anew.
"""

from collections.abc import Callable
from typing import Final

from siyu.channels.signatures import sha1_hex
from siyu.dispatch.account import Account, Token, TokenStore
from siyu.kernel.period import DAY

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
