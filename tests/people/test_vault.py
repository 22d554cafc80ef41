import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import ConfigError
from siyu.people.vault import Vault, masked
from siyu.touchpoints.touch import Identifier

VAULT = Vault(b"k" * 32, os.urandom)


@given(st.text(), st.text())
def test_a_key_finds_the_same_identifier_and_no_other(left: str, right: str) -> None:
    one, other = Identifier("phone", left), Identifier("phone", right)
    assert (VAULT.key_of(one) == VAULT.key_of(other)) == (left == right)
    assert VAULT.key_of(one) != VAULT.key_of(Identifier("email", left))
    assert VAULT.key_of(one) != Vault(b"x" * 32, os.urandom).key_of(one)


@given(st.text())
def test_what_goes_in_comes_out_under_the_same_key_alone(value: str) -> None:
    plain, wrapped = VAULT.new_data_key()
    sealed = VAULT.encrypt(plain, value)
    assert VAULT.decrypt(VAULT.unwrap(wrapped), sealed) == value
    with pytest.raises(ConfigError, match="master key"):
        Vault(b"x" * 32, os.urandom).unwrap(wrapped)


def test_an_altered_value_is_noticed() -> None:
    plain, _ = VAULT.new_data_key()
    sealed = bytearray(VAULT.encrypt(plain, "张三"))
    sealed[-1] ^= 1
    with pytest.raises(ConfigError):
        VAULT.decrypt(plain, bytes(sealed))


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs 32"):
        Vault(b"short", os.urandom)


def test_a_masked_value_shows_its_ends_only() -> None:
    assert masked("+8613800138000") == "+86********000"
    assert masked("张三") == "**"
