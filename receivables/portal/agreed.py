"""What a customer has agreed to pay instead of everything at once: the next part of an agreement, or the sum of an accepted offer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dunning.models import AcceptedOffer, Agreement, Promise
from dunning.states import OfferKind
from invoices.models import Customer, Item

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be paid next of it, and until when. `later` follows after that day; `items` are not asked for beside it."""

    label: str  # number of the agreement; empty for an offer that lives in a promise
    currency: str
    amount: Decimal
    by: date
    later: Decimal
    items: tuple[Item, ...]


def parts_of(customer: Customer, *, on: date) -> list[Part]:
    """What stands on that day, at most four queries."""
    return sorted([*_of_agreements(customer, on=on), *_of_offers(customer, on=on)], key=lambda part: part.by)


def _of_agreements(customer: Customer, *, on: date) -> Iterator[Part]:
    standing = Agreement.objects.filter(customer=customer, ended_on=None, rates__open_amount__gt=0).distinct()
    for agreement in standing.prefetch_related("rates", "lines__item"):
        rates = sorted((rate for rate in agreement.rates.all() if rate.open_amount), key=lambda rate: rate.due_on)
        now = [rate for rate in rates if rate.due_on <= on] or rates[:1]
        amount = sum((rate.open_amount for rate in now), ZERO)
        later = sum((rate.open_amount for rate in rates), ZERO) - amount
        items = tuple(line.item for line in agreement.lines.all() if line.item.open_amount)
        yield Part(agreement.label, agreement.currency, amount, now[-1].due_on, later, items)


def _of_offers(customer: Customer, *, on: date) -> Iterator[Part]:
    """Through their day. Of a discount, what is open less the discount: a part payment leaves that much less."""
    rows = AcceptedOffer.objects.filter(customer=customer, promise__state=Promise.State.STANDING, promise__by__gte=on)
    for row in rows.select_related("promise").prefetch_related("lines__item"):
        items = tuple(line.item for line in row.lines.all() if line.is_standing and line.item.open_amount)
        gain = Decimal(row.terms["gain"]) if row.kind == OfferKind.DISCOUNT else ZERO
        amount = sum((item.open_amount for item in items), ZERO) - gain
        if row.promise and amount > 0:
            yield Part("", row.currency, amount, row.promise.by, ZERO, items)
