"""Pull invoices from a service into the books. Claim, commit, then call; twice is harmless."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import DatabaseError, transaction
from django.db.models import Q

from invoices.actions.imports.reports import FileReport
from invoices.actions.papers import import_papers
from invoices.actions.sources import configured
from invoices.intake.cells import Problem
from invoices.models import Invoice, InvoiceSource, NotTaken, PullMark
from invoices.pulling.protocol import CannotPull, InvoiceService, Pulled, PulledFile
from receivables import clock
from receivables.accounts.models import Creditor
from receivables.core.errors import Refused
from receivables.documents.actions import store

LEASE = timedelta(minutes=15)
RENEWED_AFTER = 25
"""Invoices that are taken before the claim on a source is renewed."""


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did. `more`: the service's limits ended it; `trouble`: nothing came, and why."""

    new: int = 0
    known: int = 0
    not_taken: int = 0
    more: bool = False
    trouble: str = ""


def pull_invoices(creditor: Creditor, service: InvoiceService, *, on: date, now: datetime, since: str = "") -> PullReport:
    """Pull once. Raises `Refused` where another pull is under way, or the service asked to wait."""
    mark = _claimed(creditor, service, now=now, since=since)
    try:
        pulled = service.pull(since or mark.mark, known=lambda keys: _known(creditor, service, keys))
    except CannotPull as refusal:
        wait = now + timedelta(seconds=refusal.retry_after) if refusal.retry_after else None
        _release(mark, trouble=str(refusal)[:300], not_before=wait, last_at=now)
        return PullReport(trouble=str(refusal))
    try:
        reports = [(file, _take(creditor, service, file, on=on, now=now)) for file in _claiming(mark, pulled.files)]
    except Exception:
        _release(mark, last_at=now)  # the mark stays; the next pull begins here again
        raise
    _release(mark, mark=pulled.mark, trouble="", not_before=_wait(pulled, now), last_at=now)
    return PullReport(
        new=sum(report.new for _file, report in reports),
        known=pulled.known + sum(report.unchanged for _file, report in reports),
        not_taken=sum(1 for _file, report in reports if report.refused),
        more=pulled.is_cut,
    )


def pull_all(*, now: datetime) -> list[tuple[Creditor, str, PullReport]]:
    """Pull from every source that is set up, each for itself: one that is busy, asked to wait or gives trouble keeps no other back."""
    done = []
    for company, service in configured(now=now):
        try:
            report = pull_invoices(company, service, on=now.astimezone(ZoneInfo(company.time_zone)).date(), now=now)
        except Refused as refusal:
            report = PullReport(trouble=str(refusal))
        done.append((company, service.name, report))
    return done


def _claiming(mark: PullMark, files: Sequence[PulledFile]) -> Iterator[PulledFile]:
    """The files in turn; a long list keeps its claim."""
    for n, file in enumerate(files, start=1):
        yield file
        if n % RENEWED_AFTER == 0:
            PullMark.objects.filter(pk=mark.pk).exclude(claimed_until=None).update(claimed_until=clock.now() + LEASE)


def _claimed(creditor: Creditor, service: InvoiceService, *, now: datetime, since: str) -> PullMark:
    begins = since or (now - service.first_look).isoformat(timespec="seconds")
    mark, _ = PullMark.objects.get_or_create(creditor=creditor, service=service.name, defaults={"mark": begins})
    if mark.not_before and mark.not_before > now:
        raise Refused(f"The service asked to wait until {mark.not_before:%H:%M:%S} UTC.")
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    if not PullMark.objects.filter(free, pk=mark.pk).update(claimed_until=now + LEASE):
        raise Refused("Another pull from this service is under way.")
    return mark


def _release(row: PullMark, /, **values: object) -> None:
    PullMark.objects.filter(pk=row.pk).update(claimed_until=None, **values)


def _wait(pulled: Pulled, now: datetime) -> datetime | None:
    return now + timedelta(seconds=pulled.retry_after) if pulled.retry_after else None


def _known(creditor: Creditor, service: InvoiceService, keys: Collection[str]) -> set[str]:
    """What the books have, by number or KSeF number. Of KSeF also what they refused and keep: its files never change, and a person tries
    them again.
    """
    if service.name != KSEF:
        return set(Invoice.objects.filter(creditor=creditor, number__in=keys).values_list("number", flat=True))
    taken = InvoiceSource.objects.filter(creditor=creditor, ksef_number__in=keys).values_list("ksef_number", flat=True)
    kept = NotTaken.objects.filter(creditor=creditor, service=KSEF, key__in=keys).values_list("key", flat=True)
    return {*taken, *kept}


KSEF = "ksef"


def _take(creditor: Creditor, service: InvoiceService, file: PulledFile, *, on: date, now: datetime) -> FileReport:
    """One invoice in a transaction of its own; one that is refused is kept with its reasons, so that the mark may move on."""
    try:
        report = import_papers(creditor, name=file.name, data=file.data, form=service.form, on=on)
    except DatabaseError as error:  # one file must not stop all that come after it
        reason = f"The books could not take it ({type(error).__name__}). Try it again; if that does not help, enter it by hand."
        report = FileReport.of_refused(file.name, Problem(0, None, reason))
    if report.refused:
        _keep(creditor, service, file, report, now=now)
    elif service.name != KSEF:  # refused before, and mended there since
        NotTaken.objects.filter(creditor=creditor, service=service.name, key=file.key, settled_at=None).update(settled_at=now)
    return report


@transaction.atomic
def _keep(creditor: Creditor, service: InvoiceService, file: PulledFile, report: FileReport, *, now: datetime) -> None:
    digest = hashlib.sha256(file.data).hexdigest()
    document = store(
        creditor, kind="not_taken", name=file.name[:120], content=file.data, media_type=_media_type(file), facts={}, now=now,
        key=f"pulled:{digest[:56]}",
    )  # fmt: skip
    reasons = [f"{problem.column}: {problem.reason}" if problem.column else problem.reason for problem in report.problems]
    row, is_new = NotTaken.objects.get_or_create(
        creditor=creditor, service=service.name, key=file.key, defaults={"reasons": reasons, "document": document, "since": now}
    )
    if not is_new:  # listed again, perhaps with other contents: what is tried again is the newest
        row.reasons, row.document, row.settled_at = reasons, document, None
        row.save(update_fields=["reasons", "document", "settled_at"])


def _media_type(file: PulledFile) -> str:
    return "application/json" if file.name.endswith(".json") else "application/xml"


def try_again(row: NotTaken, *, on: date, now: datetime) -> FileReport:
    """Take what was refused before, once its reason is gone: the company has its tax number now, another invoice was withdrawn."""
    report = import_papers(row.creditor, name=row.document.name, data=bytes(row.document.content), on=on)
    if report.refused:
        row.reasons = [problem.reason for problem in report.problems]
    else:
        row.settled_at = now
    row.save(update_fields=["reasons", "settled_at"])
    return report
