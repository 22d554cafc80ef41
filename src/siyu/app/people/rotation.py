"""Rotate the master key (换主密钥): every data key and record under a new one, while server and workers run; resumable.

1. The new key is written to the key file before the old one: everything can be opened at every moment, by a process
   that starts now and by one that runs, for it reads the file again when it meets a key id it does not know.
2. The new key is put in force in the store (``stores/sql/vault_rows.py``): from here on nobody closes under the old.
3. What was closed under the old key is closed anew, in parts, a short transaction each.
4. When nothing is left under the old key, it is taken out of the file and overwritten.

Cut short at any point, the next call goes on. Hashes by which identifiers are found stay as they are through all of it:
they name the identifiers in every table, and their key, which opens nothing, is never rotated.
"""

import os
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Table, func, select, tuple_, update

from siyu.app.keys import VARIABLE, Keys, alone_with_keys, keys_of, write_keys
from siyu.app.workspace import Workspace
from siyu.kernel.errors import ConfigError
from siyu.people.vault import ID_BYTES, KEY_BYTES, key_id
from siyu.stores.sql.rewrite import Change, rewrite_rows
from siyu.stores.sql.schema.app import channel_account, token
from siyu.stores.sql.schema.people import vault_key
from siyu.stores.sql.schema.touches import quarantine
from siyu.stores.sql.vault_rows import put_in_force

_PART: Final = 1_000
_REWRAP: Final = Change(vault_key, "identifier_id", ("wrapped", "master"))
#: Columns that hold records closed under the master key itself.
_RECORDS: Final[tuple[tuple[Table, str], ...]] = (
    (channel_account, "secrets"),
    (token, "ciphertext"),
    (quarantine, "raw"),
    (quarantine, "reason"),
)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation came to.

    Attributes:
        data_keys, records: Closed anew by this call.
        resumed: Whether it finished one that was cut short.
        key: Id of the key in force; not the key.
        done: Whether nothing is left under another key; False when ``most`` stopped it.
    """

    data_keys: int
    records: int
    resumed: bool
    key: str
    done: bool


def rotate_key(workspace: Workspace, *, most: int | None = None) -> Rotated:
    """Put everything under a new master key; a rotation that was cut short is finished first.

    Keys from the environment are the operator's: with the new key before the old one in ``SIYU_MASTER_KEY``, of every
    process, everything is put under the new one, and the old one may be taken out afterwards.

    Args:
        most: Stop after that many data keys (a maintenance window); the next call goes on.

    Raises:
        ConfigError: the key comes from the environment and no new one is there; its file cannot be written; or another
            process is at it.
    """
    file = workspace.folder / "keys" / "master.key"
    ours = VARIABLE not in os.environ
    if not ours and len(keys_of(file).masters) == 1:
        raise ConfigError(
            f"the master key comes from {VARIABLE}: write the new key before it, and hash:<key of hashes> behind, "
            "or move it to keys/master.key"
        )
    with alone_with_keys(file):
        keys = keys_of(file)
        resumed = len(keys.masters) > 1
        if not resumed:
            keys = Keys((os.urandom(KEY_BYTES), *keys.masters), workspace.vault.hash_key)
            write_keys(keys, file)
        name = key_id(keys.masters[0])
        workspace.vault.follow(name)
        with workspace.database.write() as connection:
            put_in_force(connection, name)
        records = sum(_records(workspace, table, column) for table, column in _RECORDS)
        data_keys = _data_keys(workspace, most)
        done = most is None or data_keys < most
        if done and ours:
            write_keys(replace(keys, masters=keys.masters[:1]), file)
    return Rotated(data_keys, records, resumed, name, done)


def _data_keys(workspace: Workspace, most: int | None) -> int:
    vault, done, after = workspace.vault, 0, 0
    while most is None or done < most:
        size = _PART if most is None else min(_PART, most - done)
        with workspace.database.write() as connection:
            rows = connection.execute(
                select(vault_key.c.identifier_id, vault_key.c.wrapped)
                .where(vault_key.c.master != vault.name, vault_key.c.identifier_id > after)
                .order_by(vault_key.c.identifier_id)
                .limit(size)
                .with_for_update()
            ).all()
            rewrite_rows(
                connection, _REWRAP, [(vault.rewrap(bytes(row.wrapped)), vault.name, row.identifier_id) for row in rows]
            )
        done += len(rows)
        if len(rows) < size:
            break
        after = rows[-1].identifier_id
    return done


def _records(workspace: Workspace, table: Table, column: str) -> int:
    """Close every record of a column anew that another key closed; empty ones were never closed."""
    vault, done, after = workspace.vault, 0, None
    keys, closed = list(table.primary_key.columns), table.c[column]
    others = (func.length(closed) > 0) & (func.substr(closed, 1, ID_BYTES) != bytes.fromhex(vault.name))
    while True:
        query = select(*keys, closed.label("closed")).where(others).order_by(*keys).limit(_PART).with_for_update()
        if after is not None:
            query = query.where(tuple_(*keys) > tuple_(*after))
        with workspace.database.write() as connection:
            rows: list[Any] = list(connection.execute(query))
            for row in rows:
                where = [key == value for key, value in zip(keys, row, strict=False)]
                plain = vault.decrypt_record(bytes(row.closed))
                connection.execute(update(table).where(*where).values({column: vault.encrypt_record(plain)}))
        done += len(rows)
        if len(rows) < _PART:
            return done
        after = rows[-1][: len(keys)]
