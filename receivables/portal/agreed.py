"""What a customer has agreed to pay instead of everything at once: the next part of an agreement, or the sum of an accepted offer."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import F, Sum

from dunning.agreements import NO_WAIT
from dunning.facts import rules_of
from dunning.models import AcceptedOffer, Agreement, Promise
from dunning.states import OfferKind
from invoices.actions.early_payment import offers_by
from invoices.early_payment import Offer
from invoices.models import Customer, EarlyPayment, Invoice, Item
from receivables.portal.lines import ZERO, Line


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands, whatever is asked for of its items. `label` is the number of an agreement, `now` what is open of its rates that are due
    or come next, `rates` of all; an accepted offer has neither, and what it takes off: invoice → discount.
    """

    label: str
    currency: str
    by: date
    is_over: bool  # its day is over, and only the bank's data of it are awaited
    items: frozenset[int]
    now: Decimal = ZERO
    rates: Decimal = ZERO
    less: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be paid next of it, and what follows `later`. `beyond`: so much is asked of its items and no part of the agreement."""

    of: Standing
    amount: Decimal
    items: tuple[Item, ...]
    later: Decimal = ZERO
    beyond: Decimal = ZERO


def part_of(standing: Standing, lines: Iterable[Line]) -> Part | None:
    """Of what the company itself asks for; None where nothing is, or where an agency has something of it."""
    mine = [line for line in lines if line.item.pk in standing.items]
    asked = sum((line.asked for line in mine), ZERO)
    if any(line.agency for line in mine) or not asked:
        return None
    items = tuple(line.item for line in mine if line.asked)
    if standing.label:
        amount, of_rates = min(standing.now, asked), min(standing.rates, asked)
        return Part(standing, amount, items, of_rates - amount, asked - of_rates)
    disputed = {line.item.invoice_id for line in mine if line.disputed}
    less = sum((amount for invoice, amount in standing.less.items() if invoice not in disputed), ZERO)
    return Part(standing, asked - less, items)


def standing_of(customer: Customer, *, on: date) -> list[Standing]:
    """What stands on that day, by the day of its next part. A fixed number of queries."""
    return sorted([*_of_agreements(customer, on=on), *_of_offers(customer, on=on)], key=lambda each: each.by)


def _of_agreements(customer: Customer, *, on: date) -> Iterator[Standing]:
    rows = Agreement.objects.filter(customer=customer, ended_on=None, rates__open_amount__gt=0).distinct()
    for agreement in rows.prefetch_related("rates", "lines"):
        rates = sorted((rate for rate in agreement.rates.all() if rate.open_amount), key=lambda rate: rate.due_on)
        now = [rate for rate in rates if rate.due_on <= on] or rates[:1]
        yield Standing(
            agreement.label, agreement.currency, now[-1].due_on, now[0].due_on < on,
            frozenset(line.item_id for line in agreement.lines.all()),
            sum((rate.open_amount for rate in now), ZERO), sum((rate.open_amount for rate in rates), ZERO),
        )  # fmt: skip


def _of_offers(customer: Customer, *, on: date) -> Iterator[Standing]:
    """Through their day, and as long as the bank's data of it are awaited."""
    rows = AcceptedOffer.objects.filter(customer=customer, promise__state=Promise.State.STANDING).select_related("promise")
    known = [(row, row.promise.by) for row in rows.prefetch_related("lines__item") if row.promise]
    wait = rules_of(customer.creditor).bank_wait if any(by < on for _row, by in known) else NO_WAIT
    standing = [(row, by) for row, by in known if not wait.is_over(by, on=on)]
    discounted = {line.item.invoice_id for row, _by in standing if row.kind == OfferKind.DISCOUNT for line in row.lines.all()}
    granted = _granted(discounted) if discounted else {}
    for row, by in standing:
        lines = [line for line in row.lines.all() if line.is_standing]
        invoices = {line.item.invoice_id for line in lines} if row.kind == OfferKind.DISCOUNT else set()
        less = {invoice: _ending(granted.get(invoice, ()), by) for invoice in invoices}
        yield Standing("", row.currency, by, by < on, frozenset(line.item_id for line in lines), less=less)


def _granted(invoices: Collection[int]) -> dict[int, tuple[Offer, ...]]:
    """Invoice → its discounts, of those of which nothing is settled: none is granted on anything else. Two queries."""
    rows = Invoice.objects.filter(pk__in=invoices).annotate(left=Sum("items__open_amount")).filter(left=F("gross"))
    return offers_by(EarlyPayment.objects.filter(invoice__in=list(rows.values_list("pk", flat=True))))


def _ending(offered: Iterable[Offer], by: date) -> Decimal:
    """The discount that ends on that day."""
    return next((offer.amount for offer in offered if offer.until == by), ZERO)
