"""Whom messages go to, and by which ways: contacts, objections, dead addresses, payers, representatives."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from dunning.customer_rows import AnyCustomer, Person, people_of
from dunning.models import StopFact
from dunning.policy import Channel
from invoices.models import Objection
from receivables.messaging.addresses import plain_address
from receivables.messaging.suppression import dead_addresses

PREFERABLE = frozenset(Channel) - {Channel.AGENCY}


class Recipient(NamedTuple):
    """Whom a message goes to: an address of its channel's kind, and the language to write in."""

    address: str
    name: str
    language: str
    salutation: str = ""  # chosen for the reader; empty: the neutral one


def stops_of(customers: Iterable[AnyCustomer]) -> dict[int, list[StopFact]]:
    """By customer the stop facts that stand against whoever its messages go to: itself, its payer, its recipient of letters."""
    behind = {row.pk: {pk for pk in (row.pk, row.payer_id, row.letters_to_id) if pk} for row in customers}
    standing = StopFact.objects.standing().filter(customer__any={pk for pks in behind.values() for pk in pks})
    facts = list(standing.order_by("pk"))
    found = {pk: [fact for fact in facts if fact.customer_id in pks] for pk, pks in behind.items()} if facts else {}
    return {pk: standing for pk, standing in found.items() if standing}


def recipients_of(customers: Iterable[AnyCustomer], stops: Mapping[int, Sequence[StopFact]]) -> dict[int, dict[Channel, Recipient]]:
    """Per customer the address of each way that reaches somebody: see `ways_to`."""
    return ways_to(customers, stops)[0]


def ways_to(
    customers: Iterable[AnyCustomer], stops: Mapping[int, Sequence[StopFact]]
) -> tuple[dict[int, dict[Channel, Recipient]], dict[int, Channel]]:
    """Per customer the address of each way that reaches somebody, and the way that they prefer, where they do.

    Objections and dead addresses are left out; contacts go in their order. Messages go to the people of the payer where the
    customer has one; letters to its recipient of letters. Of a represented customer all goes to the representative, and nothing
    where that has no address.
    """
    rows = list(customers)
    dead = dead_addresses(row.creditor_id for row in rows)
    behind = {row.payer_id or row.pk for row in rows}
    people, against = people_of(behind), objected(behind)
    found, preferred = {}, {}
    for row in rows:
        lawyers = [fact for fact in stops.get(row.pk, ()) if not fact.stops_all]
        if lawyers:
            found[row.pk] = ways_to_representative(lawyers[-1], row, dead)
            continue
        own = people[row.payer_id or row.pk]
        ways = found[row.pk] = _without_contact(row, own)
        for contact in own:
            for channel, address in ways_of(contact, against):
                if not is_dead(channel, address, dead):
                    language = contact.language or row.language or row.creditor.language
                    ways.setdefault(channel, Recipient(address, contact.name, language, contact.salutation))
        if wish := _wish(row, people[row.payer_id or row.pk]):
            preferred[row.pk] = wish
    return found, preferred


def _wish(customer: AnyCustomer, people: Iterable[Person]) -> Channel | None:
    """What the first of the people who prefers something prefers, else what the customer's record says; never the agency."""
    wishes = (*(contact.preferred_channel for contact in people), customer.preferred_channel)
    return next((Channel(wish) for wish in wishes if wish in PREFERABLE), None)


def ways_to_representative(lawyer: StopFact, row: AnyCustomer, dead: Collection[tuple[str, str]]) -> dict[Channel, Recipient]:
    """The ways to a representative."""
    postal = f"{lawyer.representative}\n{lawyer.address}" if lawyer.address else ""
    addresses = {Channel.EMAIL: lawyer.email, Channel.SMS: lawyer.phone, Channel.CALL: lawyer.phone, Channel.LETTER: postal}
    language = row.language or row.creditor.language
    return {
        channel: Recipient(address, lawyer.representative, language)
        for channel, address in addresses.items()
        if address and not is_dead(channel, address, dead)
    }


def is_dead(channel: Channel, address: str, dead: Collection[tuple[str, str]]) -> bool:
    return bool(dead) and (channel, plain_address(channel, address)) in dead


def objected(customers: Collection[int]) -> set[tuple[int, str]]:
    """Contact and channel of each objection."""
    return set(Objection.objects.filter(contact__customer__any=customers).values_list("contact", "channel"))


def ways_of(contact: Person, against: Collection[tuple[int, str]]) -> list[tuple[Channel, str]]:
    """The ways by which a contact may be reached."""
    ways = ((Channel.EMAIL, contact.email), (Channel.SMS, contact.phone), (Channel.CALL, contact.phone))
    return [(channel, address) for channel, address in ways if address and (contact.pk, channel) not in against]


def _without_contact(customer: AnyCustomer, people: Sequence[Person]) -> dict[Channel, Recipient]:
    """The agency, and the postal address. A letter greets the first of the people, unless it goes to somebody else's address."""
    reader = customer.letters_to or customer.payer or customer
    language = customer.language or customer.creditor.language
    ways = {Channel.AGENCY: Recipient("agency", customer.name, language)}
    if reader.has_address:
        lines = [reader.name, reader.street, f"{reader.postcode} {reader.city}".strip()]
        greeted = people[0].salutation if people and not customer.letters_to else ""
        ways[Channel.LETTER] = Recipient("\n".join(line for line in lines if line), reader.name, language, greeted)
    return ways
