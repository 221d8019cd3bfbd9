"""The ledger of claims: post, waive, pay, reverse, book anew. What a claim comes to is worked out elsewhere; here it is booked, once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from invoices.actions.checks import bookable, not_before, once, short_line
from invoices.actions.postings import tell
from invoices.actions.rows import locked_customer
from invoices.balances import left_of
from invoices.ledger import Slice
from invoices.models import Claim, ClaimEntry, Invoice, Item, Payment
from invoices.states import ClaimKind
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop

Type = ClaimEntry.Type
BY_A_RERUN = "worked out anew"
TWICE = {
    "compensation_posted_once_per_invoice": gettext_noop("Compensation for this invoice is posted already. It is owed once."),
    "fee_posted_once_per_item_and_step": gettext_noop("This fee is posted already. It is owed once per item and step."),
    "a_day_bears_interest_once": gettext_noop("Interest for some of these days is posted already. A day bears interest once."),
}


@dataclass(frozen=True, slots=True)
class NewClaim:
    """What is to be posted: one claim by one rule, in the invoice's currency, with how it was worked out."""

    invoice: Invoice
    kind: ClaimKind
    amount: Decimal
    working: Mapping[str, Any] = field(default_factory=dict)
    item: Item | None = None
    step: str = ""
    first_on: date | None = None
    last_on: date | None = None


@transaction.atomic
def post_claims(customer_id: int, claims: Sequence[NewClaim], *, on: date, by: User | None = None) -> list[Claim]:
    """Post these of one customer, each once for ever. Refused where one is posted already, or its invoice is another customer's."""
    customer = locked_customer(customer_id)
    rows = []
    for new in claims:
        if new.invoice.customer_id != customer.pk:
            raise Refused(gettext_noop("%(number)s belongs to another customer."), number=new.invoice.number)
        bookable(new.amount, new.invoice.currency, what="The claim")
        row = Claim(
            creditor=customer.creditor, customer=customer, invoice=new.invoice, item=new.item, kind=new.kind, step=new.step,
            first_on=new.first_on, last_on=new.last_on, currency=new.invoice.currency,
        )  # fmt: skip
        with once(TWICE):
            row.save(force_insert=True)
        _enter(row, Type.POSTED, new.amount, on=on, working=dict(new.working), by=by)
        record(customer.creditor, "post_claim", row, by=by, on=on, kind=new.kind, amount=new.amount, currency=row.currency)
        rows.append(row)
    tell(customer.pk, on=on)
    return rows


@transaction.atomic
def waive_claim(claim: Claim, *, reason: str, on: date, amount: Decimal | None = None, by: User | None = None) -> ClaimEntry:
    """Give up a claim in part or, without `amount`, all that is open of it. What is waived is never claimed again."""
    claim = _locked(claim)
    reason = short_line(reason, longest=200, what="The reason")
    open_now = figures_of(claim).open
    if not open_now:
        raise Refused(gettext_noop("Nothing is open on this claim that could be waived."))
    amount = open_now if amount is None else bookable(amount, claim.currency, what="The amount")
    if amount > open_now:
        raise Refused(
            gettext_noop("Only %(open)s of this claim is open; %(amount)s cannot be waived."),
            open=Money(open_now, claim.currency), amount=Money(amount, claim.currency),
        )  # fmt: skip
    _not_before_posting(claim, on)
    entry = _enter(claim, Type.WAIVED, amount, on=on, reason=reason, by=by)
    record(claim.creditor, "waive_claim", claim, by=by, on=on, amount=amount, currency=claim.currency)
    tell(claim.customer_id, on=on)
    return entry


@transaction.atomic
def reverse_claim(claim: Claim, *, reason: str, on: date, by: User | None = None) -> None:
    """Take a claim back as if it had never been owed: money on it becomes open credit, and it is not claimed again."""
    claim = _locked(claim)
    reason = short_line(reason, longest=200, what="The reason")
    posting = _standing_posting(claim)
    if posting is None:
        raise Refused(gettext_noop("This claim is reversed already."))
    not_before(on, posting.on, what="A reversal")
    _release(claim, on=on, reason=reason, by=by)
    _contra(posting, on=on, reason=reason, by=by)
    record(claim.creditor, "reverse_claim", claim, by=by, on=on, amount=posting.amount, currency=claim.currency)
    tell(claim.customer_id, on=on)


