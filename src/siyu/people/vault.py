"""The vault (个人信息保险箱): personal values encrypted per person, found by keyed hash.

Every identifier has a data key of its own, wrapped by the master key. Erasing a person destroys the data keys of
its identifiers: what was encrypted under them, backups included, can no longer be read.

Source: AES-256-GCM (NIST SP 800-38D) and HKDF-SHA256 (RFC 5869) from ``cryptography``; keyed BLAKE2b (RFC 7693).
"""

from collections.abc import Callable
from hashlib import blake2b, sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from siyu.kernel.errors import ConfigError
from siyu.people.namespace import tidy
from siyu.touchpoints.touch import Identifier

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Vault:
    """Hashes identifiers and encrypts personal values under one master key.

    Args:
        master: 32 secret bytes.
        entropy: Gives that many unpredictable bytes (``os.urandom``).
        hash_key: The key that identifiers are hashed under, if the master key is no longer the first: hashes outlive
            every rotation, for they name the identifiers.
        older: The master key before, while a rotation is under way: what it closed can still be opened.

    Raises:
        ConfigError: a master key has another length.
    """

    def __init__(
        self, master: bytes, entropy: Callable[[int], bytes], *, hash_key: bytes = b"", older: bytes = b""
    ) -> None:
        for key in filter(None, (master, hash_key, older)):
            if len(key) != KEY_BYTES:
                raise ConfigError(f"the master key has {len(key)} bytes and needs {KEY_BYTES}")
        if not master:
            raise ConfigError(f"the master key has 0 bytes and needs {KEY_BYTES}")
        self._entropy = entropy
        self._older = Vault(older, entropy) if older else None
        self._hash_key = hash_key or _derive(master, b"siyu identifier hash")
        self._wrap = AESGCM(_derive(master, b"siyu key wrapping"))
        self._records = AESGCM(_derive(master, b"siyu records"))
        self.name = sha256(_derive(master, b"siyu key name")).hexdigest()[:16]

    @property
    def hash_key(self) -> bytes:
        """The key of hashes, to be carried over to the next master key; it opens nothing."""
        return self._hash_key

    def key_of(self, identifier: Identifier) -> bytes:
        """Return the 16-byte keyed hash by which an identifier is found; without the master key it says nothing.

        However a phone number is written, it has one hash (``people/namespace.py``).
        """
        identifier, _ = tidy(identifier)
        text = f"{identifier.namespace}\x1f{identifier.value}".encode()
        return blake2b(text, key=self._hash_key, digest_size=16).digest()

    def key_of_number(self, number: int) -> bytes:
        """Return a keyed hash of an identifier's number: to find requests of somebody who was erased since."""
        return blake2b(str(number).encode(), key=self._hash_key, digest_size=16, person=b"siyu number").digest()

    def new_data_key(self) -> tuple[bytes, bytes]:
        """Make a data key; return it plain and wrapped."""
        data_key = self._entropy(KEY_BYTES)
        return data_key, _seal(self._wrap, data_key, self._entropy(_NONCE_BYTES))

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the plain data key.

        Raises:
            ConfigError: it was wrapped under another master key.
        """
        try:
            return _open(self._wrap, wrapped)
        except ConfigError:
            if self._older is None:
                raise
            return self._older.unwrap(wrapped)

    def rewrap(self, wrapped: bytes) -> bytes:
        """Return a data key wrapped under the newest master key.

        Raises:
            ConfigError: neither master key opens it.
        """
        return _seal(self._wrap, self.unwrap(wrapped), self._entropy(_NONCE_BYTES))

    def encrypt(self, data_key: bytes, value: str) -> bytes:
        """Encrypt one personal value under a data key."""
        return _seal(AESGCM(data_key), value.encode(), self._entropy(_NONCE_BYTES))

    def decrypt(self, data_key: bytes, ciphertext: bytes) -> str:
        """Return the value.

        Raises:
            ConfigError: another key encrypted it, or it was altered.
        """
        return _open(AESGCM(data_key), ciphertext).decode()

    def encrypt_record(self, record: bytes) -> bytes:
        """Encrypt something that belongs to no known person: a quarantined row, a platform's secret."""
        return _seal(self._records, record, self._entropy(_NONCE_BYTES))

    def decrypt_record(self, ciphertext: bytes) -> bytes:
        """Return the record.

        Raises:
            ConfigError: another master key encrypted it, or it was altered.
        """
        try:
            return _open(self._records, ciphertext)
        except ConfigError:
            if self._older is None:
                raise
            return self._older.decrypt_record(ciphertext)


def masked(value: str) -> str:
    """Return a value as a person at a screen may see it: the first and the last characters only."""
    if len(value) <= 4:
        return "*" * len(value)
    shown = min(3, len(value) // 4)
    return f"{value[:shown]}{'*' * (len(value) - 2 * shown)}{value[-shown:]}"


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)


def _seal(cipher: AESGCM, plain: bytes, nonce: bytes) -> bytes:
    return nonce + cipher.encrypt(nonce, plain, None)


def _open(cipher: AESGCM, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise ConfigError("the master key does not open this: is it the key of this workspace?") from error
