"""All that one customer's page shows, in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from dunning.choosing import PolicyChoice
from dunning.explain import explain_customer
from dunning.models import (
    CallMade,
    Case,
    Complaint,
    Courtesy,
    Hold,
    NonPayment,
    Placement,
    PolicyVersion,
    Promise,
    Reply,
    StopFact,
    Task,
    WarningSign,
    Written,
)
from dunning.ratings import ratings_of
from invoices.actions import open_credit
from invoices.balances import open_claims_of
from invoices.models import Contact, Customer, Dispute, Item, Payment
from receivables.audit.models import Entry
from receivables.dashboard.queries.agreements import Agreed, agreements_of, promises_of
from receivables.dashboard.queries.balances import Balance, balances
from receivables.dashboard.queries.credit import CreditShown, credit_shown
from receivables.dashboard.queries.customers import standing_holds
from receivables.dashboard.queries.ladder import Ladder, ladders
from receivables.dashboard.queries.ratings import RatingShown, SignShown, rating_shown, sign_shown
from receivables.dashboard.queries.replies import of_customer as replies_of_customer
from receivables.dashboard.queries.settling import CreditSource, sources_of
from receivables.dashboard.templatetags.look import amount
from receivables.dashboard.words import VERBS, chosen_words, step_word, word
from receivables.messaging.addresses import plain_address
from receivables.messaging.models import Message, Suppression
from receivables.reporting.ageing import ageing_of_customer

ITEMS, RECENT, TOLD = 50, 10, 15
ICONS = {
    "invoices.Payment": "payments",
    "invoices.Invoice": "invoices",
    "dunning.Hold": "pause",
    "dunning.Notice": "runs",
    "dunning.StopFact": "stop",
    "dunning.Complaint": "dispute",
    "dunning.CallMade": "call",
    "messaging.Message": "mailbox",
}
AT_AGENCY = (Placement.State.SENT, Placement.State.RECEIVED)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item with its ladder, where it has one."""

    item: Item
    days_late: int
    dispute: Dispute | None
    ladder: Ladder | None
    sentence: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A contact with what stands against using it."""

    contact: Contact
    objections: tuple[str, ...]
    dead: tuple[str, ...]  # channels whose address does not work


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the timeline."""

    at: datetime
    label: str
    by: str
    text: str = ""
    icon: str = "note"
    url: str = ""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    customer: Customer
    balances: list[Balance]
    credit: dict[str, object]
    sources: list[CreditSource]  # payments and credit notes that it is left of
    claims: Mapping[str, object]  # posted and open, by currency: beside the balance, never in it
    items: list[ItemLine]
    more_items: bool
    ways: list[Way]
    holds: list[Hold]
    stops: list[StopFact]
    why: list[NonPayment]  # the newest reasons for not paying
    rating: RatingShown
    credit_state: CreditShown
    signs: list[SignShown]  # not dismissed, the newest first
    complaints: list[Complaint]  # not answered yet
    replies: list[Reply]  # the newest, unread ones first
    tasks: list[Task]
    messages: list[Message]
    payments: list[Payment]
    timeline: list[Event]
    placement: Placement | None
    promises: list[Promise]
    agreements: list[Agreed]
    policy: str
    policy_pk: int | None
    policy_because: str


def customer_page(customer: Customer, *, on: date, closed_too: bool) -> CustomerPage:
    """Everything of the customer as it stands that day; `closed_too` shows settled items as well."""
    items, more = _items(customer, closed_too=closed_too)
    holds = list(standing_holds(on=on).filter(customer=customer).select_related("author", "item").order_by("pk"))
    stops = list(StopFact.objects.standing().filter(customer=customer).select_related("author", "end_proposed_by").order_by("pk"))
    tasks = list(Task.objects.filter(customer=customer, closed_on=None).select_related("notice").order_by("opened_on", "pk"))
    payments = list(Payment.objects.filter(customer=customer).select_related("recorded_by").order_by("-booked_on", "-pk")[:RECENT])
    policy = _policy(customer, on=on)
    said = list(messages_of(customer)[:RECENT])
    credit: dict[str, object] = dict(open_credit([customer]).get(customer.pk, {}))
    return CustomerPage(
        customer=customer,
        balances=balances(ageing_of_customer(customer, on=on), url=f"{reverse('dashboard:invoices')}?customer={customer.pk}&"),
        credit=credit,
        sources=sources_of(customer) if credit else [],
        claims=open_claims_of([customer.pk]).get(customer.pk, {}),
        items=item_lines(customer, items, on=on),
        more_items=more,
        ways=_ways(customer),
        holds=holds,
        stops=stops,
        why=list(NonPayment.objects.filter(customer=customer).select_related("invoice", "author").order_by("-pk")[:3]),
        rating=rating_shown(ratings_of([customer.pk], on=on, own=customer.creditor.currency)[customer.pk]),
        credit_state=credit_shown(customer, on=on),
        signs=[sign_shown(sign) for sign in _signs(customer)],
        complaints=list(
            Complaint.objects.filter(customer=customer, answered_on=None).select_related("invoice", "owner").order_by("answer_by", "pk")
        ),
        replies=replies_of_customer(customer),
        tasks=tasks,
        messages=said,
        payments=payments,
        timeline=_timeline(customer, payments, said),
        placement=Placement.objects.filter(customer=customer, state__in=AT_AGENCY).select_related("agency").order_by("-pk").first(),
        promises=promises_of(customer),
        agreements=agreements_of(customer),
        policy=policy[0],
        policy_pk=policy[1],
        policy_because=policy[2],
    )


