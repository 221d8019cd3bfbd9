"""What the books say for a claim in court: debts with their interest, compensation, proofs, and both parties. A fixed number of queries."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from dunning.agencies.registered import registered
from dunning.claimable import Known
from dunning.claimed import debtor_of
from dunning.claims import DAY
from dunning.epu import Debt, Party, Proof, ProofKind, Sheet, Span, sheet
from dunning.models import CourtCase
from invoices.models import Claim, Customer, Delivery, Invoice, Item
from invoices.states import ClaimKind, Delivered, Kind
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.countries.rates import MissingRate
from receivables.countries.regimes import NoInterest
from receivables.countries.words import Debtor
from receivables.documents.models import Document
from receivables.messaging.models import Message
from receivables.messaging.states import ARRIVED

ZERO = Decimal(0)
_CALLS = {"demand": "wezwanie do zapłaty", "final_demand": "ostateczne wezwanie do zapłaty", "register_warning": "wezwanie do zapłaty"}
_WAYS = {
    Delivered.KSEF: "KSeF",
    Delivered.EMAIL: "e-mail",
    Delivered.POST: "przesyłka pocztowa",
    Delivered.BY_HAND: "odbiór osobisty",
    Delivered.PORTAL: "portal klienta",
}


def sheet_of(case: CourtCase, *, filing_on: date) -> Sheet:
    """The claim as it would be filed on a day, from the books as they are: of what is open now, with interest through that day.

    Raises `DomainError` where a rate that is needed is not known.
    """
    customer = Customer.objects.select_related("creditor").get(pk=case.customer_id)
    items = list(Item.objects.filter(court_cases__case=case).select_related("invoice").order_by("due_on", "label"))
    invoices = list(dict.fromkeys(item.invoice for item in items))
    calls = list(_calls(customer, items))
    return sheet(
        _creditor(customer.creditor),
        _debtor(customer, now=clock.now()),
        list(_debts(customer, items, filing_on=filing_on)),
        [*_invoice_proofs(items), *_delivery_proofs(invoices, items), *calls],
        kind_is_known=customer.kind != Kind.UNKNOWN,
        is_protected=Kind(customer.kind).is_protected,
        attempt=case.attempt or _attempt(calls),
        filing_on=filing_on,
    )


def _creditor(creditor: Creditor) -> Party:
    return Party(
        creditor.name, creditor.street, creditor.postcode, creditor.city, creditor.country, creditor.tax_id,
        bank_account=creditor.bank_account, krs=creditor.krs,
    )  # fmt: skip


def _debtor(customer: Customer, *, now: datetime) -> Party:
    known = registered(customer, before=now)
    return Party(
        customer.name, customer.street, customer.postcode, customer.city, customer.country, customer.tax_id, str(customer.pesel or ""),
        is_person=customer.kind == Kind.CONSUMER or bool(customer.pesel), regon=known.regon, krs=known.krs,
        checked_on=known.checked_on,
    )  # fmt: skip


def _debts(customer: Customer, items: Sequence[Item], *, filing_on: date) -> Iterator[Debt]:
    known = Known.of(customer, on=filing_on)
    barred = known.barred()
    settled = _settled(customer, items)
    compensation = _compensation(known, customer, items)
    for item in items:
        spans, regime = _spans(known, item, filing_on=filing_on)
        facts = known.facts[item.pk]
        flat = compensation.pop(item.invoice_id, NO_FLAT)
        yield Debt(
            item.label, item.invoice.issued_on, item.due_on, facts.due_on, item.currency, item.open_amount, facts.disputed, spans, regime,
            settled.get(item.pk, ZERO), item.pk in barred, flat.amount, flat.working, flat.lacks_rate,
        )  # fmt: skip


def _spans(known: Known, item: Item, *, filing_on: date) -> tuple[tuple[Span, ...], str]:
    """Each day through the filing, by rate and principal, then until payment on what is open. What is disputed is claimed with interest."""
    first_on = known.facts[item.pk].due_on + DAY
    if filing_on < first_on:
        return (), ""
    try:
        working = known.interest(item.pk, first_on=first_on, last_on=filing_on, disputed=ZERO).working
    except NoInterest:
        return (), ""
    spans = tuple(_span(period) for period in working.get("periods", ()))
    further = (Span(filing_on + DAY, None, item.open_amount),) if item.open_amount else ()
    return (*spans, *further), str(working.get("regime", ""))


def _span(period: Mapping[str, Any]) -> Span:
    return Span(
        date.fromisoformat(period["first_on"]),
        date.fromisoformat(period["last_on"]),
        Decimal(period["principal"]),
        Decimal(period["rate_percent"]),
        Decimal(period["amount"]),
        period["source"],
    )


def _settled(customer: Customer, items: Sequence[Item]) -> dict[int, Decimal]:
    """By item what of its posted interest was paid or waived."""
    rows: Any = Claim.objects.filter(customer=customer, item__in=items, kind=ClaimKind.INTEREST).with_figures()
    found: dict[int, Decimal] = {}
    for row in rows:
        found[row.item_id] = found.get(row.item_id, ZERO) + row.waived + row.paid
    return found


class _Flat(NamedTuple):
    amount: Decimal = ZERO
    working: str = ""
    lacks_rate: bool = False


NO_FLAT = _Flat()


def _compensation(known: Known, customer: Customer, items: Sequence[Item]) -> dict[int, _Flat]:
    """By invoice what is owed of its flat sum still, never of consumers: less what was paid or waived; nothing where it was reversed."""
    if debtor_of(customer) is Debtor.CONSUMER:
        return {}
    rows: Any = Claim.objects.filter(customer=customer, kind=ClaimKind.COMPENSATION).with_figures()
    posted = {row.invoice_id: row for row in rows}
    found: dict[int, _Flat] = {}
    for item in items:
        row = posted.get(item.invoice_id)
        if row is not None:
            found[item.invoice_id] = _Flat(max(row.open, ZERO))
        elif item.invoice_id not in found and known.was_late(item.pk) and known.is_compensated(item.pk):
            found[item.invoice_id] = _flat(known, item)
    return found


def _flat(known: Known, item: Item) -> _Flat:
    """What the law gives; a rate that is not known keeps nothing else back."""
    try:
        figure = known.compensation(item.invoice)
    except MissingRate:
        return _Flat(lacks_rate=True)
    return _Flat(figure.amount, _working(figure.working))


def _working(told: Mapping[str, Any]) -> str:
    return f"{told['euro']} EUR × {told['rate']} ({told['table']}, {told['rate_on']})" if told.get("table") else ""


def _invoice_proofs(items: Iterable[Item]) -> Iterator[Proof]:
    for item in items:
        number = item.invoice.number
        yield Proof(ProofKind.INVOICE, f"faktura {number}", item.invoice.issued_on, "kwota i termin płatności", item.label)


def _delivery_proofs(invoices: Sequence[Invoice], items: Sequence[Item]) -> Iterator[Proof]:
    """The newest that is known of each invoice."""
    labels = {item.invoice_id: item.label for item in reversed(items)}
    rows = Delivery.objects.counting().filter(invoice__in=invoices, how__in=list(_WAYS)).select_related("invoice").order_by("pk")
    newest = {row.invoice_id: row for row in rows}
    for invoice, row in newest.items():
        if row.on is not None:
            way = _WAYS[Delivered(row.how)]
            yield Proof(ProofKind.OTHER, f"doręczenie faktury {row.invoice.number}: {way}", row.on, "doręczenie faktury", labels[invoice])


def _calls(customer: Customer, items: Sequence[Item]) -> Iterator[Proof]:
    """Numbered calls for payment that left about any of these items, the oldest first."""
    messages = Message.objects.filter(notice__taken__case__item__in=items, notice__customer=customer, state__in=ARRIVED)
    rows = Document.objects.filter(pk__in=messages.values("document"), kind__in=_CALLS).exclude(number="")
    for number, kind, facts in rows.order_by("pk").values_list("number", "kind", "facts"):
        yield Proof(
            ProofKind.OTHER, f"{_CALLS[kind]} {number}", date.fromisoformat(facts["on"]), "wezwanie do zapłaty przed wytoczeniem powództwa"
        )


def _attempt(calls: Sequence[Proof]) -> str:
    """What the letters show of an attempt out of court (art. 187 par. 1 pkt 3 KPC)."""
    told = "; ".join(f"{call.name} z dnia {call.on:%d.%m.%Y}" for call in calls)
    return f"pozwany był wzywany do zapłaty: {told}" if told else ""
