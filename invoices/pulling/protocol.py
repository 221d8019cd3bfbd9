"""What is asked of a service that invoices are pulled from. It touches its own network only; the files are others' matter."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from receivables.core.errors import DomainError


class CannotPull(DomainError):
    """Nothing was pulled, in a sentence for whoever looks after the system. `retry_after` are seconds, where the service says so."""

    def __init__(self, text: str, *, retry_after: int = 0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class PulledFile:
    """An invoice as the service gave it. `key` is its own number of it, and `name` the name under which it is read."""

    key: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came. `mark` is where the next pull begins; `is_cut`: the service's limits ended it, and more is there."""

    mark: str
    files: tuple[PulledFile, ...] = ()
    is_cut: bool = False
    retry_after: int = 0
    known: int = field(default=0)  # that the books had already


Known = Callable[[Collection[str]], Collection[str]]
"""Which of these keys need not be fetched again."""


class InvoiceService(Protocol):
    """One service, for one company."""

    name: str
    form: str  # of the files, as `import_invoices --format` calls it
    first_look: timedelta  # how far back the first pull looks, where nobody says

    def pull(self, mark: str, *, known: Known) -> Pulled:
        """What came since the mark, overlapping it. Raises `CannotPull`; asking again is harmless."""
        ...
