"""The first day: invoices with what another system did about them, taken in so that the ladder goes on where it stood.

A step that was completed there becomes an ordinary `StepTaken` with its result, so that positions, claims, `explain` and going live read
it like our own. Age alone sets none. Nobody is contacted before a person releases the first-contact list.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

from django.db import transaction

from dunning.actions.opening.checking import Checked, check
from dunning.actions.opening.writing import write
from invoices.actions.imports import FileReport, Progress, Taken, take_rows
from invoices.actions.imports.batches import in_batches
from invoices.actions.imports.files import keep_company, lock_company, lock_customers
from invoices.intake.cells import Problem
from invoices.intake.layout import check_size
from invoices.intake.opening_table import OpeningRow, read_opening
from invoices.intake.profile import ColumnProfile
from invoices.models import ImportedFile, Invoice
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.clock import now
from receivables.core.errors import Refused

__all__ = ["import_opening"]

MOST_TOLD = 100


class _Undone(Exception):
    """Everything is taken back: the file is refused, or it was only tried."""

    def __init__(self, report: FileReport) -> None:
        super().__init__(report.file)
        self.report = report


def import_opening(
    creditor: Creditor,
    *,
    name: str,
    data: bytes,
    profile: ColumnProfile,
    on: date,
    dry_run: bool = False,
    by: User | None = None,
    progress: Progress | None = None,
) -> FileReport:
    """Read a table of the first day into the books, whole or not at all. What keeps it out stands in the report; nothing is raised for it.

    Loading it again changes nothing. A dry run does everything and takes it back, so that it finds what only the books can tell.
    """
    try:
        check_size(len(data))
    except Refused as refusal:
        return FileReport.of_refused(name, Problem(0, None, str(refusal)))
    table = read_opening(data, profile, on=on, currency=creditor.currency)
    if table.problems:
        return FileReport.of_table(name, table)
    before = creditor.pk
    try:
        with transaction.atomic():
            report = _take_in(creditor, name, data, profile, table.rows, on=on, by=by, progress=progress)
            if dry_run:
                raise _Undone(report)
    except _Undone as undone:
        creditor.pk, report = before, undone.report
    return replace(report, format=table.format, unchanged=report.unchanged + (0 if report.refused else table.repeated))


def _take_in(
    creditor: Creditor,
    name: str,
    data: bytes,
    profile: ColumnProfile,
    rows: Sequence[OpeningRow],
    *,
    on: date,
    by: User | None,
    progress: Progress | None,
) -> FileReport:
    _lock_known(creditor, rows)
    taken = take_rows(
        creditor, name=name, data=data, profile=profile, rows=[row.invoice for row in rows], on=on, by=by, progress=progress,
        customers_wait=True,
    )  # fmt: skip
    if taken.report.refused:
        raise _Undone(taken.report)
    checked = check(creditor, rows, profile, on=on)
    if checked.problems:
        problems = sorted(checked.problems, key=lambda problem: problem.line)
        raise _Undone(FileReport.of_problems(name, problems, most=MOST_TOLD))
    report = _report(name, rows, taken, checked)
    if checked.new:
        _write(creditor, name, data, profile, checked, report, on=on, by=by)
    return report


def _lock_known(creditor: Creditor, rows: Sequence[OpeningRow]) -> None:
    """Before the chain of events is locked, as everybody does: customers whose invoices the books know."""
    lock_company(creditor)
    for batch in in_batches(rows):
        known = Invoice.objects.filter(creditor_id=creditor.pk, number__in=[row.number for row in batch])
        lock_customers(set(known.values_list("customer", flat=True)))


def _report(name: str, rows: Sequence[OpeningRow], taken: Taken, checked: Checked) -> FileReport:
    """A row is new when its invoice is, or what was done about it; changed when its invoice says more than when it was last loaded."""
    new = taken.new | {subject.row.number for subject in checked.new}
    changed = taken.changed - new
    warnings = (*taken.report.warnings, *checked.warnings)[:MOST_TOLD]
    return FileReport(name, new=len(new), changed=len(changed), unchanged=len(rows) - len(new) - len(changed), warnings=warnings)


def _write(
    creditor: Creditor, name: str, data: bytes, profile: ColumnProfile, checked: Checked, report: FileReport, *, on: date, by: User | None
) -> None:
    keep_company(creditor)
    figures = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
    file = ImportedFile.objects.create(
        creditor=creditor, name=name[-255:], kind="opening", profile=profile.name, sha256=sha256(data).hexdigest(), at=now(), by=by,
        **figures,
    )  # fmt: skip
    write(creditor, file, checked, on=on, by=by)
    digest = digest_of_rows((subject.row.number, subject.digest) for subject in checked.new)
    record(creditor, "import_opening", file, by=by, profile=profile.name, rows=digest, items=len(checked.new), **figures)
