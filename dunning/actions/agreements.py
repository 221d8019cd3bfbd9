"""Instalment agreements: their rates climb the ladder before their days while the items covered rest; a missed rate ends them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from dunning.actions.calls import review_calls
from dunning.actions.cases import enter_rates
from dunning.actions.courtesy import amount_text, give_answer
from dunning.actions.news import tell
from dunning.actions.promises import open_of, promise
from dunning.models import AgreedItem, Agreement, Case, Promise, Rate
from dunning.states import CaseState, CourtesyKind
from invoices.actions.checks import bookable, short_line
from invoices.actions.rows import Target, locked_customer
from invoices.models import Customer, Invoice, Item
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import Money
from receivables.core.sentences import gettext_noop

_NUMBERING = 0x6E756D62  # "numb": the class of the advisory locks, one per creditor


@transaction.atomic
def agree(
    customer: Customer,
    *,
    label: str,
    items: Sequence[Target],
    rates: Sequence[tuple[date, Decimal]],
    on: date,
    waives_interest: bool = False,
    reason: str = "",
    by_user: User | None = None,
) -> Agreement:
    """Agree on instalments over all that is open on these invoices or items. The rates add up to it, none lies in the past.

    Raises `Refused`, also for what is on an agreement already or with the agency.
    """
    customer = locked_customer(customer.pk)
    label = short_line(label, longest=100, what="The number of the agreement")
    _number_alone(customer.creditor)
    rows = list(dict.fromkeys(item for target in items for item in open_of(customer, target)))
    _check(customer.creditor, label, rows, rates, on=on)
    agreement = Agreement.objects.create(
        creditor=customer.creditor,
        customer=customer,
        label=label,
        currency=rows[0].currency,
        made_on=on,
        waives_interest=waives_interest,
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
    review_calls([customer.pk], on=on)
    record(customer.creditor, "agreed", agreement, by=by_user, customer=customer.pk, items=[item.pk for item in rows], rates=len(rates),
           waives_interest=waives_interest)  # fmt: skip
    tell([customer.pk], on=on)
    _say_begun(agreement, rates, on=on)
    return agreement


@transaction.atomic
def defer(
    customer: Customer,
    *,
    items: Sequence[Target],
    until: date,
    interest_runs: bool,
    on: date,
    reason: str = "",
    by_user: User | None = None,
) -> Agreement:
    """All that is open on these may be paid by that day: an agreement with one rate. The invoices keep their own due dates.

    Where interest does not run, the days from today through that one bear none, unless the deferral is missed. Raises `Refused` as `agree`.
    """
    customer = locked_customer(customer.pk)
    rows = list(dict.fromkeys(item for target in items for item in open_of(customer, target)))
    owed = sum((item.open_amount for item in rows), Decimal(0))
    return agree_numbered(
        customer, items=rows, rates=[(until, owed)], on=on, waives_interest=not interest_runs, reason=reason, by_user=by_user
    )  # fmt: skip


@transaction.atomic
def agree_numbered(
    customer: Customer,
    *,
    items: Sequence[Target],
    rates: Sequence[tuple[date, Decimal]],
    on: date,
    waives_interest: bool = False,
    reason: str = "",
    by_user: User | None = None,
) -> Agreement:
    """Agree under the next free number. Raises `Refused` as `agree`."""
    customer = locked_customer(customer.pk)
    _number_alone(customer.creditor)
    return agree(
        customer, label=next_label(customer.creditor, on=on), items=items, rates=rates, on=on, waives_interest=waives_interest,
        reason=reason, by_user=by_user,
    )  # fmt: skip


def _number_alone(creditor: Creditor) -> None:
    """Until this transaction ends, no other agreement of the company gets a number. Taken after the customer's lock, and by everybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_NUMBERING, creditor.pk])


def next_label(creditor: Creditor, *, on: date) -> str:
    """A number for the next agreement that nobody has taken yet."""
    number = Agreement.objects.filter(creditor=creditor, made_on__year=on.year).count() + 1
    while Agreement.objects.filter(creditor=creditor, label=f"U/{on.year}/{number}").exists():
        number += 1
    return f"U/{on.year}/{number}"


def _say_begun(agreement: Agreement, rates: Sequence[tuple[date, Decimal]], *, on: date) -> None:
    told = [{"due_on": due_on.isoformat(), "amount": amount_text(amount, agreement.currency)} for due_on, amount in rates]
    said = {"label": agreement.label, "rates": told}
    about = f"agreement:{agreement.pk}"
    give_answer(agreement.customer, CourtesyKind.AGREEMENT_BEGUN, about=about, said=said, on=on, currency=agreement.currency)


def _check(creditor: Creditor, label: str, rows: Sequence[Item], rates: Sequence[tuple[date, Decimal]], *, on: date) -> None:
    if not rows or not rates:
        raise Refused(gettext_noop("An agreement needs an invoice that is open, and at least one rate."))
    if (
        Agreement.objects.filter(creditor=creditor, label=label).exists()
        or Invoice.objects.filter(creditor=creditor, number=label).exists()
    ):
        raise Refused(gettext_noop("The number %(label)s is taken. Choose another one for the agreement."), label=label)
    if len({item.currency for item in rows}) > 1:
        raise Refused(gettext_noop("An agreement is in one currency. Name invoices of one currency only."))
    for due_on, amount in rates:
        bookable(amount, rows[0].currency, what="A rate")
        if due_on < on:
            raise Refused(gettext_noop("A rate cannot be due in the past (%(due_on)s)."), due_on=due_on)
    owed, agreed = sum((item.open_amount for item in rows), Decimal(0)), sum((amount for _, amount in rates), Decimal(0))
    if owed != agreed:
        code = rows[0].currency
        raise Refused(
            gettext_noop("The rates add up to %(sum)s, but %(open)s is open. They have to be the same."),
            sum=Money(agreed, code),
            open=Money(owed, code),
        )
    check_free(rows)


def check_free(rows: Sequence[Item]) -> None:
    """Raises `Refused` where something is on an agreement, or with the agency or on its way there."""
    if taken := AgreedItem.objects.filter(item__in=rows, agreement__ended_on=None).select_related("item", "agreement").first():
        raise Refused(gettext_noop("%(item)s is on the agreement %(label)s already."), item=taken.item.label, label=taken.agreement.label)
    gone = Case.objects.filter(item__in=rows, state=CaseState.WITH_AGENCY) | Case.objects.filter(
        item__in=rows, in_flight__notice__placement__isnull=False
    )
    if case := gone.select_related("item").first():
        raise Refused(gettext_noop("%(label)s is with the agency. Recall it first."), label=case.debt.label)


def promised_in_call(customer: Customer, *, amount: Decimal, by: date, on: date, author: User | None) -> Promise:
    """What a customer promises on the phone is a promise like any other, over all that is open."""
    return promise(customer, amount=amount, by=by, on=on, reason="promised in a call", by_user=author)
