"""What every verb asks before it changes anything. Each raises `Refused` with a sentence that says what to do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from invoices.models import Customer
from receivables.core.errors import Refused
from receivables.core.money import decimals_of, round_to_unit
from receivables.core.sentences import gettext_noop


def bookable(amount: Decimal, currency: str, *, what: str) -> Decimal:
    """The amount, where it is above zero and fits the currency's decimals."""
    if not amount.is_finite() or amount <= 0:
        raise Refused(gettext_noop("%(what)s must be above zero; %(amount)s is not."), what=what, amount=amount)
    if amount != round_to_unit(amount, currency):
        raise Refused(
            gettext_noop("%(what)s %(amount)s has more decimals than %(currency)s knows (%(decimals_of)s)."),
            what=what,
            amount=amount,
            currency=currency,
            decimals_of=decimals_of(currency),
        )
    if amount >= Decimal(10) ** 14:
        raise Refused(gettext_noop("%(what)s %(amount)s is more than can be booked."), what=what, amount=amount)
    return amount


def short_line(text: str, *, longest: int, what: str) -> str:
    """One line of text that says something and fits its column."""
    line = " ".join(text.split())
    if not line:
        raise Refused(gettext_noop("%(what)s is empty; write one."), what=what)
    if len(line) > longest:
        raise Refused(gettext_noop("%(what)s is too long; at most %(longest)s characters are allowed."), what=what, longest=longest)
    return line


def not_before(day: date, earliest: date, *, what: str) -> None:
    """A thing cannot end before it began."""
    if day < earliest:
        raise Refused(
            gettext_noop("%(what)s on %(day)s would be before %(earliest)s, the day it belongs to. Give that day or a later one."),
            what=what,
            day=day,
            earliest=earliest,
        )


def currency_of(customer: Customer) -> str:
    """The customer's own currency, else the company's."""
    return customer.currency or customer.creditor.currency


def known_currency(code: str) -> str:
    """The code, where ISO 4217 knows it."""
    decimals_of(code)
    return code


@contextmanager
def once(sentences: Mapping[str, str]) -> Iterator[None]:
    """Turn a broken UNIQUE constraint into its sentence; the surrounding transaction goes on unharmed."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        broken = str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))
        if broken not in sentences:
            raise
        raise Refused(sentences[broken]) from error
