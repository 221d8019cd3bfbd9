"""What of a payment or customer settles beside money: refunds, exchanges, allowances, exchange differences, prepayments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from invoices.actions.exchanges import fetched
from invoices.balances import credit_sources
from invoices.exchange import working_day_before
from invoices.models import AllocationEntry, CreditEntry, Customer, ExchangeDifference, Invoice, Item, Payment, Prepayment
from receivables.countries.rules import calendar_of
from receivables.rates.models import DayRate


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to a payment beside its own entries."""

    entries: Sequence[AllocationEntry]  # borne by the company, or in another currency
    credit: Sequence[CreditEntry]
    differences: Sequence[ExchangeDifference]
    prepayments: Sequence[Prepayment]


@dataclass(frozen=True, slots=True)
class CreditSource:
    """A payment or credit note of which something is left."""

    source: Payment | Invoice
    left: Decimal

    @property
    def is_payment(self) -> bool:
        """Whether it is money."""
        return isinstance(self.source, Payment)


def beside(payment: Payment) -> Beside:
    """Four queries."""
    entries = AllocationEntry.objects.filter(Q(allowance__payment=payment) | Q(exchange__payment=payment))
    differences = ExchangeDifference.objects.filter(Q(entry__payment=payment) | Q(entry__exchange__payment=payment))
    return Beside(
        list(entries.select_related("item__invoice", "allowance__by", "exchange").order_by("on", "pk")),
        list(payment.credit_entries.select_related("by", "bank_line", "reversal").order_by("on", "pk")),
        list(differences.select_related("entry__item", "by").order_by("pk")),
        list(payment.prepayments.select_related("paper", "by").order_by("pk")),
    )


def sources_of(customer: Customer) -> list[CreditSource]:
    """Payments and credit notes of a customer of which something is left, the oldest first. Seven queries."""
    return [CreditSource(source, left) for source, left in credit_sources([customer.pk])]


def with_a_rest(payment: Payment) -> QuerySet[Item]:
    """Items that the payment settles in part, with something open."""
    mine = payment.entries.filter(is_reversal=False, reversal=None).values("item")
    return Item.objects.open().filter(pk__in=mine).order_by("due_on", "pk")


def without_difference(payment: Payment) -> QuerySet[AllocationEntry]:
    """Standing entries of the payment that may have an exchange difference, and have none booked."""
    home = payment.creditor.currency
    mine = AllocationEntry.objects.filter(Q(payment=payment) | Q(exchange__payment=payment), is_reversal=False, reversal=None)
    foreign = mine if payment.currency != home else mine.exclude(currency=home)
    return foreign.filter(exchange_difference=None).select_related("item__invoice").order_by("pk")


@dataclass(frozen=True, slots=True)
class Table:
    """The table of mid rates that counts for the money, or for the invoice behind an `item`. `kept`: what was fetched of it."""

    currency: str
    on: date
    item: str = ""
    kept: DayRate | None = None


def tables_of(payment: Payment, entries: Iterable[AllocationEntry]) -> list[Table]:
    """Of every currency that is not the company's own. One query beside that of the entries."""
    home, calendar = payment.creditor.currency, calendar_of(payment.creditor.country)
    tables = [Table(payment.currency, working_day_before(calendar, payment.booked_on))]
    tables += [Table(entry.currency, working_day_before(calendar, entry.item.invoice.issued_on), entry.item.label) for entry in entries]
    foreign = [table for table in tables if table.currency != home]
    kept = fetched(payment.creditor, {(table.currency, table.on) for table in foreign})
    return [replace(table, kept=kept.get((table.currency, table.on))) for table in foreign]