def rebook_claim(claim: Claim, amount: Decimal, *, working: Mapping[str, Any], reason: str, on: date, by: User | None = None) -> None:
    """A new figure supersedes the one posted, by a contra-entry. What was waived stays, then what was paid, as far as the new figure
    reaches; the rest of the money becomes open credit. Call it with the claim's customer locked; the caller tells.
    """
    posting, before = _standing_posting(claim), figures_of(claim)
    on = max([on, *ClaimEntry.objects.filter(claim=claim).values_list("on", flat=True)])
    waived, paid = _standing(claim, Type.WAIVED), _standing(claim, Type.PAID)
    _release(claim, on=on, reason=reason, by=by, is_rerun=True)
    if posting is not None:
        _contra(posting, on=on, reason=reason, by=by, is_rerun=True)
    left = amount
    if amount:
        _enter(claim, Type.POSTED, amount, on=on, working=dict(working), reason=reason, is_rerun=True, by=by)
    for entry in (*waived, *paid):
        if part := min(left, entry.amount):
            _enter(claim, Type(entry.type), part, on=on, payment=entry.payment, reason=entry.reason, is_rerun=True, by=by)
            left -= part
    record(claim.creditor, "rebook_claim", claim, by=by, on=on, before=before.posted, amount=amount, currency=claim.currency)


@transaction.atomic
def pay_claims(
    payment: Payment, claims: Sequence[Claim], *, on: date, amount: Decimal | None = None, by: User | None = None
) -> dict[int, Decimal]:
    """Let what is left of a payment, or `amount` of it, fall on these claims in that order; the rest stays credit. Claim id → its part."""
    customer = locked_customer(payment.customer_id)
    if payment.reverses_id or Payment.objects.filter(reverses=payment).exists():
        raise Refused(gettext_noop("Payment %(payment)s was taken back: nothing of it can be allocated."), payment=payment.reference)
    not_before(on, payment.booked_on, what="An allocation")
    left = left_of(payment)
    if amount is not None and bookable(amount, payment.currency, what="The amount") > left:
        raise Refused(
            gettext_noop("Only %(money)s of %(source)s is left; %(amount)s cannot be allocated."),
            money=Money(left, payment.currency), source=str(payment), amount=Money(amount, payment.currency),
        )  # fmt: skip
    rows = open_claims([claim.pk for claim in claims], customer.pk, payment.currency)
    ordered = [rows[claim.pk] for claim in claims if claim.pk in rows]
    if len(ordered) != len(claims) or not left:
        raise Refused(gettext_noop("Choose open claims of the payer in the payment's currency, and a payment of which something is left."))
    parts = settle(payment, ordered, left if amount is None else amount, on=on, by=by)
    record(customer.creditor, "pay_claims", payment, by=by, on=on, claims=parts, currency=payment.currency)
    tell(customer.pk, on=on)
    return parts


def open_claims(claims: Iterable[int], customer: int, currency: str) -> dict[int, Claim]:
    """Those of these claims that are the customer's, in that currency, and open, with their figures. Call it under the customer's lock."""
    rows: Any = Claim.objects.filter(pk__in=list(claims), customer=customer, currency=currency).with_figures()
    return {row.pk: row for row in rows.filter(open__gt=0)}


def settle(payment: Payment, claims: Iterable[Any], amount: Decimal, *, on: date, by: User | None = None) -> dict[int, Decimal]:
    """Book parts of a payment on claims that come with their figures, in the order given. Returns claim id → its part."""
    parts: dict[int, Decimal] = {}
    for claim in claims:
        if part := min(amount, claim.open):
            _not_before_posting(claim, on)
            _enter(claim, Type.PAID, part, on=on, payment=payment, by=by)
            parts[claim.pk] = part
            amount -= part
    return parts


