"""What nobody may guess, and the keyed hashes of it that the rows keep."""

import secrets

from receivables.core.typed_codes import new_code as new_typed_code
from receivables.db.sealing import keyed_hash

LENGTH = 8  # 5 bits each: 40, besides the 256 of the browser's own secret

_LOWER = str.maketrans({upper: upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})


def new_token() -> str:
    """256 bits for a cookie."""
    return secrets.token_hex(32)


def new_code() -> str:
    """A code to type."""
    return new_typed_code(LENGTH)


def shown_code(code: str) -> str:
    """ABCD-EFGH: in two halves, easier to read and to type."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def token_hash(token: str) -> bytes:
    """Of a secret in a cookie."""
    return keyed_hash(f"portal token {token}")


def code_hash(address: bytes, code: str) -> bytes:
    """Of a code for one address."""
    return keyed_hash(f"portal code {address.hex()} {code}")


def address_hash(email: str) -> bytes:
    """Of an address. Only ASCII letters are the same in both cases: "ß" and "SS" are two mailboxes, as are "ı" and "I"."""
    return keyed_hash(f"portal address {email.strip().translate(_LOWER).encode().hex()}")


def source_hash(network: str) -> bytes:
    """Of the network that a request came from."""
    return keyed_hash(f"portal source {network}")
