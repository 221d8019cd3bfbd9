"""What the check of a sender asks of DNS. Plain values, so that tests answer from tables."""

from typing import Protocol


class LookupFailed(Exception):
    """DNS gave no answer at all: a time-out or a server at fault. Never the same as an empty answer."""


class Resolver(Protocol):
    """Answers of DNS. Each is empty where the name or the record does not exist; each raises `LookupFailed` where nobody answered."""

    def txt(self, name: str) -> tuple[str, ...]:
        """The TXT records; the strings of one record joined without a space (RFC 7208, 3.3)."""

    def mx(self, name: str) -> tuple[str, ...]:
        """The mail exchangers, the preferred first; "" stands for the root, the null MX of RFC 7505."""

    def addresses(self, name: str) -> tuple[str, ...]:
        """IPv4 and IPv6 addresses."""
