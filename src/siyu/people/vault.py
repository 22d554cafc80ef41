"""The vault (个人信息保险箱): personal values encrypted per person, found by keyed hash.

Every identifier has a data key of its own, wrapped by the master key. Erasing a person destroys the data keys of
its identifiers: what was encrypted under them, backups included, can no longer be read.

Whatever a master key closes says by which one: the key's id stands before it. So several master keys can be in use
at once while one takes the place of another (``app/people/rotation.py``), and a process that meets an id it does not
know reads the keys again.

Source: AES-256-GCM (NIST SP 800-38D) and HKDF-SHA256 (RFC 5869) from ``cryptography``; keyed BLAKE2b (RFC 7693).
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b, sha256
from threading import Lock
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from siyu.kernel.errors import ConfigError
from siyu.people.namespace import tidy
from siyu.touchpoints.touch import Identifier

KEY_BYTES: Final = 32
#: Bytes of a key's id, which stand before everything that a master key closes.
ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_WRONG_KEY: Final = "the master key does not open this: is it the key of this workspace?"


def key_id(master: bytes) -> str:
    """Return the id of a master key, 16 hexadecimal digits; it says nothing of the key."""
    return sha256(_derive(master, b"siyu key name")).hexdigest()[: 2 * ID_BYTES]


class _Master:
    """One master key, made ready."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ConfigError(f"the master key has {len(secret)} bytes and needs {KEY_BYTES}")
        self.mark = bytes.fromhex(key_id(secret))
        self.wrap = AESGCM(_derive(secret, b"siyu key wrapping"))
        self.records = AESGCM(_derive(secret, b"siyu records"))


class Vault:
    """Hashes identifiers and encrypts personal values under a master key.

    Args:
        masters: The master keys, 32 secret bytes each; the first closes, all of them open.
        entropy: Gives that many unpredictable bytes (``os.urandom``).
        hash_key: The key that identifiers are hashed under, if the first master key is not the one it came from:
            hashes outlive every rotation, for they name the identifiers.
        again: Gives the master keys as they stand now: asked when one is met that is not known.

    Raises:
        ConfigError: there is no master key, or one has another length.
    """

    def __init__(
        self,
        masters: Sequence[bytes],
        entropy: Callable[[int], bytes],
        *,
        hash_key: bytes = b"",
        again: Callable[[], Sequence[bytes]] = tuple,
    ) -> None:
        if hash_key and len(hash_key) != KEY_BYTES:
            raise ConfigError(f"the key of hashes has {len(hash_key)} bytes and needs {KEY_BYTES}")
        self._entropy, self._again = entropy, again
        self._reading = Lock()
        self._ring = _ring(masters)
        self._hash_key = hash_key or _derive(masters[0], b"siyu identifier hash")

    @property
    def name(self) -> str:
        """Id of the master key that closes."""
        return self._first.mark.hex()

    @property
    def salt(self) -> str:
        """What is this workspace's own and stays through every rotation: chance is drawn from it. Opens nothing."""
        return sha256(self._hash_key + b"siyu salt").hexdigest()[:16]

    @property
    def hash_key(self) -> bytes:
        """The key of hashes, to be carried over to the next master key; it opens nothing."""
        return self._hash_key

    def follow(self, name: str) -> None:
        """Close under the master key of this id, or a newer one: another process has put it in force.

        Raises:
            ConfigError: it is not among our keys.
        """
        self._master(bytes.fromhex(name))

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
        return data_key, self._wrapped(data_key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the plain data key.

        Raises:
            ConfigError: it was wrapped under a master key that is not among ours.
        """
        return _open(self._master(wrapped[:ID_BYTES]).wrap, wrapped[ID_BYTES:])

    def rewrap(self, wrapped: bytes) -> bytes:
        """Return a data key wrapped under the master key that closes.

        Raises:
            ConfigError: none of our master keys opens it.
        """
        return self._wrapped(self.unwrap(wrapped))

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
        first = self._first
        return first.mark + _seal(first.records, record, self._entropy(_NONCE_BYTES))

    def decrypt_record(self, ciphertext: bytes) -> bytes:
        """Return the record.

        Raises:
            ConfigError: a master key that is not among ours encrypted it, or it was altered.
        """
        return _open(self._master(ciphertext[:ID_BYTES]).records, ciphertext[ID_BYTES:])

    @property
    def _first(self) -> _Master:
        return next(iter(self._ring.values()))

    def _master(self, mark: bytes) -> _Master:
        known = self._ring.get(mark)
        if known is None:
            with self._reading:  # one after the other: an older reading never takes the place of a newer one
                if mark not in self._ring and (masters := self._again()):
                    self._ring = _ring(masters)
            known = self._ring.get(mark)
        if known is None:
            raise ConfigError(_WRONG_KEY)
        return known

    def _wrapped(self, data_key: bytes) -> bytes:
        first = self._first
        return first.mark + _seal(first.wrap, data_key, self._entropy(_NONCE_BYTES))


def masked(value: str) -> str:
    """Return a value as a person at a screen may see it: the first and the last characters only."""
    if len(value) <= 4:
        return "*" * len(value)
    shown = min(3, len(value) // 4)
    return f"{value[:shown]}{'*' * (len(value) - 2 * shown)}{value[-shown:]}"


def _ring(masters: Sequence[bytes]) -> dict[bytes, _Master]:
    """Make the keys ready by the mark of each, the first first."""
    if not masters:
        raise ConfigError("there is no master key")
    ring = [_Master(secret) for secret in masters]
    return {one.mark: one for one in ring}


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)


def _seal(cipher: AESGCM, plain: bytes, nonce: bytes) -> bytes:
    return nonce + cipher.encrypt(nonce, plain, None)


def _open(cipher: AESGCM, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise ConfigError(_WRONG_KEY) from error
