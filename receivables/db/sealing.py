"""Encryption of single values, and keyed hashes to find them. Keys come from FIELD_KEYS: the first seals, all can open."""

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NONCE = 12  # NIST SP 800-38D, 8.2: a 96-bit nonce
_KEY_ID = 4


def seal(text: str) -> bytes:
    """Encrypt; the result names its key, so keys can be rotated."""
    key = _keys()[0]
    nonce = os.urandom(_NONCE)
    return _key_id(key) + nonce + AESGCM(key).encrypt(nonce, text.encode(), None)


def open_sealed(sealed: bytes) -> str:
    """Decrypt with the key that the value names. Raises `ImproperlyConfigured` where that key is gone."""
    key_id, nonce, rest = sealed[:_KEY_ID], sealed[_KEY_ID : _KEY_ID + _NONCE], sealed[_KEY_ID + _NONCE :]
    for key in _keys():
        if hmac.compare_digest(_key_id(key), key_id):
            try:
                return AESGCM(key).decrypt(nonce, rest, None).decode()
            except InvalidTag:
                break
    raise ImproperlyConfigured("FIELD_KEYS: the key that sealed this value is missing. Add the former key behind the new one.")


def keyed_hash(text: str) -> bytes:
    """A keyed SHA-256 of the whole value, upper case and without spaces: equal values meet, nothing can be guessed from it.

    Keyed with the *last* of FIELD_KEYS, the oldest, so that a new first key leaves all hashes findable.
    """
    plain = "".join(text.split()).upper()
    return hmac.digest(_derived(_keys()[-1], b"lookup"), plain.encode(), hashlib.sha256)


def _keys() -> list[bytes]:
    return _decoded(tuple(settings.FIELD_KEYS))


@lru_cache(maxsize=4)
def _decoded(texts: tuple[str, ...]) -> list[bytes]:
    keys = [base64.b64decode(text) for text in texts]
    if not keys or any(len(key) != 32 for key in keys):
        raise ImproperlyConfigured("FIELD_KEYS: give one or more keys of 32 bytes in base64, separated by commas.")
    return keys


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:_KEY_ID]


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, purpose, hashlib.sha256)
