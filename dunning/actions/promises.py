"""Promises to pay: noted by a person, kept or broken by what the payments say."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, QuerySet, Sum

from dunning.actions.calls import review_calls
from dunning.actions.courtesy import amount_text, give_answer
from dunning.actions.news import tell
from dunning.actions.offer_ends import follow_offers
from dunning.actions.tasks import open_tasks
from dunning.agreements import NO_WAIT, is_kept
from dunning.facts import rules_of
from dunning.models import Case, Promise, PromisedItem
from dunning.states import CaseState, CourtesyKind, TaskKind
from invoices.actions.checks import bookable
from invoices.actions.rows import Target, locked_customer, name_of, named_items
from invoices.balances import left_of_payments, open_money, standing_payments
from invoices.models import SETTLED_BY_PAYING, AllocationEntry, Customer, Item
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def promise(
    customer: Customer,
    *,
    amount: Decimal,
    by: date,
    on: date,
    items: Sequence[Target] | None = None,
    currency: str | None = None,
    reason: str = "",
    by_user: User | None = None,
) -> Promise:
    """Note that a customer will pay so much by a day; these items, or all that is open, wait through it. Replaces older promises on them.

    Raises `Refused` for a day in the past, an amount that is not positive, or where nothing is open.
    """
    customer = _locked(customer)
    if by < on:
        raise Refused(gettext_noop("A promise cannot be for a day in the past (%(by)s). Choose today or a later day."), by=by)
    rows = _promised_items(customer, items, currency)
    code = rows[0].currency
    bookable(amount, code, what="The amount promised")
    row = Promise.objects.create(
        creditor_id=customer.creditor_id, customer=customer, currency=code, amount=amount, made_on=on, by=by,
        after_entry=AllocationEntry.objects.aggregate(last=Max("pk"))["last"] or 0, reason=reason[:200], author=by_user,
    )  # fmt: skip
    _replace([item.pk for item in rows], on=on)
    PromisedItem.objects.bulk_create([PromisedItem(promise=row, item=item) for item in rows])
    _wake(rows, on=on)
    review_calls([customer.pk], on=on)
    record(customer.creditor, "promised", row, by=by_user, customer=customer.pk, amount=amount, until=by, items=[item.pk for item in rows])
    settle_promises([customer.pk], on=on)
    row.refresh_from_db()
    if row.state == Promise.State.STANDING:
        said = {"amount": amount_text(amount, code), "by_on": by.isoformat()}
        give_answer(customer, CourtesyKind.PROMISE_NOTED, about=f"promise:{row.pk}", said=said, on=on, currency=code)
    return row


def _locked(customer: Customer) -> Customer:
    return locked_customer(customer.pk)


def _promised_items(customer: Customer, targets: Sequence[Target] | None, currency: str | None) -> list[Item]:
    """The open items that a promise is about. Raises `Refused` where one named is closed or in another currency."""
    if targets is None:
        code = currency or customer.currency or customer.creditor.currency
        rows = list(
            Item.objects.open().filter(customer=customer, currency=code).exclude(case__state=CaseState.CLOSED).order_by("due_on", "label")
        )
    else:
        rows = [item for target in targets for item in open_of(customer, target)]
    if not rows:
        raise Refused(gettext_noop("Nothing is open that could be promised."))
    if {item.currency for item in rows} != {currency or rows[0].currency}:
        raise Refused(gettext_noop("A promise is in one currency. Name items of one currency only."))
    return list(dict.fromkeys(rows))


def open_of(customer: Customer, target: Target) -> list[Item]:
    """The open items of an invoice or item of this customer, locked. Raises `Refused` where there is none."""
    named = [item for item in named_items(customer, [target]) if item.open_amount > 0]
    closed = set(Case.objects.filter(item__in=named, state=CaseState.CLOSED).values_list("item", flat=True))
    rows = [item for item in named if item.pk not in closed]
    if not rows:
        raise Refused(gettext_noop("%(name)s is closed: nothing is open on it."), name=name_of(target))
    return rows


def _replace(items: Collection[int], *, on: date) -> None:
    """Older promises leave these items; one that has none left is over."""
    older = PromisedItem.objects.filter(item__in=items, is_standing=True)
    touched = set(older.values_list("promise", flat=True))
    older.update(is_standing=False)
    empty = Promise.objects.filter(pk__in=touched, state=Promise.State.STANDING).exclude(lines__is_standing=True)
    for promise_replaced in empty.select_related("creditor"):
        record(promise_replaced.creditor, "promise_replaced", promise_replaced, customer=promise_replaced.customer_id)
    replaced = list(empty.values_list("pk", flat=True))
    Promise.objects.filter(pk__in=replaced).update(state=Promise.State.REPLACED, ended_on=on)
    if replaced:
        follow_offers(promises=replaced, on=on)


def settle_promises(customers: Collection[int], *, on: date) -> None:
    """End the promises of these customers that are kept by now, or have nothing left to pay. Call it with the customers locked."""
    for row in _standing(customers).filter(by__gte=on):
        if not row.lines.filter(is_standing=True, item__open_amount__gt=0).exists():
            _end(row, Promise.State.KEPT if _is_kept(row) else Promise.State.SETTLED, on=on)
        elif _is_kept(row):
            _end(row, Promise.State.KEPT, on=on)
    _settle_waiting(customers, on=on)


def _settle_waiting(customers: Collection[int], *, on: date) -> None:
    """A promise whose day is over is kept by money that the bank had by then, whenever its statement comes."""
    for row in _standing(customers).filter(by__lt=on):
        if _is_kept(row, until=row.by):
            _end(row, Promise.State.KEPT, on=on)


def break_promises(creditor: Creditor, customers: Collection[int], *, on: date) -> None:
    """End the promises of these customers whose day is over, for the bank too: broken, and a person is asked.

    Call it with the customers locked.
    """
    _settle_waiting(customers, on=on)
    past = list(_standing(customers).filter(by__lt=on).select_related("customer__creditor"))
    wait = rules_of(creditor).bank_wait if past else NO_WAIT
    for row in (row for row in past if wait.is_over(row.by, on=on)):
        cases = list(Case.objects.filter(item__promises__promise=row, item__promises__is_standing=True, item__open_amount__gt=0))
        _end(row, Promise.State.BROKEN if cases else Promise.State.SETTLED, on=on)
        if cases:
            open_tasks([row.customer], TaskKind.BROKEN_PROMISE, on=on, cases={row.customer_id: [case.pk for case in cases]})
            tell([row.customer_id], on=on)


def _standing(customers: Collection[int]) -> QuerySet[Promise]:
    return Promise.objects.filter(customer__any=customers, state=Promise.State.STANDING).order_by("pk")


def _is_kept(row: Promise, *, until: date | None = None) -> bool:
    """Money allocated to its items since it was made and still there, and the customer's money that is not allocated.

    With `until`, only money that was booked by that day.
    """
    since = AllocationEntry.objects.filter(
        item__promises__promise=row, item__promises__is_standing=True, pk__gt=row.after_entry, source__in=SETTLED_BY_PAYING
    )
    if until is not None:
        since = since.exclude(payment__booked_on__gt=until).exclude(exchange__payment__booked_on__gt=until)
    allocated = since.filter(is_reversal=False, reversal=None).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return is_kept(row.amount, allocated=allocated, unallocated=_unallocated(row, until=until))


def _unallocated(row: Promise, *, until: date | None) -> Decimal:
    if until is None:
        return open_money([row.customer_id]).get(row.customer_id, {}).get(row.currency, Decimal(0))
    payments = standing_payments().filter(customer=row.customer_id, currency=row.currency, booked_on__lte=until)
    return sum(left_of_payments(payments).values(), Decimal(0))


def _end(row: Promise, state: str, *, on: date) -> None:
    rows = [line.item for line in row.lines.filter(is_standing=True).select_related("item")]
    row.lines.filter(is_standing=True).update(is_standing=False)
    Promise.objects.filter(pk=row.pk).update(state=state, ended_on=on)
    follow_offers(promises=[row.pk], on=on)
    _wake(rows, on=on)
    record(row.creditor, f"promise_{state}", row, customer=row.customer_id, amount=row.amount)


def _wake(items: Collection[Item], *, on: date) -> None:
    Case.objects.running().filter(item__in=items).update(look_again_on=on)