def interest_on(customer: int, currency: str, items: Collection[int] | None = None) -> list[Slice]:
    """Open posted interest of a customer in a currency as money meets it, the oldest debt first; of these items alone, where they are
    named. Call it under the customer's lock. One query.
    """
    return [each for each in interest_of([customer]).get((customer, currency), []) if items is None or each.item in items]


def interest_of(customers: Collection[int]) -> dict[tuple[int, str], list[Slice]]:
    """The same of several customers: customer id and currency → all of it. One query; of nobody, none."""
    found: dict[tuple[int, str], list[Slice]] = defaultdict(list)
    rows: Any = Claim.objects.filter(customer__any=customers, kind=ClaimKind.INTEREST)
    rows = rows.with_figures().filter(open__gt=0).order_by("item__due_on", "item__label", "first_on")
    for row in rows if customers else ():
        found[row.customer_id, row.currency].append(Slice(row.item_id, row.open, row.pk))
    return found


def book_on_claims(payment: Payment, parts: Mapping[int, Decimal], *, on: date, by: User | None = None) -> None:
    """Let parts of a payment settle claims, from the day of the money, or of the posting where that is later."""
    for claim in Claim.objects.filter(pk__in=parts).order_by("pk") if parts else ():
        posting = _standing_posting(claim)
        day = max(on, posting.on) if posting else on
        _enter(claim, Type.PAID, parts[claim.pk], on=day, payment=payment, by=by)


def take_claims_back(payment: Payment, *, on: date, by: User | None = None) -> None:
    """A payment went back: what it paid of claims is open again. Call it under the customer's lock."""
    for entry in payment.claim_entries.filter(is_reversal=False, reversal=None).order_by("pk"):
        _contra(entry, on=max(on, entry.on), reason="the payment was taken back", by=by)


def figures_of(claim: Claim) -> Any:
    """The claim as it stands, with `posted`, `waived`, `paid`, `open`."""
    return Claim.objects.with_figures().get(pk=claim.pk)


def _locked(claim: Claim) -> Claim:
    locked_customer(claim.customer_id)
    return Claim.objects.select_related("creditor", "customer").get(pk=claim.pk)


def _standing(claim: Claim, kind: ClaimEntry.Type) -> list[ClaimEntry]:
    rows = ClaimEntry.objects.filter(claim=claim, type=kind, is_reversal=False, reversal=None).select_related("payment")
    return list(rows.order_by("pk"))


def _standing_posting(claim: Claim) -> ClaimEntry | None:
    return next(iter(_standing(claim, Type.POSTED)), None)


def _not_before_posting(claim: Claim, on: date) -> None:
    posting = _standing_posting(claim)
    if posting is not None:
        not_before(on, posting.on, what="An entry")


def _release(claim: Claim, *, on: date, reason: str, by: User | None, is_rerun: bool = False) -> None:
    """Take back what was paid, which becomes open credit, and what was waived: in that order nothing is ever below nought."""
    for entry in (*_standing(claim, Type.PAID), *_standing(claim, Type.WAIVED)):
        _contra(entry, on=max(on, entry.on), reason=reason, by=by, is_rerun=is_rerun)


def _contra(entry: ClaimEntry, *, on: date, reason: str, by: User | None, is_rerun: bool = False) -> ClaimEntry:
    return _enter(
        entry.claim, Type(entry.type), entry.amount, on=on, payment=entry.payment, reason=reason, reverses=entry, is_rerun=is_rerun, by=by
    )


def _enter(
    claim: Claim,
    kind: ClaimEntry.Type,
    amount: Decimal,
    *,
    on: date,
    working: Mapping[str, Any] | None = None,
    payment: Payment | None = None,
    reason: str = "",
    reverses: ClaimEntry | None = None,
    is_rerun: bool = False,
    by: User | None = None,
) -> ClaimEntry:
    return ClaimEntry.objects.create(
        claim=claim, type=kind, amount=amount, currency=claim.currency, on=on, payment=payment, working=working or {}, reason=reason,
        is_reversal=reverses is not None, reverses=reverses, is_rerun=is_rerun, recorded_at=now(), by=by,
    )  # fmt: skip
