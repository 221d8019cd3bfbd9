"""Terms of early payment: kept beside the invoice, which never changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from invoices.actions.checks import once
from invoices.actions.rows import locked_customer, refreshed
from invoices.early_payment import MOST_DAYS, MOST_PERCENT, Offer, Terms, offers
from invoices.models import EarlyPayment, Invoice
from invoices.states import DocumentKind
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.countries.rules import calendar_of


@transaction.atomic
def note_early_payment(invoice: Invoice, *, percent: Decimal, days: int, said: str = "", by: User | None = None) -> EarlyPayment:
    """Note a discount that the invoice grants to who pays within so many days of its issue. It does not change the invoice."""
    customer = locked_customer(invoice.customer_id)
    invoice = refreshed(invoice)
    if not DocumentKind(invoice.kind).is_claim:
        raise Refused(gettext_noop("%(number)s is no claim: nothing is owed on it. Name an invoice."), number=invoice.number)
    if not Terms(percent, days).is_sound or percent != round(percent, 2):
        raise Refused(
            gettext_noop("A discount is above 0 and at most %(percent)s %%, with two decimals, for at most %(days)s days."),
            percent=MOST_PERCENT,
            days=MOST_DAYS,
        )
    with once({"early_payment_once_per_term": f"A discount for {days} days is noted on {invoice.number} already."}):
        row = EarlyPayment.objects.create(
            invoice=invoice, percent=percent, days=days, said=" ".join(said.split())[:200], recorded_at=now(), by=by
        )
    record(customer.creditor, "note_early_payment", row, by=by, invoice=invoice.pk, percent=percent, days=days)
    return row


def keep_terms(invoice: Invoice, terms: Iterable[Terms], *, by: User | None) -> None:
    """Note what a file says, once. What is no sound discount is left out."""
    known = set(invoice.early_payment.values_list("days", flat=True))
    for each in terms:
        if each.is_sound and each.days not in known:
            known.add(each.days)
            note_early_payment(invoice, percent=each.percent, days=each.days, said=each.said, by=by)


def offers_of(invoice: Invoice) -> tuple[Offer, ...]:
    """What an invoice grants to who pays early. One query."""
    return _offers({invoice.pk: invoice}, invoice.early_payment.all()).get(invoice.pk, ())


def offers_by(terms: QuerySet[EarlyPayment]) -> dict[int, tuple[Offer, ...]]:
    """Invoice id → what it grants, of the invoices of these terms. One query."""
    rows = list(terms.select_related("invoice__creditor"))
    return _offers({row.invoice_id: row.invoice for row in rows}, rows)


def _offers(invoices: Mapping[int, Invoice], rows: Iterable[EarlyPayment]) -> dict[int, tuple[Offer, ...]]:
    terms: dict[int, list[Terms]] = defaultdict(list)
    for row in rows:
        terms[row.invoice_id].append(Terms(row.percent, row.days))
    return {
        pk: offers(
            said, gross=invoices[pk].gross, currency=invoices[pk].currency, issued_on=invoices[pk].issued_on,
            calendar=calendar_of(invoices[pk].creditor.country),
        )
        for pk, said in terms.items()
    }  # fmt: skip
