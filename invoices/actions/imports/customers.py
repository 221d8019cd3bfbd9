"""Files of customers into the books: whole or not at all, and a second time without effect.

Who is new waits until a person lets them be contacted. Who is known takes over what the file says; an empty cell says nothing, and
no contact is ever removed by a file.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256
from operator import attrgetter
from typing import Any

from django.db import transaction

from invoices.actions.checks import once
from invoices.actions.identifiers import phone_in_full, plain_email, plain_tax_id, tax_id_problem
from invoices.actions.imports.batches import in_batches
from invoices.actions.imports.files import keep_company, lock_company, lock_customers
from invoices.actions.imports.reports import FileReport
from invoices.actions.imports.sorting import MOST_TOLD
from invoices.actions.postings import tell
from invoices.intake.cells import Problem
from invoices.intake.customer_table import CustomerLine, read_customers
from invoices.intake.layout import check_size
from invoices.intake.profile import ColumnProfile
from invoices.models import Contact, Customer, ImportedFile
from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import digest_of_rows, record
from receivables.clock import now
from receivables.core.errors import Refused
from receivables.db.copying import copy_in, set_in

PLAIN = ("name", "street", "postcode", "city", "country", "language", "currency", "preferred_channel", "virtual_account")
SET = (*PLAIN, "tax_id", "kind", "is_medical_entity", "is_insured")
_MEANWHILE = "Somebody added one of these customers at the same moment. Load the file again."
_ONCE = ("customer_number_once_per_company", "virtual_account_of_one_customer", "accounts_creditor_slug_key")


@dataclass(slots=True)
class _Sorting:
    """The lines of a file by what is to be done with them."""

    new: list[Customer] = field(default_factory=list)
    changed: list[Customer] = field(default_factory=list)
    retagged: list[Customer] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    touched: list[CustomerLine] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many known customers something is said of that the books do not have."""
        return len(self.touched) - len(self.new)


def import_customers(
    creditor: Creditor,
    *,
    name: str,
    data: bytes,
    profile: ColumnProfile,
    on: date,
    dry_run: bool = False,
    by: User | None = None,
) -> FileReport:
    """Read a table of customers into the books in one transaction. What keeps a file out stands in the report; nothing is raised for it.

    A company that is not stored yet is stored with the first file that is taken.
    """
    try:
        check_size(len(data))
    except Refused as refusal:
        return FileReport.of_refused(name, Problem(0, None, str(refusal)))
    table = read_customers(data, profile)
    if table.problems:
        return FileReport.of_table(name, table)
    if dry_run:
        report = _report(name, _sort(table.rows, creditor, profile))
    else:
        report = _take_in(creditor, name, data, profile, table.rows, on=on, by=by)
    return replace(report, format=table.format, unchanged=report.unchanged + (0 if report.refused else table.repeated))


def _take_in(
    creditor: Creditor,
    name: str,
    data: bytes,
    profile: ColumnProfile,
    lines: Sequence[CustomerLine],
    *,
    on: date,
    by: User | None,
) -> FileReport:
    before = creditor.pk
    try:
        with transaction.atomic(), once(dict.fromkeys(_ONCE, _MEANWHILE)):
            lock_company(creditor)
            _lock_named(lines, creditor)
            sorting = _sort(lines, creditor, profile)
            report = _report(name, sorting)
            if report.new or report.changed:
                keep_company(creditor)
                _write(sorting, creditor, on=on)
                _note(creditor, name, data, profile, sorting, report, by=by)
            return report
    except Refused as refusal:
        creditor.pk = before
        return FileReport.of_refused(name, Problem(0, None, str(refusal)))


def _write(sorting: _Sorting, creditor: Creditor, *, on: date) -> None:
    for customers in in_batches(sorting.new):
        for customer in customers:
            customer.creditor = creditor  # takes over its id, which a company made for the file has only now
        copy_in(customers)
    for customers in in_batches(sorting.changed):
        set_in(Customer, SET, [attrgetter("pk", *SET)(customer) for customer in customers])
    Customer.objects.bulk_update(sorting.retagged, ["tags"], batch_size=500)
    for contacts in in_batches(sorting.contacts):
        for contact in contacts:
            contact.customer = contact.customer  # takes over the id that the customer has by now
        copy_in(contacts)
    known = {customer.pk for customer in (*sorting.changed, *sorting.retagged)} | {contact.customer_id for contact in sorting.contacts}
    if touched := known - {customer.pk for customer in sorting.new}:
        tell(*touched, on=on)


def _note(
    creditor: Creditor, name: str, data: bytes, profile: ColumnProfile, sorting: _Sorting, report: FileReport, *, by: User | None
) -> None:
    figures = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
    file = ImportedFile.objects.create(
        creditor=creditor, name=name[-255:], kind="customers", profile=profile.name, sha256=sha256(data).hexdigest(), at=now(), by=by,
        **figures,
    )  # fmt: skip
    digest = digest_of_rows((line.number, sha256(repr(line).encode()).hexdigest()) for line in sorting.touched)
    record(creditor, "import_customers", file, by=by, profile=profile.name, rows=digest, **figures)


def _lock_named(lines: Sequence[CustomerLine], creditor: Creditor) -> None:
    for batch in in_batches(lines):
        known = Customer.objects.filter(creditor_id=creditor.pk, number__in=[line.number for line in batch])
        lock_customers(known.values_list("pk", flat=True))


# -- what each line means


