"""A registry of adapters by name: channels, intake formats, agencies, country packs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from receivables.core.errors import Refused

Adapter = TypeVar("Adapter")


class Registry(Generic[Adapter]):
    """Names to adapters. An unknown name is refused with the list of known ones."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._adapters: dict[str, Adapter] = {}

    def register(self, name: str, adapter: Adapter) -> None:
        """Add or replace the adapter of that name."""
        self._adapters[name] = adapter

    def get(self, name: str) -> Adapter:
        """The adapter of that name; raises `Refused` naming those there are."""
        try:
            return self._adapters[name]
        except KeyError:
            raise Refused(f"There is no {self.kind} {name!r}. Known: {', '.join(self.names())}.") from None

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._adapters)

    @contextmanager
    def using(self, adapters: dict[str, Adapter]) -> Iterator[None]:
        """Stand these in for all others while the block runs: a replay, a contract test."""
        before, self._adapters = self._adapters, dict(adapters)
        try:
            yield
        finally:
            self._adapters = before
