"""How addresses are compared: two ways to write one mailbox or number are the same. Pure."""

import re
import unicodedata
from functools import lru_cache

_NOT_DIALLED = re.compile(r"[^0-9+]")


@lru_cache(maxsize=8192)
def plain_address(channel: str, address: str) -> str:
    """An address of a channel in the one form in which it is listed and looked up. Asked again of its own answer, it changes nothing.

    Mail: small letters, the host in its ASCII form (IDNA 2003, RFC 3490). Telephone: plus and digits. Anything else: without spaces at
    its ends.
    """
    if channel == "email":
        return _mail(address)
    if channel in ("sms", "call"):
        return _NOT_DIALLED.sub("", address)
    return address.strip()


def _mail(address: str) -> str:
    local, at, host = unicodedata.normalize("NFC", address.strip()).lower().rpartition("@")
    return f"{local}{at}{_ascii(host.rstrip('.'))}"


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host
