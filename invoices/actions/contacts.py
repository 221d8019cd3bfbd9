"""How customers are reached, and what they objected to. Each change is news: somebody may be reached now who could not be before."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from django.db import transaction

from invoices.actions.checks import once
from invoices.actions.identifiers import phone_in_full, plain_email
from invoices.actions.postings import tell
from invoices.actions.rows import locked_customer
from invoices.models import Contact, Customer, Objection
from receivables.accounts.models import User
from receivables.audit.actions import record
from receivables.core.errors import Refused
from receivables.core.printed import one_line
from receivables.core.sentences import gettext_noop

ADDRESS = ("street", "postcode", "city", "country")


class Unchanged(Enum):
    """Stands for a field that the caller does not mention; None removes what is there."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED
Change = str | Unchanged | None


@transaction.atomic
def add_contact(customer: Customer, *, on: date, email: str = "", phone: str = "", by: User | None = None, **fields: Any) -> Contact:
    """A further contact, behind those there are. `fields`: others of Contact, such as name, role or language."""
    customer = locked_customer(customer)
    behind = max((contact.position for contact in customer.contacts.all()), default=0) + 1
    contact = keep_contact(Contact(customer=customer, **{"position": behind, **fields}), email=email, phone=phone)
    record(customer.creditor, "add_contact", contact, by=by, role=contact.role)
    tell(customer.pk, on=on)
    return contact


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
def choose_salutation(contact: Contact, text: str, *, by: User | None = None) -> Contact:
    """How letters and mails begin for this contact; empty: the neutral way. It is kept as written: nothing is guessed from a name."""
    customer = locked_customer(contact.customer_id)
    line = one_line(text, longest=100)
    contact.salutation = line if not line or line[-1] in ",!:" else f"{line},"
    contact.save(update_fields=["salutation"])
    record(customer.creditor, "salutation_chosen", contact, by=by, customer=customer.pk, given=bool(line))
    return contact


@transaction.atomic
def object_to(contact: Contact, *, channel: str, on: date, reason: str = "", by: User | None = None) -> Objection:
    """This contact is not reached by that channel any more. Letters cannot be objected to."""
    customer = locked_customer(contact.customer_id)
    if channel == "letter":
        raise Refused(gettext_noop("Letters cannot be objected to: a demand must be able to reach its recipient."))
    with once({"one_objection_per_channel": f"This contact has objected to {channel} already."}):
        objection = Objection.objects.create(contact=contact, channel=channel, since=on, reason=reason[:200])
    record(customer.creditor, "object_to", contact, by=by, channel=channel)
    tell(customer.pk, on=on)
    return objection


@transaction.atomic
def object_by_address(customer: Customer, *, email: str, on: date, reason: str = "") -> int:
    """Whoever of the customer, or of the payer that reads its mails, has that address is not written to by e-mail any more.

    Returns for how many that is new; the same again changes nothing.
    """
    pks = sorted({customer.pk, customer.payer_id or customer.pk})
    for pk in pks:
        locked_customer(pk)
    contacts = Contact.objects.filter(customer__in=pks, email__iexact=email).exclude(email="").exclude(objections__channel="email")
    found = list(contacts.order_by("customer", "pk"))
    for contact in found:
        object_to(contact, channel="email", on=on, reason=reason)
    return len(found)


@transaction.atomic
def lift_objection(contact: Contact, *, channel: str, on: date, by: User | None = None) -> None:
    """The contact may be reached by that channel again."""
    customer = locked_customer(contact.customer_id)
    lifted, _ = contact.objections.filter(channel=channel).delete()
    if not lifted:
        raise Refused(gettext_noop("This contact has not objected to %(channel)s."), channel=channel)
    record(customer.creditor, "lift_objection", contact, by=by, channel=channel)
    tell(customer.pk, on=on)


def keep_contact(contact: Contact, *, email: str, phone: str) -> Contact:
    """Store a contact with these ways to reach it. Raises `Refused` where there are none, or one is none."""
    contact.email = plain_email(email)
    contact.phone = phone_in_full(phone, country=contact.customer.country) if phone.strip() else ""
    if not (contact.email or contact.phone):
        raise Refused(gettext_noop("A contact needs an e-mail address or a phone number."))
    contact.save()
    return contact


def _reach(customer: Customer, field: str, value: str) -> None:
    """Set an e-mail or phone on the first contact that has one, else on the first; a contact that reaches nobody any more goes."""
    contacts = list(customer.contacts.all())
    contact = next((one for one in contacts if getattr(one, field)), contacts[0] if contacts else Contact(customer=customer))
    setattr(contact, field, value)
    if contact.email or contact.phone:
        contact.save()
    elif contact.pk:
        contact.delete()


def _move(customer: Customer, address: Mapping[str, str]) -> None:
    """Set the address to these parts; those not named become empty, but the country stays."""
    if unknown := set(address) - set(ADDRESS):
        raise Refused(gettext_noop("An address has no %(min)r. Its parts are %(names)s."), min=min(unknown), names=", ".join(ADDRESS))
    for part in ADDRESS:
        setattr(customer, part, address.get(part, customer.country if part == "country" else ""))
    customer.save(update_fields=list(ADDRESS))
