"""The first-contact list: customers who were brought in from another system, and whom nobody is to write to before a person says so."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from dunning.actions.cases import wake
from invoices.models import Customer
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Seen:
    """All who waited when somebody looked: how many, and the greatest id among them. Who came later has a greater one."""

    count: int
    last: int


@transaction.atomic
def release_first_contact(creditor: Creditor, customers: Collection[int] | Seen, *, on: date, by: User | None = None) -> int:
    """Let these customers, or all that were seen waiting, be contacted from now on; returns how many.

    Of customers that are named, who was released meanwhile is left out. Raises `Refused` where nobody of them waits, and where of all
    that were seen not just as many wait any more. One audit entry holds how many there were, and a digest of their numbers.
    """
    released = [customer for batch in _waiting(creditor, customers) for customer in batch]
    if isinstance(customers, Seen) and released and len(released) != customers.count:
        raise Refused(gettext_noop("Other customers wait now than the list showed. Look at it again, then release them."))
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


def _waiting(creditor: Creditor, customers: Collection[int] | Seen) -> Iterator[list[tuple[int, str]]]:
    """Id and number of those who wait, locked in the order of their ids."""
    meant = Q(pk__lte=customers.last) if isinstance(customers, Seen) else Q(pk__in=customers)
    after = 0
    while True:
        rows = Customer.objects.select_for_update(no_key=True).filter(meant, creditor=creditor, waits_for_release=True, pk__gt=after)
        batch = list(rows.order_by("pk").values_list("pk", "number")[:BATCH])
        if not batch:
            return
        after = batch[-1][0]
        yield batch
