"""The master key: from the environment, or from a file that only its owner can read."""

import os
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from pathlib import Path

from siyu.kernel.errors import ConfigError
from siyu.people.vault import KEY_BYTES, Vault

VARIABLE = "SIYU_MASTER_KEY"


def open_vault(key_file: Path) -> Vault:
    """Open the vault with ``$SIYU_MASTER_KEY`` or with ``key_file``, which is made at the first opening.

    After a rotation the key has more words, separated by blanks: the newest master key, ``hash:`` and the key
    under which identifiers are hashed for ever, and ``older:`` and the one before while a rotation is under way.

    Raises:
        ConfigError: a key is not 32 bytes in Base64, or its file cannot be read.
    """
    written = os.environ.get(VARIABLE)
    try:
        keys = read_keys(written if written is not None else _from_file(key_file))
    except (BadBase64, ValueError) as error:
        raise ConfigError(f"{VARIABLE if written else key_file}: the master key is 32 bytes in Base64") from error
    except OSError as error:
        raise ConfigError(f"{key_file}: {error.strerror}") from error
    return vault_of(keys)


@dataclass(frozen=True, slots=True)
class Keys:
    """The master keys of a workspace; ``hashing`` and ``older`` are empty if there are none of their own."""

    master: bytes
    hashing: bytes = b""
    older: bytes = b""

    def __repr__(self) -> str:
        """Never the keys."""
        return "Keys(…)"


def vault_of(keys: Keys) -> Vault:
    """Return the vault that these keys open.

    Raises:
        ConfigError: one has another length than 32 bytes.
    """
    return Vault(keys.master, os.urandom, hash_key=keys.hashing, older=keys.older)


def read_keys(text: str) -> Keys:
    """Read keys as they are written.

    Raises:
        ValueError: they are not written so.
    """
    first, *more = text.split() or [""]
    named = dict(word.split(":", 1) for word in more)
    if not named.keys() <= {"hash", "older"}:
        raise ValueError("unknown key")
    return Keys(
        b64decode(first, validate=True),
        b64decode(named.get("hash", ""), validate=True),
        b64decode(named.get("older", ""), validate=True),
    )


def write_keys(keys: Keys, key_file: Path) -> None:
    """Write keys to their file, all or nothing, for its owner only.

    Raises:
        ConfigError: the file cannot be written.
    """
    words = [b64encode(keys.master)]
    words += [b"hash:" + b64encode(keys.hashing)] if keys.hashing else []
    words += [b"older:" + b64encode(keys.older)] if keys.older else []
    new = key_file.with_suffix(".new")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(b" ".join(words) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(key_file)
        folder = os.open(key_file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise ConfigError(f"{key_file}: {error.strerror}") from error


def _from_file(key_file: Path) -> str:
    if not key_file.exists():
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return key_file.read_text("ascii").strip()
        with os.fdopen(handle, "wb") as file:
            file.write(b64encode(os.urandom(KEY_BYTES)) + b"\n")
    return key_file.read_text("ascii").strip()
