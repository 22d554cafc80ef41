"""The master key: from the environment, or from a file that only its owner can read."""

import os
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from pathlib import Path

from siyu.kernel.errors import ConfigError
from siyu.people.vault import KEY_BYTES, Vault

VARIABLE = "SIYU_MASTER_KEY"


def open_vault(key_file: Path) -> Vault:
    """Open the vault with ``$SIYU_MASTER_KEY`` or with ``key_file``, which is made at the first opening.

    Raises:
        ConfigError: the key is not 32 bytes in Base64, or its file cannot be read.
    """
    written = os.environ.get(VARIABLE)
    try:
        text = written if written is not None else _from_file(key_file)
        master = b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise ConfigError(f"{VARIABLE if written else key_file}: the master key is 32 bytes in Base64") from error
    except OSError as error:
        raise ConfigError(f"{key_file}: {error.strerror}") from error
    return Vault(master, os.urandom)


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