def messages_of(customer: Customer) -> QuerySet[Message]:
    """What was said to the customer, newest first."""
    theirs = (
        Q(pk__in=customer.notices.values("message"))
        | Q(pk__in=Courtesy.objects.filter(customer=customer).values("message"))
        | Q(pk__in=Written.objects.filter(customer=customer).values("message"))
    )
    return Message.objects.filter(theirs).select_related("notice", "written").order_by("-pk")


def item_lines(customer: Customer, items: list[Item], *, on: date) -> list[ItemLine]:
    """Items with dispute, ladder and the sentence that explains them. A fixed number of queries."""
    ids = [item.pk for item in items]
    explained = explain_customer(customer, on=on) if ids else {}
    cases = list(Case.objects.filter(item__in=ids).select_related("version__policy", "item__invoice", "item__customer"))
    found = ladders(cases, explained, on=on)
    disputes = {dispute.item_id: dispute for dispute in Dispute.objects.filter(item__in=ids, resolved_on=None)}
    return [
        ItemLine(
            item,
            max((on - item.due_on).days, 0) if item.open_amount else 0,
            disputes.get(item.pk),
            found.get(item.pk),
            found[item.pk].sentence if item.pk in found else explained[item.pk].sentence,
            explained[item.pk].notes,
        )
        for item in items
    ]


def reach_of(customer: Customer) -> dict[str, str]:
    """E-mail, phone and address as `change_contact` would change them: of the first contact that has one."""
    contacts = list(customer.contacts.all())
    email = next((contact.email for contact in contacts if contact.email), "")
    phone = next((contact.phone for contact in contacts if contact.phone), "")
    return {"email": email, "phone": phone, "street": customer.street, "postcode": customer.postcode, "city": customer.city}


def _items(customer: Customer, *, closed_too: bool) -> tuple[list[Item], bool]:
    """Open ones by due date; then, if asked, the closed ones, newest first. One more than fits says that there are more."""
    rows = Item.objects.filter(customer=customer).select_related("invoice")
    found = list(rows.open().order_by("due_on", "pk")[: ITEMS + 1])
    if closed_too and len(found) <= ITEMS:
        found += rows.filter(open_amount=0).order_by("-due_on", "-pk")[: ITEMS + 1 - len(found)]
    return found[:ITEMS], len(found) > ITEMS


def _ways(customer: Customer) -> list[Way]:
    contacts = list(customer.contacts.prefetch_related("objections"))
    ways = {contact.pk: _plain_ways(contact) for contact in contacts}
    addresses = {address for own in ways.values() for _, address in own}
    dead = set(Suppression.objects.filter(creditor=customer.creditor_id, address__in=addresses).values_list("channel", "address"))
    return [
        Way(
            contact,
            tuple(objection.channel for objection in contact.objections.all()),
            tuple(channel for channel, address in ways[contact.pk] if (channel, address) in dead),
        )
        for contact in contacts
    ]


def _plain_ways(contact: Contact) -> list[tuple[str, str]]:
    """Channel and address, as the list of dead addresses writes them."""
    own = (("email", contact.email), ("sms", contact.phone), ("call", contact.phone))
    return [(channel, plain_address(channel, address)) for channel, address in own if address]


def _signs(customer: Customer) -> QuerySet[WarningSign]:
    rows = WarningSign.objects.standing().filter(customer=customer)
    return rows.select_related("author", "creditor").order_by("-on", "-pk")[:RECENT]


