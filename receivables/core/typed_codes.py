"""Codes that people type: no letter that looks like another, and what people mix up is put right. Pure but for chance itself."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O and U

_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, "–": None, "—": None, ".": None})


def new_code(length: int) -> str:
    """A code that nobody may guess: 5 bits a character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def is_code(text: str, length: int) -> bool:
    """Whether it may be such a code: so many characters, all of the alphabet."""
    return len(text) == length and all(letter in ALPHABET for letter in text)


def read_code(typed: str) -> str:
    """A code as typed, with what people mix up put right."""
    return "".join(typed.upper().split()).translate(_MEANT)
