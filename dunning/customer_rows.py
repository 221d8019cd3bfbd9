"""The customers of a batch as the ladder needs them: plain rows of one query. What is sealed stays sealed."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from invoices.models import Contact, Customer
from receivables.accounts.models import Creditor


class Reader(NamedTuple):
    """Who reads a customer's messages in its stead: its payer, or its recipient of letters."""

    name: str
    street: str
    postcode: str
    city: str
    country: str

    @property
    def has_address(self) -> bool:
        """Whether a letter can reach them: a street or a city, and a name."""
        return bool(self.name and (self.street or self.city))


class CustomerRow(NamedTuple):
    """A customer. Its fields are named as the model's, and it may stand where only these are read."""

    creditor: Creditor
    pk: int
    number: str
    name: str
    kind: str
    is_medical_entity: bool
    language: str
    country: str
    tax_id: str
    street: str
    postcode: str
    city: str
    preferred_channel: str
    waits_for_release: bool
    payer_id: int | None
    letters_to_id: int | None
    payer: Reader | None
    letters_to: Reader | None

    @property
    def creditor_id(self) -> int:
        """The id of its company."""
        return self.creditor.pk

    @property
    def has_address(self) -> bool:
        """Whether a letter can reach them."""
        return bool(self.name and (self.street or self.city))


AnyCustomer = Customer | CustomerRow
_OWN = CustomerRow._fields[1:-2]
_OTHERS = [f"{other}__{name}" for other in ("payer", "letters_to") for name in Reader._fields]


def customer_rows(creditor: Creditor, customers: Collection[int]) -> dict[int, CustomerRow]:
    """A creditor's customers by id."""
    rows = Customer.objects.filter(pk__any=customers).values_list(*_OWN, *_OTHERS)
    return {row[0]: _customer(creditor, row) for row in rows}


def _customer(creditor: Creditor, row: tuple[Any, ...]) -> CustomerRow:
    own, payer, letters_to = row[: len(_OWN)], row[len(_OWN) : -len(Reader._fields)], row[-len(Reader._fields) :]
    return CustomerRow._make((creditor, *own, Reader(*payer) if own[-2] else None, Reader(*letters_to) if own[-1] else None))


class Person(NamedTuple):
    """A contact, as far as messages go."""

    pk: int
    customer: int
    name: str
    email: str
    phone: str
    language: str
    preferred_channel: str
    salutation: str


def people_of(customers: Collection[int]) -> dict[int, list[Person]]:
    """The contacts of these customers, each customer's in their order."""
    found: dict[int, list[Person]] = defaultdict(list)
    for row in Contact.objects.filter(customer__any=customers).values_list(*Person._fields):
        contact = Person(*row)
        found[contact.customer].append(contact)
    return found
