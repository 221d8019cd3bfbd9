"""Files of customers into the books: whole or not at all, and a second time without effect.

Who is new waits until a person lets them be contacted. Who is known, by number or by a tax number that made the number, takes over
what the file says; an empty cell says nothing, and no contact is ever removed by a file.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Q

from invoices.actions.checks import once
from invoices.actions.customers import REGISTERED
from invoices.actions.identifiers import phone_in_full, plain_email, plain_registered, plain_tax_id, tax_id_problem
from invoices.actions.imports.batches import Progress, in_batches, silent
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
from receivables.documents.models import Document

PLAIN = ("name", "street", "postcode", "city", "country", "language", "currency", "preferred_channel", "virtual_account")
SET = ("number", *PLAIN, "tax_id", *REGISTERED, "kind", "is_medical_entity", "is_insured")
_MEANWHILE = "Somebody added one of these customers at the same moment. Load the file again."
_HELD = "is the tax number of the customer {numbers} already, not of {number}. Give that number on the line, or leave the tax number out."
_HELD_BY_SEVERAL = "is the tax number of {count} customers: {numbers}, none of them {number}. Give one of these numbers on the line."
_SHARED = "is the tax number of {numbers} too. Invoices that name a tax number alone cannot be told apart then."
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
    progress: Progress | None = None,
) -> FileReport:
    """Read a table of customers into the books in one transaction. What keeps a file out stands in the report; nothing is raised for it.

    A company that is not stored yet is stored with the first file that is taken. `progress` is told how many customers are written.
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
        report = _take_in(creditor, name, data, profile, table.rows, on=on, by=by, progress=progress or silent)
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
    progress: Progress,
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
                _write(sorting, creditor, on=on, progress=progress)
                _note(creditor, name, data, profile, sorting, report, by=by)
                progress(report.new + report.changed)  # so that it can be stopped to the end
            return report
    except Refused as refusal:
        creditor.pk = before
        return FileReport.of_refused(name, Problem(0, None, str(refusal)))


def _write(sorting: _Sorting, creditor: Creditor, *, on: date, progress: Progress) -> None:
    done = 0
    for customers in in_batches(sorting.new):
        for customer in customers:
            customer.creditor = creditor  # takes over its id, which a company made for the file has only now
        copy_in(customers)
        progress(done := done + len(customers))
    for customers in in_batches(sorting.changed):
        set_in(Customer, SET, [attrgetter("pk", *SET)(customer) for customer in customers])
        progress(done := done + len(customers))
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
        named = Q(number__in=[line.number for line in batch]) | Q(tax_id__in=[tax_id for line in batch if (tax_id := _tax_id(line))])
        lock_customers(Customer.objects.filter(named, creditor_id=creditor.pk).values_list("pk", flat=True))


# -- what each line means


def _sort(lines: Sequence[CustomerLine], creditor: Creditor, profile: ColumnProfile) -> _Sorting:
    """Look every line up, by number and else by tax number. Changes nothing."""
    sorting = _Sorting()
    accounts, holders = _Accounts(lines, creditor), _Holders(lines, creditor)
    for batch in in_batches(lines):
        known = {row.number: row for row in _known(Q(number__in=[line.number for line in batch]), creditor)}
        known |= holders.renumbered(line for line in batch if line.number not in known)
        contacts = _contacts([row.pk for row in known.values()])
        for line in batch:
            customer = known.get(line.number)
            former = customer.number if customer else ""
            if taken := accounts.taken_by_another(line, former):
                sorting.problems.append(Problem(line.line, profile.columns["virtual_account"], taken))
            if shared := holders.shared(line, customer):
                _warn(sorting, Problem(line.line, profile.columns["tax_id"], shared))
            if customer is not None and customer.merged_into_id is not None:
                _leave_out(line, profile, sorting)
            elif customer is None and (held := holders.held_by_others(line)):
                sorting.problems.append(Problem(line.line, profile.columns["tax_id"], held))
            elif customer is None:
                _place_new(line, creditor, profile, sorting)
            else:
                _place_known(line, customer, contacts[customer.pk], profile, sorting)
    return sorting


def _leave_out(line: CustomerLine, profile: ColumnProfile, sorting: _Sorting) -> None:
    """What the survivor is called, and how it is reached, is not what the other one's line says."""
    reason = f"{line.number} was merged into another customer. The line is left out; its invoices go to that customer."
    _warn(sorting, Problem(line.line, profile.columns["number"], reason))
    sorting.unchanged += 1


def _place_new(line: CustomerLine, creditor: Creditor, profile: ColumnProfile, sorting: _Sorting) -> None:
    customer = Customer(creditor=creditor, number=line.number, country=creditor.country, waits_for_release=True)
    sorting.contacts += _contact(line, customer, (), profile, sorting)
    _take_over(customer, line, _registered(line, profile, sorting))
    customer.tags = list(line.tags)
    sorting.new.append(customer)
    sorting.touched.append(line)


