"""Where the vault keeps what it encrypted: one data key per identifier, one row per personal field."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from siyu.people.vault import Vault
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.schema.people import identifier, vault, vault_key


class SqlVault:
    """Personal fields by identifier number. The caller owns the transaction."""

    def __init__(self, connection: Connection, keys: Vault) -> None:
        self._connection, self._keys = connection, keys
        self._flavour = sqlite if connection.dialect.name == "sqlite" else postgresql

    def put(self, fields: Mapping[int, Mapping[str, str]], *, source: str, at_us: int) -> None:
        """Encrypt and keep fields by identifier number; a field that is there already is replaced."""
        data_keys = self._data_keys(list(fields))
        missing = [number for number in fields if number not in data_keys]
        if missing:
            made = {number: self._keys.new_data_key() for number in missing}
            self._connection.execute(
                vault_key.insert(),
                [
                    {"identifier_id": number, "wrapped": wrapped, "master": self._keys.name}
                    for number, (_, wrapped) in made.items()
                ],
            )
            data_keys.update((number, plain) for number, (plain, _) in made.items())
        rows = [
            {
                "identifier_id": number,
                "field": field,
                "ciphertext": self._keys.encrypt(data_keys[number], value),
                "source": source,
                "known_at_us": at_us,
            }
            for number, values in fields.items()
            for field, value in values.items()
        ]
        if rows:
            statement = self._flavour.insert(vault)
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["identifier_id", "field"],
                    set_={name: statement.excluded[name] for name in ("ciphertext", "source", "known_at_us")},
                ),
                rows,
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
        found: dict[int, str] = {}
        for part in chunks(numbers):
            rows = self._connection.execute(
                select(vault.c.identifier_id, vault.c.ciphertext, vault_key.c.wrapped)
                .join(vault_key, vault_key.c.identifier_id == vault.c.identifier_id)
                .where(vault.c.identifier_id.in_(part), vault.c.field == "identifier")
            )
            found.update(
                (number, self._keys.decrypt(self._keys.unwrap(wrapped), ciphertext))
                for number, ciphertext, wrapped in rows
            )
        return found

    def destroy(self, numbers: Sequence[int]) -> None:
        """Destroy the data keys and the rows of identifiers; what was encrypted under them is gone for ever."""
        for part in chunks(numbers):
            self._connection.execute(delete(vault_key).where(vault_key.c.identifier_id.in_(part)))
            self._connection.execute(delete(vault).where(vault.c.identifier_id.in_(part)))

    def _data_keys(self, numbers: Sequence[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for part in chunks(numbers):
            rows = self._connection.execute(
                select(vault_key.c.identifier_id, vault_key.c.wrapped).where(vault_key.c.identifier_id.in_(part))
            )
            found.update((number, self._keys.unwrap(wrapped)) for number, wrapped in rows)
        return found
