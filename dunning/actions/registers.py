"""Debtor registers are people's deeds: the warning letter, the entry at a bureau, and what the bureau was told after a payment."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction

from dunning.actions.holds import locked
from dunning.actions.tasks import open_task, settle_tasks
from dunning.claimed import debtor_of
from dunning.models import EnteredItem, RegisterEntry, RegisterUpdate, RegisterWarning, WarnedItem
from dunning.register_duties import duties_of
from dunning.states import TaskKind, WarningWay
from invoices.models import Customer, Item
from receivables import clock
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import round_to_unit
from receivables.core.sentences import gettext_noop
from receivables.countries.law import pack_of
from receivables.countries.registers import Register
from receivables.documents.models import Document


@transaction.atomic
def record_warning(
    customer: Customer,
    items: Sequence[Item],
    *,
    register: str,
    sent_on: date,
    way: WarningWay,
    proof: str,
    today: date,
    document: Document | None = None,
    by: User | None = None,
) -> RegisterWarning:
    """Note that a letter warned of an entry, about these items.

    Raises `Refused` for a day to come, without proof or name of the bureau, for items that are another's, and by e-mail against consumers.
    """
    customer = locked(customer.pk)
    law = _register_of(customer, on=today)
    if way is WarningWay.EMAIL and not law.warning_by_email:
        raise Refused(gettext_noop("A consumer is warned by registered letter or by hand only, never by e-mail."))
    if sent_on > today:
        raise Refused(gettext_noop("It cannot have been sent in the future (%(day)s)."), day=sent_on)
    row = RegisterWarning(register=_line(register, 120), sent_on=sent_on, way=way, proof=_line(proof, 200), document=document)
    _check_items(customer, items)
    return _kept_warning(row, customer, items, "register_warning_recorded", today=today, by=by)


@transaction.atomic
def take_back_warning(warning: RegisterWarning, *, reason: str, today: date, by: User | None = None) -> RegisterWarning:
    """Say that it was noted by mistake: it counts no more."""
    customer = locked(warning.customer_id)
    if warning.reverses_id is not None or RegisterWarning.objects.filter(reverses=warning).exists():
        raise Refused(gettext_noop("This was taken back already."))
    row = RegisterWarning(register=warning.register, sent_on=warning.sent_on, way=warning.way, proof=_line(reason, 200), reverses=warning)
    return _kept_warning(row, customer, (), "register_warning_taken_back", today=today, by=by)


@transaction.atomic
def record_entry(
    customer: Customer,
    items: Sequence[Item],
    *,
    register: str,
    entered_on: date,
    amount: Decimal,
    today: date,
    reference: str = "",
    by: User | None = None,
) -> RegisterEntry:
    """Note that a person has entered these items at a bureau. Whether that was allowed is shown, not judged: a fact is kept as it is."""
    customer = locked(customer.pk)
    law = _register_of(customer, on=today)
    if entered_on > today:
        raise Refused(gettext_noop("It cannot have been entered in the future (%(day)s)."), day=entered_on)
    _check_items(customer, items)
    entry = RegisterEntry.objects.create(
        creditor=customer.creditor, customer=customer, register=_line(register, 120), reference=reference.strip()[:120],
        entered_on=entered_on, amount=_amount(amount, law.currency), currency=law.currency, recorded_at=clock.now(), author=by,
    )  # fmt: skip
    EnteredItem.objects.bulk_create([EnteredItem(entry=entry, item=item) for item in items])
    record(
        customer.creditor,
        "register_entry_recorded",
        entry,
        by=by,
        customer=customer.pk,
        on=entered_on,
        amount=amount,
        currency=law.currency,
    )
    return entry


@transaction.atomic
def record_update(entry: RegisterEntry, *, on: date, amount: Decimal | None, today: date, by: User | None = None) -> RegisterUpdate:
    """Note what the bureau was told: a new amount or, without one, that the entry was deleted."""
    customer = locked(entry.customer_id)
    if RegisterUpdate.objects.filter(entry=entry, kind=RegisterUpdate.Kind.DELETED).exists():
        raise Refused(gettext_noop("This entry is deleted already."))
    if not entry.entered_on <= on <= today:
        raise Refused(gettext_noop("The day must be from the day of the entry (%(day)s) through today."), day=entry.entered_on)
    kind = RegisterUpdate.Kind.DELETED if amount is None else RegisterUpdate.Kind.UPDATED
    row = RegisterUpdate.objects.create(
        entry=entry, kind=kind, on=on, amount=Decimal(0) if amount is None else _amount(amount, entry.currency), currency=entry.currency,
        recorded_at=clock.now(), author=by,
    )  # fmt: skip
    settle_tasks(customer, about_entry(entry.pk), on=today, result=str(kind), by=by)
    record(customer.creditor, "register_entry_updated", entry, by=by, customer=customer.pk, kind=str(kind), on=on)
    return row


def ask_for_updates(creditor: Creditor, *, on: date) -> int:
    """Open a task for each entry that has to follow a payment, with the last day that the law gives (LAW.md A6: 14 days).

    Returns how many entries are concerned. Safe to run twice; the task ends when what the bureau was told is noted.
    """
    duties = duties_of(creditor)
    for duty in duties:
        open_task(duty.entry.customer, TaskKind.TELL_REGISTER, on=on, about=about_entry(duty.entry.pk), due_on=duty.due_by)
    return len(duties)


def about_entry(pk: int) -> str:
    """How its task names it."""
    return f"register:{pk}"


def _kept_warning(
    row: RegisterWarning, customer: Customer, items: Sequence[Item], verb: str, *, today: date, by: User | None
) -> RegisterWarning:
    row.creditor_id, row.customer, row.recorded_on, row.author = customer.creditor_id, customer, today, by
    row.save(force_insert=True)
    WarnedItem.objects.bulk_create([WarnedItem(warning=row, item=item) for item in items])
    record(customer.creditor, verb, row, by=by, customer=customer.pk, on=row.sent_on, items=[item.pk for item in items])
    return row


def _register_of(customer: Customer, *, on: date) -> Register:
    law = pack_of(customer.creditor.country, on=on).register(debtor_of(customer))
    if law is None:
        raise Refused(gettext_noop("No debtor register of the company's country is known."))
    return law


def _check_items(customer: Customer, items: Sequence[Item]) -> None:
    if not items:
        raise Refused(gettext_noop("Choose at least one item."))
    if any(item.customer_id != customer.pk for item in items):
        raise Refused(gettext_noop("Name items of this customer only."))


def _line(text: str, longest: int) -> str:
    line = " ".join(text.split())[:longest]
    if not line:
        raise Refused(gettext_noop("Name the register and the proof: nothing may be left empty."))
    return line


def _amount(amount: Decimal, currency: str) -> Decimal:
    if amount <= 0 or amount != round_to_unit(amount, currency):
        raise Refused(gettext_noop("The amount must be above zero and fit %(currency)s."), currency=currency)
    return amount