def _sort(lines: Sequence[CustomerLine], creditor: Creditor, profile: ColumnProfile) -> _Sorting:
    """Look every line up. Changes nothing."""
    sorting = _Sorting()
    accounts = _Accounts(lines, creditor)
    for batch in in_batches(lines):
        known = {row.number: row for row in _known([line.number for line in batch], creditor)}
        contacts = _contacts([row.pk for row in known.values()])
        for line in batch:
            if taken := accounts.taken_by_another(line):
                sorting.problems.append(Problem(line.line, profile.columns["virtual_account"], taken))
            customer = known.get(line.number)
            if customer is None:
                _place_new(line, creditor, profile, sorting)
            else:
                _place_known(line, customer, contacts[customer.pk], profile, sorting)
    return sorting


def _place_new(line: CustomerLine, creditor: Creditor, profile: ColumnProfile, sorting: _Sorting) -> None:
    customer = Customer(creditor=creditor, number=line.number, country=creditor.country, waits_for_release=True)
    sorting.contacts += _contact(line, customer, (), profile, sorting)
    _take_over(customer, line)
    customer.tags = list(line.tags)
    sorting.new.append(customer)
    sorting.touched.append(line)


def _place_known(line: CustomerLine, customer: Customer, contacts: Sequence[Contact], profile: ColumnProfile, sorting: _Sorting) -> None:
    added = _contact(line, customer, contacts, profile, sorting)
    moved, retagged = _take_over(customer, line), bool(line.tags) and list(line.tags) != customer.tags
    sorting.contacts += added
    if moved:
        sorting.changed.append(customer)
    if retagged:
        customer.tags = list(line.tags)
        sorting.retagged.append(customer)
    if added or moved or retagged:
        sorting.touched.append(line)
    else:
        sorting.unchanged += 1


def _take_over(customer: Customer, line: CustomerLine) -> bool:
    """Put on the customer what the line says; returns whether that was anything new."""
    said: dict[str, Any] = {name: getattr(line, name) for name in PLAIN if getattr(line, name)}
    if line.tax_id:
        said["tax_id"] = plain_tax_id(line.tax_id)
    if line.kind is not None:
        said |= {"kind": line.kind, "is_medical_entity": customer.is_medical_entity and line.kind == Kind.PUBLIC}
    if line.is_insured is not None:
        said["is_insured"] = line.is_insured
    news = {name: value for name, value in said.items() if getattr(customer, name) != value}
    for name, value in news.items():
        setattr(customer, name, value)
    return bool(news)


def _contact(
    line: CustomerLine, customer: Customer, contacts: Sequence[Contact], profile: ColumnProfile, sorting: _Sorting
) -> list[Contact]:
    """A further contact for an address or a phone that none of the customer's has; what reaches nobody is left out with a warning."""
    country, reach = line.country or customer.country, {"email": "", "phone": ""}
    for name, read in (("email", plain_email), ("phone", partial(phone_in_full, country=country))):
        text: str = getattr(line, name)
        try:
            reach[name] = read(text) if text else ""
        except Refused as refusal:
            _warn(sorting, Problem(line.line, profile.columns[name], f"{refusal} It is left out."))
    if line.tax_id and line.tax_id != customer.tax_id and (wrong := tax_id_problem(country, line.tax_id)):
        _warn(sorting, Problem(line.line, profile.columns["tax_id"], f"{wrong} It is kept as it is."))
    emails, phones = {contact.email.casefold() for contact in contacts}, {contact.phone for contact in contacts}
    email = "" if reach["email"].casefold() in emails else reach["email"]
    phone = "" if reach["phone"] in phones else reach["phone"]
    behind = max((contact.position for contact in contacts), default=0) + 1
    return [Contact(customer=customer, name=line.contact_name, email=email, phone=phone, position=behind)] if email or phone else []


def _warn(sorting: _Sorting, problem: Problem) -> None:
    if len(sorting.warnings) < MOST_TOLD:
        sorting.warnings.append(problem)


class _Accounts:
    """Virtual accounts of the company: each is given to one customer."""

    def __init__(self, lines: Sequence[CustomerLine], creditor: Creditor) -> None:
        self._owner: dict[str, str] = {}
        named = {line.virtual_account for line in lines if line.virtual_account}
        for batch in in_batches(named):
            found = Customer.objects.filter(creditor_id=creditor.pk, virtual_account__in=batch)
            self._owner |= dict(found.values_list("virtual_account", "number"))

    def taken_by_another(self, line: CustomerLine) -> str:
        """Why the line's account cannot be its customer's; empty where it can."""
        if not line.virtual_account:
            return ""
        owner = self._owner.setdefault(line.virtual_account, line.number)
        return "" if owner == line.number else f"belongs to the customer {owner} already; an account is given to one customer."


def _known(numbers: Collection[str], creditor: Creditor) -> Iterator[Customer]:
    return Customer.objects.filter(creditor_id=creditor.pk, number__in=numbers).defer("pesel").iterator()


def _contacts(customers: Collection[int]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(customer__in=customers):
        found[contact.customer_id].append(contact)
    return found


def _report(name: str, sorting: _Sorting) -> FileReport:
    if sorting.problems:
        return FileReport.of_problems(name, sorting.problems, most=MOST_TOLD)
    return FileReport(name, new=len(sorting.new), changed=sorting.changes, unchanged=sorting.unchanged, warnings=tuple(sorting.warnings))
