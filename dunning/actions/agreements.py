"""Instalment agreements: their rates climb the ladder before their days while the items covered rest; a missed rate ends them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions.cases import enter_rates
from dunning.actions.promises import open_of, promise
from dunning.models import AgreedItem, Agreement, Case, Promise, Rate
from dunning.states import CaseState
from invoices.actions.checks import bookable, short_line
from invoices.actions.rows import Target
from invoices.models import Customer, Invoice, Item
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import Money


@transaction.atomic
def agree(
    customer: Customer,
    *,
    label: str,
    items: Sequence[Target],
    rates: Sequence[tuple[date, Decimal]],
    on: date,
    reason: str = "",
    by_user: User | None = None,
) -> Agreement:
    """Agree on instalments over all that is open on these invoices or items. The rates add up to it, none lies in the past.

    Raises `Refused`, also for what is on an agreement already or with the agency.
    """
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("creditor").get(pk=customer.pk)
    label = short_line(label, longest=100, what="The number of the agreement")
    rows = list(dict.fromkeys(item for target in items for item in open_of(customer, target)))
    _check(customer.creditor, label, rows, rates, on=on)
    agreement = Agreement.objects.create(
        creditor=customer.creditor,
        customer=customer,
        label=label,
        currency=rows[0].currency,
        made_on=on,
        reason=reason[:200],
        author=by_user,
    )
    AgreedItem.objects.bulk_create([AgreedItem(agreement=agreement, item=item, position=n) for n, item in enumerate(rows, start=1)])
    Rate.objects.bulk_create(
        [
            Rate(
                agreement=agreement, position=n, label=f"{label}#{n}", due_on=due_on, currency=agreement.currency, amount=amount,
                open_amount=amount,
            )
            for n, (due_on, amount) in enumerate(rates, start=1)
        ]
    )  # fmt: skip
    enter_rates(agreement, on=on)
    record(customer.creditor, "agreed", agreement, by=by_user, customer=customer.pk, items=[item.pk for item in rows], rates=len(rates))
    return agreement


def _check(creditor: Creditor, label: str, rows: Sequence[Item], rates: Sequence[tuple[date, Decimal]], *, on: date) -> None:
    if not rows or not rates:
        raise Refused("An agreement needs an invoice that is open, and at least one rate.")
    if (
        Agreement.objects.filter(creditor=creditor, label=label).exists()
        or Invoice.objects.filter(creditor=creditor, number=label).exists()
    ):
        raise Refused(f"The number {label} is taken. Choose another one for the agreement.")
    if len({item.currency for item in rows}) > 1:
        raise Refused("An agreement is in one currency. Name invoices of one currency only.")
    for due_on, amount in rates:
        bookable(amount, rows[0].currency, what="A rate")
        if due_on < on:
            raise Refused(f"A rate cannot be due in the past ({due_on}).")
    owed, agreed = sum((item.open_amount for item in rows), Decimal(0)), sum((amount for _, amount in rates), Decimal(0))
    if owed != agreed:
        code = rows[0].currency
        raise Refused(f"The rates add up to {Money(agreed, code)}, but {Money(owed, code)} is open. They have to be the same.")
    _check_free(rows)


def _check_free(rows: Sequence[Item]) -> None:
    """Raises `Refused` where something is on an agreement, or with the agency or on its way there."""
    if taken := AgreedItem.objects.filter(item__in=rows, agreement__ended_on=None).select_related("item", "agreement").first():
        raise Refused(f"{taken.item.label} is on the agreement {taken.agreement.label} already.")
    gone = Case.objects.filter(item__in=rows, state=CaseState.WITH_AGENCY) | Case.objects.filter(
        item__in=rows, in_flight__notice__placement__isnull=False
    )
    if case := gone.select_related("item").first():
        raise Refused(f"{case.debt.label} is with the agency. Recall it first.")


def promised_in_call(customer: Customer, *, amount: Decimal, by: date, on: date, author: User | None) -> Promise:
    """What a customer promises on the phone is a promise like any other, over all that is open."""
    return promise(customer, amount=amount, by=by, on=on, reason="promised in a call", by_user=author)
