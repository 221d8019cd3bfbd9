"""Buyers without a tax number: who has the same e-mail, or the same name at the same address, is the same; a name alone is nobody's."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models.functions import Coalesce, Upper

from invoices.intake.parsed import ParsedInvoice, Party
from invoices.models import Contact, Customer, Invoice
from receivables.accounts.models import Creditor

_Key = tuple[str, ...]


class Persons:
    """The customers that files may mean by a buyer without tax number, known ones and those that the same file makes."""

    def __init__(self, found: Sequence[ParsedInvoice], creditor: Creditor) -> None:
        nameless = [one for one in found if not one.buyer.tax_id]
        self._numbers: dict[_Key, set[str]] = defaultdict(set)
        if nameless and creditor.pk:
            self._know(nameless, creditor)

    def number_of(self, one: ParsedInvoice) -> str:
        """The customer's number; of a new one, a number that says nothing of the person. Empty where nobody is named."""
        if not (one.buyer.name or one.buyer.email):
            return ""
        keys = [*_of_corrected(one), *_keys(one.buyer)]
        known = next((numbers for key in keys if len(numbers := self._numbers.get(key, set())) == 1), None)
        number = next(iter(known)) if known else f"OS-{hashlib.sha256(one.number.encode()).hexdigest()[:12].upper()}"
        for key in (*_keys(one.buyer), ("invoice", one.number, one.buyer.name)):
            self._numbers[key].add(number)
        return number

    def _know(self, found: Sequence[ParsedInvoice], creditor: Creditor) -> None:
        mails = {one.buyer.email.upper() for one in found if one.buyer.email}
        contacts = Contact.objects.filter(customer__creditor_id=creditor.pk).annotate(mail=Upper("email")).filter(mail__in=mails)
        for mail, number in contacts.values_list("mail", Coalesce("customer__merged_into__number", "customer__number")):
            self._numbers["email", mail].add(number)
        names = {one.buyer.name for one in found if one.buyer.name}
        alike = Customer.objects.filter(creditor_id=creditor.pk, name__in=names, tax_id="")
        for number, *place in alike.values_list(Coalesce("merged_into__number", "number"), "name", "street", "postcode", "city"):
            self._numbers["place", *(part.casefold() for part in place)].add(number)
        corrected = {number for one in found for number in one.corrects}
        there = Invoice.objects.filter(creditor_id=creditor.pk, number__in=corrected)
        for invoice, name, number in there.values_list("number", "customer__name", "customer__number"):
            self._numbers["invoice", invoice, name].add(number)


def _of_corrected(one: ParsedInvoice) -> Iterator[_Key]:
    """A correction is for whom the invoice was for, where the name is the same, though the address may have changed."""
    yield from (("invoice", number, one.buyer.name) for number in one.corrects)


def _keys(buyer: Party) -> Iterator[_Key]:
    if buyer.email:
        yield "email", buyer.email.upper()
    if buyer.name and buyer.street:
        yield "place", *(part.casefold() for part in (buyer.name, buyer.street, buyer.postcode, buyer.city))
