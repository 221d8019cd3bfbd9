"""What a print provider is: takes a package once per key, and says later what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import IO, Protocol

from receivables.core.registry import Registry
from receivables.messaging.outgoing import Outcome


@dataclass(frozen=True, slots=True)
class Print:
    """A package to be printed and posted. `key` is the same for ever; `open` gives its bytes, whoever reads closes."""

    key: str
    name: str
    letters: int
    service: str
    open: Callable[[], IO[bytes]]


class Stage(StrEnum):
    """How far a provider is."""

    WORKING = "working"
    POSTED = "posted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Status:
    """What a provider says of a job; `posted_on` where it is posted."""

    stage: Stage
    posted_on: date | None = None
    detail: str = ""


class PrintProvider(Protocol):
    """Adapters take plain values and their own config; they touch neither models nor settings."""

    def submit(self, job: Print) -> Outcome:
        """Hand the package over. The same key twice prints once: a key that is known already is `Accepted`."""

    def status(self, key: str) -> Status:
        """How far it is. Nothing is changed by asking; where no answer comes, the stage is `UNKNOWN`."""


PRINTERS: Registry[PrintProvider] = Registry("print provider")
