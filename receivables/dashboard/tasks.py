"""Work that a page has begun and a worker does."""

from datetime import date

from celery import shared_task
from kombu.exceptions import OperationalError

from invoices.actions.bank import match_lines
from invoices.actions.imports import FileReport
from receivables.accounts.models import Creditor, User
from receivables.dashboard import long_files, uploads
from receivables.dashboard.desks import DESKS

HOUR = 60 * 60


@shared_task(name="receivables.dashboard.tasks.take_in", ignore_result=True, soft_time_limit=HOUR, time_limit=HOUR + 60)
def take_in(token: str, table: str, company: int, name: str, profile: str, person: int, on: str) -> None:
    """Take a long file in, and have its money matched. Run twice, the second time changes nothing."""
    creditor, by, desk = Creditor.objects.get(pk=company), User.objects.get(pk=person), DESKS[table]

    def take(data: bytes, progress: long_files.Teller) -> FileReport:
        shape = desk.shape(profile, creditor)
        return desk.take(creditor, name=name, data=data, profile=shape, on=date.fromisoformat(on), by=by, progress=progress)

    long_files.work(uploads.path_of(token), take, then=lambda: match_soon(creditor) if desk.is_money else None)


def tell(*parts: object) -> bool:
    """Tell a worker of a long table. False where the broker does not answer."""
    try:
        take_in.apply_async(parts, queue="import", retry=False)
    except OperationalError:
        return False
    return True


@shared_task(name="receivables.dashboard.tasks.match", ignore_result=True, soft_time_limit=HOUR, time_limit=HOUR + 60)
def match(company: int) -> None:
    """Match the lines of a company that wait. Run twice, the second time changes nothing."""
    match_lines(Creditor.objects.get(pk=company))


def tell_to_match(creditor: Creditor) -> bool:
    """Tell a worker to match. False where the broker does not answer."""
    try:
        match.apply_async((creditor.pk,), queue="import", retry=False)
    except OperationalError:
        return False
    return True


def match_soon(creditor: Creditor) -> None:
    """Let a task of its own match what waits, for the broker keeps that until it is done; here only where no worker can be told."""
    if not tell_to_match(creditor):
        match_lines(creditor)
