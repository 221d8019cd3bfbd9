"""Customers and how to reach them."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

import phonenumbers
import stdnum.eu.vat
import stdnum.exceptions
import stdnum.gb.vat
import stdnum.pl.nip
import stdnum.pl.pesel
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from invoices.actions.checks import known_currency, once, short_line
from invoices.actions.postings import tell
from invoices.actions.rows import locked_customer
from invoices.models import Contact, Customer
from invoices.states import Kind
from receivables.accounts.models import Creditor, User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.db.sealing import keyed_hash

ADDRESS = ("street", "postcode", "city", "country")


class Unchanged(Enum):
    """Stands for a field that the caller does not mention; None removes what is there."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED
Change = str | Unchanged | None


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
    """A new customer, with a first contact where an e-mail or phone is given. `fields`: others of Customer, such as street or tax_id."""
    number = short_line(number, longest=60, what="The customer number")
    name = short_line(name, longest=200, what="The name")
    currency = known_currency(currency) if currency else ""
    customer = Customer(creditor=creditor, number=number, name=name, kind=Kind(kind), currency=currency, **fields)
    customer.tax_id = plain_tax_id(customer.tax_id)
    with once({"customer_number_once_per_company": f"There is a customer {number} already. Change that one, or give another number."}):
        customer.save(force_insert=True)
    if email or phone:
        Contact.objects.create(
            customer=customer, email=plain_email(email), phone=phone_in_full(phone, country=customer.country) if phone else ""
        )
    record(creditor, "add_customer", customer, by=by, kind=customer.kind)
    return customer


@transaction.atomic
def change_contact(
    customer: Customer,
    *,
    on: date,
    email: Change = UNCHANGED,
    phone: Change = UNCHANGED,
    address: Mapping[str, str] | Unchanged | None = UNCHANGED,
    by: User | None = None,
) -> Customer:
    """Change or remove (None) how a customer is reached. E-mail and phone are those of the first contact that has one."""
    customer = locked_customer(customer)
    if not isinstance(email, Unchanged):
        _reach(customer, "email", plain_email(email or ""))
    if not isinstance(phone, Unchanged):
        _reach(customer, "phone", phone_in_full(phone, country=customer.country) if phone else "")
    if not isinstance(address, Unchanged):
        _move(customer, address or {})
    asked = {"email": email, "phone": phone, "address": address}
    changed = [name for name, value in asked.items() if not isinstance(value, Unchanged)]
    record(customer.creditor, "change_contact", customer, by=by, changed=changed)
    tell(customer.pk, on=on)
    return customer


@transaction.atomic
def set_pesel(customer: Customer, text: str, *, by: User | None = None) -> str | None:
    """Keep a PESEL sealed; an empty text removes it. Returns what is doubtful about it, in words: it is kept all the same."""
    customer = locked_customer(customer)
    pesel = "".join(text.split())
    customer.pesel, customer.pesel_hash = (pesel, keyed_hash(pesel)) if pesel else (None, None)
    customer.save(update_fields=["pesel", "pesel_hash"])
    record(customer.creditor, "set_pesel", customer, by=by, given=bool(pesel))
    return None if not pesel or stdnum.pl.pesel.is_valid(pesel) else "This PESEL has a wrong check digit or length."


def find_by_pesel(creditor: Creditor, text: str) -> QuerySet[Customer]:
    """The company's customers with exactly this PESEL; a part of one finds nobody."""
    return Customer.objects.filter(creditor=creditor, pesel_hash=keyed_hash(text))


def plain_tax_id(text: str) -> str:
    """A tax number as it is stored: capitals and digits, without spaces, dots and dashes."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def tax_id_problem(country: str, text: str) -> str | None:
    """What is wrong with a NIP or VAT number, in words; None where nothing is, or where no check is known for the country."""
    prefixed = country in stdnum.eu.vat.MEMBER_STATES or country.lower() in stdnum.eu.vat.MEMBER_STATES
    try:
        if country == "PL":
            stdnum.pl.nip.validate(text)
        elif country == "GB":
            stdnum.gb.vat.validate(text)
        elif prefixed:
            stdnum.eu.vat.validate(text if text[:2].upper() in (country, "EL") else country + text)
    except stdnum.exceptions.ValidationError as error:
        return f"{text!r} is no valid tax number of {country}: {str(error).rstrip('.').lower()}."
    return None


def phone_in_full(text: str, *, country: str) -> str:
    """A phone number as E.164, "+48500100100". Raises `Refused` for what no network could dial."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refused(f"{text!r} is no phone number. Write it with its country code, such as +48 500 100 100.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plain_email(text: str) -> str:
    """An e-mail address without surrounding spaces; an empty text stays empty. Raises `Refused` for anything else."""
    address = text.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise Refused(f"{address!r} is no e-mail address. Write it as name@example.com.") from None
    return address


def _reach(customer: Customer, field: str, value: str) -> None:
    """Set an e-mail or phone on the first contact that has one, else on the first; a contact that reaches nobody any more goes."""
    contacts = list(customer.contacts.select_for_update())
    contact = next((one for one in contacts if getattr(one, field)), contacts[0] if contacts else Contact(customer=customer))
    setattr(contact, field, value)
    if contact.email or contact.phone:
        contact.save()
    elif contact.pk:
        contact.delete()


def _move(customer: Customer, address: Mapping[str, str]) -> None:
    """Set the address to these parts; those not named become empty, but the country stays."""
    if unknown := set(address) - set(ADDRESS):
        raise Refused(f"An address has no {min(unknown)!r}. Its parts are {', '.join(ADDRESS)}.")
    for part in ADDRESS:
        setattr(customer, part, address.get(part, customer.country if part == "country" else ""))
    customer.save(update_fields=list(ADDRESS))
