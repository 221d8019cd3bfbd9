"""What the books say for a paper of one customer and currency: open documents, movements, credit, posted claims.

A fixed number of queries each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Min, Q, QuerySet, Sum, When

from dunning.models import Agreement, CourtItem
from dunning.papers import ZERO, Line, Movement
from invoices.balances import SIGNED
from invoices.models import AllocationEntry, Allowance, Claim, ClaimEntry, CreditEntry, Customer, Dispute, Invoice, Item, Payment
from invoices.states import ClaimKind, DocumentKind, InvoiceState
from receivables.core.money import round_to_unit
from receivables.db.fields import MoneyField
from receivables.documents.models import Document

_LOWERING = {
    AllocationEntry.Source.WRITE_OFF: "written_off",
    AllocationEntry.Source.WITHDRAWAL: "withdrawn",
    AllocationEntry.Source.SALE: "sold",
    AllocationEntry.Source.EXCHANGE: "exchanged",
    AllocationEntry.Source.ALLOWANCE: "",  # by its kind
}
_SUMS = {ClaimKind.INTEREST: "interest", ClaimKind.COMPENSATION: "compensation", ClaimKind.FEE: "fees"}
_ALLOWED = {Allowance.Kind.DISCOUNT: "discount", Allowance.Kind.BANK_FEE: "small_difference"}
_CLAIM_WORDS = {ClaimKind.INTEREST: "interest", ClaimKind.COMPENSATION: "compensation", ClaimKind.FEE: "fee"}


def items_of(customer: Customer, currency: str) -> QuerySet[Item]:
    """All items of documents that were issued."""
    mine = Item.objects.filter(customer=customer, currency=currency).exclude(invoice__state=InvoiceState.DRAFT)
    return mine.select_related("invoice").order_by("due_on", "label")


def lines_on(customer: Customer, currency: str, *, on: date) -> list[Line]:
    """What was open at the end of a day, without items of which a part is disputed now, and those in court now."""
    items = [item for item in items_of(customer, currency) if item.invoice.issued_on <= on]
    suits = CourtItem.objects.filter(is_standing=True, item__customer=customer).values_list("item", flat=True)
    apart = {*_disputed(customer), *suits}
    settled = _settled(items, on=on)
    lines = [_line(item, max(item.amount - settled[item.pk], ZERO)) for item in items if item.pk not in apart]
    return [line for line in lines if line.open > 0]


def credit_on(customer: Customer, currency: str, *, on: date) -> Decimal:
    """Money and credit notes that had come by the end of a day and were neither allocated, exchanged nor given back then."""
    return (
        _sum(Payment.objects.filter(customer=customer, currency=currency, booked_on__lte=on), money())
        + _sum(_credit_notes(customer, currency).filter(issued_on__lte=on), F("gross"))
        - _sum(_allocated(customer, currency).filter(on__lte=on), SIGNED)
        - _sum(ClaimEntry.objects.filter(payment__customer=customer, currency=currency, on__lte=on), SIGNED)
        - _sum(CreditEntry.objects.filter(customer=customer, currency=currency, on__lte=on), SIGNED)
    )


def balance_on(customer: Customer, currency: str, *, on: date) -> Decimal:
    """What a balance confirmation of that day states now: above zero, the customer owes it."""
    return sum((line.open for line in lines_on(customer, currency, on=on)), ZERO) - credit_on(customer, currency, on=on)


def closing_on(customer: Customer, currency: str, *, on: date) -> Decimal:
    """What a statement through that day ends with now."""
    return sum((move.amount for move in movements_of(customer, currency) if move.on <= on), ZERO)


def lines_of_items(items: Iterable[Item]) -> list[Line]:
    """What is open on these items now, with their invoices read."""
    return _lines_of(items)


def lines_of_agreement(agreement: Agreement) -> list[Line]:
    """What the items of an agreement owed when it was made: what its rates share out. Money of that very day came before it or after."""
    items = [line.item for line in agreement.lines.select_related("item__invoice")]
    agreed = sum((rate.amount for rate in agreement.rates.all()), ZERO)
    after = _owed_before(items, on__gt=agreement.made_on)
    return after if sum((line.open for line in after), ZERO) == agreed else _owed_before(items, on__gte=agreement.made_on)


def _owed_before(items: list[Item], **since: date) -> list[Line]:
    rows = AllocationEntry.objects.filter(item__in=items, **since).order_by().values_list("item")
    settled: dict[int, Decimal] = defaultdict(Decimal, dict(rows.annotate(settled=Sum(SIGNED))))
    return [_line(item, item.open_amount + settled[item.pk]) for item in items]


def claimed_beside(items: Iterable[Item]) -> dict[str, Decimal]:
    """What is posted and open beside the principal of these items, by the names that papers sum it under."""
    rows = list(items)
    theirs = Q(item__in=rows) | Q(item=None, invoice__in={item.invoice_id for item in rows})
    claims: Any = Claim.objects.filter(theirs).still_open()
    found: dict[str, Decimal] = defaultdict(Decimal)
    for claim in claims:
        found[_SUMS[ClaimKind(claim.kind)]] += claim.open
    return dict(found)


def movements_of(customer: Customer, currency: str) -> list[Movement]:
    """All that raised or lowered the account: documents, money and credit notes, what was given back, exchanged or borne, write-offs,
    withdrawals and posted claims.
    """
    return [
        *_charges(customer, currency),
        *(_credit_note(note) for note in _credit_notes(customer, currency)),
        *(_money_came(payment) for payment in Payment.objects.filter(customer=customer, currency=currency).order_by("booked_on", "pk")),
        *_lowered(customer, currency),
        *_credit_gone(customer, currency),
        *_claimed(customer, currency),
    ]


def overdue_on(customer: Customer, currency: str, *, on: date, without: Collection[int] = ()) -> tuple[Decimal, Decimal]:
    """What of the principal is overdue now, without these items, and what is disputed of all that is open."""
    disputed = _disputed(customer)
    rows = items_of(customer, currency).filter(open_amount__gt=0).values_list("pk", "due_on", "open_amount")
    overdue = sum((amount for pk, due_on, amount in rows if due_on < on and pk not in without), ZERO)
    return overdue, sum((min(disputed[pk], amount) for pk, _, amount in rows if pk in disputed), ZERO)


def barred_on(customer: Customer, currency: str, barred: Collection[int], *, on: date) -> Decimal:
    """What was open of these items at the end of a day, with the claims beside them."""
    items = [item for item in items_of(customer, currency) if item.pk in barred and item.invoice.issued_on <= on]
    if not items:
        return ZERO
    settled = _settled(items, on=on)
    theirs = Q(item__in=items) | Q(item=None, invoice__in={item.invoice_id for item in items})
    rows: Any = Claim.objects.filter(theirs, customer=customer, currency=currency).with_figures(on=on)
    beside = sum((row.open for row in rows), ZERO)
    return beside + sum((max(item.amount - settled[item.pk], ZERO) for item in items), ZERO)


def noted_claims(
    customer: Customer, currency: str, kind: ClaimKind, *, without: Collection[int] = ()
) -> tuple[list[Line], list[dict[str, Any]]]:
    """Posted claims of a kind that are open and stand in no note yet, as papers tell them, with their documents.

    Those on the items `without` are left out, and those on the invoice of one.
    """
    rows: Any = Claim.objects.filter(customer=customer, currency=currency, kind=kind).still_open()
    if without:
        theirs = Q(item__in=without) | Q(item=None, invoice__in=Item.objects.filter(pk__in=without).values("invoice"))
        rows = rows.exclude(pk__in=Claim.objects.filter(theirs, customer=customer).values("pk"))
    already = _already_noted(customer, kind)
    claims = [row for row in rows.select_related("invoice", "item").order_by("invoice__issued_on", "pk") if row.pk not in already]
    postings = ClaimEntry.objects.filter(claim__in=claims, type=ClaimEntry.Type.POSTED, is_reversal=False, reversal=None)
    working = {entry.claim_id: entry.working for entry in postings}
    invoices = {row.invoice_id for row in claims}
    lines = _lines_of(item for item in items_of(customer, currency).filter(invoice__in=invoices))
    return lines, [_claim(row, working.get(row.pk, {}), currency) for row in claims]


def _claim(row: Any, working: dict[str, Any], currency: str) -> dict[str, Any]:
    label = row.item.label if row.item else row.invoice.number
    told = {"kind": str(row.kind), "claim": row.pk, "label": label, "step": "", "amount": str(round_to_unit(row.open, currency))}
    gone = row.waived + row.paid
    return {"periods": [], "table": "", **working, **told, **({"settled": str(round_to_unit(gone, currency))} if gone else {})}


def _already_noted(customer: Customer, kind: ClaimKind) -> set[int]:
    """Claims that a note of this kind has asked for."""
    made = Document.objects.filter(creditor=customer.creditor_id, kind=f"{kind}_note", facts__customer__number__in=customer.numbers)
    return {claim["claim"] for facts in made.values_list("facts", flat=True) for claim in facts.get("claims", ()) if "claim" in claim}


def _lines_of(items: Iterable[Item]) -> list[Line]:
    return [_line(item, item.open_amount) for item in items]


def _line(item: Item, is_open: Decimal) -> Line:
    paid_on = item.closed_on if not item.open_amount else None
    return Line(item.label, item.invoice.issued_on, item.due_on, item.amount, is_open, paid_on=paid_on)


def _disputed(customer: Customer) -> dict[int, Decimal]:
    rows = Dispute.objects.filter(item__customer=customer, resolved_on=None).values_list("item", "amount")
    found: dict[int, Decimal] = defaultdict(Decimal)
    for item, amount in rows:
        found[item] += amount
    return dict(found)


def _settled(items: list[Item], *, on: date) -> dict[int, Decimal]:
    rows = AllocationEntry.objects.filter(item__in=items, on__lte=on).order_by().values_list("item").annotate(settled=Sum(SIGNED))
    return defaultdict(Decimal, dict(rows))


def _charges(customer: Customer, currency: str) -> Iterator[Movement]:
    rows = Invoice.objects.filter(customer=customer, items__currency=currency).exclude(state=InvoiceState.DRAFT)
    for invoice in rows.annotate(owed=Sum("items__amount"), first_due=Min("items__due_on")).order_by("issued_on", "pk"):
        yield Movement(invoice.issued_on, invoice.number, "invoice", invoice.owed, invoice.first_due)


def _credit_notes(customer: Customer, currency: str) -> QuerySet[Invoice]:
    return Invoice.objects.filter(customer=customer, currency=currency, kind=DocumentKind.CREDIT_NOTE, state=InvoiceState.ISSUED)


def _credit_note(note: Invoice) -> Movement:
    return Movement(note.issued_on, note.number, "credit_note", -note.gross)


def _money_came(payment: Payment) -> Movement:
    title = payment.title[:40] or payment.reference
    if payment.reverses_id is not None:
        return Movement(payment.booked_on, title, "returned", payment.amount)
    return Movement(payment.booked_on, title, "payment", -payment.amount)


def _lowered(customer: Customer, currency: str) -> Iterator[Movement]:
    rows = AllocationEntry.objects.filter(item__customer=customer, currency=currency, source__in=_LOWERING).select_related(
        "item", "allowance"
    )
    for entry in rows.order_by("on", "pk"):
        amount = entry.amount if entry.is_reversal else -entry.amount
        what = _ALLOWED[Allowance.Kind(entry.allowance.kind)] if entry.allowance else _LOWERING[AllocationEntry.Source(entry.source)]
        yield Movement(entry.on, entry.item.label, what, amount)


def _credit_gone(customer: Customer, currency: str) -> Iterator[Movement]:
    """Credit that was given back, or settled something in another currency: there it stands among what was lowered."""
    rows = CreditEntry.objects.filter(customer=customer, currency=currency).select_related("payment", "credit_note")
    for entry in rows.order_by("on", "pk"):
        source = entry.payment or entry.credit_note
        label = entry.payment.title[:40] or entry.payment.reference if entry.payment else str(source)
        what = "refund" if entry.kind == CreditEntry.Kind.REFUND else "exchanged"
        yield Movement(entry.on, label, what, -entry.amount if entry.is_reversal else entry.amount)


def _claimed(customer: Customer, currency: str) -> Iterator[Movement]:
    rows = ClaimEntry.objects.filter(claim__customer=customer, currency=currency).exclude(type=ClaimEntry.Type.PAID)
    for entry in rows.select_related("claim__invoice").order_by("on", "pk"):
        raises = (entry.type == ClaimEntry.Type.POSTED) is not entry.is_reversal
        amount = entry.amount if raises else -entry.amount
        yield Movement(entry.on, entry.claim.invoice.number, _CLAIM_WORDS[ClaimKind(entry.claim.kind)], amount)


def _allocated(customer: Customer, currency: str) -> QuerySet[AllocationEntry]:
    mine = Q(payment__customer=customer) | Q(credit_note__customer=customer)
    return AllocationEntry.objects.filter(mine, currency=currency)


def money() -> Case:
    """The amount of a payment with its sign."""
    return Case(When(reverses=None, then=F("amount")), default=-F("amount"), output_field=MoneyField())


def _sum(rows: QuerySet[Any], amount: Any) -> Decimal:
    return rows.aggregate(total=Sum(amount))["total"] or ZERO
