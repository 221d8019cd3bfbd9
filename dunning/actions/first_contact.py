"""The first-contact list: customers who were brought in from another system, and whom nobody is to write to before a person says so."""

from collections.abc import Collection, Iterator
from datetime import date

from django.db import transaction

from dunning.actions.cases import wake
from invoices.models import Customer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

BATCH = 2_000


@transaction.atomic
def release_first_contact(creditor: Creditor, *, on: date, customers: Collection[int] | None = None, by: User | None = None) -> int:
    """Let these customers, or all that wait, be contacted from now on; returns how many. Who was released meanwhile is left out.

    Raises `Refused` where nobody of them waits. One audit entry holds how many there were, and a digest of their numbers.
    """
    released = [customer for batch in _waiting(creditor, customers) for customer in batch]
    if not released:
        raise Refused(gettext_noop("Nobody of them waits to be released any more."))
    for n in range(0, len(released), BATCH):
        ids = [pk for pk, _ in released[n : n + BATCH]]
        Customer.objects.filter(pk__in=ids).update(waits_for_release=False)
        wake(ids, on=on)
    numbers = digest_of_rows((number,) for _, number in released)
    only = {"customer": released[0][0]} if len(released) == 1 else {}
    record(creditor, "first_contact_released", "invoices.Customer", by=by, customers=len(released), numbers=numbers, **only)
    return len(released)


def _waiting(creditor: Creditor, customers: Collection[int] | None) -> Iterator[list[tuple[int, str]]]:
    """Id and number of those who wait, locked in the order of their ids."""
    after = 0
    while True:
        rows = Customer.objects.select_for_update(no_key=True).filter(creditor=creditor, waits_for_release=True, pk__gt=after)
        if customers is not None:
            rows = rows.filter(pk__in=customers)
        batch = list(rows.order_by("pk").values_list("pk", "number")[:BATCH])
        if not batch:
            return
        after = batch[-1][0]
        yield batch
