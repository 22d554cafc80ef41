"""The master keys: from the environment, or from a file that only its owner can read.

They are written as words, newest key first: ``<id>:<key in Base64>`` for each master key, and ``hash:<key>`` for the
key under which identifiers are hashed, once the master key that it came from is gone. One bare key in Base64 will do
as well: that is how somebody who makes a key by hand writes it.
"""

import fcntl
import os
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siyu.kernel.errors import ConfigError
from siyu.people.vault import KEY_BYTES, Vault, key_id

VARIABLE = "SIYU_MASTER_KEY"
_HASH: Final = "hash"


@dataclass(frozen=True, slots=True)
class Keys:
    """The master keys of a workspace, newest first; ``hashing`` is empty while the only one says it."""

    masters: tuple[bytes, ...]
    hashing: bytes = b""

    def __repr__(self) -> str:
        """Never the keys."""
        return "Keys(…)"


def open_vault(key_file: Path) -> Vault:
    """Open the vault with ``$SIYU_MASTER_KEY`` or with ``key_file``, which is made at the first opening.

    Raises:
        ConfigError: a key is not 32 bytes in Base64, or its file cannot be read.
    """
    if VARIABLE not in os.environ:
        _make_first(key_file)
    keys = keys_of(key_file)
    return Vault(keys.masters, os.urandom, hash_key=keys.hashing, again=lambda: keys_of(key_file).masters)


def keys_of(key_file: Path) -> Keys:
    """Return the keys as they stand now.

    Raises:
        ConfigError: as ``open_vault``.
    """
    written = os.environ.get(VARIABLE)
    try:
        return _read(written if written is not None else key_file.read_text("ascii"))
    except (BadBase64, ValueError) as error:
        raise ConfigError(f"{VARIABLE if written else key_file}: the master key is 32 bytes in Base64") from error
    except OSError as error:
        raise ConfigError(f"{key_file}: {error.strerror}") from error


def write_keys(keys: Keys, key_file: Path) -> None:
    """Write keys to their file, all or nothing, for its owner only; what the file was before is overwritten.

    Raises:
        ConfigError: the file cannot be written.
    """
    new = key_file.with_suffix(".new")
    try:
        _write(keys, new)
        with key_file.open("r+b") as before:
            new.replace(key_file)
            folder = os.open(key_file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            # the file before has no name any more: what it held is to be gone from the disk as well
            before.write(bytes(os.fstat(before.fileno()).st_size))
            before.flush()
            os.fsync(before.fileno())
    except OSError as error:
        raise ConfigError(f"{key_file}: {error.strerror}") from error


@contextmanager
def alone_with_keys(key_file: Path) -> Iterator[None]:
    """Be the only one on this machine who changes the keys.

    Raises:
        ConfigError: somebody else is at it.
    """
    try:
        file = key_file.with_suffix(".lock").open("w")
    except OSError as error:
        raise ConfigError(f"{key_file}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError("the keys are being changed by another process: wait until it is done") from error
        yield


def _read(text: str) -> Keys:
    masters, hashing = [], b""
    for word in text.split():
        name, _, written = word.rpartition(":")
        key = b64decode(written, validate=True)
        if len(key) != KEY_BYTES or name not in {"", _HASH, key_id(key)}:
            raise ValueError("no key, or an id that is not its own")
        if name == _HASH:
            hashing = key
        else:
            masters.append(key)
    if not masters or (len(masters) > 1 and not hashing):
        raise ValueError("no master key, or several and none for hashes")
    return Keys(tuple(masters), hashing)


def _written(keys: Keys) -> bytes:
    words = [f"{key_id(key)}:{b64encode(key).decode()}" for key in keys.masters]
    words += [f"{_HASH}:{b64encode(keys.hashing).decode()}"] if keys.hashing else []
    return ("\n".join(words) + "\n").encode("ascii")


def _make_first(key_file: Path) -> None:
    """Make the first key if there is none; of several processes that do so at once, one does."""
    if key_file.exists():
        return
    new = key_file.with_suffix(f".{os.getpid()}")
    try:
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(Keys((os.urandom(KEY_BYTES),)), new)
        with suppress(FileExistsError):
            os.link(new, key_file)
        new.unlink()
    except OSError as error:
        raise ConfigError(f"{key_file}: {error.strerror}") from error


def _write(keys: Keys, file: Path) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(_written(keys))
        opened.flush()
        os.fsync(opened.fileno())
