"""A long matching on its way: how far it is, and its end at the next batch where somebody has asked for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from invoices.models import Matching
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop

LONG = 5_000
"""Lines; what is shorter is over before a page could say how far it is."""
GoesOn = Callable[[int, int], bool]
"""Told how many lines are done and how many of them booked: whether to go on."""


@contextmanager
def told(creditor: Creditor, lines: int) -> Iterator[GoesOn]:
    """While the block runs, it can say how far it is. A short matching says nothing, and is not stopped."""
    if lines < LONG:
        yield lambda done, alone: True
        return
    row = Matching.objects.create(creditor=creditor, lines=lines, began_at=now(), told_at=now())
    try:
        yield lambda done, alone: _tell(row, done, alone)
    finally:
        Matching.objects.filter(pk=row.pk).update(ended_at=now())


def _tell(row: Matching, done: int, alone: int) -> bool:
    Matching.objects.filter(pk=row.pk).update(done=done, alone=alone, told_at=now())
    return Matching.objects.filter(pk=row.pk, stop_asked_at=None).exists()


def matching_under_way(creditor: Creditor, *, now: datetime) -> Matching | None:
    """The matching of this company that goes on, the newest where there are several."""
    return Matching.objects.filter(creditor=creditor).under_way(now=now).order_by("pk").last()


@transaction.atomic
def stop_matching(creditor: Creditor, *, by: User) -> None:
    """Ask what goes on to stop after its batch. What is booked stands, the rest waits for the next matching. Twice is as once."""
    asked = now()
    rows = list(Matching.objects.select_for_update(no_key=True).filter(creditor=creditor).under_way(now=asked).order_by("pk"))
    if not rows:
        raise Refused(gettext_noop("No matching is on its way any more."))
    for row in rows:
        if row.stop_asked_at is None:
            row.stop_asked_at = asked
            row.save(update_fields=["stop_asked_at"])
            record(creditor, "stop_matching", row, by=by, done=row.done, lines=row.lines)
