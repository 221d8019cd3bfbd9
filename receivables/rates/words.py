"""What a source of rates says, row by row, before anybody believes it. Plain Python."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from receivables.core.errors import DomainError

ZONE = "Europe/Warsaw"
"""Where the days begin of those who enter rates, look at them, or load them from a file."""


class Unreadable(DomainError):
    """An answer or a file that is not taken at all; the message names the place and the reason."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """A yearly rate in per cent as a source says it. `known_until` None: the source does not say how long."""

    place: str
    country: str
    regime: str
    valid_from: date
    known_until: date | None
    percent: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class MidRow:
    """What one euro cost in a country's currency by the table of one day."""

    place: str
    country: str
    rate_on: date
    price: Decimal
    table: str
    source: str

    @property
    def month(self) -> date:
        """The first day of its month."""
        return self.rate_on.replace(day=1)


@dataclass(frozen=True, slots=True)
class DayRow:
    """What one unit of a currency cost by the table of one day."""

    place: str
    currency: str
    table_on: date
    price: Decimal
    table: str
    source: str


@dataclass(frozen=True, slots=True)
class Read:
    """All that one answer or file says, in its order."""

    rates: tuple[RateRow, ...] = ()
    mids: tuple[MidRow, ...] = field(default=())

    def __add__(self, other: "Read") -> "Read":
        return Read(self.rates + other.rates, self.mids + other.mids)