def _place_known(line: CustomerLine, customer: Customer, contacts: Sequence[Contact], profile: ColumnProfile, sorting: _Sorting) -> None:
    added = _contact(line, customer, contacts, profile, sorting)
    moved, retagged = _take_over(customer, line, _registered(line, profile, sorting)), bool(line.tags) and list(line.tags) != customer.tags
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


def _registered(line: CustomerLine, profile: ColumnProfile, sorting: _Sorting) -> dict[str, str]:
    """Its REGON and KRS numbers; one that cannot be right is left out with a warning."""
    found: dict[str, str] = {}
    for kind in REGISTERED:
        try:
            found[kind] = plain_registered(kind, getattr(line, kind))
        except Refused as refusal:
            _warn(sorting, Problem(line.line, profile.columns[kind], f"{refusal} It is left out."))
    return {kind: number for kind, number in found.items() if number}


def _take_over(customer: Customer, line: CustomerLine, registered: Mapping[str, str]) -> bool:
    """Put on the customer what the line says; returns whether that was anything new."""
    said: dict[str, Any] = {"number": line.number} | {name: getattr(line, name) for name in PLAIN if getattr(line, name)} | {**registered}
    if line.tax_id:
        said["tax_id"] = _tax_id(line)
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

    def taken_by_another(self, line: CustomerLine, former: str) -> str:
        """Why the line's account cannot be its customer's, who had the number `former`; empty where it can."""
        if not line.virtual_account:
            return ""
        owner = self._owner.setdefault(line.virtual_account, line.number)
        return "" if owner in (line.number, former) else f"belongs to the customer {owner} already; an account is given to one customer."


class _Holders:
    """Who of the company has a tax number that lines name. An intake that knew no number has made one from the tax number."""

    def __init__(self, lines: Sequence[CustomerLine], creditor: Creditor) -> None:
        self._of: dict[str, dict[str, Customer]] = defaultdict(dict)
        self._named: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            if line.tax_id:
                self._named[_tax_id(line)].append(line.number)
        for batch in in_batches(self._named):
            for customer in _known(Q(tax_id__in=[*batch, *(f"PL{tax_id}" for tax_id in batch)]), creditor):
                self._of[_without_country(customer.tax_id)][customer.number] = customer
        self._creditor, self._numbers = creditor, {line.number for line in lines}

    def renumbered(self, lines: Iterable[CustomerLine]) -> dict[str, Customer]:
        """By the number of their line those who get it instead of the one that was made for them.

        Who has been sent a paper keeps the number that stands on it: papers are found by it.
        """
        found = {line.number: one for line in lines if (one := self._made_for(line))}
        papers = Document.objects.filter(creditor_id=self._creditor.pk, facts__customer__number__in=[one.number for one in found.values()])
        named = set(papers.values_list("facts__customer__number", flat=True)) if found else set()
        return {number: one for number, one in found.items() if one.number not in named}

    def _made_for(self, line: CustomerLine) -> Customer | None:
        """The only customer of the line's tax number, where that made the number too, and no other line can mean them."""
        holders = list(self._of.get(_tax_id(line), {}).values()) if line.tax_id else []
        if len(holders) != 1 or holders[0].number != holders[0].tax_id or holders[0].number in self._numbers:
            return None
        return holders[0] if len(self._named[_tax_id(line)]) == 1 else None

    def held_by_others(self, line: CustomerLine) -> str:
        """Why the line is no new customer; empty where it is."""
        held = self._of.get(_tax_id(line), {}) if line.tax_id else {}
        says = _HELD_BY_SEVERAL if len(held) > 1 else _HELD
        return says.format(numbers=", ".join(list(held)[:3]), number=line.number, count=len(held)) if held else ""

    def shared(self, line: CustomerLine, customer: Customer | None) -> str:
        """What is to be said of a tax number that a customer gets and others have; empty where nothing is."""
        if not line.tax_id or (customer and _without_country(customer.tax_id) == _tax_id(line)):
            return ""
        others = dict.fromkeys([*self._of.get(_tax_id(line), {}), *self._named[_tax_id(line)]])
        others.pop(line.number, None)
        return _SHARED.format(numbers=", ".join(list(others)[:3])) if others else ""


def _tax_id(line: CustomerLine) -> str:
    return _without_country(plain_tax_id(line.tax_id))


def _without_country(tax_id: str) -> str:
    """A NIP is the same with PL before it and without."""
    return tax_id.removeprefix("PL") if tax_id[2:].isdecimal() else tax_id


def _known(named: Q, creditor: Creditor) -> Iterator[Customer]:
    return Customer.objects.filter(named, creditor_id=creditor.pk).order_by("pk").defer("pesel").iterator()


def _contacts(customers: Collection[int]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(customer__in=customers):
        found[contact.customer_id].append(contact)
    return found


def _report(name: str, sorting: _Sorting) -> FileReport:
    if sorting.problems:
        return FileReport.of_problems(name, sorting.problems, most=MOST_TOLD)
    return FileReport(name, new=len(sorting.new), changed=sorting.changes, unchanged=sorting.unchanged, warnings=tuple(sorting.warnings))
