"""What a customer reads about the debt: what to pay now and how, what is open, what was settled, what money came. Only looks, never writes.

Sums agree with the letters: what is disputed or with an agency is not asked for, and credit is taken off.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from invoices.actions import open_credit
from invoices.models import SETTLED_BY_PAYING, AllocationEntry, Claim, CreditEntry, Customer, Invoice, Item, Payment
from invoices.states import Closing, DocumentKind, InvoiceState
from receivables.core.printed import account_text, transfer_title
from receivables.documents.payment_qr import payment_payload, qr_image
from receivables.portal.agreed import Part, part_of, standing_of
from receivables.portal.lines import ZERO, Line, closed_lines, lines_about

RECENT = timedelta(days=90)
SHOWN = 15  # rows of a list on the account's page
SHOWN_AS_SETTLED = (Closing.PAID, Closing.CREDITED)


@dataclass(frozen=True, slots=True)
class Due:
    """What to pay now in one currency, and how."""

    currency: str
    overdue: Decimal
    credit: Decimal
    oldest_on: date | None
    title: str
    account: str
    bank: str
    payee: str
    qr: str

    @property
    def to_pay(self) -> Decimal:
        return max(self.overdue - self.credit, ZERO)

    @property
    def account_shown(self) -> str:
        return account_text(self.account)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed instead of paying everything now, with how to pay the next part of it."""

    part: Part
    due: Due


@dataclass(frozen=True, slots=True)
class Statement:
    """All that is open on a day. What is agreed is not asked for among the dues."""

    dues: tuple[Due, ...]
    overdue: tuple[Line, ...]
    upcoming: tuple[Line, ...]
    agencies: tuple[str, ...]
    agreed: tuple[Agreed, ...] = ()

    @property
    def disputed(self) -> dict[str, Decimal]:
        """Per currency what the company is looking into."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for line in (*self.overdue, *self.upcoming):
            if line.disputed:
                sums[line.currency] += line.disputed
        return dict(sums)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the account's page. `key` names it in its address."""

    key: str
    title: str
    lines: Sequence[Line]

    @property
    def shown(self) -> Sequence[Line]:
        """As many as the account's page holds."""
        return self.lines[:SHOWN]


def statement_of(customer: Customer, *, on: date) -> Statement:
    """What is open, in a fixed number of queries."""
    standing = standing_of(customer, on=on)
    known = frozenset(item for each in standing for item in each.items)
    lines = list(lines_about(_items(customer).filter(open_amount__gt=0), customer, on=on, agreed=known))
    parts = [part for each in standing if (part := part_of(each, lines))]
    overdue = tuple(line for line in lines if line.item.due_on < on)
    upcoming = tuple(line for line in lines if line.item.due_on >= on)
    credit = {currency: max(amount, ZERO) for currency, amount in open_credit([customer]).get(customer.pk, {}).items()}
    agreed = tuple(Agreed(part, _due_of_part(customer, part, credit)) for part in parts)
    agencies = tuple(sorted({line.agency for line in lines if line.agency}))
    return Statement(tuple(_dues(customer, overdue, parts, credit)), overdue, upcoming, agencies, agreed)


def settled_of(customer: Customer, *, on: date) -> list[Line]:
    """What was paid or credited of late, the newest first."""
    recent = _items(customer).filter(closed_as__in=SHOWN_AS_SETTLED, closed_on__gt=on - RECENT, closed_on__lte=on)
    return closed_lines(recent.order_by("-closed_on", "-id"))


def listings(customer: Customer, statement: Statement, *, on: date) -> list[Listing]:
    """What is overdue, not due yet and paid of late; empty lists are left out."""
    every = (
        Listing("overdue", _("Overdue"), statement.overdue),
        Listing("upcoming", _("Not due yet"), statement.upcoming),
        Listing("settled", _("Paid recently"), settled_of(customer, on=on)),
    )
    return [each for each in every if each.lines]


def invoices_of(customer: Customer) -> QuerySet[Invoice]:
    """The papers that were issued to them."""
    return Invoice.objects.filter(customer=customer).exclude(state=InvoiceState.DRAFT)


def invoice_of(customer: Customer, pk: int) -> Invoice:
    """One of them; anything else is not there."""
    found = invoices_of(customer).select_related("document", "corrects").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def lines_of(invoice: Invoice, *, on: date) -> list[Line]:
    """The instalments of an invoice, or the one item that it has."""
    return list(lines_about(_items(invoice.customer).filter(invoice=invoice).order_by("position"), invoice.customer, on=on))


