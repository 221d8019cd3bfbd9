"""A rest that will not be claimed any more, and its way back."""

from datetime import date

from django.db import transaction

from invoices.actions.checks import not_before, short_line
from invoices.actions.invoices import end_disputes
from invoices.actions.postings import Cause, post, take_back, tell
from invoices.actions.rows import Target, customer_of, name_of, named_items
from invoices.models import AllocationEntry, WriteOff
from invoices.states import Outcome, WhyWrittenOff
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop


@transaction.atomic
def write_off(target: Target, *, on: date, reason: str, why: WhyWrittenOff = WhyWrittenOff.OTHER, by: User | None = None) -> list[WriteOff]:
    """Close all that is open on an item or invoice without money. It is not called paid; a dispute on it ends as rejected."""
    customer = customer_of(target)
    items = [item for item in named_items(customer, [target]) if item.open_amount]
    if not items:
        raise Refused(gettext_noop("Nothing is open on %(name)s that could be written off."), name=name_of(target))
    reason = short_line(reason, longest=200, what=gettext_noop("The reason"))
    rows = [WriteOff(item=item, amount=item.open_amount, currency=item.currency, on=on, why=why, reason=reason, by=by) for item in items]
    for row in WriteOff.objects.bulk_create(rows):
        post({row.item_id: row.amount}, items, cause=Cause.of(row), on=on)
    end_disputes(items, outcome=Outcome.REJECTED, on=on, by=by)
    record(customer.creditor, "write_off", target, by=by, on=on, why=str(why), items={row.item_id: row.amount for row in rows})
    tell(customer.pk, on=on)
    return rows


@transaction.atomic
def take_back_write_off(row: WriteOff, *, on: date, reason: str, by: User | None = None) -> None:
    """It was written off by mistake, or can be claimed after all: what was written off is open again, by a contra-entry.

    Raises `Refused` where it was taken back already, and for a day before it.
    """
    customer = customer_of(row.item)
    items = named_items(customer, [row.item])
    reason = short_line(reason, longest=200, what=gettext_noop("The reason"))
    entries = list(AllocationEntry.objects.filter(write_off=row, is_reversal=False, reversal=None))
    if not entries:
        raise Refused(gettext_noop("This was taken back already."))
    not_before(on, row.on, what=gettext_noop("A reversal"))
    take_back(entries, items, on=on)
    record(customer.creditor, "write_off_taken_back", row.item, by=by, on=on, amount=row.amount, currency=row.currency, reason=reason)
    tell(customer.pk, on=on)
