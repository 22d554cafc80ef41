"""The envelope of WeChat-family callbacks (WeCom, official account, mini program, Douyin mini app). Pure.

Plaintext: random prefix, 4-byte big-endian length, message, receive id; padded with PKCS#7 to blocks of 32;
AES-256-CBC with the first 16 bytes of the key as vector. Signature: SHA-1 of the sorted words.
Source: https://developer.work.weixin.qq.com/document/path/90968 (WeCom), read 2026-11-22; every known vector is
in ``tests/channels/fixtures/crypto.json``.
"""

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from siyu.channels.signatures import same, sha1_hex
from siyu.kernel.errors import BadInputError, ConfigError
from siyu.kernel.period import SECOND

#: How far the sender's clock may be from ours; an older callback is a replay. House rule: the vendor names none.
REPLAY_WINDOW_US: Final = 300 * SECOND
_PAD: Final = 32
_KEY: Final = re.compile(r"[A-Za-z0-9+/]{43}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted message as it travels."""

    encrypted: str
    signature: str
    timestamp: str
    nonce: str


class CallbackCrypto:
    """Opens and seals callbacks of one account.

    Args:
        token: The word both sides know; part of every signature.
        encoding_aes_key: 43 characters as the platform's console shows them.
        receive_ids: Whom a message may be meant for (corp id, suite id or app id); others are refused.
        prefix_bytes: Random bytes in front: 16, on Douyin 32.

    Raises:
        ConfigError: the key is not such a key.
    """

    def __init__(
        self, *, token: str, encoding_aes_key: str, receive_ids: Collection[str], prefix_bytes: int = 16
    ) -> None:
        self._token, self._prefix = token, prefix_bytes
        self._receive_ids = frozenset(name.encode() for name in receive_ids)
        key = key_of(encoding_aes_key)
        self._cipher = Cipher(AES(key), CBC(key[:16]))

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """Return the ``msg_signature`` of an encrypted message."""
        return signature_of(self._token, timestamp, nonce, encrypted)

    def open(
        self,
        encrypted: str,
        *,
        signature: str,
        timestamp: str,
        nonce: str,
        now_us: int,
        window_us: int = REPLAY_WINDOW_US,
    ) -> bytes:
        """Check and decrypt one message.

        Args:
            now_us: Our clock, microseconds since 1970 UTC.
            window_us: How far ``timestamp`` may be from it.

        Raises:
            BadInputError: wrong signature, outside the window, not meant for us, or not decryptable.
        """
        check_fresh(timestamp, now_us=now_us, window_us=window_us)
        if not same(self.signature(timestamp, nonce, encrypted), signature):
            raise BadInputError("the callback's signature is wrong", mend="check token and encoding key")
        message, receive_id = _taken_apart(self._decrypted(encrypted), self._prefix)
        if receive_id not in self._receive_ids:
            raise BadInputError("the callback is meant for another account")
        return message

    def seal(self, message: bytes, *, receive_id: str, random: bytes, timestamp: str, nonce: str) -> Sealed:
        """Encrypt and sign a passive reply, or a callback of the sandbox.

        Args:
            random: As many fresh random bytes as ``prefix_bytes``.
        """
        plain = random + len(message).to_bytes(4, "big") + message + receive_id.encode()
        pad = _PAD - len(plain) % _PAD
        encryptor = self._cipher.encryptor()
        encrypted = base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()
        return Sealed(encrypted, self.signature(timestamp, nonce, encrypted), timestamp, nonce)

    def _decrypted(self, encrypted: str) -> bytes:
        try:
            data = base64.b64decode(encrypted.strip(), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadInputError("the callback is not base64") from error
        if not data or len(data) % 16:
            raise BadInputError("the callback is not whole blocks of 16 bytes")
        decryptor = self._cipher.decryptor()
        return decryptor.update(data) + decryptor.finalize()


def signature_of(*words: str) -> str:
    """Return the signature over ``words`` in sorted order: token, timestamp, nonce and the encrypted text if any."""
    return sha1_hex("".join(sorted(words)))


def check_fresh(timestamp: str, *, now_us: int, window_us: int = REPLAY_WINDOW_US) -> None:
    """Refuse a callback that was signed too long ago, or too far ahead.

    Args:
        timestamp: Unix seconds, as the query says.

    Raises:
        BadInputError: not a number of seconds, or outside the window.
    """
    if not _TIMESTAMP.fullmatch(timestamp):
        raise BadInputError("the callback's timestamp is not in Unix seconds", where="timestamp")
    if abs(int(timestamp) * SECOND - now_us) > window_us:
        raise BadInputError(
            f"the callback was signed more than {window_us // SECOND} s from now", mend="check the clock"
        )


def key_of(encoding_aes_key: str) -> bytes:
    """Read the 32-byte key out of the 43 characters.

    Raises:
        ConfigError: it is no such key.
    """
    if not _KEY.fullmatch(encoding_aes_key):
        raise ConfigError("an EncodingAESKey has 43 characters of A-Z, a-z, 0-9, + and /")
    return base64.b64decode(encoding_aes_key + "=")


def jsapi_signature(*, ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """Sign the configuration of a web page's JS-SDK."""
    return sha1_hex(f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}")


def mini_program_data(encrypted: str, *, session_key: str, iv: str) -> bytes:
    """Decrypt what a mini program hands over (AES-128-CBC, PKCS#7 with blocks of 16); JSON text.

    Raises:
        BadInputError: the data, the key or the vector is wrong.
    """
    try:
        data, key, vector = (base64.b64decode(part, validate=True) for part in (encrypted, session_key, iv))
    except (binascii.Error, ValueError) as error:
        raise BadInputError("the mini program's data is not base64") from error
    if len(key) != 16 or len(vector) != 16 or not data or len(data) % 16:
        raise BadInputError("the mini program's data, key or vector has a wrong length")
    decryptor = Cipher(AES(key), CBC(vector)).decryptor()
    return _unpadded(decryptor.update(data) + decryptor.finalize(), 16)


def _taken_apart(plain: bytes, prefix: int) -> tuple[bytes, bytes]:
    body = _unpadded(plain, _PAD)
    if len(body) < prefix + 4:
        raise BadInputError("the callback is too short")
    end = prefix + 4 + int.from_bytes(body[prefix : prefix + 4], "big")
    if end > len(body):
        raise BadInputError("the callback is shorter than it says")
    return body[prefix + 4 : end], body[end:]


def _unpadded(plain: bytes, block: int) -> bytes:
    pad = plain[-1]
    if not 1 <= pad <= min(block, len(plain)) or plain[-pad:] != bytes([pad]) * pad:
        raise BadInputError("the message is padded wrongly")
    return plain[:-pad]
