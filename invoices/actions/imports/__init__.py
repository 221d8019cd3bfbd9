"""Files of invoices into the books: whole or not at all, and a second time without effect."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction

from invoices.actions.checks import once
from invoices.actions.imports.batches import Progress, in_batches, silent
from invoices.actions.imports.buyers import make_customers
from invoices.actions.imports.changes import apply_changes
from invoices.actions.imports.customers import import_customers
from invoices.actions.imports.files import company_for_import, keep_company, lock_company, lock_customers, profile_named, profiles_for
from invoices.actions.imports.questions import ask_about
from invoices.actions.imports.reports import FileReport
from invoices.actions.imports.sorting import MOST_TOLD, Sorting, digest_of, sort
from invoices.actions.imports.writing import Load, write_credit_notes, write_new
from invoices.actions.postings import tell
from invoices.intake.cells import Problem
from invoices.intake.csv_table import InvoiceRow, check_size, read_table
from invoices.intake.profile import ColumnProfile
from invoices.models import Customer, ImportedFile
from invoices.states import DocumentKind
from receivables import faults
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.clock import now
from receivables.core.errors import Refused

__all__ = [
    "FileReport",
    "Progress",
    "Taken",
    "company_for_import",
    "import_customers",
    "import_file",
    "profile_named",
    "profiles_for",
    "take_rows",
]


def import_file(
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
    """Read a table of invoices into the books in one transaction. What keeps a file out stands in the report; nothing is raised for it.

    A company that is not stored yet is stored with the first file that is taken.
    """
    try:
        check_size(len(data))
    except Refused as refusal:
        return FileReport.of_refused(name, Problem(0, None, str(refusal)))
    table = read_table(data, profile, currency=creditor.currency)
    if table.problems:
        return FileReport.of_table(name, table)
    if dry_run:
        report = _report(name, sort(table.rows, creditor=creditor, profile=profile))
    else:
        report = take_rows(creditor, name=name, data=data, profile=profile, rows=table.rows, on=on, by=by, progress=progress).report
    return replace(report, format=table.format, unchanged=report.unchanged + (0 if report.refused else table.repeated))


class Taken(NamedTuple):
    """What became of rows, and the numbers of those that were new or said more than before."""

    report: FileReport
    new: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


def take_rows(
    creditor: Creditor,
    *,
    name: str,
    data: bytes,
    profile: ColumnProfile,
    rows: Sequence[InvoiceRow],
    on: date,
    by: User | None,
    progress: Progress | None = None,
    customers_wait: bool = False,
) -> Taken:
    """Take rows that were read from `data` into the books, all or none.

    With `customers_wait` nobody contacts the customers of new ones before a person has released them.
    """
    before = creditor.pk
    try:
        with transaction.atomic(), once(dict.fromkeys(_NUMBERED, _MEANWHILE)):
            lock_company(creditor)
            sorting = sort(rows, creditor=creditor, profile=profile)
            report = _report(name, sorting)
            if report.new or report.changed:
                load = _write(creditor, profile, sorting, on=on, by=by, progress=progress or silent)
                _note(load, name, data, report)
                ask_about(load)
                if customers_wait:
                    Customer.objects.filter(pk__in={load.customer_of(row) for row in sorting.new}).update(waits_for_release=True)
                for customers in in_batches(sorted({load.customer_of(row) for row in _touched(sorting)})):
                    tell(*customers, on=on)  # in portions, for whoever listens reads all that they owe
                    (progress or silent)(report.new + report.changed)  # so that it can be stopped to the end
            return Taken(report, _numbers(sorting.new), _numbers([row for row, _ in sorting.changed]))
    except Refused as refusal:
        creditor.pk = before
        return Taken(FileReport.of_refused(name, Problem(0, None, str(refusal))))


def _numbers(rows: Sequence[InvoiceRow]) -> frozenset[str]:
    return frozenset(row.number for row in rows)


def _touched(sorting: Sorting) -> list[InvoiceRow]:
    return [*sorting.new, *(row for row, _ in sorting.changed)]


_MEANWHILE = "Somebody booked one of these numbers at the same moment. Load the file again."
_NUMBERED = (
    "invoice_number_once_per_company",
    "item_label_once_per_company",
    "customer_number_once_per_company",
    "payment_booked_once",
    "accounts_creditor_slug_key",
)


def _write(creditor: Creditor, profile: ColumnProfile, sorting: Sorting, *, on: date, by: User | None, progress: Progress) -> Load:
    keep_company(creditor)
    lock_customers(sorting.buyers[row.number].pk for row in _touched(sorting))
    customers = make_customers(sorting.new, sorting.buyers, creditor)
    load = Load(creditor, profile.name, on, now(), by, sorting, customers)
    _write_in_batches(load, progress)
    return load


def _note(load: Load, name: str, data: bytes, report: FileReport) -> None:
    figures = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
    file = ImportedFile.objects.create(
        creditor=load.creditor, name=name[-255:], profile=load.profile, sha256=sha256(data).hexdigest(), at=load.moment, by=load.by,
        **figures,
    )  # fmt: skip
    buyers = load.sorting.buyers
    digest = digest_of_rows((row.number, row.gross, row.currency, digest_of(row, buyers[row.number])) for row in _touched(load.sorting))
    record(load.creditor, "import_invoices", file, by=load.by, profile=load.profile, rows=digest, **figures)


def _write_in_batches(load: Load, progress: Progress) -> None:
    notes = [row for row in load.sorting.new if row.kind == DocumentKind.CREDIT_NOTE]
    others = [row for row in load.sorting.new if row.kind != DocumentKind.CREDIT_NOTE]
    done = 0
    for new in in_batches(others):
        write_new(new, load)
        faults.at("F15")
        progress(done := done + len(new))
    for credited in in_batches(notes):
        write_credit_notes(credited, load)
        progress(done := done + len(credited))
    for changed in in_batches(load.sorting.changed):
        apply_changes(changed, load)
        progress(done := done + len(changed))


def _report(name: str, sorting: Sorting) -> FileReport:
    if sorting.problems:
        return FileReport.of_problems(name, sorting.problems, most=MOST_TOLD)
    return FileReport(
        name, new=len(sorting.new), changed=len(sorting.changed), unchanged=sorting.unchanged, warnings=tuple(sorting.warnings)
    )
