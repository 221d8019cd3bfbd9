"""An e-mail address or phone number that more than one customer of a creditor has is one person's, and has one cap.

An address counts as verified as long as nothing says that it is dead: it is a contact's, and no bounce and no refusal for good has put
it on the list of addresses that do not work (`Suppression`). The books hold no other proof.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from dunning.decide import CustomerFacts
from dunning.grouping import Group
from dunning.policy import Channel
from invoices.models import Contact, Customer
from receivables.accounts.models import Creditor

BY_MAIL, BY_PHONE = frozenset({Channel.EMAIL}), frozenset({Channel.SMS, Channel.CALL})
PERSONAL = BY_MAIL | BY_PHONE
"""The channels whose address is a person's. A postal address is a place, and an agency no customer."""


def plain(address: str) -> str:
    """An address as it is compared."""
    return address.upper()


@dataclass(slots=True)
class Persons:
    """Addresses that several customers have: who has them, by which channel each of a batch is reached there, what was said there."""

    sharers: Mapping[str, frozenset[int]] = field(default_factory=dict)  # address → customers, in the batch or not
    addresses: dict[int, dict[Channel, str]] = field(default_factory=dict)  # of the batch
    said: dict[str, list[date]] = field(default_factory=dict)  # address → days of the messages that count

    @property
    def customers(self) -> set[int]:
        """Everybody whose messages count for somebody of the batch."""
        return {pk for pks in self.sharers.values() for pk in pks}

    @classmethod
    def among(cls, creditor: Creditor, ways: Mapping[int, Mapping[Channel, str]]) -> "Persons":
        """Read who shares the addresses by which a batch of customers is reached. Two queries."""
        own = {pk: {way: plain(address) for way, address in reach.items() if way in PERSONAL} for pk, reach in ways.items()}
        having: dict[str, set[int]] = defaultdict(set)
        for pk, reach in own.items():
            for address in reach.values():
                having[address].add(pk)
        for pk, address in _others(creditor, having):
            having[address].add(pk)
        shared = {address: frozenset(pks) for address, pks in having.items() if len(pks) > 1}
        addresses = {pk: {way: address for way, address in reach.items() if address in shared} for pk, reach in own.items()}
        return cls(shared, {pk: reach for pk, reach in addresses.items() if reach})

    def phones_of(self, customer: int) -> list[str]:
        """The shared numbers of a customer, in the batch or not."""
        return [address for address, pks in self.sharers.items() if customer in pks and "@" not in address]

    def heard(self, channel: str, address: str, on: date) -> None:
        """Somebody was told something by that channel on that day; what no two customers share does not matter."""
        if Channel(channel) in PERSONAL and plain(address) in self.sharers:
            self.said.setdefault(plain(address), []).append(on)

    def known_to(self, customer: CustomerFacts) -> CustomerFacts:
        """The facts of a customer with what was said to the persons behind it."""
        reach = self.addresses.get(customer.customer)
        if not reach:
            return customer
        return replace(customer, addresses=reach, said_to={address: tuple(self.said.get(address, ())) for address in reach.values()})

    def also_told(self, customers: dict[int, CustomerFacts], teller: int, groups: Iterable[Group], *, on: date) -> None:
        """What one customer of the batch is sent today counts for those after it that share its address."""
        reach = self.addresses.get(teller, {})
        ways = [way for group in groups if not group.approval for way in (group.channel, *group.also) if way in reach]
        for way in ways:
            self.said.setdefault(reach[way], []).append(on)
        for pk in {pk for way in ways for pk in self.sharers[reach[way]] if pk != teller and pk in customers}:
            customers[pk] = self.known_to(customers[pk])


def _others(creditor: Creditor, addresses: Collection[str]) -> Iterable[tuple[int, str]]:
    """Customers with an address of these, on a contact of their own or of their payer."""
    if not addresses:
        return []
    contacts = list(_holding(creditor, addresses).values_list("customer", "email", "phone"))
    paying: dict[int, list[int]] = defaultdict(list)
    for each in Customer.objects.filter(payer__in={pk for pk, _, _ in contacts}).only("payer"):
        paying[each.payer_id or 0].append(each.pk)
    found = ((pk, plain(address)) for pk, email, phone in contacts for address in (email, phone) if plain(address) in addresses)
    return [(one, address) for pk, address in found for one in (pk, *paying[pk])]


def _holding(creditor: Creditor, addresses: Collection[str]) -> QuerySet[Contact]:
    return Contact.objects.alias(mail=Upper("email")).filter(
        Q(mail__in=addresses) | Q(phone__in=addresses), ~Q(email="", phone=""), customer__creditor=creditor, customer__merged_into=None
    )
