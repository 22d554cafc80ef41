"""Tokens are fetched once, renewed before they end, and never shown."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Never

import pytest

from siyu.channels.tokens import MemoryTokens
from siyu.dispatch.account import RENEW_BEFORE_US, Token
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import HOUR

NOW = 1_700_000_000_000_000


def fetching() -> Callable[[], Token]:
    numbers = count(1)
    return lambda: Token(f"token{next(numbers)}", NOW + 2 * HOUR)


def test_a_token_is_fetched_once_and_renewed_shortly_before_it_ends() -> None:
    tokens, fetch = MemoryTokens(), fetching()
    ask = lambda now_us: tokens.token("wecom:a", now_us=now_us, fetch=fetch).value  # noqa: E731  reads as the question
    assert [ask(NOW), ask(NOW + HOUR)] == ["token1", "token1"]
    assert ask(NOW + 2 * HOUR - RENEW_BEFORE_US) == "token2"


def test_a_refused_token_is_replaced_but_not_its_successor() -> None:
    tokens, fetch = MemoryTokens(), fetching()
    old = tokens.token("wecom:a", now_us=NOW, fetch=fetch).value
    new = tokens.token("wecom:a", now_us=NOW, fetch=fetch, refused=old).value
    # another thread that was refused with the old token gets the new one: no second fetch
    assert tokens.token("wecom:a", now_us=NOW, fetch=fetch, refused=old).value == new == "token2"


def test_many_threads_at_once_fetch_one_token() -> None:
    tokens, fetch = MemoryTokens(), fetching()
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: tokens.token("wecom:a", now_us=NOW, fetch=fetch).value, range(200)))
    assert set(got) == {"token1"}


def test_a_fetch_that_fails_leaves_no_token_behind() -> None:
    tokens = MemoryTokens()

    def failing() -> Never:
        raise ConfigError("wrong secret")

    with pytest.raises(ConfigError):
        tokens.token("wecom:a", now_us=NOW, fetch=failing)
    assert tokens.token("wecom:a", now_us=NOW, fetch=fetching()).value == "token1"


def test_a_token_does_not_show_in_a_log() -> None:
    assert "token1" not in repr(fetching()())
