"""What a token looks like. 256 bits of chance need no slow hash: SHA-256 of the whole token is kept."""

import hashlib
import hmac
import secrets

PREFIX = "rcv"


def new_token() -> tuple[str, str]:
    """A token, and its handle: the part that is no secret and finds the row."""
    handle = f"{PREFIX}_{secrets.token_hex(6)}"
    return f"{handle}_{secrets.token_urlsafe(32)}", handle


def digest_of(token: str) -> bytes:
    """What the row keeps."""
    return hashlib.sha256(token.encode()).digest()


def handle_of(token: str) -> str:
    """The handle of a token as given; empty where it is none."""
    parts = token.split("_", 2)
    return "_".join(parts[:2]) if len(parts) == 3 and parts[0] == PREFIX else ""


def is_same(token: str, digest: bytes) -> bool:
    """Whether a token is the one of that digest, in constant time."""
    return hmac.compare_digest(digest_of(token), digest)
