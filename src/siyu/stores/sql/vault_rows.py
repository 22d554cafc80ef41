"""Where the vault keeps what it encrypted: one data key per identifier, one row per personal field.

Which master key is in force stands in the store. Whoever is about to close something under a master key asks first, in
the same transaction (``follow_rotation``): so from the moment that a rotation puts a new key in force, nothing more is
closed under the one before, by no process, and it can be destroyed once its last row is rewritten.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, delete, func, select

from siyu.people.vault import Vault
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows, select_in
from siyu.stores.sql.schema.app import setting
from siyu.stores.sql.schema.people import identifier, vault, vault_key

_IN_FORCE: Final = "master key in force"
_NAMED: Final = (
    "SELECT identifier_id, ciphertext, wrapped FROM vault JOIN vault_key USING (identifier_id)"
    " WHERE field = 'identifier' AND identifier_id"
)
_LOCK: Final = 0x5349_5956  # of PostgreSQL: whoever closes shares it, a rotation waits until it has it alone


def follow_rotation(connection: Connection, keys: Vault) -> None:
    """Let ``keys`` close under the master key in force, for as long as this transaction lasts.

    Raises:
        ConfigError: that master key is not among ours.
    """
    if connection.dialect.name != "sqlite":  # there, one transaction writes at a time
        connection.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))
    name = connection.execute(select(setting.c.value).where(setting.c.name == _IN_FORCE)).scalar_one_or_none()
    if name is not None:
        keys.follow(name)


def put_in_force(connection: Connection, name: str) -> None:
    """Put the master key of that id in force, once every transaction that closes under another one has ended."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    insert_rows(
        connection, setting, ("name", "value"), [(_IN_FORCE, name)],
        then="ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )  # fmt: skip


class SqlVault:
    """Personal fields by identifier number. The caller owns the transaction."""

    def __init__(self, connection: Connection, keys: Vault) -> None:
        self._connection, self._keys = connection, keys

    def put(self, fields: Mapping[int, Mapping[str, str]], *, source: str, at_us: int) -> None:
        """Encrypt and keep fields by identifier number; a field that is there already is replaced."""
        data_keys = self._data_keys(list(fields))
        missing = [number for number in fields if number not in data_keys]
        if missing:
            follow_rotation(self._connection, self._keys)
            made = {number: self._keys.new_data_key() for number in missing}
            insert_rows(
                self._connection,
                vault_key,
                ("identifier_id", "wrapped", "master"),
                [(number, wrapped, self._keys.name) for number, (_, wrapped) in made.items()],
            )
            data_keys.update((number, plain) for number, (plain, _) in made.items())
        insert_rows(
            self._connection,
            vault,
            ("identifier_id", "field", "ciphertext", "source", "known_at_us"),
            [
                (number, field, self._keys.encrypt(data_keys[number], value), source, at_us)
                for number, values in fields.items()
                for field, value in values.items()
            ],
            then="ON CONFLICT (identifier_id, field) DO UPDATE SET"
            " ciphertext = excluded.ciphertext, source = excluded.source, known_at_us = excluded.known_at_us",
        )

    def of_people(self, person_ids: Sequence[int]) -> dict[int, list[tuple[int, str, str]]]:
        """Return (identifier number, field, value) of each person."""
        found: dict[int, list[tuple[int, str, str]]] = {}
        for part in chunks(person_ids):
            rows = self._connection.execute(
                select(
                    identifier.c.person_id,
                    vault.c.identifier_id,
                    vault.c.field,
                    vault.c.ciphertext,
                    vault_key.c.wrapped,
                )
                .join(vault, vault.c.identifier_id == identifier.c.identifier_id)
                .join(vault_key, vault_key.c.identifier_id == identifier.c.identifier_id)
                .where(identifier.c.person_id.in_(part))
                .order_by(vault.c.identifier_id, vault.c.field)
            )
            for person, number, field, ciphertext, wrapped in rows:
                value = self._keys.decrypt(self._keys.unwrap(wrapped), ciphertext)
                found.setdefault(person, []).append((number, field, value))
        return found

    def identifiers(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return the plain value of identifiers by their number."""
        unwrap, decrypt = self._keys.unwrap, self._keys.decrypt
        rows = select_in(self._connection, _NAMED, numbers, "bigint")
        return {number: decrypt(unwrap(bytes(wrapped)), bytes(ciphertext)) for number, ciphertext, wrapped in rows}

    def destroy(self, numbers: Sequence[int]) -> None:
        """Destroy the data keys and the rows of identifiers; what was encrypted under them is gone for ever."""
        for part in chunks(numbers):
            self._connection.execute(delete(vault_key).where(vault_key.c.identifier_id.in_(part)))
            self._connection.execute(delete(vault).where(vault.c.identifier_id.in_(part)))

    def _data_keys(self, numbers: Sequence[int]) -> dict[int, bytes]:
        rows = select_in(
            self._connection, "SELECT identifier_id, wrapped FROM vault_key WHERE identifier_id", numbers, "bigint"
        )
        return {number: self._keys.unwrap(bytes(wrapped)) for number, wrapped in rows}
