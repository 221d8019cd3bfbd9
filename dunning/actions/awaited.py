"""Returns announced and credit notes expected: the amount is left alone until the note comes, or a day has passed."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Sum

from dunning.actions.cases import wake
from dunning.actions.holds import locked
from dunning.actions.settled import named
from dunning.actions.tasks import open_task, settle_tasks
from dunning.models import AwaitedCredit
from dunning.states import AwaitedEnd, AwaitedKind, TaskKind
from invoices.actions import Target
from invoices.models import AllocationEntry, Dispute, Invoice, Item
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.money import Money, round_to_unit
from receivables.core.sentences import gettext_noop


@transaction.atomic
def await_credit(
    target: Target, *, kind: AwaitedKind, amount: Decimal, until: date, on: date, reason: str = "", by: User | None = None
) -> list[AwaitedCredit]:
    """Leave this much of an item or invoice alone through `until`; of an invoice the oldest instalments first. The rest goes on.

    Raises `Refused` for a day in the past, and for more than is open and neither disputed nor awaited already.
    """
    customer = locked(target.customer_id)
    if until < on:
        raise Refused(gettext_noop("It cannot be awaited until a day in the past (%(until)s). Choose today or a later day."), until=until)
    items = _items(target)
    rows = [
        AwaitedCredit(
            creditor_id=customer.creditor_id,
            customer=customer,
            item=item,
            kind=kind,
            amount=part,
            currency=item.currency,
            reason=reason[:200],
            opened_on=on,
            until=until,
            last_entry=AllocationEntry.objects.filter(item=item).aggregate(newest=Max("pk"))["newest"] or 0,
            author=by,
        )
        for item, part in _parts(target, items, amount)
    ]
    made = AwaitedCredit.objects.bulk_create(rows)
    wake([customer.pk], on=on)
    parts = {row.item_id: row.amount for row in made}
    record(customer.creditor, "credit_awaited", target, by=by, customer=customer.pk, kind=str(kind), until=until, items=parts)
    return made


@transaction.atomic
def call_off_awaited(awaited: AwaitedCredit, *, on: date, by: User | None = None) -> AwaitedCredit:
    """No note will come: the amount is owed like the rest."""
    customer = locked(awaited.customer_id)
    ended = AwaitedCredit.objects.filter(pk=awaited.pk, ended_on=None).update(ended_on=on, ended_as=AwaitedEnd.CALLED_OFF, ended_by=by)
    if not ended:
        raise Refused(gettext_noop("This has ended already."))
    settle_tasks(customer, named(awaited), on=on, result="called off", by=by)
    wake([customer.pk], on=on)
    record(customer.creditor, "awaited_credit_called_off", awaited, by=by, customer=customer.pk)
    return awaited


def lapse_awaited(creditor: Creditor, *, on: date) -> int:
    """The day has passed without a note: the amount goes on, and a task asks for the note. Returns how many; safe to run twice."""
    late = AwaitedCredit.objects.filter(creditor=creditor, ended_on=None, until__lt=on)
    return sum(_lapse(awaited, on=on) for awaited in late.order_by("pk"))


@transaction.atomic
def _lapse(awaited: AwaitedCredit, *, on: date) -> bool:
    customer = locked(awaited.customer_id)
    ended = AwaitedCredit.objects.filter(pk=awaited.pk, ended_on=None).update(ended_on=on, ended_as=AwaitedEnd.LAPSED)
    if ended:
        open_task(customer, TaskKind.CREDIT_NOTE_MISSING, on=on, about=named(awaited))
        wake([customer.pk], on=on)
        record(customer.creditor, "awaited_credit_lapsed", awaited, customer=customer.pk)
    return bool(ended)


def _items(target: Target) -> list[Item]:
    if isinstance(target, Item):
        return list(Item.objects.filter(pk=target.pk))
    return list(Item.objects.filter(invoice=target).order_by("due_on", "position"))


def _parts(target: Invoice | Item, items: Sequence[Item], amount: Decimal) -> list[tuple[Item, Decimal]]:
    """How the amount falls on what may still be chased of these items."""
    free = {item: max(item.open_amount - taken, Decimal(0)) for item, taken in _taken(items)}
    name = target.label if isinstance(target, Item) else target.number
    total = sum(free.values(), Decimal(0))
    if not total:
        raise Refused(gettext_noop("Nothing is open on %(name)s that a credit note could concern."), name=name)
    currency = items[0].currency
    if amount <= 0 or amount != round_to_unit(amount, currency):
        raise Refused(gettext_noop("%(amount)s is no amount in %(currency)s above zero."), amount=amount, currency=currency)
    if amount > total:
        raise Refused(
            gettext_noop("Only %(open)s of %(name)s is open and neither disputed nor awaited; %(amount)s cannot be."),
            open=Money(total, currency),
            name=name,
            amount=amount,
        )
    parts = []
    for item, most in free.items():
        part = min(most, amount)
        amount -= part
        parts.append((item, part))
    return [(item, part) for item, part in parts if part]


def _taken(items: Sequence[Item]) -> list[tuple[Item, Decimal]]:
    """Of each item what is disputed or awaited already."""
    disputed = dict(Dispute.objects.filter(item__in=items, resolved_on=None).values_list("item", "amount"))
    standing = AwaitedCredit.objects.filter(item__in=items, ended_on=None).order_by().values_list("item")
    awaited = dict(standing.annotate(total=Sum("amount")))
    return [(item, disputed.get(item.pk, Decimal(0)) + awaited.get(item.pk, Decimal(0))) for item in items]
