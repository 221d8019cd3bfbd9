"""Disputes as people open and decide them: in the books, and with an answer to the customer where its switch is on."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions.courtesy import amount_text, give_answer, labels_of
from dunning.models import Case
from dunning.states import CaseState, CourtesyKind
from invoices.actions import Target
from invoices.actions import dispute as dispute_in_books
from invoices.actions import resolve_dispute as resolve_in_books
from invoices.models import Customer, Dispute, Item
from invoices.states import DisputeCode, Outcome
from receivables.accounts.models import User
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def open_dispute(
    target: Target,
    *,
    on: date,
    amount: Decimal | None = None,
    reason: str = "",
    code: DisputeCode | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    by: User | None = None,
) -> list[Dispute]:
    """As `invoices.actions.dispute`; the customer is told that we have it. Raises `Refused` also for what is time-barred: it is closed."""
    _refuse_barred(target)
    disputes = dispute_in_books(target, on=on, amount=amount, reason=reason, code=code, owner=owner, due_on=due_on, by=by)
    _tell(target, disputes, CourtesyKind.DISPUTE_RECEIVED, on=on)
    return disputes


@transaction.atomic
def decide_dispute(target: Target, *, outcome: Outcome, on: date, by: User | None = None) -> list[Dispute]:
    """As `invoices.actions.resolve_dispute`; the customer is told the outcome."""
    disputes = resolve_in_books(target, outcome=outcome, on=on, by=by)
    _tell(target, disputes, CourtesyKind.DISPUTE_DECIDED, on=on, upheld=outcome == Outcome.UPHELD)
    return disputes


def _refuse_barred(target: Target) -> None:
    barred = Case.objects.filter(state=CaseState.CLOSED, item__open_amount__gt=0)
    mine = barred.filter(item=target) if isinstance(target, Item) else barred.filter(item__invoice=target)
    if case := mine.select_related("item").first():
        raise Refused(gettext_noop("%(label)s is time-barred and closed: nobody demands it any more."), label=case.debt.label)


def _tell(target: Target, disputes: Sequence[Dispute], kind: CourtesyKind, *, on: date, **more: bool) -> None:
    """One answer for all that was opened or decided together."""
    if not disputes:
        return
    rows = list(Dispute.objects.filter(pk__in=[one.pk for one in disputes]).select_related("item").order_by("pk"))
    currency = rows[0].currency
    total = amount_text(sum((one.amount for one in rows), Decimal(0)), currency)
    customer = Customer.objects.select_related("creditor", "payer", "letters_to").get(pk=target.customer_id)
    said = {"labels": labels_of([one.item for one in rows]), "amount": total, **more}
    give_answer(customer, kind, about=f"dispute:{rows[0].pk}", said=said, on=on, currency=currency)
