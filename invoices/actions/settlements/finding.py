"""Which lines of the bank partners have paid out, which report each belongs to, and which numbers of a report are ours."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q

from invoices.models import AwaitedSettlement, BankLine, Invoice, PayoutPartner, SettlementReport
from invoices.settlements import NOT_KNOWN, Payout, is_from
from invoices.signals import payouts_changed
from invoices.states import DocumentKind, InvoiceState
from receivables.accounts.models import Creditor
from receivables.clock import now, today

_CLAIMS = [kind for kind in DocumentKind if kind.is_claim]


def partner_of(line: BankLine, partners: Iterable[PayoutPartner]) -> PayoutPartner | None:
    """The partner whose words stand in payer or title of money that came in."""
    text = _text(line)
    return next((partner for partner in partners if line.amount > 0 and is_from(text, partner.payer)), None)


def await_settlements(creditor: Creditor) -> int:
    """Note the waiting lines that partners have paid out, and wake who waits for them. Safe to run twice; how many are new."""
    partners = list(PayoutPartner.objects.filter(creditor=creditor, is_active=True).order_by("pk"))
    if not partners:
        return 0
    lines = BankLine.objects.waiting().filter(creditor=creditor, amount__gt=0, payments=None, awaited_settlement=None)
    found = [(line, partner) for line in lines.iterator(chunk_size=2_000) if (partner := partner_of(line, partners))]
    rows = [AwaitedSettlement(creditor=creditor, partner=partner, bank_line=line, recorded_at=now()) for line, partner in found]
    AwaitedSettlement.objects.bulk_create(rows, ignore_conflicts=True)
    tell_waiting(creditor, {partner.pk for _line, partner in found})
    return len(rows)


def tell_waiting(creditor: Creditor, partners: Collection[int]) -> None:
    """What waits for these partners' money is looked at again: no balance has changed but of those that a report names."""
    methods = {method for partner in PayoutPartner.objects.filter(pk__in=partners) for method in partner.methods}
    if methods:
        payouts_changed.send(sender=None, creditor=creditor, methods=frozenset(methods), on=today(creditor.time_zone))


def payouts_of(partner: PayoutPartner) -> list[Payout]:
    """Its lines that are not decided, the oldest first."""
    lines = BankLine.objects.waiting().filter(awaited_settlement__partner=partner).order_by("booked_on", "pk")
    return [Payout(line.pk, line.amount, line.currency, line.booked_on, _text(line)) for line in lines]


def invoices_called(creditor: Creditor, numbers: Collection[str], currency: str) -> dict[str, Invoice]:
    """Number → the claim that carries it, as its own number or else as that of its order. A number that several carry names none."""
    ours = Invoice.objects.filter(creditor=creditor, currency=currency, state=InvoiceState.ISSUED, kind__in=_CLAIMS)
    found: dict[str, list[Invoice]] = defaultdict(list)
    for row in ours.filter(Q(number__in=numbers) | Q(order_number__in=numbers)).order_by("pk"):
        for number in {row.number, row.order_number} & set(numbers):
            found[number].append(row)
    return {number: rows[0] for number, rows in found.items() if len(rows) == 1}


def carried(creditor: Creditor, numbers: Collection[str]) -> set[str]:
    """The numbers that any document of the company carries, several or in another currency too: those are never set aside alone."""
    rows = Invoice.objects.filter(Q(number__in=numbers) | Q(order_number__in=numbers), creditor=creditor)
    return {said for pair in rows.values_list("number", "order_number") for said in pair} & set(numbers)


def look_up_again(report: SettlementReport) -> None:
    """Numbers that nobody knew when the report came, and that are known now, are no longer set aside."""
    lines = list(report.lines.filter(aside=NOT_KNOWN, invoice=None))
    known = invoices_called(report.creditor, {line.number for line in lines}, report.currency) if lines else {}
    for line in lines:
        if line.number in known:
            line.invoice, line.aside = known[line.number], ""
            line.save(update_fields=["invoice", "aside"])


def _text(line: BankLine) -> str:
    return f"{line.counterparty} {line.title}"
