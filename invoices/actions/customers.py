"""Customers, and what identifies them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from invoices.actions.checks import known_currency, once, short_line
from invoices.actions.contacts import keep_contact
from invoices.actions.identifiers import pesel_problem, plain_registered, plain_tax_id
from invoices.actions.postings import tell
from invoices.actions.rows import locked_customer
from invoices.models import Contact, Customer
from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.sentences import gettext_noop
from receivables.db.sealing import keyed_hash

REGISTERED = ("regon", "krs")  # of the statistical office, of the court register
RELATED = ("parent", "payer", "letters_to")


@transaction.atomic
def add_customer(
    creditor: Creditor,
    *,
    number: str,
    name: str,
    kind: Kind = Kind.UNKNOWN,
    email: str = "",
    phone: str = "",
    currency: str = "",
    by: User | None = None,
    **fields: Any,
) -> Customer:
    """A new customer, with a first contact where an e-mail or phone is given. `fields`: others of Customer, such as street or payer."""
    number = short_line(number, longest=60, what=gettext_noop("The customer number"))
    name = short_line(name, longest=200, what=gettext_noop("The name"))
    currency = known_currency(currency) if currency else ""
    customer = Customer(creditor=creditor, number=number, name=name, kind=Kind(kind), currency=currency, **fields)
    customer.tax_id = plain_tax_id(customer.tax_id)
    for register in REGISTERED:
        setattr(customer, register, plain_registered(register, getattr(customer, register)))
    check_related(customer)
    with once({"customer_number_once_per_company": f"There is a customer {number} already. Change that one, or give another number."}):
        customer.save(force_insert=True)
    if email or phone:
        keep_contact(Contact(customer=customer), email=email, phone=phone)
    record(creditor, "add_customer", customer, by=by, kind=customer.kind)
    return customer


def check_related(customer: Customer) -> None:
    """Two companies share no customers: parent, payer and recipient of letters are the same company's."""
    for role in RELATED:
        related: Customer | None = getattr(customer, role)
        if related and related.creditor_id != customer.creditor_id:
            raise Refused(
                gettext_noop("%(number)s is a customer of another company. Choose one of %(slug)s."),
                number=related.number,
                slug=customer.creditor.slug,
            )


@transaction.atomic
def set_kind(customer: Customer, kind: Kind, *, reason: str, on: date, by: User | None = None) -> Customer:
    """What the customer is in law. Who listens works out anew what depends on it."""
    customer = locked_customer(customer)
    reason = short_line(reason, longest=200, what="The reason")
    if customer.kind == kind:
        raise Refused(f"{customer.name} is of that kind already.")
    before, customer.kind = customer.kind, Kind(kind)
    customer.is_medical_entity = customer.is_medical_entity and kind == Kind.PUBLIC
    customer.save(update_fields=["kind", "is_medical_entity"])
    record(customer.creditor, "set_kind", customer, by=by, before=before, kind=customer.kind, reason=reason)
    tell(customer.pk, on=on)
    return customer


@transaction.atomic
def set_registered(customer: Customer, numbers: Mapping[str, str], *, by: User | None = None) -> Customer:
    """Note numbers of `REGISTERED`; an empty text removes, what is not named stays. Raises `Refused` for one that cannot be right."""
    customer = locked_customer(customer)
    plain = {kind: plain_registered(kind, text) for kind, text in numbers.items() if kind in REGISTERED}
    changed = {kind: number for kind, number in plain.items() if getattr(customer, kind) != number}
    if changed:
        for kind, number in changed.items():
            setattr(customer, kind, number)
        customer.save(update_fields=list(changed))
        record(customer.creditor, "set_registered", customer, by=by, **changed)
    return customer


@transaction.atomic
def set_pesel(customer: Customer, text: str, *, by: User | None = None) -> str | None:
    """Keep a PESEL sealed; an empty text removes it. Returns what is doubtful about it, in words: it is kept all the same."""
    customer = locked_customer(customer)
    pesel = "".join(text.split())
    customer.pesel, customer.pesel_hash = (pesel, keyed_hash(pesel)) if pesel else (None, None)
    customer.save(update_fields=["pesel", "pesel_hash"])
    record(customer.creditor, "set_pesel", customer, by=by, given=bool(pesel))
    return pesel_problem(pesel) if pesel else None


@transaction.atomic
def read_pesel(customer: Customer, *, why: str, by: User | None = None) -> str:
    """The PESEL for a person or a file that needs it: the reading and its reason stand in the audit, the number nowhere.

    Raises `Refused` without a reason, and where none is held.
    """
    why = short_line(why, longest=200, what=gettext_noop("The reason"))
    row = Customer.objects.select_related("creditor").get(pk=customer.pk)
    if not row.pesel:
        raise Refused(gettext_noop("No PESEL is held of %(number)s."), number=row.number)
    record(row.creditor, "read_pesel", row, by=by, why=why)
    return str(row.pesel)


def find_by_pesel(creditor: Creditor, text: str) -> QuerySet[Customer]:
    """The company's customers with exactly this PESEL; a part of one finds nobody."""
    return Customer.objects.filter(creditor=creditor, pesel_hash=keyed_hash(text))
