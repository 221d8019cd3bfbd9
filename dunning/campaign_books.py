"""What the books say of all customers of a company for a campaign: balances by customer and currency, and who may be asked by which way.

A fixed number of queries, whatever the number of customers. The sums are those of `paper_books.lines_on` and `credit_on`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from dunning.campaigns import ZERO, Account
from dunning.models import CourtItem, PaperTerms, StopFact
from dunning.paper_books import money
from dunning.policy import Channel
from dunning.recipients import Recipient, recipients_of, stops_of
from invoices.balances import SIGNED
from invoices.models import AllocationEntry, ClaimEntry, CreditEntry, Customer, Dispute, Invoice, Item, Payment
from invoices.states import DocumentKind, InvoiceState, Kind
from receivables.accounts.models import Creditor

Pair = tuple[int, str]  # customer and currency


@dataclass(slots=True)
class _Books:
    """Open, of that what is disputed or in court, and credit, by customer and currency."""

    owed: dict[Pair, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    disputed: dict[Pair, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    in_court: dict[Pair, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    credit: dict[Pair, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def pairs(self) -> list[Pair]:
        return sorted({*self.owed, *self.disputed, *self.in_court, *self.credit})


@dataclass(frozen=True, slots=True)
class Chosen:
    """An account with whose it is."""

    customer: Customer
    currency: str
    account: Account


def accounts_of(creditor: Creditor, *, as_of_on: date, only: Customer | None = None) -> list[Chosen]:
    """All that customers of a company owed or were owed at the end of a day, by name. Eleven queries at most."""
    standing = Customer.objects.filter(creditor=creditor, merged_into=None)
    rows = standing.filter(pk=only.pk) if only else standing
    books = _books(rows, as_of_on)
    by_id = {row.pk: row for row in rows.filter(pk__any=[pk for pk, _ in books.pairs]).select_related("creditor", "payer", "letters_to")}
    known = _known(list(by_id.values()))
    pairs = sorted((pair for pair in books.pairs if pair[0] in by_id), key=lambda pair: (by_id[pair[0]].name, *pair))
    return [Chosen(by_id[pk], currency, _account(by_id[pk], books, (pk, currency), known[pk])) for pk, currency in pairs]


def _account(customer: Customer, books: _Books, pair: Pair, known: Mapping[str, Any]) -> Account:
    sums: dict[str, Any] = {
        "owed": books.owed.get(pair, ZERO),
        "credit": books.credit.get(pair, ZERO),
        "disputed": books.disputed.get(pair, ZERO),
        "in_court": books.in_court.get(pair, ZERO),
    }
    return Account(kind=Kind(customer.kind), waits_for_release=customer.waits_for_release, **sums, **known)


def _known(customers: list[Customer]) -> dict[int, dict[str, Any]]:
    """What is known of each now, by the names of an account."""
    stops = stops_of(customers)
    ways = recipients_of(customers, stops)
    ids = [row.pk for row in customers]
    terms = {row.pk: row for row in PaperTerms.objects.filter(pk__any=ids)}
    return {row.pk: _of_one(terms.get(row.pk) or PaperTerms(), stops.get(row.pk, ()), ways[row.pk]) for row in customers}


def _of_one(terms: PaperTerms, stops: Iterable[StopFact], ways: Mapping[Channel, Recipient]) -> dict[str, Any]:
    return {
        "keeps_no_books": terms.keeps_no_books,
        "agreed_to_email": terms.email_agreed_on is not None,
        "is_stopped": any(fact.stops_all for fact in stops),
        "has_email": Channel.EMAIL in ways,
        "has_address": Channel.LETTER in ways,
    }


def _books(customers: QuerySet[Customer], on: date) -> _Books:
    books = _Books()
    contested = set(Dispute.objects.filter(item__customer__in=customers, resolved_on=None).values_list("item", flat=True))
    suits = set(CourtItem.objects.filter(is_standing=True, item__customer__in=customers).values_list("item", flat=True))
    for pk, customer, currency, is_open in _open_items(customers, on):
        sums = books.in_court if pk in suits else books.disputed if pk in contested else books.owed
        sums[customer, currency] += is_open
    books.credit = credit_of_all(customers, on=on)
    return books


def credit_of_all(customers: QuerySet[Customer], *, on: date) -> dict[Pair, Decimal]:
    """Open credit at the end of a day by customer and currency; some of it may be nothing."""
    found: dict[Pair, Decimal] = defaultdict(Decimal)
    for sign, rows in _credits(customers, on):
        for customer, currency, amount in rows:
            found[customer, currency] += sign * (amount or ZERO)
    return found


def _open_items(customers: QuerySet[Customer], on: date) -> Iterable[tuple[int, int, str, Decimal]]:
    """What was open at the end of that day of each item."""
    entries = AllocationEntry.objects.filter(item=OuterRef("pk"), on__lte=on).order_by().values("item")
    settled = Coalesce(Subquery(entries.annotate(settled=Sum(SIGNED)).values("settled")), ZERO)
    rows = Item.objects.filter(customer__in=customers, invoice__issued_on__lte=on).exclude(invoice__state=InvoiceState.DRAFT)
    found: Any = rows.annotate(is_open=F("amount") - settled).filter(is_open__gt=0).order_by("pk")
    return found.values_list("pk", "customer", "currency", "is_open")


def _credits(customers: QuerySet[Customer], on: date) -> Iterable[tuple[int, Iterable[tuple[int, str, Decimal]]]]:
    """What came and what was used of it, by customer and currency: as `credit_on` has it for one."""
    notes = Invoice.objects.filter(kind=DocumentKind.CREDIT_NOTE, state=InvoiceState.ISSUED, issued_on__lte=on)
    used = AllocationEntry.objects.filter(on__lte=on)
    claims = ClaimEntry.objects.filter(on__lte=on)
    yield 1, _grouped(Payment.objects.filter(booked_on__lte=on), "customer", money(), customers)
    yield 1, _grouped(notes, "customer", F("gross"), customers)
    yield -1, _grouped(used, "payment__customer", SIGNED, customers)
    yield -1, _grouped(used, "credit_note__customer", SIGNED, customers)
    yield -1, _grouped(claims, "payment__customer", SIGNED, customers)
    yield -1, _grouped(CreditEntry.objects.filter(on__lte=on), "customer", SIGNED, customers)


def _grouped(rows: QuerySet[Any], whose: str, amount: Any, customers: QuerySet[Customer]) -> Iterable[tuple[int, str, Decimal]]:
    return (
        rows.filter(**{f"{whose}__in": customers})
        .order_by()
        .values(whose, "currency")
        .annotate(total=Sum(amount))
        .values_list(whose, "currency", "total")
    )