def entries_of(invoice: Invoice) -> QuerySet[AllocationEntry]:
    """What has lowered or raised what is open on it: money and credit notes, not what the company keeps to itself."""
    told = (*SETTLED_BY_PAYING, AllocationEntry.Source.CREDIT, AllocationEntry.Source.WITHDRAWAL)
    entries = AllocationEntry.objects.filter(item__invoice=invoice, source__in=told)
    return entries.select_related("item", "credit_note", "allowance").order_by("on", "id")


def claims_of(customer: Customer, invoice: Invoice | None = None) -> list[Any]:
    """Posted claims that are open, beside the principal: with their figures, by invoice. One query."""
    rows = Claim.objects.filter(customer=customer, **({"invoice": invoice} if invoice else {}))
    return list(rows.still_open().select_related("invoice").order_by("invoice__issued_on", "invoice", "pk"))


def claimed_of(claims: Iterable[Any]) -> list[dict[str, Any]]:
    """Their sums by currency and kind, each apart from the principal and from the others."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for claim in claims:
        sums[claim.currency, str(claim.get_kind_display())] += claim.open
    return [{"label": kind, "amount": amount, "currency": currency} for (currency, kind), amount in sums.items()]


def payments_of(customer: Customer) -> QuerySet[Payment]:
    """Money that came and money that was taken back, the newest first, with what it settled."""
    entries = AllocationEntry.objects.filter(is_reversal=False, reversal=None).select_related("item__invoice").order_by("id")
    mine = Payment.objects.filter(customer=customer).select_related("reversal", "reverses")
    gone = CreditEntry.objects.standing().order_by("id")
    used = (Prefetch("entries", queryset=entries, to_attr="settles"), Prefetch("credit_entries", queryset=gone, to_attr="gone"))
    return mine.prefetch_related(*used).order_by("-booked_on", "-id")


def credit_notes_of(customer: Customer) -> QuerySet[Invoice]:
    """Credit notes that count, the newest first."""
    return invoices_of(customer).filter(kind=DocumentKind.CREDIT_NOTE, state=InvoiceState.ISSUED).order_by("-issued_on", "-id")


def _items(customer: Customer) -> QuerySet[Item]:
    mine = Item.objects.filter(customer=customer).exclude(invoice__state=InvoiceState.DRAFT)
    return mine.select_related("invoice").order_by("due_on", "label")


def _dues(customer: Customer, overdue: Iterable[Line], parts: Sequence[Part], credit: Mapping[str, Decimal]) -> Iterator[Due]:
    """What is overdue and not agreed on, and what is owed on agreed items beyond their agreement."""
    covered = {item.pk for part in parts for item in part.items}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    items: dict[str, list[Item]] = defaultdict(list)
    for line in overdue:
        if line.asked > 0 and line.item.pk not in covered:
            sums[line.currency] += line.asked
            items[line.currency].append(line.item)
    for part in parts:
        if part.beyond:
            sums[part.of.currency] += part.beyond
            items[part.of.currency] += part.items
    home = customer.currency or customer.creditor.currency
    for currency in sorted(sums, key=lambda each: (each != home, each)):
        yield _asked(customer, currency, items[currency], sums[currency], credit.get(currency, ZERO))


def _due_of_part(customer: Customer, part: Part, credit: dict[str, Decimal]) -> Due:
    """Its transfer names the invoices, on which the money falls. The credit that it takes is off `credit` afterwards."""
    due = _asked(customer, part.of.currency, part.items, part.amount, credit.get(part.of.currency, ZERO))
    credit[part.of.currency] = credit.get(part.of.currency, ZERO) - due.credit
    return due


def _asked(customer: Customer, currency: str, items: Sequence[Item], total: Decimal, credit: Decimal) -> Due:
    creditor = customer.creditor
    title = transfer_title({"items": [{"label": item.label} for item in items], "reference": customer.number})
    payload = payment_payload(
        account=creditor.bank_account, name=creditor.name, tax_id=creditor.tax_id, amount=total - credit, currency=currency, title=title
    )
    return Due(
        currency=currency,
        overdue=total,
        credit=min(credit, total),
        oldest_on=min((item.due_on for item in items), default=None),
        title=title,
        account=creditor.bank_account,
        bank=creditor.bank_name,
        payee=creditor.name,
        qr=qr_image(payload) if payload else "",
    )
