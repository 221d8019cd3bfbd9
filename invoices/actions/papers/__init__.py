"""Invoices that come as files of their own, or in archives, into the books: whole or not at all, a second time without effect."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

from django.db import transaction

from invoices.actions.checks import once
from invoices.actions.imports.reports import FileReport
from invoices.actions.papers.asking import answer_question, settle_due_dates
from invoices.actions.papers.sorting import Sorting, sort
from invoices.actions.papers.writing import Load, write
from invoices.actions.postings import told_at_the_end
from invoices.intake.cells import Problem
from invoices.intake.parsed import ParsedInvoice, UnreadableInvoice
from invoices.intake.reading import format_of, read_invoices
from invoices.models import ImportedFile
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.clock import now
from receivables.core.errors import DomainError
from receivables.core.identifiers import plain_number

__all__ = ["answer_question", "import_papers", "settle_due_dates"]


class _DryRunEndsError(Exception):
    """Takes the trial back."""


def import_papers(
    creditor: Creditor | None,
    *,
    name: str,
    data: bytes,
    on: date,
    form: str = "auto",
    dry_run: bool = False,
    by: User | None = None,
) -> FileReport:
    """Read invoices of KSeF, UBL, CII, JPK_FA, or a ZIP or PDF of them, into the books in one transaction. Raises nothing for what a file
    contains: what keeps it out stands in the report. A company that is not stored yet is stored with the first file that is taken; without
    one, the company with the seller's tax number takes it.
    """
    form = format_of(data) if form == "auto" else form
    try:
        found = read_invoices(data, name=name, form=form)
    except UnreadableInvoice as refusal:
        return replace(FileReport.of_refused(name, *refusal.problems), format=form)
    creditor = creditor or _company_of(found)
    if creditor is None:
        return replace(FileReport.of_refused(name, Problem(0, None, _NOBODYS)), format=form)
    return replace(
        _take_in(creditor, name, data, found, form, on=on, dry_run=dry_run, by=by), format=found[0].form if len(found) == 1 else form
    )


def _company_of(found: Sequence[ParsedInvoice]) -> Creditor | None:
    """The company that sold all that a file holds, by its tax number; None where it is none of ours, or several did."""
    sellers = {plain_number(one.seller.tax_id).removeprefix("PL") for one in found}
    known = [company for company in Creditor.objects.exclude(tax_id="") if plain_number(company.tax_id).removeprefix("PL") in sellers]
    return known[0] if len(known) == 1 and len(sellers) == 1 else None


def _take_in(
    creditor: Creditor, name: str, data: bytes, found: Sequence[ParsedInvoice], form: str, *, on: date, dry_run: bool, by: User | None
) -> FileReport:
    before, report = creditor.pk, None
    try:
        with transaction.atomic(), once(dict.fromkeys(_NUMBERED, _MEANWHILE)):
            list(Creditor.objects.select_for_update(no_key=True).filter(pk=creditor.pk).values_list("pk"))
            sorting = sort(found, creditor=creditor)
            report = _report(name, sorting)
            if not report.refused and sorting.changes:
                _write(creditor, name, data, form, sorting, on=on, by=by)
            if dry_run:
                raise _DryRunEndsError
    except _DryRunEndsError:
        creditor.pk = before
    except DomainError as refusal:
        creditor.pk = before
        return FileReport.of_refused(name, Problem(0, None, str(refusal)))
    assert report is not None  # noqa: S101 - both other ways return or raise
    return report


_NOBODYS = "None of the companies has the tax number of its seller. Name the company with --creditor."
_MEANWHILE = "Somebody booked one of these numbers at the same moment. Load the file again."
_NUMBERED = (
    "invoice_number_once_per_company",
    "item_label_once_per_company",
    "customer_number_once_per_company",
    "ksef_number_once_per_company",
    "payment_booked_once",
    "accounts_creditor_slug_key",
)


def _write(creditor: Creditor, name: str, data: bytes, form: str, sorting: Sorting, *, on: date, by: User | None) -> None:
    if not Creditor.objects.filter(pk=creditor.pk).exists():
        creditor.save(force_insert=True)
        record(creditor, "make_company", creditor, currency=creditor.currency)
    with told_at_the_end(on=on):
        write(sorting, Load(creditor, name, on, now(), by))
    figures = {"new": len(sorting.new), "changed": sorting.changed, "unchanged": sorting.unchanged}
    file = ImportedFile.objects.create(
        creditor=creditor, name=name[-255:], profile=form, sha256=sha256(data).hexdigest(), at=now(), by=by, **figures
    )
    digest = digest_of_rows((one.number, one.to_pay, one.currency, one.form) for one in sorting.new)
    record(creditor, "import_invoices", file, by=by, profile=form, rows=digest, **figures)


def _report(name: str, sorting: Sorting) -> FileReport:
    if sorting.problems:
        return FileReport.of_refused(name, *sorting.problems)
    return FileReport(
        name,
        new=len(sorting.new),
        changed=sorting.changed,
        unchanged=sorting.unchanged,
        warnings=tuple(sorting.warnings),
        invoices=tuple(sorting.found),
    )