def _policy(customer: Customer, *, on: date) -> tuple[str, int | None, str]:
    """The policy for the customer's next invoice, and what chooses it."""
    probe = Item(creditor_id=customer.creditor_id, customer=customer)
    chosen = PolicyChoice.among([probe], on=on).chosen_for(probe)
    version = PolicyVersion.objects.filter(pk=chosen.version).select_related("policy").first() if chosen else None
    if chosen is None or version is None:
        return "", None, _("No policy is assigned to the company, to this kind of customer or to this customer: nothing is sent.")
    return str(version), version.policy_id, chosen_words(chosen.by, chosen.rule)


def _timeline(customer: Customer, payments: list[Payment], said: list[Message]) -> list[Event]:
    """The newest events that name the customer, its invoices, payments, facts or tasks; money that came in bulk has none of its own."""
    ids = {
        "invoices.Customer": [customer.pk],
        "invoices.Payment": [payment.pk for payment in payments],
        "messaging.Message": [message.pk for message in said],
        "invoices.Invoice": list(customer.invoices.order_by("-pk").values_list("pk", flat=True)[:ITEMS]),
        "dunning.Hold": list(Hold.objects.filter(customer=customer).order_by("-pk").values_list("pk", flat=True)[:RECENT]),
        "dunning.Promise": list(Promise.objects.filter(customer=customer).values_list("pk", flat=True)[:RECENT]),
        "dunning.Agreement": list(customer.agreements.values_list("pk", flat=True)[:RECENT]),
        "dunning.StopFact": list(StopFact.objects.filter(customer=customer).order_by("-pk").values_list("pk", flat=True)[:RECENT]),
        "dunning.Complaint": list(Complaint.objects.filter(customer=customer).order_by("-pk").values_list("pk", flat=True)[:RECENT]),
        "dunning.CallMade": list(CallMade.objects.filter(customer=customer).order_by("-pk").values_list("pk", flat=True)[:RECENT]),
        "dunning.LimitationEvent": list(customer.limitation_events.order_by("-pk").values_list("pk", flat=True)[:RECENT]),
        "dunning.WarningSign": list(WarningSign.objects.filter(customer=customer).order_by("-pk").values_list("pk", flat=True)[:RECENT]),
        "dunning.Task": list(Task.objects.filter(customer=customer).order_by("-pk").values_list("pk", flat=True)[:RECENT]),
        "dunning.Notice": list(customer.notices.order_by("-pk").values_list("pk", flat=True)[:ITEMS]),
    }
    subjects = [f"{kind}:{pk}" for kind, pks in ids.items() for pk in pks]
    entries = Entry.objects.filter(creditor=customer.creditor_id, subject__in=subjects).select_related("actor").order_by("-pk")
    told = list(entries[:TOLD])
    named = {entry.subject for entry in told if entry.verb == "record_payment"}
    in_bulk = [_booked(payment) for payment in payments if not payment.reverses_id and f"invoices.Payment:{payment.pk}" not in named]
    return sorted([*map(_event, told), *in_bulk], key=lambda event: event.at, reverse=True)[:TOLD]


def _booked(payment: Payment) -> Event:
    """A payment by its own row."""
    by = str(payment.recorded_by) if payment.recorded_by else _("the program")
    money, url = amount(payment.amount, payment.currency), reverse("dashboard:payment", args=[payment.pk])
    return Event(payment.recorded_at, word(VERBS, "record_payment"), by, money, ICONS["invoices.Payment"], url)


def _event(entry: Entry) -> Event:
    kind, _sep, pk = entry.subject.partition(":")
    views = {"invoices.Payment": "payment", "invoices.Invoice": "invoice", "dunning.Notice": "notice", "dunning.Complaint": "complaint"}
    views["messaging.Message"] = "message"
    url = reverse(f"dashboard:{views[kind]}", args=[pk]) if kind in views else ""
    by = str(entry.actor) if entry.actor else _("the program")
    return Event(entry.at, word(VERBS, entry.verb), by, _details(entry.facts), ICONS.get(kind, "note"), url)


def _details(facts: dict[str, Any]) -> str:
    """The step and the amount of an event, where it has them."""
    step = step_word(facts["step"]) if facts.get("step") else ""
    money = amount(facts["amount"], facts["currency"]) if facts.get("amount") and facts.get("currency") else ""
    return ", ".join(part for part in (step, money) if part)
