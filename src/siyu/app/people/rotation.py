"""Rotate the master key (换主密钥): every data key and record under a new one, a part at a time, resumable.

The new key is written beside the old one first, so that everything can be opened at every moment; what was closed
under the old key is closed anew in parts; then the old one is dropped. Cut short, the next call goes on. Hashes by
which identifiers are found stay as they are: they name the identifiers, and their key opens nothing.
"""

import os
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Table, select, update

from siyu.app.keys import VARIABLE, Keys, read_keys, vault_of, write_keys
from siyu.app.workspace import Workspace
from siyu.kernel.errors import ConfigError
from siyu.people.vault import KEY_BYTES, Vault
from siyu.stores.sql.schema.app import channel_account, token
from siyu.stores.sql.schema.people import vault_key
from siyu.stores.sql.schema.touches import quarantine

_PART: Final = 5_000
#: Columns that hold records closed under the master key itself.
_RECORDS: Final[tuple[tuple[Table, str], ...]] = (
    (channel_account, "secrets"),
    (token, "ciphertext"),
    (quarantine, "raw"),
)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation came to.

    Attributes:
        data_keys, records: Closed anew by this call.
        resumed: Whether it finished one that was cut short.
        key: Name of the key in force; not the key.
    """

    data_keys: int
    records: int
    resumed: bool
    key: str


def rotate_key(workspace: Workspace, *, most: int | None = None) -> Rotated:
    """Put everything under a new master key; a rotation that was cut short is finished first.

    Stop the server and workers first: a process that runs on closes with the key it knows, and what it closes after
    the old key is dropped cannot be opened any more.

    Args:
        most: Stop after that many data keys (a maintenance window); the next call goes on.

    Raises:
        ConfigError: the key comes from the environment, or its file cannot be written.
    """
    if os.environ.get(VARIABLE) is not None:
        raise ConfigError(f"the master key comes from {VARIABLE}: Siyu cannot change it; move it to keys/master.key")
    file = workspace.folder / "keys" / "master.key"
    try:
        keys = read_keys(file.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: cannot be read as a key") from error
    resumed = bool(keys.older)
    if not resumed:
        keys = Keys(os.urandom(KEY_BYTES), vault_of(keys).hash_key, keys.master)
        write_keys(keys, file)
    vault = vault_of(keys)
    records = _records(workspace, vault) if most is None or most > 0 else 0
    done = _data_keys(workspace, vault, most)
    if most is None or done < most:
        write_keys(replace(keys, older=b""), file)
        workspace.vault = vault_of(replace(keys, older=b""))
    else:
        workspace.vault = vault
    return Rotated(done, records, resumed, vault.name)


def _data_keys(workspace: Workspace, vault: Vault, most: int | None) -> int:
    done = 0
    while most is None or done < most:
        size = _PART if most is None else min(_PART, most - done)
        with workspace.database.write() as connection:
            rows = connection.execute(
                select(vault_key.c.identifier_id, vault_key.c.wrapped)
                .where(vault_key.c.master != vault.name)
                .order_by(vault_key.c.identifier_id)
                .limit(size)
            ).all()
            for row in rows:
                connection.execute(
                    update(vault_key)
                    .where(vault_key.c.identifier_id == row.identifier_id)
                    .values(wrapped=vault.rewrap(bytes(row.wrapped)), master=vault.name)
                )
        done += len(rows)
        if not rows:
            break
    return done


def _records(workspace: Workspace, vault: Vault) -> int:
    """Close every record anew; one that is done already is closed once more, which harms nothing."""
    done = 0
    for table, name in _RECORDS:
        keys = list(table.primary_key.columns)
        with workspace.database.write() as connection:
            for row in connection.execute(select(*keys, table.c[name].label("closed"))).all():
                if not row.closed:
                    continue
                plain = vault.decrypt_record(bytes(row.closed))
                where = [column == value for column, value in zip(keys, row, strict=False)]
                connection.execute(update(table).where(*where).values({name: vault.encrypt_record(plain)}))
                done += 1
    return done
