"""Accounts (账号) that the brand connected, and the access tokens by which platforms let them in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from siyu.kernel.period import MINUTE

#: A token is renewed this long before it ends, so that no call starts with one that dies on the way.
RENEW_BEFORE_US: Final = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Account:
    """One connected account of the brand on a platform.

    Attributes:
        account: The platform's id of it (corp id, app id, shop id).
        base_url: The platform, or the sandbox.
        secrets: What was pasted when it was connected, by the names of the channel's credentials; kept out of
            ``repr`` so that no log can show it.
    """

    channel: str
    account: str
    base_url: str
    secrets: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """One access token.

    Attributes:
        value: The secret; kept out of ``repr`` so that no log can show it.
        ends_at_us: When the platform stops taking it, microseconds since 1970 UTC.
    """

    value: str = field(repr=False)
    ends_at_us: int

    def is_fresh(self, now_us: int) -> bool:
        """Tell whether it will live on for a while."""
        return now_us < self.ends_at_us - RENEW_BEFORE_US


class TokenStore(Protocol):
    """Where the processes of one workspace share their tokens.

    A name is made of channel, account and application: ``wecom:ww…:contact``.
    """

    def token(self, name: str, *, now_us: int, fetch: Callable[[], Token], refused: str = "") -> Token:
        """Return a fresh token; fetch one if there is none, if it is about to end, or if it is ``refused``.

        Only one caller at a time fetches a given name: some platforms end the old token when a new one is
        fetched, so two fetches at once would fight.

        Args:
            refused: A token that the platform has just refused; never given back.

        Raises:
            Whatever ``fetch`` raises.
        """
        ...
