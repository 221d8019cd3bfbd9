"""The envelope sender of each message, signed: what comes back to it is about that message, and nobody else could have written it.

`bounces@firma.pl` becomes `bounces+ID.SIGNATURE@firma.pl`. The id is the row's, since a local part has room for 64 characters (RFC 5321,
4.5.3.1.1) and a key alone fills that; the signature is over the key, so an id of another database never fits. Lower case only: some
servers change it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIGITS = 16  # hexadecimal: 64 bits, which nobody tries by mail
_PART = re.compile(r"([0-9]{1,15})\.([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed return path as it came back; not checked yet."""

    message: int
    signature: str


def return_path_of(base: str, message: int, key: str, *, secret: str) -> str:
    """The envelope sender of a message; empty without a base."""
    local, at, domain = base.strip().lower().rpartition("@")
    return f"{local}+{message}.{_signature(key, secret)}@{domain}" if at and local else ""


def signed_in(addresses: Iterable[str], base: str) -> Signed | None:
    """The first of these addresses that has the form of one of ours."""
    local, _at, domain = base.strip().lower().rpartition("@")
    for address in addresses if local else ():
        own, _, host = address.strip().lower().rpartition("@")
        found = _PART.fullmatch(own.removeprefix(f"{local}+")) if host == domain and own.startswith(f"{local}+") else None
        if found:
            return Signed(int(found.group(1)), found.group(2))
    return None


def fits(signed: Signed, key: str, *, secret: str) -> bool:
    """Whether we signed it for the message of that key. Takes the same time for any signature."""
    return hmac.compare_digest(signed.signature, _signature(key, secret))


def _signature(key: str, secret: str) -> str:
    own = hashlib.sha256(b"return-path|" + secret.encode()).digest()
    return hmac.new(own, key.encode(), hashlib.sha256).hexdigest()[:_DIGITS]
