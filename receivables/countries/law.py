"""What a country's law gives a creditor whose debtor is late: interest, flat compensation, and the day it is over. A pack per country."""

from datetime import date
from decimal import Decimal
from typing import Protocol

from receivables.core.errors import DomainError
from receivables.countries.poland import Poland
from receivables.countries.rates import RateTable
from receivables.countries.words import Compensation, Debtor, Sale


class NoPack(DomainError):
    """A country whose rules are not known."""


class Pack(Protocol):
    """The rules of one country. Amounts are in the stated currency, `due_on` is the due date moved to a working day."""

    code: str

    def interest(self, debtor: Debtor) -> RateTable:
        """The rates of late interest that such a debtor owes."""
        ...

    def compensation(self, debtor: Debtor, amount: Decimal, currency: str, *, due_on: date) -> Compensation | None:
        """The flat sum for an invoice of that full amount; None where the law gives none."""
        ...

    def barred_from(self, debtor: Debtor, sale: Sale, *, due_on: date) -> date | None:
        """The first day on which the debt may no longer be demanded; None where it may for ever, or until the debtor objects."""
        ...

    def barred_at_most_before(self, on: date) -> date:
        """Only what was due before this day can be barred on day `on`."""
        ...


PACKS: dict[str, Pack] = {pack.code: pack for pack in (Poland(),)}


def pack_of(country: str, *, on: date) -> Pack:
    """The pack of a country (ISO 3166-1 alpha-2). Raises `NoPack` for one whose rules are not known."""
    if country not in PACKS:
        raise NoPack(f"{country}: the rules of late interest and compensation of this country are not known on {on}; claim none there.")
    return PACKS[country]
