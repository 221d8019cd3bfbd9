"""Mediation: its items rest meanwhile, time does not run for or against anybody, and a settlement becomes an agreement."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions import noting
from dunning.actions.agreements import agree, check_free, next_label
from dunning.actions.cases import wake
from dunning.actions.holds import locked
from dunning.actions.news import tell
from dunning.models import Agreement, MediatedItem, Mediation, MediationEvent
from dunning.states import LimitationKind, ProofKind
from invoices.actions.checks import short_line
from invoices.models import Customer, Invoice, Item
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def begin_mediation(
    customer: Customer, items: Sequence[Item], *, mediator: str, began_on: date, today: date, reference: str = "", by: User | None = None
) -> Mediation:
    """Note that talks before a mediator began about these open items. Limitation stands still meanwhile (LAW.md A4).

    Raises `Refused` for a day to come, without a mediator, for items that are another's, closed, in a mediation or on an agreement.
    """
    customer = locked(customer.pk)
    mediator = short_line(mediator, longest=200, what=gettext_noop("The mediator"))
    if began_on > today:
        raise Refused(gettext_noop("It cannot lie in the future (%(day)s). Note it when it has happened."), day=began_on)
    _check(customer, items)
    row = Mediation.objects.create(
        creditor=customer.creditor, customer=customer, mediator=mediator, reference=" ".join(reference.split())[:100], began_on=began_on,
        author=by,
    )  # fmt: skip
    MediatedItem.objects.bulk_create([MediatedItem(mediation=row, item=item) for item in items])
    invoices = list(Invoice.objects.filter(items__in=items).distinct().order_by("pk"))
    events = noting.begin(invoices, LimitationKind.MEDIATION, on=began_on, told=_told(row, today=today, by=by))
    MediationEvent.objects.bulk_create([MediationEvent(mediation=row, event=event) for event in events])
    record(customer.creditor, "mediation_begun", row, by=by, customer=customer.pk, on=began_on, items=[item.pk for item in items])
    _look_again(customer, on=today)
    return row


@transaction.atomic
def settle_mediation(
    mediation: Mediation, *, rates: Sequence[tuple[date, Decimal]], on: date, today: date, waives_interest: bool = False,
    note: str = "", by: User | None = None,
) -> Agreement:  # fmt: skip
    """The parties settled on instalments over all that is open of its items: an agreement like any other.

    Raises `Refused` as `agree` does, and where the mediation has ended.
    """
    mediation, customer = _standing(mediation, on=on, today=today)
    items = list(Item.objects.open().filter(mediations__mediation=mediation).order_by("due_on", "label"))
    if not items:
        raise Refused(gettext_noop("Nothing is open any more of what the mediation was about. Note that it ended without a settlement."))
    agreement = agree(
        customer, label=next_label(customer.creditor, on=today), items=items, rates=rates, on=today, waives_interest=waives_interest,
        reason=_source(mediation), by_user=by,
    )  # fmt: skip
    _end(mediation, outcome="settled", on=on, today=today, note=note, agreement=agreement, by=by)
    return agreement


@transaction.atomic
def fail_mediation(mediation: Mediation, *, on: date, today: date, note: str = "", by: User | None = None) -> Mediation:
    """It ended without a settlement: the ladder goes on. Raises `Refused` where it has ended already."""
    mediation, _customer = _standing(mediation, on=on, today=today)
    return _end(mediation, outcome="failed", on=on, today=today, note=note, by=by)


def _standing(mediation: Mediation, *, on: date, today: date) -> tuple[Mediation, Customer]:
    customer = locked(mediation.customer_id)
    row = Mediation.objects.get(pk=mediation.pk)
    if row.ended_on is not None:
        raise Refused(gettext_noop("This mediation has ended already."))
    if not row.began_on <= on <= today:
        raise Refused(gettext_noop("The day must be from the beginning of the mediation (%(day)s) through today."), day=row.began_on)
    return row, customer


def _end(
    row: Mediation, *, outcome: str, on: date, today: date, note: str, agreement: Agreement | None = None, by: User | None
) -> Mediation:
    row.ended_on, row.outcome, row.note, row.agreement = on, outcome, " ".join(note.split())[:200], agreement
    row.save(update_fields=["ended_on", "outcome", "note", "agreement"])
    own = list(row.events.values_list("event", flat=True))
    ends = noting.end(noting.pending(own, [LimitationKind.MEDIATION]), on=on, told=_told(row, today=today, by=by))
    MediationEvent.objects.bulk_create([MediationEvent(mediation=row, event=event) for event in ends])
    record(row.creditor, "mediation_ended", row, by=by, customer=row.customer_id, on=on, outcome=outcome)
    _look_again(row.customer, on=today)
    return row


def _check(customer: Customer, items: Sequence[Item]) -> None:
    if not items:
        raise Refused(gettext_noop("Choose at least one item."))
    if any(item.customer_id != customer.pk for item in items):
        raise Refused(gettext_noop("Name items of this customer only."))
    if closed := Item.objects.filter(pk__in=[item.pk for item in items], open_amount=0).first():
        raise Refused(gettext_noop("%(label)s is closed: nothing is open on it."), label=closed.label)
    if len({item.currency for item in items}) > 1:
        raise Refused(gettext_noop("A settlement is in one currency. Choose items of one currency only."))
    if taken := MediatedItem.objects.filter(item__in=items, mediation__ended_on=None).select_related("item").first():
        raise Refused(gettext_noop("%(label)s is in a mediation already."), label=taken.item.label)
    check_free(items)


def _told(row: Mediation, *, today: date, by: User | None) -> noting.Told:
    return noting.Told(_source(row), ProofKind.LETTER, today, by)


def _source(row: Mediation) -> str:
    return f"mediation, {row.mediator}{f', {row.reference}' if row.reference else ''}"[:200]


def _look_again(customer: Customer, *, on: date) -> None:
    wake([customer.pk], on=on)
    tell([customer.pk], on=on)
