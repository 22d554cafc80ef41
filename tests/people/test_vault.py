import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.errors import ConfigError
from siyu.people.vault import Vault, key_id, masked
from siyu.touchpoints.touch import Identifier

VAULT = Vault([b"k" * 32], os.urandom)


@given(st.text(), st.text())
def test_a_key_finds_the_same_identifier_and_no_other(left: str, right: str) -> None:
    one, other = Identifier("phone", left), Identifier("phone", right)
    assert (VAULT.key_of(one) == VAULT.key_of(other)) == (left == right)
    assert VAULT.key_of(one) != VAULT.key_of(Identifier("email", left))
    assert VAULT.key_of(one) != Vault([b"x" * 32], os.urandom).key_of(one)


@given(st.text())
def test_what_goes_in_comes_out_under_the_same_key_alone(value: str) -> None:
    plain, wrapped = VAULT.new_data_key()
    sealed = VAULT.encrypt(plain, value)
    assert VAULT.decrypt(VAULT.unwrap(wrapped), sealed) == value
    with pytest.raises(ConfigError, match="master key"):
        Vault([b"x" * 32], os.urandom).unwrap(wrapped)


def test_an_altered_value_is_noticed() -> None:
    plain, _ = VAULT.new_data_key()
    sealed = bytearray(VAULT.encrypt(plain, "张三"))
    sealed[-1] ^= 1
    with pytest.raises(ConfigError):
        VAULT.decrypt(plain, bytes(sealed))


def test_whatever_is_closed_says_by_which_key_and_is_opened_while_that_key_is_there() -> None:
    old, new = b"o" * 32, b"n" * 32
    before = Vault([old], os.urandom)
    plain, wrapped = before.new_data_key()
    record = before.encrypt_record(b"row")
    between = Vault([new, old], os.urandom, hash_key=before.hash_key)
    assert (between.unwrap(wrapped), between.decrypt_record(record)) == (plain, b"row")
    assert between.rewrap(wrapped)[:8].hex() == between.name == key_id(new)
    after = Vault([new], os.urandom, hash_key=before.hash_key)
    assert after.unwrap(between.rewrap(wrapped)) == plain
    with pytest.raises(ConfigError, match="does not open"):
        after.unwrap(wrapped)
    phone = Identifier("phone", "13800138000")
    assert before.key_of(phone) == between.key_of(phone) == after.key_of(phone)
    assert before.salt == between.salt == after.salt


def test_a_vault_that_meets_a_key_it_does_not_know_reads_the_keys_again() -> None:
    old, new = b"o" * 32, b"n" * 32
    keys = [old]
    running = Vault([old], os.urandom, again=lambda: keys)
    elsewhere = Vault([new, old], os.urandom, hash_key=running.hash_key)
    sealed = elsewhere.encrypt_record(b"row")
    with pytest.raises(ConfigError, match="does not open"):
        running.decrypt_record(sealed)
    with pytest.raises(ConfigError, match="does not open"):
        running.follow(key_id(new))
    keys = [new, old]
    assert running.decrypt_record(sealed) == b"row"
    assert running.name == key_id(new), "what it closes now, it closes under the newest"


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs 32"):
        Vault([b"short"], os.urandom)


def test_a_masked_value_shows_its_ends_only() -> None:
    assert masked("+8613800138000") == "+86********000"
    assert masked("张三") == "**"
